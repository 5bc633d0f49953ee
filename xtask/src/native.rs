//! The native builds of the checks: always the same packages and features, so that cargo compiles
//! each dependency once for checking and once for running, and not once more for each command.

use anyhow::Result;

use crate::context::Context;
use crate::process::Program;

/// Everything but the app, with the app embedded and the models of linfa; a debug build reads it from `dist/` when it runs.
pub(crate) const GRAPH: &[&str] = &[
    "--workspace",
    "--exclude",
    "hindcast-app",
    "--exclude",
    "hindcast-view",
    "--features",
    "hindcast/embed-ui,hindcast-shared/linfa",
];

/// `cargo <subcommand>` over that graph in the shared target folder.
pub(crate) fn cargo(context: &Context, subcommand: &[&str]) -> Result<Program> {
    Ok(Program::new(&context.places, "cargo")
        .args(subcommand)
        .args(GRAPH)
        .env("CARGO_TARGET_DIR", context.check_target()?))
}
