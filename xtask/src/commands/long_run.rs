//! Writes down what `cargo xtask test --long` found, so that the figures are committed with the code.

use std::fmt::Write as _;
use std::fs;

use anyhow::Result;

use super::test::Report;
use crate::context::Context;
use crate::process::Program;
use crate::say;

const FILE: &str = "docs/long-run.md";

/// Replaces `docs/long-run.md` by this run's summary.
pub(crate) fn write(context: &Context, report: &Report) -> Result<()> {
    let git = |args: &[&str]| Program::new(&context.places, "git").args(args).text();
    let commit = git(&["rev-parse", "HEAD"])?;
    let state = if git(&["status", "--porcelain", "--untracked-files=no"])?.is_empty() {
        ""
    } else {
        ", with uncommitted changes"
    };
    let date = Program::new(&context.places, "date")
        .args(["-u", "+%Y-%m-%d %H:%M UTC"])
        .text()?;
    let mut text = format!(
        "# The last long run\n\n\
         Written by `cargo xtask test --long`; not edited by hand.\n\n\
         - commit: `{commit}`{state}\n\
         - date: {date}\n\n\
         ```text\n{}```\n",
        report.table()
    );
    let figures: Vec<_> = report
        .lines
        .iter()
        .filter_map(|line| line.result.as_ref().ok())
        .flat_map(|outcome| &outcome.figures)
        .collect();
    if !figures.is_empty() {
        text.push_str("\n## Measured\n\n| figure | value |\n|---|---|\n");
        for figure in figures {
            writeln!(text, "| {} | {} |", figure.name, figure.value).ok();
        }
    }
    let path = context.places.root().join(FILE);
    fs::create_dir_all(context.places.root().join("docs"))?;
    fs::write(path, text)?;
    say::step(&format!("wrote {FILE}"));
    Ok(())
}
