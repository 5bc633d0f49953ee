//! Which thresholds would have taught a detector the very same.
//!
//! A threshold reaches into learning in one place only: a sample over it is held out, one under it is learned.
//! So two thresholds lead through the same states as long as every sample lies on the same side of both, and for
//! that it is enough to remember the highest raw distance that was calm and the lowest that was over. The one
//! exception are samples that were clipped to the band, whose edge is the threshold itself.

use super::scale::Scale;
use super::{Entry, PointState, Reading};

/// What a stretch of samples asks of a threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Path {
    highest_calm: f64,
    lowest_over: f64,
    /// Whether anything was clipped to the edge of the band.
    clipped: bool,
}

impl Path {
    /// Of no samples: any threshold will do.
    pub(crate) const ANY: Self = Self {
        highest_calm: f64::NEG_INFINITY,
        lowest_over: f64::INFINITY,
        clipped: false,
    };

    /// Takes in a sample.
    #[inline]
    pub(crate) fn see(&mut self, reading: &Reading) {
        if reading.state != PointState::Scored {
            return;
        }
        if reading.score <= 1.0 {
            self.highest_calm = self.highest_calm.max(reading.raw);
        } else {
            self.lowest_over = self.lowest_over.min(reading.raw);
            self.clipped |= reading.entry == Entry::Clipped;
        }
    }

    /// The highest raw distance that was calm.
    pub(crate) fn highest_calm(&self) -> f64 {
        self.highest_calm
    }

    /// The lowest raw distance that was over.
    pub(crate) fn lowest_over(&self) -> f64 {
        self.lowest_over
    }

    /// Whether anything was clipped to the edge of the band.
    pub(crate) fn is_clipped(&self) -> bool {
        self.clipped
    }

    /// Whether a threshold leads the same way as the one under which the samples were seen. Scales rise with the
    /// raw distance, so the two extremes speak for all others.
    pub(crate) fn is_the_same_under(&self, scale: &Scale, before: &Scale) -> bool {
        scale == before
            || !self.clipped
                && scale.score(self.highest_calm) <= 1.0
                && scale.score(self.lowest_over) > 1.0
    }
}
