//! Logs: pretty or JSON, on stderr, with a level that can be changed while running.

use std::io::IsTerminal as _;
use std::sync::OnceLock;

use anyhow::Context as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, Registry, fmt, reload};

use crate::config::{Log, LogFormat};

static LEVEL: OnceLock<reload::Handle<EnvFilter, Registry>> = OnceLock::new();

/// Starts logging; a second call in one process only changes the level.
pub(crate) fn init(log: &Log) -> anyhow::Result<()> {
    let (filter, handle) = reload::Layer::new(filter(log)?);
    if LEVEL.set(handle).is_err() {
        return set_level(log);
    }
    let layer = match log.format {
        LogFormat::Pretty => fmt::layer()
            .with_ansi(std::io::stderr().is_terminal())
            .with_writer(std::io::stderr)
            .boxed(),
        LogFormat::Json => fmt::layer()
            .json()
            .flatten_event(true)
            .with_writer(std::io::stderr)
            .boxed(),
    };
    tracing_subscriber::registry()
        .with(filter)
        .with(layer)
        .try_init()
        .context("logging is already set up")
}

/// Whether the level of what is logged can be that.
pub(crate) fn check_level(log: &Log) -> anyhow::Result<()> {
    filter(log).map(drop)
}

/// Changes the level of what is logged from now on.
pub(crate) fn set_level(log: &Log) -> anyhow::Result<()> {
    let filter = filter(log)?;
    if let Some(handle) = LEVEL.get() {
        handle.reload(filter).context("the log level is fixed")?;
    }
    Ok(())
}

/// What assistants send, keys and all, would stand in the lines of their protocol; whoever wants those names it.
const QUIET: &str = "rmcp=warn";

fn filter(log: &Log) -> anyhow::Result<EnvFilter> {
    EnvFilter::try_new(format!("{QUIET},{}", log.level))
        .with_context(|| format!("log.level `{}`", log.level))
}
