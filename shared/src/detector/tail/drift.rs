//! DSPOT: a tail of scores whose level wanders, fitted to their distance from a moving mean.

use serde::{Deserialize, Serialize};

use super::Tail;

/// A tail beside a moving mean of the scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DriftTail {
    tail: Tail,
    level: Level,
}

/// The mean of the newest scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Level {
    depth: u32,
    recent: Vec<f64>,
    next: u32,
}

impl Level {
    fn new(depth: u32) -> Self {
        Self {
            depth: depth.clamp(1, 4096),
            recent: Vec::new(),
            next: 0,
        }
    }

    /// Summed anew each time: a running sum would remember what has left.
    fn mean(&self) -> f64 {
        crate::math::stats::mean(&self.recent)
    }

    fn push(&mut self, raw: f64) {
        if self.recent.len() < self.depth as usize {
            self.recent.push(raw);
        } else {
            self.recent[self.next as usize] = raw;
            self.next = (self.next + 1) % self.depth;
        }
    }
}

impl DriftTail {
    /// Fits raw scores beside the mean of the `depth` (1 to 4096) before each; nothing where [`Tail::fit`]
    /// has nothing.
    pub fn fit(raws: &[f64], depth: u32, merge_gap: u32) -> Option<Self> {
        let mut level = Level::new(depth);
        let mut residuals = Vec::with_capacity(raws.len());
        for &raw in raws.iter().filter(|raw| raw.is_finite()) {
            if level.recent.len() == level.depth as usize {
                residuals.push(raw - level.mean());
            }
            level.push(raw);
        }
        Some(Self {
            tail: Tail::fit_merged(&residuals, merge_gap)?,
            level,
        })
    }

    /// As [`Tail::ln_p`], for a score at this moment.
    pub fn ln_p(&self, raw: f64) -> f64 {
        self.tail.ln_p(raw - self.level.mean())
    }

    /// The raw score that is exceeded with this probability at this moment.
    pub fn quantile(&self, p: f64) -> f64 {
        self.level.mean() + self.tail.quantile(p)
    }

    /// Takes in a score that was no alarm.
    pub fn observe(&mut self, raw: f64) {
        if raw.is_finite() {
            self.tail.observe(raw - self.level.mean());
            self.level.push(raw);
        }
    }
}
