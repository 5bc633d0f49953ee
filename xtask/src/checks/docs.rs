//! rustdoc, with broken links as errors, and the examples in the documentation.

use anyhow::Result;

use super::Outcome;
use crate::context::Context;
use crate::native;

pub(super) fn run(context: &Context) -> Result<Outcome> {
    native::cargo(
        context,
        &["doc", "--locked", "--no-deps", "--document-private-items"],
    )?
    .env("RUSTDOCFLAGS", "-D warnings")
    .run()?;
    native::cargo(context, &["test", "--locked", "--doc"])?.run()?;
    Ok(Outcome::default())
}
