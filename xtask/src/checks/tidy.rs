//! The project's conventions, as a check.

use anyhow::{Result, bail};

use super::Outcome;
use crate::context::Context;
use crate::tidy;

pub(super) fn run(context: &Context) -> Result<Outcome> {
    let findings = tidy::findings(&context.places)?;
    for finding in &findings {
        println!("{finding}");
    }
    if !findings.is_empty() {
        bail!("{} places are untidy", findings.len());
    }
    Ok(Outcome::default())
}
