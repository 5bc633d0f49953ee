//! Cargo.lock says what is built; a build that changes it is a build of something else.

use anyhow::{Context as _, Result};

use super::Outcome;
use crate::context::Context;
use crate::process::Program;

pub(super) fn run(context: &Context) -> Result<Outcome> {
    Program::new(&context.places, "cargo")
        .args(["fetch", "--locked"])
        .run()
        .context("run any cargo command and commit Cargo.lock")?;
    Ok(Outcome::default())
}
