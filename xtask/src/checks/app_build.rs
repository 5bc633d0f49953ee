//! The app in release, which the checks after this one look at.

use anyhow::Result;

use super::Outcome;
use crate::app;
use crate::context::Context;

pub(super) fn run(context: &Context) -> Result<Outcome> {
    app::build(context)?;
    Ok(Outcome::default())
}
