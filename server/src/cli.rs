//! The command line. No subcommand means `serve`.

mod export;
mod score;
mod simulate;
mod train;

pub(crate) use self::export::{ExportArgs, ExportForm, ExportWhat, SuggestArgs};
pub(crate) use self::score::{ScoreArgs, ScoreMode};
pub(crate) use self::simulate::SimulateArgs;
pub(crate) use self::train::{LookArgs, TrainArgs};

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use hindcast_shared::api::Role;

use crate::config::{Inputs, Override};

/// Anomaly detection that shows beforehand what a rule would have fired.
#[derive(Debug, Parser)]
#[command(name = "hindcast", version, about, max_term_width = 100)]
#[command(
    after_help = "Every key of the configuration can also be given as HINDCAST__SECTION__KEY, \
    and secrets as HINDCAST__…_FILE. Precedence: flags, environment, profile file, file, default."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) serve: ServeArgs,
}

/// Where the configuration comes from; the same for every subcommand.
#[derive(Debug, Clone, Args)]
pub(crate) struct ConfigArgs {
    /// Configuration file; without one, a database in ./data, the host and demo sources, 127.0.0.1:8080
    #[arg(long, global = true, value_name = "FILE", env = "HINDCAST_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Also read the file of this profile, beside the first: hindcast.prod.yaml
    #[arg(long, global = true, env = "HINDCAST_PROFILE")]
    pub(crate) profile: Option<Profile>,
    /// Set a key, such as --set log.level=debug; may be given several times
    #[arg(long, global = true, value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) set: Vec<(String, String)>,
}

/// The stages that a profile file can be for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Profile {
    Dev,
    Stage,
    Prod,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server (the default)
    Serve(ServeArgs),
    /// Run the rules without the server: by their schedules, or once
    #[command(after_help = train::EXIT_CODES)]
    Detect {
        /// Run every rule once, now, and stop; for schedulers of your own
        #[arg(long)]
        once: bool,
        #[command(flatten)]
        look: LookArgs,
    },
    /// Learn a full model from the history of a source; for schedulers of your own
    #[command(after_help = train::EXIT_CODES)]
    Train(TrainArgs),
    /// Say what a rule would have fired over a range of the past
    Backtest(BacktestArgs),
    /// Write what a rule makes of a range of the past as a table: sample by sample, or anomaly by anomaly
    Export(ExportArgs),
    /// Score a column of a CSV file with any detector; no server, no rule
    #[command(after_help = score::detectors())]
    Score(ScoreArgs),
    /// Draw a labelled series as CSV, for trying rules and detectors
    #[command(after_help = simulate::shapes())]
    Simulate(SimulateArgs),
    /// Look at the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Check everything that the server needs, and say what to do about what is missing
    Doctor,
    /// Ask a running server whether it is well; for containers and scripts
    Healthcheck(HealthcheckArgs),
    /// Bring the store's tables up to date, and stop
    Migrate,
    /// Print every detector with its parameters
    Detectors,
    /// Print the description of the API
    Openapi,
    /// Make, list and revoke API keys
    #[command(subcommand)]
    Token(TokenCommand),
    /// Try whether notifications arrive
    #[command(subcommand)]
    Notify(NotifyCommand),
    /// Say what a week was like: noisy rules, pages that nobody acted on, rules that never fired
    Digest {
        /// An ISO week such as 2026-W47; the last whole one unless given
        #[arg(long)]
        week: Option<String>,
        /// How to print it
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
    /// Copy the store into a file, while the server may be running
    Backup {
        /// The file to write; must not exist
        file: PathBuf,
    },
}

#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ServeArgs {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) bind: Option<SocketAddr>,
    /// Folder of the built front end, in place of the one inside the binary
    #[arg(long, value_name = "FOLDER", env = "HINDCAST_DIST")]
    pub(crate) dist: Option<PathBuf>,
    /// Let the clock run so many times as fast, 1440 for a day a minute: for soak tests and shows, with
    /// `--profile dev` only, and with a store of its own
    #[arg(long, value_name = "TIMES", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) time_scale: Option<u32>,
    /// Refuse to start when the store's tables are not up to date, in place of changing them
    #[arg(long)]
    pub(crate) no_migrate: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BacktestArgs {
    /// A file with one rule (YAML or JSON), or the id of a rule that is configured or stored
    #[arg(long, value_name = "FILE|ID")]
    pub(crate) rule: String,
    #[command(flatten)]
    pub(crate) range: RangeArgs,
    /// What was really wrong: intervals or labelled points (CSV, JSON, NAB's windows, TSB-AD's columns);
    /// adds a classification report
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<PathBuf>,
    /// Which entry of a file with NAB's windows, named as its data file
    #[arg(long, value_name = "NAME", requires = "labels")]
    pub(crate) labels_entry: Option<String>,
    /// What to work out in place of the replay
    #[command(flatten)]
    pub(crate) study: StudyArgs,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

/// A range of the past.
#[derive(Debug, Args)]
pub(crate) struct RangeArgs {
    /// Beginning: now-7d, now/d, 1700000000000, 2026-01-31T08:00:00Z
    #[arg(long, default_value = "now-7d", allow_hyphen_values = true)]
    pub(crate) from: String,
    /// End
    #[arg(long, default_value = "now", allow_hyphen_values = true)]
    pub(crate) to: String,
}

/// What a backtest works out in place of the replay.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct StudyArgs {
    /// Recall against pages a week, over every threshold at which anything changes, down to the one that
    /// would send more than so many pages a week
    #[arg(
        long,
        value_name = "PAGES",
        requires = "labels",
        num_args = 0..=1,
        default_missing_value = "50",
        value_parser = pages
    )]
    pub(crate) frontier: Option<f64>,
    /// The setting that finds every labelled incident with at most so many pages a week
    #[arg(long, value_name = "PAGES", value_parser = pages)]
    pub(crate) budget: Option<f64>,
    /// What kind of series the rule watches, and which detectors fit
    #[arg(long)]
    pub(crate) characteristics: bool,
}

impl StudyArgs {
    pub(crate) fn is_asked(&self) -> bool {
        self.frontier.is_some() || self.budget.is_some() || self.characteristics
    }
}

/// How a result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// For programs
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Say what is wrong with it, or that nothing is
    Check,
    /// Print the JSON schema of the file, for editors
    Schema,
    /// Print a rule for every metric of the sources that has a usual limit (CPU, memory, disk, heap,
    /// response time, errors, connections), or one for the series of a query, by what kind they are
    Suggest(SuggestArgs),
}

#[derive(Debug, Args)]
pub(crate) struct HealthcheckArgs {
    /// Address of the server; from the configuration unless given
    #[arg(long)]
    pub(crate) url: Option<url::Url>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum NotifyCommand {
    /// Tell a route of the configuration that this is a test, and say what it answered
    Test {
        /// Its name; all of them unless given
        route: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a key and print it, once
    Create {
        /// What or whom it is for
        name: String,
        /// What it may do
        #[arg(long, value_parser = role, default_value = "viewer")]
        role: Role,
    },
    /// Let a wall in by the code that it shows
    Pair {
        /// The code, such as K7PQ-4XDM
        code: String,
        /// Where the wall hangs
        #[arg(long, default_value = "wall")]
        name: String,
        /// What it may show: overview, rule:checkout-latency; may be given several times
        #[arg(long, value_name = "PAGE", default_value = "overview")]
        page: Vec<String>,
    },
    /// List the keys and the walls, without the keys themselves
    List,
    /// Make a key or a wall's token worthless, and end its sessions and streams
    Revoke {
        /// Its name, or its id
        name: String,
    },
}

/// Reads the command line, or prints what is wrong with it and ends the process.
pub(crate) fn parse() -> Cli {
    Cli::parse()
}

impl Cli {
    /// The subcommand, with its default.
    pub(crate) fn into_command(self) -> (ConfigArgs, Command) {
        let command = match self.command {
            // Flags of `serve` may stand before the word as well.
            Some(Command::Serve(flags)) => Command::Serve(flags.or(self.serve)),
            None => Command::Serve(self.serve),
            Some(other) => other,
        };
        (self.config, command)
    }
}

impl ConfigArgs {
    /// What the configuration is made of.
    pub(crate) fn inputs(&self) -> Inputs {
        let set = self.set.iter().map(|(key, value)| Override {
            flag: format!("--set {key}"),
            key: key.clone(),
            value: value.clone(),
        });
        Inputs {
            file: self.config.clone(),
            profile: self
                .profile
                .and_then(|profile| profile.to_possible_value())
                .map(|profile| profile.get_name().to_owned()),
            // What is not UTF-8 cannot be meant for us.
            env: std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
            flags: set.collect(),
        }
    }
}

impl ServeArgs {
    fn or(self, other: Self) -> Self {
        Self {
            bind: self.bind.or(other.bind),
            dist: self.dist.or(other.dist),
            time_scale: self.time_scale.or(other.time_scale),
            no_migrate: self.no_migrate || other.no_migrate,
        }
    }

    /// The flags that stand for keys of the configuration.
    pub(crate) fn overrides(&self) -> impl Iterator<Item = Override> {
        self.bind.into_iter().map(|bind| Override {
            flag: "--bind".to_owned(),
            key: "http.bind".to_owned(),
            value: bind.to_string(),
        })
    }
}

fn key_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text
        .split_once('=')
        .ok_or("write KEY=VALUE, such as log.level=debug")?;
    Ok((key.to_owned(), value.to_owned()))
}

fn pages(text: &str) -> Result<f64, String> {
    let pages: f64 = text
        .parse()
        .map_err(|_| "a number of pages a week, such as 2".to_owned())?;
    if pages.is_finite() && pages >= 0.0 {
        Ok(pages)
    } else {
        Err("at least 0 pages a week".to_owned())
    }
}

fn role(text: &str) -> Result<Role, String> {
    serde_json::from_value(text.into())
        .map_err(|_| "one of embed, viewer, operator, admin".to_owned())
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn command_line_when_checked_by_clap_then_is_consistent() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn command_line_when_no_subcommand_is_given_then_serves() {
        let cli =
            Cli::try_parse_from(["hindcast", "--bind", "127.0.0.1:0"]).expect("flags of serve");
        let (_, command) = cli.into_command();
        assert!(matches!(command, Command::Serve(args) if args.bind.is_some()));
        let cli = Cli::try_parse_from([
            "hindcast",
            "serve",
            "--config",
            "a.yaml",
            "--profile",
            "dev",
        ])
        .expect("flags of serve");
        assert_eq!(cli.config.inputs().profile.as_deref(), Some("dev"));
    }
}
