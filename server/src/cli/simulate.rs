//! The flags of `hindcast simulate`.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;
use hindcast_shared::evaluate::simulate::{Plan, Shape};
use hindcast_shared::time::Millis;

#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// How many samples
    #[arg(long, default_value_t = 10_080, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub(crate) rows: u32,
    /// Distance of samples, such as 30s, 1m, 1h
    #[arg(long, default_value = "1m", value_parser = step)]
    pub(crate) step: Millis,
    /// Time of the first sample, such as 2026-01-31T08:00:00Z
    #[arg(long, default_value = "2026-01-05T00:00:00Z", value_parser = start)]
    pub(crate) start: i64,
    /// Mean level
    #[arg(long, default_value_t = 40.0, allow_hyphen_values = true)]
    pub(crate) level: f64,
    /// Standard deviation of the noise
    #[arg(long, default_value_t = 3.0)]
    pub(crate) noise: f64,
    /// Height of the daily course; 0 for none
    #[arg(long, default_value_t = 10.0)]
    pub(crate) season: f64,
    /// Smallest value
    #[arg(long, default_value_t = 0.0, allow_hyphen_values = true)]
    pub(crate) min: f64,
    /// Largest value
    #[arg(long, default_value_t = 100.0, allow_hyphen_values = true)]
    pub(crate) max: f64,
    /// How many incidents, behind the first fifth, which stays clean
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u32).range(..=100_000))]
    pub(crate) incidents: u32,
    /// Shapes of incidents, dealt in turn; all of them unless given
    #[arg(long, value_delimiter = ',', value_parser = names())]
    pub(crate) shapes: Vec<String>,
    /// How far incidents lie out, in standard deviations of the clean series
    #[arg(long, default_value_t = 6.0)]
    pub(crate) size: f64,
    /// Equal seeds draw equal series
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Also write the incidents as intervals (start, end, shape), for `backtest --labels`
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<PathBuf>,
    /// Where to write timestamp, value and label; - is the standard output
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(crate) output: PathBuf,
}

impl SimulateArgs {
    /// What is to be drawn.
    pub(crate) fn plan(&self) -> Plan {
        let chosen = |shape: &Shape| {
            self.shapes.is_empty() || self.shapes.iter().any(|name| name == shape.as_str())
        };
        Plan {
            rows: self.rows as usize,
            start_ms: self.start,
            step_ms: self.step.ms(),
            level: self.level,
            noise: self.noise,
            season: self.season,
            clamp: self.min..self.max,
            incidents: self.incidents as usize,
            shapes: Shape::ALL.into_iter().filter(chosen).collect(),
            size: self.size,
            seed: self.seed,
        }
    }
}

/// What each shape is, for the help.
pub(super) fn shapes() -> String {
    let mut text = "Shapes of incidents:\n".to_owned();
    for shape in Shape::ALL {
        writeln!(text, "  {:<12} {}", shape.as_str(), shape.help()).ok();
    }
    text.push_str(
        "\nFifty usual samples of N(40, 10) within 0 and 100, with a spike:\n  \
         hindcast simulate --rows 50 --noise 10 --season 0 --incidents 1 --shapes spike --size 5.5",
    );
    text
}

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(Shape::ALL.map(Shape::as_str))
}

fn step(text: &str) -> Result<Millis, String> {
    let step: Millis = text.parse()?;
    if step.ms() > 0 {
        Ok(step)
    } else {
        Err("must be longer than 0".to_owned())
    }
}

fn start(text: &str) -> Result<i64, String> {
    crate::sources::csv::parse::time(text)
        .ok_or_else(|| "not a time; write it like 2026-01-31T08:00:00Z".to_owned())
}
