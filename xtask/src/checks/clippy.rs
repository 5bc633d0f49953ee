//! clippy over everything native, tests and benches included.

use anyhow::Result;

use super::Outcome;
use crate::context::Context;
use crate::native;

pub(super) fn run(context: &Context) -> Result<Outcome> {
    native::cargo(context, &["clippy", "--locked", "--all-targets"])?
        .args(["--", "-D", "warnings"])
        .run()?;
    Ok(Outcome::default())
}
