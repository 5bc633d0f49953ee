//! Which detector fits a series, and why.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Characteristics;
use super::said::{self, LEAST_SPIKES, LEAST_TREND, Said};
use crate::detector::DetectorKind;
use crate::detector::auto::Season;
use crate::time::{DAY_MS, WEEK_MS};

/// A detector to try.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Advice {
    /// The detector.
    pub kind: DetectorKind,
    /// Parameters that differ from what it has when nothing is set.
    pub params: Map<String, Value>,
    /// How many anomalous samples in a row are asked for; none leaves it alone.
    pub samples: Option<u32>,
    /// Why, in one sentence.
    pub why: Said,
}

/// A season that explains less decides nothing.
const LEAST_STRENGTH: f64 = 0.2;
/// How far a season may be from a day or a week, as a share of it.
const NEARLY: f64 = 0.03;
/// The most that are worth trying.
const MOST: usize = 3;

impl Advice {
    fn new(kind: DetectorKind, why: &'static str) -> Self {
        Self {
            kind,
            params: Map::new(),
            samples: None,
            why: Said::new(why, &[]),
        }
    }

    fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.params.insert(name.to_owned(), value.into());
        self
    }

    fn lasting(mut self, samples: u32) -> Self {
        self.samples = Some(samples);
        self
    }
}

/// Detectors that fit, the first one best; none where there is nothing to judge.
pub fn advice(found: &Characteristics) -> Vec<Advice> {
    let shape = &found.shape;
    if found.values.is_none() {
        return Vec::new();
    }
    if shape.constant {
        return vec![Advice::new(DetectorKind::Zscore, said::TRY_SILENCE)];
    }
    if shape.counter {
        let rate = Advice::new(DetectorKind::Rate, said::TRY_RATE);
        return vec![
            rate.with("change", "per_minute"),
            Advice::new(DetectorKind::Diff, said::TRY_RATE),
        ];
    }
    if shape.flag_like {
        return vec![Advice::new(DetectorKind::Diff, said::TRY_DIFF)];
    }
    let mut all = Vec::new();
    let strong = |season: &&Season| season.strength >= LEAST_STRENGTH;
    let is = |season: &Season, ms: i64| ((season.ms - ms).abs() as f64) < NEARLY * ms as f64;
    let mut seasons = shape.seasons.iter().filter(strong).peekable();
    if seasons.peek().is_some() {
        let all_seasons: Vec<&Season> = seasons.collect();
        if all_seasons.iter().any(|season| is(season, WEEK_MS)) {
            let hours = Advice::new(DetectorKind::Profile, said::TRY_WEEK);
            all.push(hours.with("season", "hour_of_week"));
        } else if all_seasons.iter().any(|season| is(season, DAY_MS)) {
            let hours = Advice::new(DetectorKind::Profile, said::TRY_HOURS);
            all.push(hours.with("season", "hour_of_day"));
        }
        all.push(Advice::new(DetectorKind::Mstl, said::TRY_SEASONS));
    }
    let departures = &found.departures;
    if !departures.changes.is_empty() {
        all.push(Advice::new(DetectorKind::Ewma, said::TRY_LEVELS));
        all.push(Advice::new(DetectorKind::Cusum, said::TRY_CHANGE));
    } else if shape.trend >= LEAST_TREND && departures.rise_a_day.abs() > 0.0 {
        all.push(Advice::new(DetectorKind::Ets, said::TRY_TREND));
        all.push(Advice::new(DetectorKind::MannKendall, said::TRY_LEAK));
    }
    if departures.spike_share >= LEAST_SPIKES {
        all.push(Advice::new(DetectorKind::Mad, said::TRY_SPIKES).lasting(3));
    }
    if all.len() < MOST {
        all.push(Advice::new(DetectorKind::Auto, said::TRY_AUTO));
    }
    all.truncate(MOST);
    all
}
