//! A fixed limit: the raw value is the value itself.

use serde::{Deserialize, Serialize};

use super::{Judgement, Model};
use crate::rule::Direction;

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Threshold {
    pub(crate) direction: Direction,
}

impl Model for Threshold {
    fn clear(&mut self) {}

    #[inline]
    fn judge(&self, value: f64) -> Option<Judgement> {
        // With a base of 0 and a unit of 1 the band's edge is the limit itself; looking down, the raw value
        // is negated and so is the limit. The other side has no edge.
        let edge = |exists: bool| if exists { 0.0 } else { f64::NAN };
        Some(Judgement {
            above: value,
            below: -value,
            expected: f64::NAN,
            base_low: edge(self.direction != Direction::Above),
            base_high: edge(self.direction != Direction::Below),
            spread: 1.0,
        })
    }

    fn learn(&mut self, _value: f64) {}

    fn is_full(&self) -> bool {
        true
    }
}
