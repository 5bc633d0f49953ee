//! `hindcast config check|schema`.

use std::process::ExitCode;

use super::load_config;
use crate::cli::{ConfigArgs, ConfigCommand};
use crate::config::schema;

pub(super) fn run(args: &ConfigArgs, command: &ConfigCommand) -> anyhow::Result<ExitCode> {
    match command {
        ConfigCommand::Check => {
            let config = load_config(args)?;
            println!(
                "The configuration is valid: {} sources, {} rules.",
                config.sources.len(),
                config.rules.len()
            );
        }
        ConfigCommand::Schema => println!("{}", serde_json::to_string_pretty(&schema())?),
    }
    Ok(ExitCode::SUCCESS)
}
