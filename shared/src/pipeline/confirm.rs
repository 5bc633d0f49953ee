//! The `for:` of a rule: how many anomalous samples make an anomaly.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::anomaly::Peak;

/// Counts anomalous samples until there are enough.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Streak {
    /// Samples judged since the beginning, for "of the last so many".
    judged: u64,
    /// In a row: the run's start, length and worst sample.
    run: Option<Run>,
    /// M of N: the anomalous ones among the last N.
    recent: VecDeque<(u64, Peak)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Run {
    start_ms: i64,
    len: u32,
    peak: Peak,
}

/// A streak that is long enough.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Confirmed {
    pub(super) start_ms: i64,
    pub(super) samples: u32,
    pub(super) peak: Peak,
}

impl Streak {
    pub(super) fn new() -> Self {
        Self {
            judged: 0,
            run: None,
            recent: VecDeque::new(),
        }
    }

    /// Whether there are anomalous samples that still count.
    pub(super) fn is_running(&self) -> bool {
        self.run.is_some() || !self.recent.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.run = None;
        self.recent.clear();
    }

    /// Takes so many calm samples while nothing is running.
    pub(super) fn pass_calm(&mut self, samples: u64) {
        self.judged += samples;
    }

    /// Takes one judged sample; `Some` if it was anomalous.
    pub(super) fn push(
        &mut self,
        anomalous: Option<Peak>,
        (count, of): (u32, u32),
    ) -> Option<Confirmed> {
        self.judged += 1;
        let confirmed = if count == of {
            self.push_run(anomalous, count)
        } else {
            self.push_recent(anomalous, count, of)
        };
        if confirmed.is_some() {
            self.clear();
        }
        confirmed
    }

    fn push_run(&mut self, anomalous: Option<Peak>, count: u32) -> Option<Confirmed> {
        let Some(peak) = anomalous else {
            self.run = None;
            return None;
        };
        let run = match self.run {
            Some(run) => Run {
                len: run.len + 1,
                peak: worse(run.peak, peak),
                ..run
            },
            None => Run {
                start_ms: peak.at_ms,
                len: 1,
                peak,
            },
        };
        self.run = Some(run);
        (run.len >= count).then_some(Confirmed {
            start_ms: run.start_ms,
            samples: run.len,
            peak: run.peak,
        })
    }

    fn push_recent(&mut self, anomalous: Option<Peak>, count: u32, of: u32) -> Option<Confirmed> {
        while self
            .recent
            .front()
            .is_some_and(|(index, _)| index + u64::from(of) <= self.judged)
        {
            self.recent.pop_front();
        }
        self.recent.push_back((self.judged, anomalous?));
        let (_, first) = *self.recent.front()?;
        if self.recent.len() < count as usize {
            return None;
        }
        let peak = self
            .recent
            .iter()
            .fold(first, |worst, (_, peak)| worse(worst, *peak));
        Some(Confirmed {
            start_ms: first.at_ms,
            samples: self.recent.len() as u32,
            peak,
        })
    }
}

/// The worse of two moments; the earlier one if they are equally bad.
pub(super) fn worse(first: Peak, second: Peak) -> Peak {
    if second.score > first.score {
        second
    } else {
        first
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::anomaly::Side;

    fn peak(at_ms: i64, score: f64) -> Peak {
        Peak {
            at_ms,
            score,
            value: score,
            expected: None,
            lower: None,
            upper: None,
            side: Side::High,
        }
    }

    fn first_confirmed(flags: &[bool], rule: (u32, u32)) -> Option<(usize, i64)> {
        let mut streak = Streak::new();
        flags.iter().enumerate().find_map(|(index, flag)| {
            let sample = flag.then(|| peak(index as i64, 2.0));
            streak
                .push(sample, rule)
                .map(|confirmed| (index, confirmed.start_ms))
        })
    }

    proptest! {
        #[test]
        fn streak_when_m_of_n_then_is_confirmed_by_the_first_window_with_m(
            flags in proptest::collection::vec(any::<bool>(), 0..60), of in 1_u32..10, less in 0_u32..10,
        ) {
            let count = of.saturating_sub(less).max(1);
            let expected = (0..flags.len()).find_map(|last| {
                let from = (last + 1).saturating_sub(of as usize);
                let hits: Vec<_> = (from..=last).filter(|index| flags[*index]).collect();
                (flags[last] && hits.len() >= count as usize).then(|| (last, hits[0] as i64))
            });
            let got = first_confirmed(&flags, (count, of));
            if count == of {
                prop_assert_eq!(got.map(|(last, _)| last), expected.map(|(last, _)| last));
            } else {
                prop_assert_eq!(got, expected);
            }
        }
    }

    #[test]
    fn streak_when_confirmed_then_carries_its_worst_sample() {
        let mut streak = Streak::new();
        assert!(streak.push(Some(peak(1, 5.0)), (2, 2)).is_none());
        let confirmed = streak
            .push(Some(peak(2, 3.0)), (2, 2))
            .expect("two in a row");
        assert_eq!(
            (confirmed.start_ms, confirmed.peak.at_ms, confirmed.samples),
            (1, 1, 2)
        );
    }
}
