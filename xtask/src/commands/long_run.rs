//! Writes down what `cargo xtask test --long` found, so that the figures are committed with the code.
//!
//! A line a check, each with its own commit and date: a run of some checks leaves the lines of the others alone,
//! because the whole takes longer than most people have.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use anyhow::Result;

use super::test::Report;
use crate::checks::ALL;
use crate::context::Context;
use crate::process::Program;
use crate::say;

const FILE: &str = "docs/long-run.md";

/// What the file says, by check.
#[derive(Debug, Default, PartialEq)]
struct Summary {
    /// `| check | result | seconds | commit | date | note |`, without the check.
    checks: BTreeMap<String, String>,
    /// `| check | figure | value |`, without the check.
    figures: BTreeMap<String, Vec<String>>,
}

/// What is looked at: asked for before the first check, because the clone may change while they run.
#[derive(Debug)]
pub(crate) struct Subject {
    commit: String,
    date: String,
}

impl Subject {
    pub(crate) fn of(context: &Context) -> Result<Self> {
        Ok(Self {
            commit: commit(context)?,
            date: date(context)?,
        })
    }
}

/// Brings the lines of the checks that were run up to date.
pub(crate) fn write(context: &Context, subject: &Subject, report: &Report) -> Result<()> {
    let path = context.places.root().join(FILE);
    let mut summary = Summary::parse(&fs::read_to_string(&path).unwrap_or_default());
    summary.take(report, &subject.commit, &subject.date);
    fs::write(path, summary.text(ALL.iter().map(|check| check.name)))?;
    say::step(&format!("wrote {FILE}"));
    Ok(())
}

/// The commit that was looked at, and whether the files were others than its own.
fn commit(context: &Context) -> Result<String> {
    let git = |args: &[&str]| Program::new(&context.places, "git").args(args).text();
    let hash = git(&["rev-parse", "--short=12", "HEAD"])?;
    // The summary itself is written by the run before.
    let changed = git(&[
        "status",
        "--porcelain",
        "--untracked-files=no",
        "--",
        ".",
        ":!docs/long-run.md",
    ])?;
    Ok(if changed.is_empty() {
        hash
    } else {
        format!("{hash} and changes")
    })
}

fn date(context: &Context) -> Result<String> {
    Program::new(&context.places, "date")
        .args(["-u", "+%Y-%m-%d %H:%M UTC"])
        .text()
}

impl Summary {
    fn parse(text: &str) -> Self {
        let mut summary = Self::default();
        for row in text.lines().filter_map(|line| line.strip_prefix("| ")) {
            let Some((check, rest)) = row.split_once(" | ") else {
                continue;
            };
            let cells = rest.matches('|').count();
            match (check, cells) {
                ("check", _) => {}
                (_, 5) => _ = summary.checks.insert(check.to_owned(), rest.to_owned()),
                (_, 2) => {
                    let figures = summary.figures.entry(check.to_owned()).or_default();
                    figures.push(rest.to_owned());
                }
                _ => {}
            }
        }
        summary
    }

    fn take(&mut self, report: &Report, commit: &str, date: &str) {
        for line in &report.lines {
            let seconds = line.took.as_secs_f64();
            let (result, note, figures) = match &line.result {
                Ok(outcome) => (
                    "ok",
                    outcome.note.clone().unwrap_or_default(),
                    &outcome.figures[..],
                ),
                Err(error) => ("FAILED", first_line(&format!("{error:#}")), &[][..]),
            };
            let row = format!(
                "{result} | {seconds:.0} | `{commit}` | {date} | {} |",
                note.replace('|', "/")
            );
            self.checks.insert(line.name.to_owned(), row);
            let rows = figures
                .iter()
                .map(|figure| format!("{} | {} |", figure.name, figure.value))
                .collect();
            self.figures.insert(line.name.to_owned(), rows);
        }
    }

    /// The file, with the checks in the order of `names`; what is not a check any more is left out.
    fn text(&self, names: impl Iterator<Item = &'static str>) -> String {
        let mut checks = String::new();
        let mut figures = String::new();
        for name in names {
            let row = self.checks.get(name).map_or("not run | | | | |", |row| row);
            // Writing to a String cannot fail.
            writeln!(checks, "| {name} | {row}").ok();
            for row in self.figures.get(name).into_iter().flatten() {
                writeln!(figures, "| {name} | {row}").ok();
            }
        }
        format!(
            "# The last long runs\n\n\
             Written by `cargo xtask test --long`, whole or by check; not edited by hand.\n\
             Each line names the commit that was looked at.\n\n\
             | check | result | seconds | commit | date | note |\n|---|---|---|---|---|---|\n{checks}\n\
             ## Measured\n\n| check | figure | value |\n|---|---|---|\n{figures}"
        )
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::test::Line;
    use super::*;
    use crate::checks::Outcome;
    use crate::figures::Figure;

    fn report(name: &'static str, result: Result<Outcome>) -> Report {
        Report {
            lines: vec![Line {
                name,
                took: Duration::from_secs(61),
                result,
            }],
        }
    }

    fn measured(value: f64) -> Outcome {
        Outcome {
            note: None,
            figures: vec![Figure {
                name: "kills".to_owned(),
                value,
            }],
        }
    }

    #[test]
    fn summary_when_one_check_runs_again_then_keeps_the_lines_of_the_others() {
        let names = || ["fuzz", "system", "new"].into_iter();
        let mut summary = Summary::default();
        summary.take(&report("system", Ok(measured(50.0))), "aaa", "Monday");
        let failed = Err(anyhow::anyhow!("broken\nlong story"));
        summary.take(&report("fuzz", failed), "aaa", "Monday");
        let mut again = Summary::parse(&summary.text(names()));
        assert_eq!(again.checks, {
            let mut checks = summary.checks.clone();
            checks.insert("new".to_owned(), "not run | | | | |".to_owned());
            checks
        });
        again.take(&report("fuzz", Ok(measured(7.0))), "bbb", "Tuesday");
        let text = again.text(names());
        assert!(
            text.contains("| fuzz | ok | 61 | `bbb` | Tuesday |  |"),
            "{text}"
        );
        assert!(
            text.contains("| system | ok | 61 | `aaa` | Monday |  |"),
            "{text}"
        );
        assert!(text.contains("| new | not run | | | | |"), "{text}");
        assert!(text.contains("| system | kills | 50 |"), "{text}");
        assert!(!text.contains("broken"), "{text}");
    }
}
