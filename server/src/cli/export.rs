//! The words of `hindcast export` and of `hindcast config suggest`.

use clap::{Args, ValueEnum};

use super::RangeArgs;

/// Which table of a replay, and in which form.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// What to write
    #[arg(value_enum)]
    pub(crate) what: ExportWhat,
    /// A file with one rule (YAML or JSON), or the id of a rule that is configured or stored
    #[arg(long, value_name = "FILE|ID")]
    pub(crate) rule: String,
    #[command(flatten)]
    pub(crate) range: RangeArgs,
    /// Only this series, named as the Lab names it; of several series without it, each line says which
    #[arg(long, value_name = "NAME")]
    pub(crate) series: Option<String>,
    /// How to write it
    #[arg(long, value_enum, default_value_t = ExportForm::Csv)]
    pub(crate) format: ExportForm,
}

/// What a replay says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportWhat {
    /// Every sample with its score and what was expected
    Scores,
    /// Every anomaly that would have fired, with its pages
    Anomalies,
}

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportForm {
    /// A table
    Csv,
    /// For programs
    Json,
}

/// Whose rule is suggested; without a query, those of the metrics whose names say what they measure.
#[derive(Debug, Args)]
pub(crate) struct SuggestArgs {
    /// A query whose series are looked at: the rule has the detector that fits them, and says why
    #[arg(long, requires = "source")]
    pub(crate) query: Option<String>,
    /// The source that answers it
    #[arg(long, requires = "query")]
    pub(crate) source: Option<String>,
    /// Distance between samples
    #[arg(long, default_value = "1m")]
    pub(crate) step: String,
    #[command(flatten)]
    pub(crate) range: RangeArgs,
}
