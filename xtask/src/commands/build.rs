//! `cargo xtask build --release`: the one binary, app inside.

use std::path::PathBuf;

use anyhow::Result;

use crate::app;
use crate::context::Context;
use crate::process::Program;
use crate::say;

pub(crate) fn run(context: &Context) -> Result<()> {
    let binary = release_binary(context)?;
    say::step(&format!("built {}", binary.display()));
    Ok(())
}

/// Builds the app, then the server around it, and says where the binary is.
pub(crate) fn release_binary(context: &Context) -> Result<PathBuf> {
    app::build(context)?;
    say::step("building the server (some minutes the first time)");
    let target = context.places.product_target();
    Program::new(&context.places, "cargo")
        .args(["build", "--release", "--package", "hindcast"])
        .args(["--features", "embed-ui"])
        .env("CARGO_TARGET_DIR", &target)
        .run()?;
    Ok(target.join("release/hindcast"))
}
