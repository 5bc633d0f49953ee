//! A fixed limit: the raw value is the value itself.

use serde::{Deserialize, Serialize};

use super::about::{About, ParamSpec, ScaleKind};
use super::{DetectorSpec, Judgement, Model, Sample, Setup};
use crate::rule::Direction;

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Threshold {
    direction: Direction,
}

impl Model for Threshold {
    const ABOUT: About = About {
        name: "threshold",
        title: "Fixed limit",
        help: "Finds values over a limit, or under it.",
        scale: ScaleKind::Limit,
        // Only its owner knows a limit.
        threshold: ParamSpec::threshold("", (0.0, 100.0, 0.1, f64::NAN)),
        inclusive: false,
        params: &[],
    };

    const HOLDS_OUT: bool = false;
    const LEARNS: bool = false;

    fn new(_: &DetectorSpec, setup: Setup) -> Self {
        Self {
            direction: setup.direction,
        }
    }

    fn clear(&mut self) {}

    #[inline]
    fn judge(&mut self, sample: Sample) -> Option<Judgement> {
        // With a base of 0 and a unit of 1 the band's edge is the limit itself; looking down, the raw value
        // is negated and so is the limit. The other side has no edge.
        let edge = |exists: bool| if exists { 0.0 } else { f64::NAN };
        Some(Judgement {
            above: sample.value,
            below: -sample.value,
            expected: f64::NAN,
            base_low: edge(self.direction != Direction::Above),
            base_high: edge(self.direction != Direction::Below),
            spread: 1.0,
        })
    }

    fn learn(&mut self, _: Sample) {}

    fn is_full(&self) -> bool {
        true
    }
}
