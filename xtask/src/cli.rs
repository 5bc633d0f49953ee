//! The command line.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::checks;
use crate::commands;
use crate::context::Context;
use crate::places::Places;
use crate::setup;

/// Hindcast's own commands.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Installs what is missing on this machine, step by step
    Setup,
    /// Builds the app and the server in release and starts it
    Serve {
        /// The configuration file, passed on to `hindcast serve`
        #[arg(long)]
        config: Option<PathBuf>,
        /// dev, stage or prod, passed on to `hindcast serve`
        #[arg(long)]
        profile: Option<String>,
        /// More arguments for `hindcast serve`, after `--`
        #[arg(last = true)]
        rest: Vec<String>,
    },
    /// Leaves the one binary, with the app inside, in the target folder
    Build {
        /// The only kind there is; a debug build reads the app from `dist/`
        #[arg(long, required = true)]
        release: bool,
    },
    /// Rebuilds and restarts the app and the server on every change of a source file
    Dev {
        /// The configuration file, passed on to `hindcast serve`
        #[arg(long)]
        config: Option<PathBuf>,
    },
    /// Runs every check, and says at the end which failed
    Test {
        /// The full figures: all kills, soak and fuzzing, with a summary in docs/long-run.md
        #[arg(long)]
        long: bool,
        /// Only these checks; a long run of some leaves the lines of the others as they were
        #[arg(value_parser = checks::names())]
        names: Vec<String>,
    },
    /// Runs the named checks; lists them when none is named
    Check {
        #[arg(value_parser = checks::names())]
        names: Vec<String>,
        /// The full figures instead of the short ones
        #[arg(long)]
        long: bool,
    },
    /// Measures, and prints one line for each figure
    Bench {
        /// Fails when a figure misses its goal and no bound is explained in docs/bench-goals.md
        #[arg(long)]
        check: bool,
        /// Leaves the tables of `peers` in docs/peers.md, and of `models` in docs/models-accuracy.md
        #[arg(long)]
        write: bool,
        /// Only the steps of these names
        #[arg(value_parser = commands::bench::names())]
        steps: Vec<String>,
    },
    /// Takes pictures of every page: light, dark, phone and wall, in every language
    Screenshots {
        /// The folder that they are written to
        #[arg(default_value = "target/screenshots")]
        folder: PathBuf,
        #[command(flatten)]
        wishes: commands::screenshots::Wishes,
    },
    /// Rewrites the generated files under docs/
    Generate,
    /// Writes a .br and a .gz beside each file of the app; trunk's post-build hook
    #[command(hide = true)]
    Precompress,
}

impl Cli {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let places = Places::discover()?;
        let long = match &self.command {
            Command::Test { long, .. } | Command::Check { long, .. } => *long,
            _ => false,
        };
        let context = Context::new(places, long);
        match self.command {
            Command::Setup => setup::everything(&context.places).map(done),
            Command::Serve {
                config,
                profile,
                rest,
            } => commands::serve::run(context, config, profile, rest),
            Command::Build { release: _ } => commands::build::run(&context).map(done),
            Command::Dev { config } => commands::dev::run(&context, config.as_deref()).map(done),
            Command::Test { long: _, names } => commands::test::run(&context, &names),
            Command::Check { names, long: _ } => Ok(commands::check::run(&context, &names)),
            Command::Bench {
                check,
                write,
                steps,
            } => commands::bench::run(&context, commands::bench::Wishes { check, write }, &steps),
            Command::Screenshots { folder, wishes } => {
                commands::screenshots::run(&context, &folder, &wishes).map(done)
            }
            Command::Generate => commands::generate::run(&context).map(done),
            Command::Precompress => commands::precompress::run().map(done),
        }
    }
}

fn done((): ()) -> ExitCode {
    ExitCode::SUCCESS
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Cli;

    #[test]
    fn cli_when_built_then_is_consistent() {
        Cli::command().debug_assert();
    }
}
