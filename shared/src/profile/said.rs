//! The same in sentences, each with names for its figures.

use serde::{Deserialize, Serialize};

use super::Characteristics;
use crate::time::{DAY_MS, HOUR_MS, WEEK_MS};

/// A figure in a sentence, as far as how it is written depends on what it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// A number of things.
    Count(u64),
    /// A value in the unit of the series.
    Value(f64),
    /// A share, 0 to 1.
    Share(f64),
    /// A length of time in milliseconds.
    Length(i64),
    /// An instant in milliseconds since 1970.
    Instant(i64),
}

/// A sentence with `{names}` for its figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// In English; one of [`TEXTS`].
    pub text: String,
    /// Name and figure.
    pub figures: Vec<(String, Figure)>,
}

macro_rules! texts {
    ($($name:ident = $text:literal;)*) => {
        $(pub(super) const $name: &str = $text;)*
        /// Every sentence that can be said, for catalogues.
        pub const TEXTS: &[&str] = &[$($text),*];
    };
}

texts! {
    NOTHING = "There is no value in this range.";
    FULL = "{count} samples, one every {step}, without a gap.";
    GAPS = "{count} samples, one every {step}; {share} are missing, the longest gap lasts {gap}.";
    CONSTANT = "All values are {value}.";
    RANGE = "Values lie between {low} and {high}, half of them under {middle}.";
    COUNTER = "It only rises, or falls back to zero: a counter.";
    FLAG = "Only a handful of values occur: a switch or a state.";
    GAUGE = "It rises and falls: a gauge.";
    ZEROS = "{share} of the values are zero.";
    SEASON = "It repeats itself every {length}: {share} of its variation.";
    NO_SEASON = "No season was found in {span}.";
    RISES = "It rises by {rise} a day; a straight line is {share} of its variation.";
    FALLS = "It falls by {rise} a day; a straight line is {share} of its variation.";
    NO_TREND = "There is no trend.";
    LEVELS = "Its level changed {count} times, the last time at {at}, from {before} to {after}.";
    LEVEL = "Its level changed once, at {at}, from {before} to {after}.";
    SPIKY = "It is spiky: {count} samples ({share}) stand far out.";
    CALM = "Hardly any sample stands far out: {count} do.";
    SMOOTH = "It is a smooth curve.";
    NOISY = "It is noisy: a value says little about the next one.";
    TRY_RATE = "Of a counter, only its change says anything.";
    TRY_DIFF = "Of a switch, only the moments at which it turns can be odd.";
    TRY_SILENCE = "A constant series is worth a page only when it changes.";
    TRY_HOURS = "Every hour of the day has values of its own.";
    TRY_WEEK = "Every hour of the week has values of its own.";
    TRY_SEASONS = "Seasons of other lengths than a day or a week are taken out before anything is judged.";
    TRY_LEVELS = "The level changes for good now and then: the recent past says more than the whole history.";
    TRY_CHANGE = "A change of the level is an event of its own.";
    TRY_TREND = "It has a trend: level and slope are followed.";
    TRY_LEAK = "A steady rise over hours is what a leak looks like.";
    TRY_SPIKES = "Medians are not moved by the spikes, and three samples in a row are asked for.";
    TRY_AUTO = "Nothing speaks for a special detector: this one compares with everything that was.";
}

/// From here on a trend is worth a word.
pub(super) const LEAST_TREND: f64 = 0.3;
/// From here on a series is spiky.
pub(super) const LEAST_SPIKES: f64 = 0.002;
const LEAST_ZEROS: f64 = 0.05;
const SMOOTH_NOISE: f64 = 0.05;
const NOISY_NOISE: f64 = 0.6;

impl Said {
    pub(super) fn new(text: &'static str, figures: &[(&str, Figure)]) -> Self {
        Self {
            text: text.to_owned(),
            figures: figures
                .iter()
                .map(|(name, figure)| ((*name).to_owned(), *figure))
                .collect(),
        }
    }

    /// The sentence, its figures written by `write`.
    pub fn told(&self, write: impl Fn(Figure) -> String) -> String {
        self.figures
            .iter()
            .fold(self.text.clone(), |text, (name, figure)| {
                text.replace(&format!("{{{name}}}"), &write(*figure))
            })
    }
}

/// Everything worth saying about a series.
pub fn sentences(found: &Characteristics) -> Vec<Said> {
    use Figure::{Count, Instant, Length, Share, Value};
    let (shape, departures) = (&found.shape, &found.departures);
    let Some([low, middle, high]) = found.values else {
        return vec![Said::new(NOTHING, &[])];
    };
    let (count, step) = (Count(shape.values), Length(found.step_ms));
    let mut said = vec![if found.longest_gap_ms > 0 {
        let (missing, gap) = (Share(shape.gaps), Length(found.longest_gap_ms));
        Said::new(
            GAPS,
            &[
                ("count", count),
                ("step", step),
                ("share", missing),
                ("gap", gap),
            ],
        )
    } else {
        Said::new(FULL, &[("count", count), ("step", step)])
    }];
    if shape.constant {
        said.push(Said::new(CONSTANT, &[("value", Value(low))]));
        return said;
    }
    let ends = [
        ("low", Value(low)),
        ("high", Value(high)),
        ("middle", Value(middle)),
    ];
    said.push(Said::new(RANGE, &ends));
    let kind = match (shape.counter, shape.flag_like) {
        (true, _) => COUNTER,
        (_, true) => FLAG,
        _ => GAUGE,
    };
    said.push(Said::new(kind, &[]));
    if shape.intermittency >= LEAST_ZEROS {
        said.push(Said::new(ZEROS, &[("share", Share(shape.intermittency))]));
    }
    if shape.counter || shape.flag_like {
        return said;
    }
    if shape.seasons.is_empty() {
        said.push(Said::new(NO_SEASON, &[("span", Length(found.span_ms))]));
    }
    for season in &shape.seasons {
        let figures = [
            ("length", Length(natural(season.ms))),
            ("share", Share(season.strength)),
        ];
        said.push(Said::new(SEASON, &figures));
    }
    said.push(trend(found));
    if let Some(last) = departures.changes.last() {
        let figures = [
            ("count", Count(departures.changes.len() as u64)),
            ("at", Instant(last.at_ms)),
            ("before", Value(last.before)),
            ("after", Value(last.after)),
        ];
        let once = departures.changes.len() == 1;
        said.push(Said::new(if once { LEVEL } else { LEVELS }, &figures));
    }
    let is_spiky = departures.spike_share >= LEAST_SPIKES;
    let figures = [
        ("count", Count(departures.spikes)),
        ("share", Share(departures.spike_share)),
    ];
    said.push(Said::new(if is_spiky { SPIKY } else { CALM }, &figures));
    if shape.noise < SMOOTH_NOISE && !is_spiky {
        said.push(Said::new(SMOOTH, &[]));
    } else if shape.noise > NOISY_NOISE {
        said.push(Said::new(NOISY, &[]));
    }
    said
}

/// A length that is within a hundredth of an hour, a day or a week is that: a season is found to the sample.
fn natural(ms: i64) -> i64 {
    let near = |whole: &i64| (ms - whole).abs() * 100 <= *whole;
    [HOUR_MS, DAY_MS, WEEK_MS]
        .into_iter()
        .find(near)
        .unwrap_or(ms)
}

fn trend(found: &Characteristics) -> Said {
    let rise = found.departures.rise_a_day;
    if found.shape.trend < LEAST_TREND || rise == 0.0 {
        return Said::new(NO_TREND, &[]);
    }
    let figures = [
        ("rise", Figure::Value(rise.abs())),
        ("share", Figure::Share(found.shape.trend)),
    ];
    Said::new(if rise > 0.0 { RISES } else { FALLS }, &figures)
}
