//! The tests of the whole system from outside: what holds at all, and what holds for long.

use std::path::Path;

use anyhow::{Result, bail};

use super::Outcome;
use crate::app;
use crate::commands::generate::debug_binary;
use crate::context::Context;
use crate::figures;
use crate::native;
use crate::process::Program;

/// Power cuts and the soak: they take most of a long run, and need no app.
const ENDURANCE: &str = "package(hindcast-tests) & (binary(kills) | binary(soak))";
const OTHERS: &str = "package(hindcast-tests) & not (binary(kills) | binary(soak))";

pub(super) fn run(context: &Context) -> Result<Outcome> {
    app::build(context)?;
    tests(context, OTHERS)
}

pub(super) fn endure(context: &Context) -> Result<Outcome> {
    tests(context, ENDURANCE)
}

fn tests(context: &Context, which: &str) -> Result<Outcome> {
    let binary = debug_binary(context)?;
    let mut program = native::cargo(context, &["nextest", "run", "--locked"])?.args(["-E", which]);
    if context.long {
        program = program
            .args(["--profile", "long"])
            .env("HINDCAST_LONG", "1");
    }
    // nextest reports on stderr, and what a test printed too; figures are wanted from both.
    let kept = configure(context, program, &binary).run_and_keep()?;
    if let Some(failure) = kept.failure {
        bail!(failure);
    }
    Ok(Outcome {
        note: None,
        figures: figures::find(&kept.lines),
    })
}

/// Tells the tests and benches of the whole system where everything is.
pub(crate) fn configure(context: &Context, program: Program, binary: &Path) -> Program {
    program
        .env("HINDCAST_BIN", binary)
        .env("HINDCAST_NODE_MODULES", context.places.node())
        .env("HINDCAST_DIST", context.places.dist())
        .env("HINDCAST_CHECK_ROOT", context.places.root())
        .env("INSTA_UPDATE", "no")
}
