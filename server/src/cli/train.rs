//! The words of `hindcast train`, and of `hindcast detect` over a range.

use std::path::PathBuf;

use clap::Args;

use super::key_value;
use crate::config::ModelDevice;

/// What schedulers may go by.
pub(crate) const EXIT_CODES: &str = "\
Exit codes: 0 done; 1 it failed (the message says why, and nothing was replaced); 2 the words are wrong; \
3 there is no data, or too little; 4 anomalies were found, where --fail-on-anomalies was given.";

/// What is to be learned, from what.
#[derive(Debug, Args)]
pub(crate) struct TrainArgs {
    /// Name of the model: lower-case letters, digits and dashes
    #[arg(long, required_unless_present = "spec")]
    pub(crate) name: Option<String>,
    /// The algorithm: `isolation_forest`, `one_class_svm`, `pca`, `k_means`, `dbscan`, `autoencoder`, `vae`, `lstm_autoencoder` or
    /// `tcn_autoencoder`
    #[arg(long, required_unless_present = "spec")]
    pub(crate) kind: Option<String>,
    /// Name of the source
    #[arg(long, required_unless_present = "spec")]
    pub(crate) source: Option<String>,
    /// Query that picks the series
    #[arg(long, required_unless_present = "spec")]
    pub(crate) query: Option<String>,
    /// A file with all of these, as `POST /api/v1/jobs` takes its `spec` (JSON)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["name", "kind", "source", "query"])]
    pub(crate) spec: Option<PathBuf>,
    /// Any other key of the specification, such as `--with window_samples=48` or `--with lags_samples=[60,1440]`; may be
    /// given several times
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) with: Vec<(String, String)>,
    /// End of what is learned; it reaches back as far as the key `history` says, 30d
    #[arg(long, default_value = "now")]
    pub(crate) to: String,
    /// Where a network learns, in place of `models.device`
    #[arg(long, value_enum)]
    pub(crate) device: Option<ModelDevice>,
    /// Make it the version that scores
    #[arg(long)]
    pub(crate) promote: bool,
    /// Write it to this folder, and keep no version of it
    #[arg(long, value_name = "FOLDER", conflicts_with = "promote")]
    pub(crate) output: Option<PathBuf>,
}

/// A range that is looked at once; nothing is stored and nobody is told.
#[derive(Debug, Args)]
pub(crate) struct LookArgs {
    /// Beginning of a range to look at, in place of running the rules: nothing is stored, and nobody is told
    #[arg(long, requires = "once", allow_hyphen_values = true)]
    pub(crate) from: Option<String>,
    /// End of that range
    #[arg(
        long,
        requires = "from",
        default_value = "now",
        allow_hyphen_values = true
    )]
    pub(crate) to: String,
    /// Look at the scores of the live version of this model, in place of the rules
    #[arg(long, requires = "from", value_name = "NAME")]
    pub(crate) model: Option<String>,
    /// How often the model's p99 a score must be to count; 1 is the p99 of its validation windows
    #[arg(long, requires = "model", default_value_t = 1.0)]
    pub(crate) threshold: f64,
    /// Write the anomalies to this file: .json is JSON, everything else CSV; on standard output unless given
    #[arg(long, requires = "from", value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// End with exit code 4 when there are anomalies
    #[arg(long, requires = "from")]
    pub(crate) fail_on_anomalies: bool,
}
