//! `cargo xtask screenshots`: pictures of every page, to be looked at.

use std::path::Path;

use anyhow::{Result, bail};

use super::generate::debug_binary;
use crate::app;
use crate::checks::system;
use crate::context::Context;
use crate::native;
use crate::setup::{self, Need};

pub(crate) fn run(context: &Context, folder: &Path) -> Result<()> {
    setup::ensure(&context.places, &[Need::Browser, Need::BrowserScripts])?;
    app::build(context)?;
    let binary = debug_binary(context)?;
    let folder = std::path::absolute(folder)?;
    let program = native::cargo(context, &["run", "--locked", "--package", "hindcast-tests"])?
        .args(["--example", "screenshots", "--"])
        .args([&folder]);
    let kept = system::configure(context, program, &binary).run_and_keep()?;
    if let Some(failure) = kept.failure {
        bail!(failure);
    }
    Ok(())
}
