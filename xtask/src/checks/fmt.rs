//! rustfmt, for every package.

use anyhow::Result;

use super::Outcome;
use crate::context::Context;
use crate::process::Program;

pub(super) fn run(context: &Context) -> Result<Outcome> {
    Program::new(&context.places, "cargo")
        .args(["fmt", "--all", "--check"])
        .run()?;
    Ok(Outcome::default())
}
