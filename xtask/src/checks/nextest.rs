//! The crates' own tests; those of the whole system are a check of their own.

use anyhow::Result;

use super::Outcome;
use crate::context::Context;
use crate::native;

pub(super) fn run(context: &Context) -> Result<Outcome> {
    native::cargo(context, &["nextest", "run", "--locked"])?
        .args(["-E", "not package(hindcast-tests)"])
        // A missing snapshot is a failure, not a file to be written.
        .env("INSTA_UPDATE", "no")
        .run()?;
    Ok(Outcome::default())
}
