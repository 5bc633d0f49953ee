//! Builds the app with trunk into `dist/`, and only when something in it has changed.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::context::Context;
use crate::inputs;
use crate::lean::{self, Lean};
use crate::places::Places;
use crate::process::Program;
use crate::say;
use crate::setup;
use crate::wasm::{self, Toolchain};

/// Everything that the app is made of.
const INPUTS: &[&str] = &[
    "app",
    "shared",
    "style",
    "public",
    "xtask/src/commands/precompress.rs",
    "Cargo.toml",
    "Cargo.lock",
    "Trunk.toml",
];

/// Names this program to trunk's hook, which would otherwise compile it again with the wrong compiler.
pub(crate) const HOOK_PROGRAM: &str = "HINDCAST_XTASK";

/// Brings `dist/` up to date in release, with a `.br` and a `.gz` beside each file.
pub(crate) fn build(context: &Context) -> Result<()> {
    setup::ensure(&context.places, setup::FOR_APP)?;
    if let Err(error) = setup::ensure(&context.places, &[setup::Need::LeanStd]) {
        lean::do_without(&error);
    }
    let toolchain = Toolchain::find(&context.places).context("no compiler for the browser")?;
    let lean = Lean::find(&context.places, &toolchain);
    let library = lean.as_ref().map_or_else(String::new, Lean::name);
    let extra = format!("{} {library}", toolchain.name());
    let stamp = inputs::stamp(&context.places, INPUTS, &extra)?;
    if context.places.dist().join("index.html").is_file()
        && fs::read_to_string(stamp_file(&context.places)).is_ok_and(|old| old == stamp)
    {
        say::step("the app is up to date");
        return Ok(());
    }
    say::step("building the app for the browser (some minutes the first time)");
    forget(&context.places)?;
    // trunk is kept offline, so that it cannot fetch tools; the crates come first, then.
    Program::new(&context.places, "cargo")
        .args(["fetch", "--locked"])
        .run()?;
    let mut trunk = wasm::program(context, "trunk")?;
    if let Some(lean) = &lean {
        trunk = lean.configure(trunk);
    }
    trunk
        .args([
            "build",
            "--release",
            "--locked",
            "--offline",
            "--skip-version-check",
        ])
        .env(HOOK_PROGRAM, std::env::current_exe()?)
        .without_env("NO_COLOR")
        .run()?;
    fs::write(stamp_file(&context.places), stamp)?;
    Ok(())
}

/// Forgets that `dist/` is up to date.
pub(crate) fn forget(places: &Places) -> Result<()> {
    let file = stamp_file(places);
    fs::create_dir_all(places.root().join("target"))?;
    if file.exists() {
        fs::remove_file(file)?;
    }
    Ok(())
}

/// Beside `dist/` and not in it, because everything in it is embedded and served.
fn stamp_file(places: &Places) -> PathBuf {
    places.root().join("target/dist.stamp")
}
