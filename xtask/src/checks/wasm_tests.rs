//! The tests that run as Wasm inside Chromium.

use std::path::Path;

use anyhow::{Context as _, Result};

use super::Outcome;
use crate::context::Context;
use crate::wasm;

pub(super) fn run(context: &Context) -> Result<Outcome> {
    let driver = context
        .places
        .find_program("chromedriver")
        .context("chromedriver is not installed")?;
    // The parity test holds the browser to the native bits; it needs nothing of the app.
    let suites: [&[&str]; 2] = [
        &["--package", "hindcast-shared", "--test", "parity"],
        &["--package", "hindcast-app"],
    ];
    for suite in suites {
        run_suite(context, suite, &driver)?;
    }
    Ok(Outcome::default())
}

fn run_suite(context: &Context, suite: &[&str], driver: &Path) -> Result<()> {
    let program = wasm::program(context, "cargo")?
        .args(["test", "--locked", "--target", wasm::TARGET])
        .args(suite);
    wasm::in_browser(program, driver).run()
}
