//! One file a subcommand; each is a straight list of steps.

mod config;
mod openapi;
mod serve;

use std::process::ExitCode;

use crate::cli::{Cli, Command, ConfigArgs};
use crate::config::{Config, load};

/// Runs what the command line asks for.
pub(crate) async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let (args, command) = cli.command();
    match command {
        Command::Serve(serve_args) => Box::pin(serve::run(&args, &serve_args)).await,
        Command::Config(command) => config::run(&args, &command),
        Command::Openapi => openapi::run(),
        Command::Doctor
        | Command::Healthcheck(_)
        | Command::Migrate
        | Command::Token(_)
        | Command::Backup { .. } => anyhow::bail!("not built yet"),
    }
}

fn load_config(args: &ConfigArgs) -> anyhow::Result<Config> {
    Ok(load(&args.inputs())?)
}
