//! The project's own commands, started as `cargo xtask <command>`.
//!
//! Owns everything between a fresh clone and a running or tested product.
//! It must not know what the product does: it builds it, starts it and reads its exit status.

mod app;
mod checks;
mod claim;
mod cli;
mod commands;
mod context;
mod figures;
mod history;
mod inputs;
mod lean;
mod native;
mod places;
mod process;
mod say;
mod setup;
mod std_build;
mod tidy;
mod wasm;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match cli::Cli::parse().run() {
        Ok(code) => code,
        Err(error) => {
            say::failure(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
