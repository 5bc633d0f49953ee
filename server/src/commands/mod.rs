//! One file a subcommand; each is a straight list of steps.

mod backtest;
mod backup;
mod classification;
mod config;
mod detect;
mod detectors;
mod digest;
mod doctor;
mod export;
mod healthcheck;
mod look;
mod migrate;
mod notify;
mod openapi;
mod print;
mod score;
mod serve;
mod simulate;
mod study;
mod suggest;
mod token;
mod train;

use std::process::ExitCode;

use anyhow::Context as _;
use hindcast_shared::time::Clock as _;

use crate::cli::{Cli, Command, ConfigArgs};
use crate::clock::SystemClock;
use crate::config::{Config, load};
use crate::store::Store;

/// Exit code where there is no data, or too little.
const TOO_LITTLE: u8 = 3;
/// Exit code where there are anomalies, and that was to be a failure.
const FOUND: u8 = 4;

/// Runs what the command line asks for.
pub(crate) async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let (args, command) = cli.into_command();
    match command {
        Command::Serve(flags) => Box::pin(serve::run(&args, &flags)).await,
        Command::Detect { look, .. } if look.from.is_some() => {
            Box::pin(look::run(&args, &look)).await
        }
        Command::Detect { once, .. } => Box::pin(detect::run(&args, once)).await,
        Command::Train(train) => Box::pin(train::run(&args, &train)).await,
        Command::Backtest(backtest) => Box::pin(backtest::run(&args, &backtest)).await,
        Command::Export(export) => Box::pin(export::run(&args, &export)).await,
        Command::Config(command) => Box::pin(config::run(&args, &command)).await,
        Command::Doctor => Box::pin(doctor::run(&args)).await,
        Command::Healthcheck(check) => healthcheck::run(&args, &check).await,
        Command::Migrate => migrate::run(&args).await,
        Command::Detectors => detectors::run(),
        Command::Notify(command) => notify::run(&args, command).await,
        Command::Openapi => openapi::run(),
        Command::Score(score) => score::run(&score),
        Command::Simulate(simulate) => simulate::run(&simulate),
        Command::Token(command) => token::run(&args, command).await,
        Command::Digest { week, format } => digest::run(&args, week.as_deref(), format).await,
        Command::Backup { file } => backup::run(&args, &file).await,
    }
}

fn load_config(args: &ConfigArgs) -> anyhow::Result<Config> {
    Ok(load(&args.inputs())?)
}

async fn open_store(config: &Config, migrate: bool) -> anyhow::Result<Store> {
    let path = &config.store.path;
    Store::open(&config.store.options(migrate), SystemClock.now_ms())
        .await
        .with_context(|| format!("store.path {}", path.display()))
}
