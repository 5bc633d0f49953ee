//! When was the sample with this number taken? Detectors count samples, people read clocks.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// Most jumps remembered; with more gaps than this the oldest instants are not known any more.
const MOST_JUMPS: usize = 64;

/// The instants of a stream of samples, by the places where the clock jumps.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Instants {
    step_ms: i64,
    taken: u64,
    newest_ms: i64,
    /// Number and instant of each sample that did not come one step after the one before, oldest first.
    jumps: VecDeque<(u64, i64)>,
}

impl Instants {
    pub(super) fn new(step_ms: i64) -> Self {
        Self {
            step_ms,
            ..Self::default()
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::new(self.step_ms);
    }

    /// Takes the next sample's instant.
    #[inline]
    pub(super) fn push(&mut self, at_ms: i64) {
        if self.jumps.is_empty() || at_ms != self.newest_ms.wrapping_add(self.step_ms) {
            if self.jumps.len() >= MOST_JUMPS {
                self.jumps.pop_front();
            }
            self.jumps.push_back((self.taken, at_ms));
        }
        self.newest_ms = at_ms;
        self.taken += 1;
    }

    /// The instant of a sample by its number, the first being 0; the newest may be about to come.
    pub(super) fn of(&self, number: u64) -> Option<i64> {
        let mut jumps = self.jumps.iter().rev();
        let (from, at_ms) = jumps.find(|(from, _)| *from <= number)?;
        let steps = (number - from) as i64;
        Some(at_ms.saturating_add(steps.saturating_mul(self.step_ms)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instant_when_there_were_gaps_then_is_that_of_the_sample() {
        let mut instants = Instants::new(10);
        assert_eq!(instants.of(0), None);
        let taken: Vec<i64> = (0..1_000)
            .filter(|at| at % 97 > 3)
            .map(|at| at * 10)
            .collect();
        for at_ms in &taken {
            instants.push(*at_ms);
        }
        for (number, at_ms) in taken.iter().enumerate() {
            assert_eq!(instants.of(number as u64), Some(*at_ms));
        }
        for gap in 0..1_000 {
            instants.push(gap * 30);
        }
        assert_eq!(instants.of(5), None, "too long ago");
        assert!(instants.jumps.len() <= MOST_JUMPS);
    }
}
