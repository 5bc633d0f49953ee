//! What several seasons and the trend leave over.
//!
//! A fit takes the history apart with [`Mstl`] over the periods of the rule, or those
//! that [`periods`] finds; outliers are cut before, so that one outage does not become a season. From then on the last cycle of each season is expected to come again, on a level that
//! follows the series slowly. The raw distance is what is left, in its usual deviations.

use serde::{Deserialize, Serialize};

use super::gaps::{bridged, repeated};
use super::mstl::{Mstl, Seasons};
use super::period::periods;
use crate::detector::about::{About, ParamSpec, ScaleKind};
use crate::detector::batch::Whole;
use crate::detector::params::{MIN_SPREAD_ABS, MIN_SPREAD_REL, SpreadFloor};
use crate::detector::rolling;
use crate::detector::{
    DetectorSpec, History, Judgement, MAX_MAGNITUDE, Model, Part, Sample, Setup,
};
use crate::math::stats::{MAD_TO_DEVIATION, mad, median};
use crate::time::{DAY_MS, WEEK_MS};

const PERIODS: ParamSpec = ParamSpec::choice(
    "periods",
    "Seasons",
    "Which periods repeat; auto finds up to two in the history.",
    &["auto", "day", "week", "day_and_week"],
);
const LEVEL_SPAN: ParamSpec = ParamSpec::integer(
    "level_samples",
    "Memory of the level",
    "Over about how many samples the level follows the series between two fits.",
    "samples",
    (10, 100_000, 500),
);

/// Shorter histories show no season that could be trusted.
const LEAST_HISTORY: usize = 128;
/// Periods that are looked for.
const MOST_PERIODS: usize = 2;
/// Longer cycles would not fit into the memory of a series.
const LONGEST: u32 = 10_080;
/// What lies farther out, in deviations, is cut before the series is taken apart.
const OUTLIER: f64 = 5.0;
/// Errors are cut at so many deviations before the level follows.
const CUT: f64 = 3.0;

/// Takes a series apart; gives the usual deviation of what is left too.
fn decomposed(values: &[f64], periods: &[u32]) -> Option<(Seasons, f64)> {
    let longest = periods.iter().copied().max()?;
    let known: Vec<bool> = values.iter().map(|value| is_known(*value)).collect();
    let values = repeated(values, longest)?;
    let mstl = Mstl::new(periods).with_jumps().steady();
    let mut parts = mstl.decompose(&calmed(&values, &known, longest))?;
    for (at, residual) in parts.residual.iter_mut().enumerate() {
        let season: f64 = parts.seasonal.iter().map(|season| season[at]).sum();
        *residual = values[at] - parts.trend[at] - season;
    }
    let deviation = mad(&kept(&parts.residual, &known)) * MAD_TO_DEVIATION;
    Some((parts, deviation))
}

fn is_known(value: f64) -> bool {
    value.abs() <= MAX_MAGNITUDE
}

/// Those of the values that were measured.
fn kept(values: &[f64], known: &[bool]) -> Vec<f64> {
    let measured = values.iter().zip(known).filter(|(_, known)| **known);
    measured.map(|(value, _)| *value).collect()
}

/// The series with its gaps as expected and its outliers cut: those far from the median of their phase over a rolling median. The
/// robust rounds of the decomposition would not do: to the season of a day every weekend is an outlier.
fn calmed(values: &[f64], known: &[bool], period: u32) -> Vec<f64> {
    let mut level = rolling::median(values, period);
    // A window is as old as its middle.
    level.rotate_left((period as usize / 2).min(values.len()));
    let whole = values.len().saturating_sub(period as usize / 2).max(1);
    let end = level[whole - 1];
    level[whole..].fill(end);
    let mut rest: Vec<f64> = values
        .iter()
        .zip(&level)
        .map(|(value, level)| value - level)
        .collect();
    let mut expected = level;
    for phase in 0..(period as usize).min(values.len()) {
        let cycles = (phase..values.len()).step_by(period as usize);
        let mut seen: Vec<f64> = cycles
            .clone()
            .filter(|at| known[*at])
            .map(|at| rest[at])
            .collect();
        if seen.is_empty() {
            seen = cycles.map(|at| rest[at]).collect();
        }
        let usual = median(&seen);
        for at in (phase..values.len()).step_by(period as usize) {
            expected[at] += usual;
            rest[at] -= usual;
        }
    }
    let limit = OUTLIER * mad(&kept(&rest, known)) * MAD_TO_DEVIATION;
    let calm = |at: usize| match known[at] {
        false => expected[at],
        true if limit <= 0.0 => values[at],
        true => expected[at] + rest[at].clamp(-limit, limit),
    };
    (0..values.len()).map(calm).collect()
}

/// The periods of a rule, in samples.
fn wanted(choice: usize, values: &[f64], step_ms: i64) -> Vec<u32> {
    let step_ms = step_ms.max(1);
    let (day, week) = ((DAY_MS / step_ms) as u32, (WEEK_MS / step_ms) as u32);
    let found = match choice {
        1 => vec![day],
        2 => vec![week],
        3 => vec![day, week],
        _ => periods(values, MOST_PERIODS)
            .iter()
            .map(|period| period.samples)
            .collect(),
    };
    found
        .into_iter()
        .filter(|period| (2..=LONGEST).contains(period))
        .collect()
}

/// Scores a whole series: the distance of each value from its seasons and its trend, in usual deviations.
pub(crate) fn whole(spec: &DetectorSpec, whole: &Whole<'_>) -> Vec<f64> {
    let values = whole.values;
    let found = wanted(spec.choice(&PERIODS), values, whole.step_ms);
    let floor = SpreadFloor::of(spec);
    let Some((parts, deviation)) = decomposed(values, &found) else {
        return vec![0.0; values.len()];
    };
    let score = |(at, value): (usize, &f64)| {
        if !is_known(*value) {
            return 0.0;
        }
        let season: f64 = parts.seasonal.iter().map(|season| season[at]).sum();
        let expected = season + parts.trend[at];
        let spread = floor.apply(deviation, expected);
        if spread == 0.0 {
            0.0
        } else {
            ((value - expected).abs() / spread).min(f64::MAX)
        }
    };
    values.iter().enumerate().map(score).collect()
}

/// The last cycle of a season, in shares of its largest value: a week of minutes takes 40 kB.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Cycle {
    shares: Vec<f32>,
    scale: f64,
    /// Whether it lies on the wall clock, as days and weeks do.
    is_local: bool,
}

impl Cycle {
    fn new(season: &[f64], period: u32, step_ms: i64) -> Self {
        let last = &season[season.len() - period as usize..];
        let scale = last
            .iter()
            .fold(0.0, |most: f64, value| most.max(value.abs()));
        let share = |value: &f64| {
            if scale > 0.0 {
                (value / scale) as f32
            } else {
                0.0
            }
        };
        let cycle_ms = i64::from(period) * step_ms;
        Self {
            shares: last.iter().map(share).collect(),
            scale,
            is_local: cycle_ms % DAY_MS == 0,
        }
    }

    fn at(&self, steps: i64) -> f64 {
        let phase = steps.rem_euclid(self.shares.len() as i64);
        f64::from(self.shares[phase as usize]) * self.scale
    }
}

/// Seasons as they may be repeated: a day that changes over the week and the week that makes up for it only
/// fit together, so a period goes into a multiple of it.
fn repeating(seasons: Vec<Vec<f64>>, periods: &[u32]) -> Vec<(Vec<f64>, u32)> {
    let mut merged: Vec<(Vec<f64>, u32)> = Vec::new();
    for (season, period) in seasons.into_iter().zip(periods).rev() {
        match merged
            .iter_mut()
            .find(|(_, longer)| longer.is_multiple_of(*period))
        {
            Some((longer, _)) => {
                for (sum, value) in longer.iter_mut().zip(&season) {
                    *sum += value;
                }
            }
            None => merged.push((season, *period)),
        }
    }
    merged
}

/// What a fit found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Fitted {
    end_ms: i64,
    local_end_ms: i64,
    level: f64,
    deviation: f64,
    cycles: Vec<Cycle>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Residual {
    choice: u32,
    step_ms: i64,
    adapt: f64,
    floor: SpreadFloor,
    fitted: Option<Fitted>,
}

/// A history on the grid of the wall clock: an hour that the clocks skip is a gap, of one that they repeat the
/// second time counts, and so does of a holiday nothing.
fn on_the_wall(history: &History<'_>) -> Vec<f64> {
    let (end_ms, step_ms) = (history.end_ms, history.step_ms.max(1));
    let wall = |at_ms: i64| at_ms + history.offsets.offset_ms(at_ms);
    let first_ms = wall(end_ms - history.values.len() as i64 * step_ms);
    let len = usize::try_from((wall(end_ms) - first_ms) / step_ms).unwrap_or(0);
    let mut values = vec![f64::NAN; len];
    for sample in history.samples() {
        // Seasons see a holiday on another day, where it must not stand.
        if sample.local_ms != wall(sample.at_ms) {
            continue;
        }
        let back = (wall(end_ms) - sample.local_ms).div_euclid(step_ms);
        let at = usize::try_from(back)
            .ok()
            .and_then(|back| len.checked_sub(back));
        if let Some(value) = at.and_then(|at| values.get_mut(at)) {
            *value = sample.value;
        }
    }
    values
}

impl Fitted {
    fn new(choice: usize, history: &History<'_>) -> Option<Self> {
        let bridged = bridged(history.values).filter(|values| values.len() >= LEAST_HISTORY)?;
        let mut found = wanted(choice, &bridged, history.step_ms);
        found.sort_unstable();
        found.dedup();
        let of_days = |period: &u32| i64::from(*period) * history.step_ms % DAY_MS == 0;
        let values = if found.iter().any(of_days) {
            on_the_wall(history)
        } else {
            history.values.to_vec()
        };
        found.retain(|period| 2 * (*period as usize) < values.len());
        let (parts, deviation) = decomposed(&values, &found)?;
        let end_ms = history.end_ms;
        // The smooth trend lags at its end; the newest values tell where the level is now.
        let recent = (0..values.len()).rev().filter(|at| is_known(values[*at]));
        let level_of = |at: usize| parts.trend[at] + parts.residual[at];
        let level = median(
            &recent
                .take(LEAST_HISTORY)
                .map(level_of)
                .collect::<Vec<f64>>(),
        );
        Some(Self {
            end_ms,
            local_end_ms: end_ms + history.offsets.offset_ms(end_ms),
            level,
            deviation,
            cycles: repeating(parts.seasonal, &found)
                .iter()
                .map(|(season, period)| Cycle::new(season, *period, history.step_ms))
                .collect(),
        })
    }

    fn season(&self, sample: Sample, step_ms: i64) -> f64 {
        let steps = (sample.at_ms - self.end_ms).div_euclid(step_ms);
        let local_steps = (sample.local_ms - self.local_end_ms).div_euclid(step_ms);
        let value = |cycle: &Cycle| cycle.at(if cycle.is_local { local_steps } else { steps });
        self.cycles.iter().map(value).sum()
    }
}

impl Model for Residual {
    const ABOUT: About = About {
        name: "mstl",
        title: "Seasonal residual (MSTL)",
        help: "Finds values that several seasons and the trend do not explain.",
        scale: ScaleKind::Ratio,
        threshold: ParamSpec::threshold("σ", (0.5, 20.0, 0.05, 5.0)),
        inclusive: false,
        params: &[PERIODS, LEVEL_SPAN, MIN_SPREAD_ABS, MIN_SPREAD_REL],
    };

    fn new(spec: &DetectorSpec, setup: Setup) -> Self {
        Self {
            choice: spec.choice(&PERIODS) as u32,
            step_ms: setup.step_ms.max(1),
            adapt: 2.0 / (f64::from(spec.integer(&LEVEL_SPAN)) + 1.0),
            floor: SpreadFloor::of(spec),
            fitted: None,
        }
    }

    fn clear(&mut self) {
        self.fitted = None;
    }

    fn fit(&mut self, history: &History<'_>) -> bool {
        self.fitted = Fitted::new(self.choice as usize, history);
        true
    }

    fn judge(&mut self, sample: Sample) -> Option<Judgement> {
        let fitted = self.fitted.as_ref()?;
        let expected = fitted.level + fitted.season(sample, self.step_ms);
        let spread = self.floor.apply(fitted.deviation, expected);
        Some(Judgement::centred(sample.value, expected, spread))
    }

    fn learn(&mut self, sample: Sample) {
        let Some(fitted) = &mut self.fitted else {
            return;
        };
        let error = sample.value - fitted.level - fitted.season(sample, self.step_ms);
        let most = CUT * self.floor.apply(fitted.deviation, sample.value);
        fitted.level += self.adapt * error.clamp(-most, most);
    }

    fn is_full(&self) -> bool {
        true
    }

    fn explain(&mut self, sample: Sample) -> Vec<Part> {
        let Some(fitted) = &self.fitted else {
            return Vec::new();
        };
        let season = fitted.season(sample, self.step_ms);
        vec![
            Part::of_value("level", fitted.level),
            Part::of_value("season", season),
            Part::of_value("rest", sample.value - fitted.level - season),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::testing::rule_of;
    use crate::detector::{Detector, PointState};
    use crate::time::{MINUTE_MS, UtcOffsets};
    use serde_json::json;

    const STEP_MS: i64 = 30 * MINUTE_MS;

    /// A daily triangle, half as high at the weekend, with a little noise.
    fn wave(step: i64) -> f64 {
        let phase = (step.rem_euclid(48) - 24).abs() as f64;
        let share = if step.div_euclid(48).rem_euclid(7) < 5 {
            1.0
        } else {
            0.5
        };
        100.0 + share * phase + (step * 7_919).rem_euclid(101) as f64 / 100.0
    }

    fn fitted(rule: &crate::rule::Rule, values: &[f64]) -> (Detector, i64) {
        let mut detector = Detector::new(rule);
        let end_ms = values.len() as i64 * STEP_MS;
        detector.fit(&History {
            values,
            end_ms,
            step_ms: STEP_MS,
            offsets: &UtcOffsets::utc(),
            seed: 0,
        });
        (detector, end_ms)
    }

    #[test]
    fn mstl_when_two_seasons_then_sees_what_neither_explains() {
        for periods in ["auto", "day_and_week"] {
            let rule = rule_of(
                json!({"kind": "mstl", "periods": periods}),
                json!({"step": "30m"}),
            );
            let len = 48 * 7 * 5;
            let mut values: Vec<f64> = (0..len).map(wave).collect();
            values[500] = f64::NAN;
            values[600..620].fill(400.0);
            let (mut detector, end_ms) = fitted(&rule, &values);
            let utc = UtcOffsets::utc();
            for step in 0..48 * 7 {
                let odd = step == 200;
                let value = wave(len + step) + if odd { 12.0 } else { 0.0 };
                let reading = detector.step(Sample::new(value, end_ms + step * STEP_MS, &utc));
                assert_eq!(reading.score > 1.0, odd, "{periods} {step}: {reading:?}");
            }
        }
    }

    #[test]
    fn mstl_when_the_history_is_short_or_has_no_season_then_says_learning() {
        let rule = rule_of(json!({"kind": "mstl"}), json!({"step": "30m"}));
        for values in [vec![], vec![5.0; 500], vec![f64::NAN; 500], vec![1.0; 20]] {
            let (mut detector, end_ms) = fitted(&rule, &values);
            let reading = detector.step(Sample::new(5.0, end_ms, &UtcOffsets::utc()));
            assert_eq!(reading.state, PointState::Learning);
        }
    }

    #[test]
    fn mstl_when_scoring_a_whole_series_then_the_odd_row_is_the_highest() {
        let mut values: Vec<f64> = (0..48 * 21).map(wave).collect();
        values[700] += 15.0;
        values[300] = f64::NAN;
        let rule = rule_of(
            json!({"kind": "mstl", "periods": "day_and_week"}),
            json!({}),
        );
        let scores = whole(
            &rule.detector,
            &Whole {
                values: &values,
                train_rows: 0,
                step_ms: STEP_MS,
                seed: 0,
            },
        );
        let top = (0..scores.len()).max_by(|a, b| scores[*a].total_cmp(&scores[*b]));
        assert_eq!(top, Some(700));
        assert!(scores[300].abs() < f64::EPSILON && scores.iter().all(|score| score.is_finite()));
    }
}
