//! cargo-machete, for dependencies that nobody uses.

use anyhow::Result;

use super::Outcome;
use crate::context::Context;
use crate::process::Program;

pub(super) fn run(context: &Context) -> Result<Outcome> {
    Program::new(&context.places, "cargo-machete")
        .args(["--skip-target-dir", "."])
        .run()?;
    Ok(Outcome::default())
}
