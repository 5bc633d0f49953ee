//! clippy over everything that runs in the browser, with bans of its own.

use anyhow::Result;

use super::Outcome;
use crate::context::Context;
use crate::wasm;

/// The app with its tests; of `shared` only what goes into it, because its tests run natively.
const PARTS: &[&[&str]] = &[
    &["--package", "hindcast-app", "--all-targets"],
    &["--package", "hindcast-view"],
    &["--package", "hindcast-shared", "--features", "chart"],
];

pub(super) fn run(context: &Context) -> Result<Outcome> {
    for part in PARTS {
        wasm::program(context, "cargo")?
            .args(["clippy", "--locked", "--target", wasm::TARGET])
            .args(*part)
            .args(["--", "-D", "warnings"])
            .env("CLIPPY_CONF_DIR", context.places.root().join("app/clippy"))
            .run()?;
    }
    Ok(Outcome::default())
}
