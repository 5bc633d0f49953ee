//! Level, damped trend and one season, each smoothed exponentially, with a prediction interval.
//!
//! Holt, Forecasting Seasonals and Trends by Exponentially Weighted Moving Averages, 1957; Winters,
//! Forecasting Sales by Exponentially Weighted Moving Averages, 1960; in the additive error form with a
//! damped trend of Hyndman, Koehler, Ord and Snyder, Forecasting with Exponential Smoothing, 2008. Errors
//! are cut at three deviations before they are learned (Gelper, Fried and Croux, Robust Forecasting with
//! Exponential and Holt–Winters Smoothing, 2010), so one spike does not bend the forecast.
//!
//! The season lies on the wall clock. A fit tries a few rates of adaptation over the whole history and
//! keeps the one with the smallest mean error; nothing is drawn at random. O(1) a sample, 16 kB.

use serde::{Deserialize, Serialize};

use super::season::{CYCLE, Slots};
use crate::detector::about::{About, ParamSpec, ScaleKind};
use crate::detector::ewma::Ewma;
use crate::detector::params::{MIN_SPREAD_ABS, MIN_SPREAD_REL, SpreadFloor};
use crate::detector::{
    DetectorSpec, History, Judgement, MAX_MAGNITUDE, Model, Part, Sample, Setup,
};

const ADAPT: ParamSpec = ParamSpec::choice(
    "adapt",
    "Adaptation",
    "How fast level and season follow the series; auto tries all on the history.",
    &["auto", "slow", "medium", "fast"],
);

/// How much of an error goes into the level, the trend and the season.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Rates {
    level: f64,
    trend: f64,
    season: f64,
}

const fn rates(level: f64, trend: f64, season: f64) -> Rates {
    Rates {
        level,
        trend,
        season,
    }
}

const SLOW: &[Rates] = &[rates(0.01, 0.0, 0.05), rates(0.03, 0.0005, 0.1)];
const MEDIUM: &[Rates] = &[rates(0.1, 0.0, 0.1), rates(0.1, 0.002, 0.2)];
const FAST: &[Rates] = &[rates(0.3, 0.0, 0.2), rates(0.5, 0.01, 0.2)];

/// How much of the trend is left a step later.
const DAMPING: f64 = 0.98;
/// Full cycles that the first season is averaged over.
const FIRST_CYCLES: i64 = 2;
/// At most so many slots make a cycle.
const MOST_SLOTS: i64 = 2_016;
/// Errors are remembered for about so many samples.
const ERROR_SPAN: u32 = 500;
/// So many errors must be known before anything is judged.
const LEAST_ERRORS: u32 = 30;
/// The deviation of normal data in mean absolute errors, `sqrt(π / 2)`.
const NORMAL_DEVIATION: f64 = 1.253_314_137_315_5;
/// Errors are learned up to so many deviations.
const CUT: f64 = 3.0;

/// The first cycles, averaged slot by slot.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct First {
    began_ms: Option<i64>,
    sums: Vec<f64>,
    counts: Vec<u32>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Ets {
    adapt: u32,
    rates: Rates,
    slots: Slots,
    cycle_ms: i64,
    /// How many samples a visit of a slot has.
    visit: f64,
    floor: SpreadFloor,
    /// Nothing once the season is known.
    first: Option<First>,
    level: f64,
    trend: f64,
    season: Vec<f64>,
    errors: Ewma,
    known_errors: u32,
    /// Sum of all absolute errors, for choosing among rates.
    total_error: f64,
    /// Variance of the forecast in variances of one step: it grows over a gap.
    widening: f64,
    /// What a step of the trend adds up to so far.
    reach: f64,
}

impl Ets {
    fn candidates(&self) -> Vec<Rates> {
        match self.adapt {
            1 => SLOW.to_vec(),
            2 => MEDIUM.to_vec(),
            3 => FAST.to_vec(),
            _ => [MEDIUM, SLOW, FAST].concat(),
        }
    }

    fn forecast(&self, local_ms: i64) -> f64 {
        self.level + DAMPING * self.trend + self.season[self.slots.slot(local_ms)]
    }

    fn deviation(&self) -> f64 {
        self.errors.mean() * NORMAL_DEVIATION
    }

    /// One step of time, without news.
    fn advance(&mut self) {
        self.trend *= DAMPING;
        self.level += self.trend;
    }

    /// Averages the first cycles; once they are over, level and season come from them.
    fn begin(&mut self, sample: Sample) {
        let count = self.slots.count();
        let Some(first) = &mut self.first else { return };
        first.sums.resize(count, 0.0);
        first.counts.resize(count, 0);
        let began_ms = *first.began_ms.get_or_insert(sample.at_ms);
        let slot = self.slots.slot(sample.local_ms);
        first.sums[slot] += sample.value;
        first.counts[slot] += 1;
        if sample.at_ms - began_ms < FIRST_CYCLES * self.cycle_ms {
            return;
        }
        let means = first
            .sums
            .iter()
            .zip(&first.counts)
            .filter(|(_, count)| **count > 0);
        let means: Vec<f64> = means.map(|(sum, count)| sum / f64::from(*count)).collect();
        self.level = crate::sum::sum(&means) / means.len() as f64;
        let mut means = means.into_iter();
        self.season = vec![0.0; count];
        for (season, count) in self.season.iter_mut().zip(&first.counts) {
            if *count > 0 {
                *season = means.next().unwrap_or(self.level) - self.level;
            }
        }
        self.first = None;
    }

    fn start_over(&mut self) {
        self.first = Some(First::default());
        self.season.clear();
        (self.level, self.trend) = (0.0, 0.0);
        (self.errors, self.known_errors) = (Ewma::new(ERROR_SPAN), 0);
        (self.total_error, self.widening, self.reach) = (0.0, 1.0, 0.0);
    }
}

impl Model for Ets {
    const ABOUT: About = About {
        name: "ets",
        title: "Holt–Winters forecast",
        help: "Finds values outside the interval that level, trend and season predict one step ahead.",
        scale: ScaleKind::Ratio,
        threshold: ParamSpec::threshold("σ", (0.5, 20.0, 0.05, 5.0)),
        inclusive: false,
        params: &[CYCLE, ADAPT, MIN_SPREAD_ABS, MIN_SPREAD_REL],
    };

    fn new(spec: &DetectorSpec, setup: Setup) -> Self {
        let step_ms = setup.step_ms.max(1);
        let slots = Slots::of_cycle(spec.choice(&CYCLE), step_ms, MOST_SLOTS);
        let mut model = Self {
            adapt: spec.choice(&ADAPT) as u32,
            rates: MEDIUM[0],
            slots,
            cycle_ms: slots.cycle_ms(),
            visit: (slots.slot_ms() / step_ms).max(1) as f64,
            floor: SpreadFloor::of(spec),
            first: None,
            level: 0.0,
            trend: 0.0,
            season: Vec::new(),
            errors: Ewma::new(ERROR_SPAN),
            known_errors: 0,
            total_error: 0.0,
            widening: 1.0,
            reach: 0.0,
        };
        model.clear();
        model
    }

    fn clear(&mut self) {
        self.rates = self.candidates()[0];
        self.start_over();
    }

    fn fit(&mut self, history: &History<'_>) -> bool {
        let mut best: Option<Self> = None;
        for rates in self.candidates() {
            let mut model = self.clone();
            model.rates = rates;
            model.start_over();
            for sample in history.samples() {
                if sample.value.abs() <= MAX_MAGNITUDE {
                    model.learn(sample);
                } else {
                    model.gap(sample.at_ms);
                }
            }
            // Strictly better, so that the first of equals stays.
            if best
                .as_ref()
                .is_none_or(|best| model.total_error < best.total_error)
            {
                best = Some(model);
            }
        }
        if let Some(best) = best {
            *self = best;
        }
        true
    }

    fn judge(&mut self, sample: Sample) -> Option<Judgement> {
        if self.first.is_some() || self.known_errors < LEAST_ERRORS {
            return None;
        }
        let forecast = self.forecast(sample.local_ms);
        let spread = self.floor.apply(self.deviation(), forecast) * self.widening.sqrt();
        Some(Judgement::centred(sample.value, forecast, spread))
    }

    fn learn(&mut self, sample: Sample) {
        if self.first.is_some() {
            self.begin(sample);
            return;
        }
        let slot = self.slots.slot(sample.local_ms);
        let error = sample.value - self.forecast(sample.local_ms);
        let cut = if self.known_errors < LEAST_ERRORS {
            error
        } else {
            let most =
                CUT * self.floor.apply(self.deviation(), sample.value) * self.widening.sqrt();
            error.clamp(-most, most)
        };
        self.advance();
        self.level += self.rates.level * cut;
        self.trend += self.rates.trend * cut;
        self.season[slot] += self.rates.season / self.visit * (1.0 - self.rates.level) * cut;
        // After a gap the error says nothing about one step.
        if self.widening <= 1.0 {
            self.errors.push(cut.abs());
            self.known_errors = self.known_errors.saturating_add(1);
            self.total_error += error.abs();
        }
        (self.widening, self.reach) = (1.0, 0.0);
    }

    fn skip(&mut self, _: Sample) {
        // The value was there; that it is not believed makes the forecast no wider.
        self.advance();
    }

    fn gap(&mut self, _: i64) {
        if self.first.is_some() {
            return;
        }
        self.advance();
        self.reach = DAMPING * (1.0 + self.reach);
        let weight = self.rates.level + self.rates.trend * self.reach;
        self.widening += weight * weight;
    }

    fn is_full(&self) -> bool {
        self.first.is_none() && self.known_errors >= LEAST_ERRORS
    }

    fn explain(&mut self, sample: Sample) -> Vec<Part> {
        if self.first.is_some() {
            return Vec::new();
        }
        vec![
            Part::of_value("level", self.level),
            Part::of_value("trend", DAMPING * self.trend),
            Part::of_value("season", self.season[self.slots.slot(sample.local_ms)]),
            Part::of_value("rest", sample.value - self.forecast(sample.local_ms)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::testing::rule_of;
    use crate::detector::{Detector, PointState};
    use crate::time::{HOUR_MS, MINUTE_MS, UtcOffsets};
    use serde_json::json;

    /// An hour's triangle on a slow rise, with a little noise.
    fn wave(minute: i64) -> f64 {
        let phase = (minute % 60 - 30).abs() as f64;
        phase + 0.002 * minute as f64 + (minute * 7_919 % 101) as f64 / 100.0
    }

    fn fitted(values: &[f64]) -> (Detector, i64) {
        let rule = rule_of(json!({"kind": "ets", "season": "hour"}), json!({}));
        let mut detector = Detector::new(&rule);
        let end_ms = values.len() as i64 * MINUTE_MS;
        detector.fit(&History {
            values,
            end_ms,
            step_ms: MINUTE_MS,
            offsets: &UtcOffsets::utc(),
            seed: 0,
        });
        (detector, end_ms)
    }

    #[test]
    fn ets_when_a_value_leaves_its_season_then_is_seen_and_the_season_alone_is_not() {
        let values: Vec<f64> = (0..600).map(wave).collect();
        let (mut detector, end_ms) = fitted(&values);
        let utc = UtcOffsets::utc();
        for minute in 600..900 {
            let odd = minute == 700;
            let value = wave(minute) + if odd { 15.0 } else { 0.0 };
            let reading = detector.step(Sample::new(
                value,
                end_ms + (minute - 600) * MINUTE_MS,
                &utc,
            ));
            assert_eq!(reading.score > 1.0, odd, "{minute}: {reading:?}");
            assert!((reading.expected - wave(minute)).abs() < 3.0);
        }
    }

    #[test]
    fn ets_when_values_are_missing_then_the_interval_widens() {
        let values: Vec<f64> = (0..600).map(wave).collect();
        let (mut detector, end_ms) = fitted(&values);
        let utc = UtcOffsets::utc();
        let width = |detector: &Detector, minute: i64| {
            let sample = Sample::new(wave(600 + minute), end_ms + minute * MINUTE_MS, &utc);
            let reading = detector.clone().step(sample);
            reading.upper - reading.lower
        };
        let before = width(&detector, 0);
        for minute in 0..60 {
            detector.step(Sample::new(f64::NAN, end_ms + minute * MINUTE_MS, &utc));
        }
        let after = width(&detector, 60);
        assert!(
            after > before && after < 20.0 * before,
            "{before} to {after}"
        );
    }

    #[test]
    fn ets_when_the_history_is_shorter_than_two_cycles_then_says_learning() {
        let values: Vec<f64> = (0..100).map(wave).collect();
        let (mut detector, end_ms) = fitted(&values);
        let reading = detector.step(Sample::new(5.0, end_ms, &UtcOffsets::utc()));
        assert_eq!(reading.state, PointState::Learning);
    }

    #[test]
    fn ets_when_a_level_holds_out_then_is_not_learned() {
        let values: Vec<f64> = (0..600).map(wave).collect();
        let (mut detector, end_ms) = fitted(&values);
        let utc = UtcOffsets::utc();
        for minute in 0..(24 * HOUR_MS / MINUTE_MS) {
            let value = wave(600 + minute) + 200.0;
            let sample = Sample::new(value, end_ms + minute * MINUTE_MS, &utc);
            assert!(detector.step(sample).score > 1.0, "{minute}");
        }
    }
}
