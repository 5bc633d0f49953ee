//! Several outliers at once: the generalised extreme Studentised deviate test over a window.
//!
//! Rosner, Percentage Points for a Generalized ESD Many-Outlier Procedure, Technometrics 1983. The most
//! extreme value is taken away again and again; each time its distance from the mean of the others with
//! it, in deviations, is compared with what normal data would give. The number of outliers is the last
//! time that it was too far, so outliers cannot hide behind each other as they do from a z-score.
//!
//! The raw distance of the newest value is the largest ratio of distance to limit from the moment it was
//! taken away on: over 1 exactly if the test calls it an outlier.

use serde::{Deserialize, Serialize};

use super::about::{About, ParamSpec, ScaleKind};
use super::order::SortedWindow;
use super::params::{MIN_SAMPLES, MIN_SPREAD_ABS, MIN_SPREAD_REL, SpreadFloor};
use super::{DetectorSpec, Judgement, Model, Sample, Setup};
use crate::math::student::student_two_tailed;
use crate::sum::sum_by;

const WINDOW: ParamSpec = ParamSpec::integer(
    "window_samples",
    "Window",
    "How many past samples the baseline is made of.",
    "samples",
    (15, 4_000, 240),
);
const MAX_OUTLIERS: ParamSpec = ParamSpec::integer(
    "max_outliers",
    "Most outliers",
    "At most so many values of the window are taken for outliers; a third of it at the very most.",
    "samples",
    (1, 200, 10),
);
const SIGNIFICANCE: ParamSpec = ParamSpec::number(
    "significance",
    "Significance",
    "How likely the test may find an outlier in a calm normal window; the book has 0.05, for one test only.",
    "",
    (1e-6, 0.2, 1e-5, 1e-3),
);

/// The limit for the `nth` (from 1) most extreme of `samples` values.
fn limit(significance: f64, samples: u32, nth: u32) -> f64 {
    let left = f64::from(samples - nth + 1);
    let t = student_two_tailed(significance / left, (left - 2.0).max(1.0));
    (left - 1.0) * t / libm::sqrt((left - 2.0 + t * t) * left)
}

/// Which values the test takes away: the range of ranks that was left each time, and the ratio of the
/// distance to its limit.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Taken {
    /// The value.
    value: f64,
    /// Mean and deviation of what was there with it.
    mean: f64,
    deviation: f64,
    ratio: f64,
}

/// Runs the test over ascending values, with one limit for each outlier that it may find.
fn taken(sorted: &[f64], limits: &[f64], floor: impl Fn(f64, f64) -> f64) -> Vec<Taken> {
    let (n, most) = (sorted.len(), limits.len());
    let (mut low, mut high) = (0, n);
    // Sums over what nobody can take away, and over the rest from the inside out, so that a huge outlier
    // leaves no trace in the sums once it is gone.
    let shift = sorted[n / 2];
    let core = &sorted[most.min(n / 2)..n - most.min(n / 2)];
    let inner = (
        sum_by(core, |value| value - shift),
        sum_by(core, |value| (value - shift) * (value - shift)),
    );
    let running = |values: &mut dyn Iterator<Item = &f64>| {
        let mut sums = vec![(0.0, 0.0)];
        for value in values {
            let distance = value - shift;
            let (sum, squares) = sums[sums.len() - 1];
            sums.push((sum + distance, squares + distance * distance));
        }
        sums
    };
    let edge = most.min(n / 2);
    let below = running(&mut sorted[..edge].iter().rev());
    let above = running(&mut sorted[n - edge..].iter());
    let mut all = Vec::with_capacity(most);
    for limit in limits {
        let ((low_sum, low_squares), (high_sum, high_squares)) =
            (below[edge - low], above[edge - (n - high)]);
        let left = (high - low) as f64;
        let sum = inner.0 + low_sum + high_sum;
        let squares = inner.1 + low_squares + high_squares;
        let mean = shift + sum / left;
        let variance = (squares - sum * sum / left) / (left - 1.0);
        let deviation = floor(variance.max(0.0).sqrt(), mean);
        let (down, up) = (mean - sorted[low], sorted[high - 1] - mean);
        let (value, distance) = if up >= down {
            high -= 1;
            (sorted[high], up)
        } else {
            low += 1;
            (sorted[low - 1], down)
        };
        all.push(Taken {
            value,
            mean,
            deviation,
            ratio: if deviation > 0.0 {
                distance / deviation / limit
            } else {
                0.0
            },
        });
    }
    all
}

/// How many outliers there are among `values` (NaN is not allowed), at most `most`, and at most a third.
pub fn outliers(values: &[f64], most: u32, significance: f64) -> u32 {
    let most = most.min(values.len() as u32 / 3);
    if values.len() < 3 || most == 0 {
        return 0;
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let limits: Vec<f64> = (1..=most)
        .map(|nth| limit(significance, values.len() as u32, nth))
        .collect();
    taken(&sorted, &limits, |deviation, _| deviation)
        .iter()
        .rposition(|taken| taken.ratio > 1.0)
        .map_or(0, |index| index as u32 + 1)
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Esd {
    min_samples: u32,
    most: u32,
    significance: f64,
    floor: SpreadFloor,
    window: SortedWindow,
    /// The limits for a window of `limits_for` samples with the newest.
    limits: Vec<f64>,
    limits_for: u32,
}

impl Esd {
    fn renew_limits(&mut self, samples: u32) {
        if self.limits_for != samples {
            self.limits_for = samples;
            let most = self.most.min(samples / 3).max(1);
            self.limits.clear();
            for nth in 1..=most {
                self.limits.push(limit(self.significance, samples, nth));
            }
        }
    }
}

impl Model for Esd {
    const ABOUT: About = About {
        name: "esd",
        title: "Generalised ESD test",
        help: "Finds values that a test for several outliers tells from the rest of the window.",
        scale: ScaleKind::Ratio,
        // 1 is the limit of the test.
        threshold: ParamSpec::threshold("× limit", (0.2, 10.0, 0.05, 1.0)),
        inclusive: false,
        params: &[
            WINDOW,
            MIN_SAMPLES,
            MAX_OUTLIERS,
            SIGNIFICANCE,
            MIN_SPREAD_ABS,
            MIN_SPREAD_REL,
        ],
    };

    fn new(spec: &DetectorSpec, _: Setup) -> Self {
        Self {
            min_samples: spec.integer(&MIN_SAMPLES).max(6),
            most: spec.integer(&MAX_OUTLIERS),
            significance: spec.number(&SIGNIFICANCE),
            floor: SpreadFloor::of(spec),
            window: SortedWindow::new(spec.integer(&WINDOW)),
            limits: Vec::new(),
            limits_for: 0,
        }
    }

    fn clear(&mut self) {
        self.window.clear();
    }

    fn judge(&mut self, sample: Sample) -> Option<Judgement> {
        if self.window.len() < self.min_samples as usize {
            return None;
        }
        let value = sample.value;
        let mut sorted = self.window.sorted();
        let place = sorted.partition_point(|other| other.total_cmp(&value).is_lt());
        sorted.insert(place, value);
        self.renew_limits(sorted.len() as u32);
        let all = taken(&sorted, &self.limits, |spread, mean| {
            self.floor.apply(spread, mean)
        });
        // Only what is left in the end is the baseline of a value that was never taken away.
        let last = all.last()?;
        let own = all
            .iter()
            .position(|taken| taken.value.total_cmp(&value).is_eq())
            .unwrap_or(all.len() - 1);
        let outliers = all.iter().rposition(|taken| taken.ratio > 1.0);
        let base = outliers.map_or(&all[0], |index| all.get(index + 1).unwrap_or(last));
        let spread = base.deviation
            * self.limits[outliers.map_or(0, |index| index.min(self.limits.len() - 1))];
        let ratio = if all[own].value.total_cmp(&value).is_eq() {
            all[own..]
                .iter()
                .fold(0.0, |most: f64, taken| most.max(taken.ratio))
        } else if spread > 0.0 {
            ((value - base.mean).abs() / spread).min(1.0)
        } else {
            0.0
        };
        let above = if value >= base.mean { ratio } else { -ratio };
        Some(Judgement {
            above,
            below: -above,
            expected: base.mean,
            base_low: base.mean,
            base_high: base.mean,
            spread,
        })
    }

    fn learn(&mut self, sample: Sample) {
        self.window.push(sample.value);
    }

    fn is_full(&self) -> bool {
        self.window.is_full()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::testing::{readings, rule_of};
    use serde_json::json;

    /// Rosner's example of 1983, 54 values.
    const ROSNER: [f64; 54] = [
        -0.25, 0.68, 0.94, 1.15, 1.20, 1.26, 1.26, 1.34, 1.38, 1.43, 1.49, 1.49, 1.55, 1.56, 1.58,
        1.65, 1.69, 1.70, 1.76, 1.77, 1.81, 1.91, 1.94, 1.96, 1.99, 2.06, 2.09, 2.10, 2.14, 2.15,
        2.23, 2.24, 2.26, 2.35, 2.37, 2.40, 2.47, 2.54, 2.62, 2.64, 2.90, 2.92, 2.92, 2.93, 3.21,
        3.26, 3.30, 3.59, 3.68, 4.30, 4.64, 5.34, 5.42, 6.01,
    ];

    #[test]
    fn esd_when_given_the_example_of_the_paper_then_finds_its_three_outliers() {
        assert_eq!(outliers(&ROSNER, 10, 0.05), 3);
        assert!((limit(0.05, 54, 1) - 3.159).abs() < 2e-3);
        assert!((limit(0.05, 54, 10) - 3.085).abs() < 2e-3);
    }

    #[test]
    fn esd_when_outliers_hide_behind_each_other_then_still_sees_them() {
        let rule = rule_of(
            json!({"kind": "esd", "window_samples": 60}),
            json!({"learn_from_anomalies": true}),
        );
        let mut values: Vec<f64> = (0..90).map(|index| f64::from(index * 37 % 11)).collect();
        for at in [70, 73, 76, 79, 82] {
            values[at] = 60.0;
        }
        let scores: Vec<f64> = readings(&rule, &values).iter().map(|r| r.score).collect();
        for (index, score) in scores.iter().enumerate().skip(12) {
            assert_eq!(*score > 1.0, values[index] > 50.0, "at {index}: {score}");
        }
    }
}
