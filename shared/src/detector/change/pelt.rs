//! PELT: the one division of a sequence into levels that costs least, found exactly.
//!
//! Killick, Fearnhead & Eckley, *Optimal Detection of Changepoints With a Linear Computational Cost*, JASA 107, 2012;
//! the cost of a segment is the sum of squared deviations from its mean, in units of the noise's variance.

use super::Drift;
use super::watching::{BASELINE, HOLD, Levels, Watch};
use crate::detector::DetectorSpec;
use crate::detector::about::{About, ParamSpec, ScaleKind};
use crate::detector::params::{MIN_SPREAD_ABS, MIN_SPREAD_REL};
use crate::math::stats::{MAD_TO_DEVIATION, deviation, median_mut};
use crate::sum::sum_by;
use serde::{Deserialize, Serialize};

/// No segment is shorter: a single value is a spike, not a level.
const SHORTEST: usize = 2;

/// The penalty of the Bayesian information criterion for a changed mean: place and level, `2 ln n` with a margin
/// for noise that is not quite independent.
pub fn default_penalty(samples: usize) -> f64 {
    3.0 * libm::log(samples.max(2) as f64)
}

/// One level of a sequence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    /// Index of its first value.
    pub start: u32,
    /// Index behind its last value.
    pub end: u32,
    /// Mean of its values.
    pub mean: f64,
}

/// Where the level changes: the index of the first value of each level but the first, ascending.
///
/// `penalty` is what one more change must save, in variances of the noise (estimated from the differences);
/// not above zero means [`default_penalty`]. NaN is a gap and belongs to no level.
/// Time grows with the length times the length of a level; at worst with the square of the length.
pub fn change_points(values: &[f64], penalty: f64) -> Vec<u32> {
    let kept: Vec<u32> = (0..values.len() as u32)
        .filter(|&index| values[index as usize].is_finite())
        .collect();
    let finite: Vec<f64> = kept.iter().map(|&index| values[index as usize]).collect();
    divide(&finite, penalty)
        .into_iter()
        .map(|start| kept[start])
        .collect()
}

/// The levels between the change points, with their means; none of an empty sequence.
pub fn segments(values: &[f64], penalty: f64) -> Vec<Segment> {
    let mut edges = change_points(values, penalty);
    edges.insert(0, 0);
    edges.push(values.len() as u32);
    edges
        .windows(2)
        .filter_map(|edge| {
            let inside = &values[edge[0] as usize..edge[1] as usize];
            let finite: Vec<f64> = inside
                .iter()
                .copied()
                .filter(|value| value.is_finite())
                .collect();
            let count = finite.len() as f64;
            (count > 0.0).then(|| Segment {
                start: edge[0],
                end: edge[1],
                // The share before the sum: the sum of large values may overflow where their mean does not.
                mean: sum_by(&finite, |value| value / count),
            })
        })
        .collect()
}

/// The standard deviation of the noise around the levels: differences of neighbours see few changes of level.
/// Where more than half of them are zero their root mean square has to do.
pub fn noise(values: &[f64]) -> f64 {
    let mut steps: Vec<f64> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let all = deviation(&steps);
    for step in &mut steps {
        *step = step.abs();
    }
    let robust = MAD_TO_DEVIATION * median_mut(&mut steps);
    (if robust > 0.0 { robust } else { all }) * std::f64::consts::FRAC_1_SQRT_2
}

/// Starts of the optimal segments but the first, for finite values.
fn divide(values: &[f64], penalty: f64) -> Vec<usize> {
    let Some(unit) = standardised(values) else {
        return Vec::new();
    };
    let penalty = if penalty > 0.0 && penalty.is_finite() {
        penalty
    } else {
        default_penalty(values.len())
    };
    let previous = cheapest(&unit, penalty);
    let mut starts = Vec::new();
    let mut end = unit.len();
    while end > 0 {
        end = previous[end] as usize;
        if end > 0 {
            starts.push(end);
        }
    }
    starts.reverse();
    starts
}

/// In deviations of the noise from the first value, which keeps the prefix sums small;
/// nothing if there is nothing to divide.
fn standardised(values: &[f64]) -> Option<Vec<f64>> {
    if values.len() < 2 * SHORTEST {
        return None;
    }
    let largest = values
        .iter()
        .fold(0.0_f64, |most, value| most.max(value.abs()));
    if largest <= 0.0 {
        return None;
    }
    // Halved twice, so that the difference of the two largest doubles is still one.
    let small: Vec<f64> = values.iter().map(|value| value / largest * 0.25).collect();
    let noise = noise(&small);
    let origin = small[0];
    // A spread below the rounding of the values is none.
    if noise <= 1e-15 {
        return None;
    }
    Some(small.iter().map(|value| (value - origin) / noise).collect())
}

/// The candidates for the start of the last segment, in columns so that the costs are computed side by side.
#[derive(Default)]
struct Candidates {
    starts: Vec<u32>,
    /// Cost of everything before the start, less the sum of squares up to it.
    costs: Vec<f64>,
    /// Sum of the values up to the start.
    sums: Vec<f64>,
    totals: Vec<f64>,
    /// Whether it was already dearer than a fresh start one end ago.
    doomed: Vec<bool>,
}

/// For each end, the start of the last segment of the cheapest division.
fn cheapest(values: &[f64], penalty: f64) -> Vec<u32> {
    let count = values.len();
    let mut previous = vec![0_u32; count + 1];
    let mut sums = Vec::with_capacity(count + 1);
    let mut squares = Vec::with_capacity(count + 1);
    let (mut sum, mut square) = (0.0, 0.0);
    sums.push(0.0);
    squares.push(0.0);
    for value in values {
        sum += value;
        square += value * value;
        sums.push(sum);
        squares.push(square);
    }
    let mut best = vec![0.0; count + 1];
    best[0] = -penalty;
    let mut candidates = Candidates::default();
    for end in SHORTEST..=count {
        let start = end - SHORTEST;
        // A start inside the first segment would leave too short a segment before it.
        if start == 0 || start >= SHORTEST {
            candidates.starts.push(start as u32);
            candidates.costs.push(best[start] - squares[start]);
            candidates.sums.push(sums[start]);
            candidates.totals.push(0.0);
            candidates.doomed.push(false);
        }
        let (index, cost) = candidates.evaluate(end, sums[end]);
        best[end] = cost + squares[end] + penalty;
        previous[end] = candidates.starts[index];
        candidates.prune(best[end] - squares[end]);
    }
    previous
}

impl Candidates {
    /// The index of the cheapest candidate and its cost, both without what is the same for all.
    fn evaluate(&mut self, end: usize, sum: f64) -> (usize, f64) {
        let end = end as f64;
        let columns = self.starts.iter().zip(&self.costs).zip(&self.sums);
        for (total, ((&start, &cost), &before)) in self.totals.iter_mut().zip(columns) {
            let inside = sum - before;
            *total = cost - inside * inside / (end - f64::from(start));
        }
        let mut best = (0, f64::MAX);
        for (index, &total) in self.totals.iter().enumerate() {
            if total < best.1 {
                best = (index, total);
            }
        }
        best
    }

    /// Drops the candidates that are dearer than a fresh start here: they can never win again.
    ///
    /// One end later, because the fresh start's own segment needs [`SHORTEST`] values first.
    fn prune(&mut self, limit: f64) {
        let mut kept = 0;
        for index in 0..self.starts.len() {
            if !self.doomed[index] {
                self.starts[kept] = self.starts[index];
                self.costs[kept] = self.costs[index];
                self.sums[kept] = self.sums[index];
                self.doomed[kept] = self.totals[index] > limit;
                kept += 1;
            }
        }
        self.starts.truncate(kept);
        self.costs.truncate(kept);
        self.sums.truncate(kept);
        self.totals.truncate(kept);
        self.doomed.truncate(kept);
    }
}

const WINDOW: ParamSpec = ParamSpec::integer(
    "divided_samples",
    "Window",
    "How many of the newest samples are divided into levels.",
    "samples",
    (20, 2_000, 120),
);

/// The window is divided this often while it passes by once: more would cost much and show little.
const DIVISIONS: u32 = 8;

/// A newer level may still turn out to be a spike.
const CONFIRMED: u32 = 3;

/// The rule: how plainly does the newest level of the window differ from the one before?
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PeltWatch {
    window: u32,
    seen: u64,
    values: Vec<f64>,
    until_division: u32,
    last: Option<(f64, Drift)>,
    /// Changes up to here were told.
    told: u64,
}

impl PeltWatch {
    fn divide(&mut self) {
        let noise = noise(&self.values);
        let levels = segments(&self.values, 0.0);
        self.last = None;
        let [.., before, after] = levels[..] else {
            return;
        };
        let at = self.seen - u64::from(self.values.len() as u32 - after.start);
        let (older, newer) = (before.end - before.start, after.end - after.start);
        if newer < CONFIRMED || at <= self.told + u64::from(CONFIRMED) || noise <= 0.0 {
            return;
        }
        let (older, newer) = (f64::from(older), f64::from(newer));
        let distance =
            (after.mean - before.mean).abs() / noise * (older * newer / (older + newer)).sqrt();
        let drift = Drift {
            at,
            before: before.mean,
            after: after.mean,
        };
        self.last = Some((distance, drift));
    }
}

impl Watch for PeltWatch {
    const ABOUT: About = About {
        name: "pelt",
        title: "Change points (PELT)",
        help: "Finds that the newest samples are best explained by a level of their own.",
        scale: ScaleKind::Ratio,
        threshold: ParamSpec::threshold("σ", (3.0, 50.0, 0.5, 7.0)),
        inclusive: false,
        params: &[WINDOW, BASELINE, HOLD, MIN_SPREAD_ABS, MIN_SPREAD_REL],
    };

    fn new(spec: &DetectorSpec) -> Self {
        Self {
            window: spec.integer(&WINDOW),
            seen: 0,
            values: Vec::new(),
            until_division: 1,
            last: None,
            told: 0,
        }
    }

    fn prepare(&mut self, _: &[f64]) {
        self.values.clear();
        (self.seen, self.told, self.until_division, self.last) = (0, 0, 1, None);
    }

    fn take(&mut self, residual: f64) {
        if self.values.len() >= self.window as usize {
            self.values.remove(0);
        }
        self.values.push(residual);
        self.seen += 1;
        self.until_division -= 1;
        if self.until_division == 0 {
            self.until_division = (self.window / DIVISIONS).max(1);
            self.divide();
        }
    }

    fn levels(&self) -> Levels {
        self.last
            .map_or_else(Levels::default, |(raw, drift)| Levels::of(raw, &drift))
    }

    fn drift(&self) -> Option<Drift> {
        self.last.map(|(_, drift)| drift)
    }

    fn restart(&mut self) {
        if let Some((_, drift)) = self.last.take() {
            self.told = drift.at;
        }
    }
}
