//! The committed generated files are what the server prints today.

use std::fs;

use anyhow::{Result, bail};

use super::Outcome;
use crate::commands::generate::{ALL, debug_binary};
use crate::context::Context;

pub(super) fn run(context: &Context) -> Result<Outcome> {
    let binary = debug_binary(context)?;
    let mut stale = Vec::new();
    for generated in ALL {
        let wanted = generated.print(context, &binary)?;
        let committed = fs::read_to_string(context.places.root().join(generated.path));
        if committed.ok().as_deref() != Some(&wanted) {
            stale.push(generated.path);
        }
    }
    if !stale.is_empty() {
        bail!(
            "out of date: {}; run `cargo xtask generate` and commit",
            stale.join(", ")
        );
    }
    Ok(Outcome::default())
}
