//! `hindcast config check|schema`.

use std::process::ExitCode;

use super::{load_config, print};
use crate::cli::{ConfigArgs, ConfigCommand};
use crate::config::schema;

pub(super) fn run(args: &ConfigArgs, command: &ConfigCommand) -> anyhow::Result<ExitCode> {
    match command {
        ConfigCommand::Check => {
            let config = load_config(args)?;
            let (sources, rules) = (config.sources.len(), config.rules.len());
            print::line(format_args!(
                "The configuration is valid: {sources} sources, {rules} rules."
            ))?;
        }
        ConfigCommand::Schema => print::line(serde_json::to_string_pretty(&schema())?)?,
    }
    Ok(ExitCode::SUCCESS)
}
