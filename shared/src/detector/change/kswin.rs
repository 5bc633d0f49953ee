//! KSWIN: do the newest samples have the distribution of older ones? A Kolmogorov–Smirnov test at every sample.
//!
//! Raab, Heusinger & Schleif, *Reactive Soft Prototype Computing for Concept Drift Streams*, Neurocomputing 2020.
//! Both samples have one size, so the exact p-value depends on a whole number alone and stands in a small table.

use serde::{Deserialize, Serialize};

use super::Drift;
use super::watching::{Levels, PARAMS, Watch};
use crate::detector::DetectorSpec;
use crate::detector::about::{About, ParamSpec, ScaleKind};
use crate::math::random::Random;
use crate::math::stats::mean;

/// What the user chooses.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct KswinParams {
    /// Chance of a false alarm at each test.
    pub alpha: f64,
    /// Samples that are kept; 4 to 10,000.
    pub window: u32,
    /// The newest samples that are compared with as many older ones; at most half the window.
    pub recent: u32,
    /// From which the older samples are drawn.
    pub seed: u64,
}

impl Default for KswinParams {
    fn default() -> Self {
        Self {
            alpha: 0.005,
            window: 100,
            recent: 30,
            seed: 0,
        }
    }
}

/// A distance that is significant and yet this small says nothing about a stream.
const LEAST_DISTANCE: f64 = 0.1;

/// The newest samples of one stream, oldest first, and the chance to draw among them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kswin {
    params: KswinParams,
    random: Random,
    /// At most twice the window: it is moved to the front only when full.
    values: Vec<f64>,
    seen: u64,
    /// p-value of each distance `index / recent`.
    p_values: Vec<f64>,
    distance: u32,
}

impl Default for Kswin {
    fn default() -> Self {
        Self::new(KswinParams::default())
    }
}

/// The rule of the same name, whose threshold takes the place of `alpha`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct KswinWatch {
    inside: Kswin,
}

impl Watch for KswinWatch {
    const ABOUT: About = About {
        name: "kswin",
        title: "Distribution test (KSWIN)",
        help: "Finds that the newest samples are spread differently from those before: in level, in width or in shape.",
        scale: ScaleKind::Ratio,
        threshold: ParamSpec::threshold("decades", (1.0, 16.0, 0.1, 6.0)),
        inclusive: false,
        params: PARAMS,
    };

    fn new(_: &DetectorSpec) -> Self {
        Self {
            inside: Kswin::new(KswinParams {
                alpha: 0.0,
                ..KswinParams::default()
            }),
        }
    }

    fn prepare(&mut self, _: &[f64]) {
        self.inside = Kswin::new(self.inside.params);
    }

    fn take(&mut self, residual: f64) {
        self.inside.update(residual);
    }

    fn levels(&self) -> Levels {
        let decades = -libm::log10(self.inside.p_value().max(f64::MIN_POSITIVE));
        // Not `max`: of a negative and a positive zero it may give either, and targets differ.
        let decades = if decades > 0.0 { decades } else { 0.0 };
        // The test has no sides; a wider or narrower spread belongs to both.
        Levels {
            up: decades,
            down: decades,
        }
    }

    fn drift(&self) -> Option<Drift> {
        self.inside.drift()
    }

    fn restart(&mut self) {
        self.inside.forget_older();
    }
}

impl Kswin {
    /// An empty window; sizes out of range are moved into it.
    pub fn new(params: KswinParams) -> Self {
        let window = params.window.clamp(4, 10_000);
        let params = KswinParams {
            window,
            recent: params.recent.clamp(1, window / 2),
            ..params
        };
        Self {
            params,
            random: Random::new(params.seed),
            values: Vec::new(),
            seen: 0,
            p_values: p_values(params.recent),
            distance: 0,
        }
    }

    /// The p-value of the last test; 1 before the first.
    pub fn p_value(&self) -> f64 {
        self.p_values
            .get(self.distance as usize)
            .copied()
            .unwrap_or(1.0)
    }

    /// Takes a value in; after a drift only the newest samples are kept. NaN is ignored.
    #[inline]
    pub fn update(&mut self, value: f64) -> Option<Drift> {
        if value.is_nan() {
            return None;
        }
        self.seen += 1;
        let window = self.params.window as usize;
        if self.values.len() >= 2 * window {
            self.values.copy_within(window + 1.., 0);
            self.values.truncate(window - 1);
        }
        self.values.push(value);
        let start = self.values.len().checked_sub(window)?;
        let recent = self.params.recent as usize;
        let (older, newer) = self.values[start..].split_at(window - recent);
        self.distance = distance(&mut self.random, older, newer);
        let is_wide = f64::from(self.distance) > LEAST_DISTANCE * recent as f64;
        if !is_wide || self.p_value() > self.params.alpha {
            return None;
        }
        let drift = self.drift();
        self.forget_older();
        drift
    }

    /// What the last test compared, whether or not it differed; nothing before the first.
    pub fn drift(&self) -> Option<Drift> {
        let start = self.values.len().checked_sub(self.params.window as usize)?;
        let recent = self.params.recent as usize;
        let (older, newer) = self.values[start..].split_at(self.params.window as usize - recent);
        Some(Drift {
            at: self.seen - recent as u64,
            before: mean(older),
            after: mean(newer),
        })
    }

    /// Keeps the newest samples only.
    pub fn forget_older(&mut self) {
        let older = self
            .values
            .len()
            .saturating_sub(self.params.recent as usize);
        self.values.drain(..older);
        self.distance = 0;
    }
}

/// The Kolmogorov–Smirnov distance of the newer values and as many of the older ones, times their number.
fn distance(random: &mut Random, older: &[f64], newer: &[f64]) -> u32 {
    // On the stack for usual sizes: this is the inner loop.
    let mut room = [0.0; 2 * SMALL];
    let mut heap = Vec::new();
    let room = if newer.len() <= SMALL {
        &mut room[..2 * newer.len()]
    } else {
        heap.resize(2 * newer.len(), 0.0);
        &mut heap[..]
    };
    let (drawn, sorted) = room.split_at_mut(newer.len());
    sorted.copy_from_slice(newer);
    draw(random, older, drawn);
    drawn.sort_unstable_by(f64::total_cmp);
    sorted.sort_unstable_by(f64::total_cmp);
    widest(drawn, sorted)
}

const SMALL: usize = 64;

/// Selection sampling without replacement: the first `drawn.len()` picks of a walk over `older`.
fn draw(random: &mut Random, older: &[f64], drawn: &mut [f64]) {
    let mut wanted = drawn.len();
    let mut left = older.len() as u64;
    for &value in older {
        if wanted == 0 {
            return;
        }
        if random.below(left) < wanted as u64 {
            wanted -= 1;
            drawn[wanted] = value;
        }
        left -= 1;
    }
}

/// The largest difference in rank of two sorted samples of one size; equal values are passed together.
fn widest(left: &[f64], right: &[f64]) -> u32 {
    let (mut i, mut j, mut widest) = (0, 0, 0);
    while i < left.len() && j < right.len() {
        let value = if left[i] < right[j] {
            left[i]
        } else {
            right[j]
        };
        while i < left.len() && left[i] <= value {
            i += 1;
        }
        while j < right.len() && right[j] <= value {
            j += 1;
        }
        widest = widest.max(i.abs_diff(j));
    }
    widest as u32
}

/// The exact chance that two samples of `size` from one distribution lie at least `index / size` apart.
///
/// Gnedenko & Korolyuk 1951: `2 Σ (−1)^(k−1) C(2n, n−kh) / C(2n, n)` over k ≥ 1.
fn p_values(size: u32) -> Vec<f64> {
    (0..=size)
        .map(|distance| {
            if distance == 0 {
                return 1.0;
            }
            let mut sum = 0.0;
            let mut sign = 2.0;
            for step in (distance..=size).step_by(distance as usize) {
                // C(2n, n−s) / C(2n, n) as a product of shares, none of which can overflow.
                let share: f64 = (0..step)
                    .map(|i| f64::from(size - i) / f64::from(size + step - i))
                    .product();
                sum += sign * share;
                sign = -sign;
            }
            sum.clamp(0.0, 1.0)
        })
        .collect()
}
