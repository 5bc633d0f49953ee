//! `hindcast config check|schema|suggest`.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use super::{load_config, print, suggest as by_kind};
use crate::cli::{ConfigArgs, ConfigCommand};
use crate::clock::SystemClock;
use crate::config::schema;
use crate::defaults::usual_rule;
use crate::http_client;
use crate::sources::configured_remotes;

pub(super) async fn run(args: &ConfigArgs, command: &ConfigCommand) -> anyhow::Result<ExitCode> {
    match command {
        ConfigCommand::Check => {
            let config = load_config(args)?;
            let (sources, rules) = (config.sources.len(), config.rules.len());
            print::line(format_args!(
                "The configuration is valid: {sources} sources, {rules} rules."
            ))?;
        }
        ConfigCommand::Schema => print::line(serde_json::to_string_pretty(&schema())?)?,
        ConfigCommand::Suggest(asked) => {
            let text = match (&asked.source, &asked.query) {
                (Some(source), Some(query)) => by_kind::suggest(args, asked, source, query).await?,
                _ => suggest(args).await?,
            };
            print::text(text)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Rules as a part of a configuration file; JSON is YAML, and keeps every name as it is.
async fn suggest(args: &ConfigArgs) -> anyhow::Result<String> {
    let config = load_config(args)?;
    http_client::install_crypto();
    let sources = configured_remotes(&config.sources, Arc::new(SystemClock))?;
    let mut rules = String::new();
    for source in sources.records().await {
        for metric in &source.suggestions {
            if let Some(rule) = usual_rule(&source.name, metric) {
                writeln!(rules, "  - {rule}")?;
            }
        }
    }
    Ok(if rules.is_empty() {
        "rules: []\n".to_owned()
    } else {
        format!("rules:\n{rules}")
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::{Cli, Command};

    #[tokio::test]
    async fn suggest_when_metrics_have_usual_limits_then_prints_rules_that_can_be_read_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name).display().to_string();
        std::fs::write(path("a.csv"), "time,cpu,queue,disk_percent\n60,1,2,3\n").expect("written");
        let sources = |rules: &str| {
            format!(
                "sources: [{{ name: table, kind: csv, path: {} }}]\n{rules}",
                path("a.csv")
            )
        };
        std::fs::write(path("a.yaml"), sources("")).expect("written");
        let parse = |file: &str| {
            let file = path(file);
            let words = ["hindcast", "config", "suggest", "--config", &file];
            Cli::try_parse_from(words).expect("words").into_command()
        };
        let (args, command) = parse("a.yaml");
        assert!(matches!(
            command,
            Command::Config(ConfigCommand::Suggest(_))
        ));
        let rules = suggest(&args).await.expect("rules");
        std::fs::write(path("b.yaml"), sources(&rules)).expect("written");
        let config = load_config(&parse("b.yaml").0).expect("a valid configuration");
        let names: Vec<&str> = config
            .rules
            .iter()
            .map(|rule| rule.rule.query.as_str())
            .collect();
        assert_eq!(names, ["cpu", "disk_percent"]);
    }
}
