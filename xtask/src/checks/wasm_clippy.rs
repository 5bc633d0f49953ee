//! clippy over everything that runs in the browser, with bans of its own.

use anyhow::Result;

use super::Outcome;
use crate::context::Context;
use crate::wasm;

pub(super) fn run(context: &Context) -> Result<Outcome> {
    wasm::program(context, "cargo")?
        .args(["clippy", "--locked", "--target", wasm::TARGET])
        .args(["--package", "hindcast-app", "--package", "hindcast-shared"])
        .args(["--features", "hindcast-shared/chart"])
        .args(["--", "-D", "warnings"])
        .env("CLIPPY_CONF_DIR", context.places.root().join("app/clippy"))
        .run()?;
    Ok(Outcome::default())
}
