//! `cargo xtask test`: every check, one after the other, and a table of how they went.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::long_run;
use crate::checks::{ALL, Check, Outcome};
use crate::context::Context;
use crate::say;
use crate::setup;

/// How one check went.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) name: &'static str,
    pub(crate) took: Duration,
    pub(crate) result: Result<Outcome>,
}

/// How all of them went.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) lines: Vec<Line>,
}

pub(crate) fn run(context: &Context, names: &[String]) -> Result<ExitCode> {
    let chosen = |check: &&Check| names.is_empty() || names.iter().any(|name| name == check.name);
    let subject = long_run::Subject::of(context)?;
    let report = run_checks(context, &ALL.iter().filter(chosen).collect::<Vec<_>>());
    if context.long {
        long_run::write(context, &subject, &report)?;
    }
    report.print();
    Ok(report.exit_code())
}

/// Runs the checks in the order given; a failure does not keep the next from running.
pub(crate) fn run_checks(context: &Context, checks: &[&'static Check]) -> Report {
    let lines = checks.iter().map(|check| run_one(context, check)).collect();
    Report { lines }
}

fn run_one(context: &Context, check: &'static Check) -> Line {
    say::step(&format!("check {}: {}", check.name, check.about));
    let started = Instant::now();
    let result = setup::ensure(&context.places, check.needs).and_then(|()| (check.run)(context));
    if let Err(error) = &result {
        say::failure(&format!("check {}: {error:#}", check.name));
    }
    Line {
        name: check.name,
        took: started.elapsed(),
        result,
    }
}

impl Report {
    /// The table, as text.
    fn table(&self) -> String {
        let mut table = format!("{:<12} {:<6} {:>8}\n", "check", "result", "seconds");
        for line in &self.lines {
            let (result, note) = match &line.result {
                Ok(outcome) => ("ok", outcome.note.as_deref().unwrap_or_default()),
                Err(_) => ("FAILED", ""),
            };
            let seconds = line.took.as_secs_f64();
            let row = format!("{:<12} {result:<6} {seconds:>8.1}  {note}", line.name);
            // Writing to a String cannot fail.
            writeln!(table, "{}", row.trim_end()).ok();
        }
        let total: Duration = self.lines.iter().map(|line| line.took).sum();
        writeln!(
            table,
            "{:<12} {:<6} {:>8.1}",
            "together",
            "",
            total.as_secs_f64()
        )
        .ok();
        table
    }

    pub(crate) fn print(&self) {
        println!("\n{}", self.table());
        for line in &self.lines {
            if let Err(error) = &line.result {
                println!("{} failed: {error:#}", line.name);
            }
        }
        let failed = self
            .lines
            .iter()
            .filter(|line| line.result.is_err())
            .count();
        println!(
            "{} of {} checks passed",
            self.lines.len() - failed,
            self.lines.len()
        );
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        if self.lines.iter().all(|line| line.result.is_ok()) {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}
