//! Distance outside the band between two quantiles of everything seen since the last fit.
//!
//! Jain and Chlamtac, The P² Algorithm for Dynamic Calculation of Quantiles and Histograms Without Storing
//! Observations, CACM 1985: five markers for each quantile, moved along a parabola. O(1) a sample and in
//! memory, so that a month of seconds fits as well as an hour of minutes.

use serde::{Deserialize, Serialize};

use super::about::{About, ParamSpec, ScaleKind};
use super::params::{MIN_SAMPLES, MIN_SPREAD_ABS, MIN_SPREAD_REL, SpreadFloor};
use super::{DetectorSpec, Judgement, Model, Sample, Setup};

const LOW: ParamSpec = ParamSpec::number(
    "low_percent",
    "Lower edge",
    "So many percent of the past lie under the band.",
    "%",
    (0.1, 49.0, 0.1, 1.0),
);
const HIGH: ParamSpec = ParamSpec::number(
    "high_percent",
    "Upper edge",
    "So many percent of the past lie under the upper edge of the band.",
    "%",
    (51.0, 99.9, 0.1, 99.0),
);

/// One quantile of a stream, by five markers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct P2 {
    share: f64,
    heights: [f64; 5],
    positions: [f64; 5],
    count: u64,
}

impl P2 {
    /// The quantile `share`, 0 to 1.
    pub fn new(share: f64) -> Self {
        Self {
            share: share.clamp(0.0, 1.0),
            heights: [0.0; 5],
            positions: [1.0, 2.0, 3.0, 4.0, 5.0],
            count: 0,
        }
    }

    /// Takes a finite value in.
    pub fn push(&mut self, value: f64) {
        if self.count < 5 {
            self.heights[self.count as usize] = value;
            self.count += 1;
            self.heights[..self.count as usize].sort_unstable_by(f64::total_cmp);
            return;
        }
        self.count += 1;
        let last = self.heights.len() - 1;
        self.heights[0] = self.heights[0].min(value);
        self.heights[last] = self.heights[last].max(value);
        for marker in 1..=last {
            if marker == last || value < self.heights[marker] {
                self.positions[marker] += 1.0;
            }
        }
        let steps = (self.count - 1) as f64;
        for marker in 1..last {
            let share = match marker {
                1 => self.share / 2.0,
                2 => self.share,
                _ => f64::midpoint(1.0, self.share),
            };
            let missing = 1.0 + steps * share - self.positions[marker];
            self.adjust(marker, missing);
        }
    }

    /// Moves a marker by one place if that brings it nearer to where it should be.
    fn adjust(&mut self, marker: usize, missing: f64) {
        let [before, here, after] = [marker - 1, marker, marker + 1].map(|at| self.positions[at]);
        let step = if missing >= 1.0 && after - here > 1.0 {
            1.0
        } else if missing <= -1.0 && before - here < -1.0 {
            -1.0
        } else {
            return;
        };
        let [low, height, high] = [marker - 1, marker, marker + 1].map(|at| self.heights[at]);
        let rise = (here - before + step) * (high - height) / (after - here)
            + (after - here - step) * (height - low) / (here - before);
        let parabola = height + step / (after - before) * rise;
        self.heights[marker] = if low < parabola && parabola < high {
            parabola
        } else if step > 0.0 {
            height + (high - height) / (after - here)
        } else {
            height - (low - height) / (before - here)
        };
        self.positions[marker] += step;
    }

    /// How many values were taken in.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The quantile as far as it is known; of fewer than five values the nearest one, 0 of none.
    pub fn value(&self) -> f64 {
        match self.count {
            0 => 0.0,
            few @ 1..=4 => {
                let index = libm::round(self.share * (few - 1) as f64);
                self.heights[index as usize]
            }
            _ => self.heights[2],
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct QuantileBand {
    min_samples: u32,
    floor: SpreadFloor,
    low: P2,
    middle: P2,
    high: P2,
}

/// From so many samples on nothing anomalous is learned: an edge of one percent has met a few values then.
const ENOUGH: u64 = 240;

impl Model for QuantileBand {
    const ABOUT: About = About {
        name: "quantile",
        title: "Quantile band",
        help: "Finds values outside the band that nearly everything seen before lies in.",
        scale: ScaleKind::Ratio,
        // A quarter of the band's width beyond its edge.
        threshold: ParamSpec::threshold("band widths", (0.05, 5.0, 0.05, 0.25)),
        inclusive: false,
        params: &[LOW, HIGH, MIN_SAMPLES, MIN_SPREAD_ABS, MIN_SPREAD_REL],
    };

    fn new(spec: &DetectorSpec, _: Setup) -> Self {
        Self {
            min_samples: spec.integer(&MIN_SAMPLES).max(5),
            floor: SpreadFloor::of(spec),
            low: P2::new(spec.number(&LOW) / 100.0),
            middle: P2::new(0.5),
            high: P2::new(spec.number(&HIGH) / 100.0),
        }
    }

    fn clear(&mut self) {
        for quantile in [&mut self.low, &mut self.middle, &mut self.high] {
            *quantile = P2::new(quantile.share);
        }
    }

    fn judge(&mut self, sample: Sample) -> Option<Judgement> {
        if self.middle.count() < u64::from(self.min_samples) {
            return None;
        }
        let (low, middle, high) = (self.low.value(), self.middle.value(), self.high.value());
        // Each is estimated by itself, so over wild values they may change places.
        let (low, high) = if low <= high {
            (low, high)
        } else {
            (high, low)
        };
        let spread = self.floor.apply(high - low, middle);
        let band = (low, high);
        Some(Judgement::outside(sample.value, band, middle, spread))
    }

    fn learn(&mut self, sample: Sample) {
        for quantile in [&mut self.low, &mut self.middle, &mut self.high] {
            quantile.push(sample.value);
        }
    }

    fn is_full(&self) -> bool {
        self.middle.count() >= ENOUGH
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::testing::{readings, rule_of};
    use crate::math::random::Random;
    use crate::math::stats::quantile;
    use serde_json::json;

    #[test]
    fn p2_when_a_long_stream_then_is_near_the_exact_quantile() {
        let mut random = Random::new(3);
        let values: Vec<f64> = (0..20_000)
            .map(|_| -libm::log(1.0 - random.unit()))
            .collect();
        for share in [0.01, 0.1, 0.5, 0.9, 0.99] {
            let mut estimate = P2::new(share);
            for value in &values {
                estimate.push(*value);
            }
            let exact = quantile(&values, share);
            assert!(
                (estimate.value() - exact).abs() < 0.03 * exact.max(0.1),
                "{share}: {} and {exact}",
                estimate.value()
            );
        }
    }

    #[test]
    fn p2_when_given_the_example_of_the_paper_then_agrees() {
        let values = [
            0.02, 0.15, 0.74, 3.39, 0.83, 22.37, 10.15, 15.43, 38.62, 15.92, 34.60, 10.28, 1.47,
            0.40, 0.05, 11.39, 0.27, 0.42, 0.09, 11.37,
        ];
        let mut median = P2::new(0.5);
        for value in &values {
            median.push(*value);
        }
        assert!((median.value() - 4.44).abs() < 5e-3, "{}", median.value());
    }

    #[test]
    fn quantile_band_when_a_value_leaves_it_then_is_seen() {
        let rule = rule_of(json!({"kind": "quantile"}), json!({}));
        let mut values: Vec<f64> = (0..500).map(|index| f64::from(index * 37 % 101)).collect();
        values.extend([100.0, 140.0, -40.0, 0.0]);
        let scores: Vec<bool> = readings(&rule, &values)[500..]
            .iter()
            .map(|reading| reading.score > 1.0)
            .collect();
        assert_eq!(scores, vec![false, true, true, false]);
    }
}
