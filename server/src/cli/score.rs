//! The flags of `hindcast score`.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use hindcast_shared::detector::batch::batch;
use hindcast_shared::detector::{DetectorKind, ParamKind};
use hindcast_shared::evaluate::scoring::Mode;
use hindcast_shared::rule::Direction;

#[derive(Debug, Args)]
pub(crate) struct ScoreArgs {
    /// Which detector
    #[arg(long, value_parser = kinds())]
    pub(crate) detector: String,
    /// A parameter of it, `window_samples=100` or the like; may be given several times
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) param: Vec<String>,
    /// What a score may know
    #[arg(long, value_enum, default_value_t = ScoreMode::Causal)]
    pub(crate) mode: ScoreMode,
    /// So many rows at the beginning are known to be calm: a causal detector is fitted on them before it goes on
    #[arg(long, default_value_t = 0)]
    pub(crate) train_rows: usize,
    /// Where the score is 1.0; the detector's default unless given
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) threshold: Option<f64>,
    /// In place of a threshold: so many alarms a week on what is calm, fitted on the training rows
    #[arg(long, value_name = "ALARMS", conflicts_with = "threshold")]
    pub(crate) alarms_per_week: Option<f64>,
    /// Which side counts
    #[arg(long, value_enum, default_value_t = Side::Both)]
    pub(crate) direction: Side,
    /// Take everything into the baseline; otherwise what is over the threshold stays out of it
    #[arg(long)]
    pub(crate) learn_from_anomalies: bool,
    /// Seed of everything that is drawn at random
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// The table to read; - is the standard input
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(crate) input: PathBuf,
    /// The column with the values; the first that holds neither times nor labels unless given
    #[arg(long)]
    pub(crate) column: Option<String>,
    /// The column with the times; without one, rows lie a minute apart from 1970 on
    #[arg(long)]
    pub(crate) time: Option<String>,
    /// Where to write raw, score, onset and state, one row a point; - is the standard output
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(crate) output: PathBuf,
}

/// What a score may know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScoreMode {
    /// The whole series, the future included; for detectors that have such a form
    Batch,
    /// The past only, as in production
    Causal,
}

impl From<ScoreMode> for Mode {
    fn from(mode: ScoreMode) -> Self {
        match mode {
            ScoreMode::Batch => Self::Batch,
            ScoreMode::Causal => Self::Causal,
        }
    }
}

/// Which side of the expected value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Side {
    Above,
    Below,
    Both,
}

impl From<Side> for Direction {
    fn from(side: Side) -> Self {
        match side {
            Side::Above => Self::Above,
            Side::Below => Self::Below,
            Side::Both => Self::Both,
        }
    }
}

fn kinds() -> PossibleValuesParser {
    PossibleValuesParser::new(single().map(DetectorKind::as_str))
}

/// The detectors that say something about one series alone.
fn single() -> impl Iterator<Item = DetectorKind> {
    let kinds = DetectorKind::ALL.into_iter();
    kinds.filter(|kind| !kind.is_group())
}

/// Every detector with its parameters, for the help.
pub(super) fn detectors() -> String {
    let mut text = "Detectors (* also in batch mode) and their parameters:\n".to_owned();
    for kind in single() {
        let star = if batch(kind).is_some() { "*" } else { "" };
        writeln!(text, "  {}{star}: {}", kind.as_str(), kind.about().help).ok();
        for param in kind.params() {
            let range = match param.kind {
                ParamKind::Choice(words) => format!(
                    "{}; {}",
                    words.join(" | "),
                    words.get(param.default as usize).unwrap_or(&"")
                ),
                _ => format!("{}..{}; {}", param.min, param.max, param.default),
            };
            writeln!(text, "      {} ({range})", param.name).ok();
        }
    }
    text.push_str(
        "\nStates: scored, learning (too little history yet), gap (no value). raw and score are 0 unless \
         scored; the score is 1.0 at the threshold. onset is how strongly an anomaly begins, and 0 while it \
         goes on and everywhere else.",
    );
    text
}
