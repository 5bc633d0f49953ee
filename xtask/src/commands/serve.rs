//! `cargo xtask serve`: from a fresh clone to a running server.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};

use super::build::release_binary;
use crate::context::Context;
use crate::process::Program;

/// Builds what has changed, then becomes the server, which prints the line with its address.
pub(crate) fn run(
    context: Context,
    config: Option<PathBuf>,
    profile: Option<String>,
    rest: Vec<String>,
) -> Result<ExitCode> {
    let binary = release_binary(&context)?;
    let caller = std::env::current_dir()?;
    let mut program = Program::new(&context.places, &binary.to_string_lossy())
        .current_dir(&caller)
        .arg("serve");
    // The server must not keep the target folders from the next build.
    drop(context);
    if let Some(config) = config {
        program = program.arg("--config").arg(config);
    }
    if let Some(profile) = profile {
        program = program.arg("--profile").arg(profile);
    }
    become_program(program.args(rest))
}

#[cfg(unix)]
fn become_program(program: Program) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;

    // Signals then reach the server itself, and it drains as it would on its own.
    let error = program.into_command().exec();
    Err(error).context("the server did not start")
}

#[cfg(not(unix))]
fn become_program(program: Program) -> Result<ExitCode> {
    program.run().context("the server failed")?;
    Ok(ExitCode::SUCCESS)
}
