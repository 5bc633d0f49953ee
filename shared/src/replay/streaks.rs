//! Anomalous samples of one series in a row: what `for:` is compared with.
//!
//! Told by the fold itself, sample by sample, so that a run is as long as production would count it.

/// Anomalous samples in a row; short gaps between them neither break nor lengthen it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Streak {
    /// First anomalous sample.
    pub from_ms: i64,
    /// Last anomalous sample.
    pub to_ms: i64,
    /// Anomalous samples.
    pub samples: u32,
}

/// The streaks of one series, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Streaks {
    all: Vec<Streak>,
    /// Whether the newest one may go on.
    open: bool,
}

impl Streaks {
    /// Takes one sample: whether it was anomalous, if it was judged at all.
    ///
    /// What was not judged neither breaks nor lengthens a streak, until nothing has come for `silence_ms`.
    #[inline]
    pub(super) fn push(&mut self, at_ms: i64, judged: Option<bool>, silence_ms: i64) {
        let anomalous = judged == Some(true);
        if anomalous {
            match self.all.last_mut() {
                Some(newest) if self.open => {
                    newest.to_ms = at_ms;
                    newest.samples += 1;
                }
                _ => self.all.push(Streak {
                    from_ms: at_ms,
                    to_ms: at_ms,
                    samples: 1,
                }),
            }
        }
        let bears = |newest: &Streak| at_ms - newest.to_ms < silence_ms;
        let goes_on = || judged.is_none() && self.all.last().is_some_and(bears);
        self.open = anomalous || self.open && goes_on();
    }

    /// Takes calm samples.
    #[inline]
    pub(super) fn calm(&mut self) {
        self.open = false;
    }

    /// All of them.
    pub fn as_slice(&self) -> &[Streak] {
        &self.all
    }

    /// Number of anomalous samples in them.
    pub fn samples(&self) -> u64 {
        self.all.iter().map(|one| u64::from(one.samples)).sum()
    }

    /// The one with the most samples.
    pub fn longest(&self) -> Option<Streak> {
        self.all.iter().copied().max_by_key(|one| one.samples)
    }

    /// For a drawing `columns` pixels wide that begins at `from_ms`: those that begin in one pixel become one, from
    /// the first to the last, as long as the longest of them.
    pub fn drawn(&self, from_ms: i64, duration_ms: i64, columns: u32) -> Vec<Streak> {
        let width_ms = (duration_ms / i64::from(columns.max(1))).max(1);
        let column = |streak: &Streak| (streak.from_ms - from_ms).div_euclid(width_ms);
        let mut drawn: Vec<Streak> = Vec::new();
        for streak in &self.all {
            match drawn.last_mut() {
                Some(last) if column(last) == column(streak) => {
                    last.to_ms = streak.to_ms;
                    last.samples = last.samples.max(streak.samples);
                }
                _ => drawn.push(*streak),
            }
        }
        drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streaks_when_short_gaps_lie_in_them_then_go_on_and_calm_ends_them() {
        let mut streaks = Streaks::default();
        let told = [
            Some(true),
            None,
            Some(true),
            Some(false),
            Some(true),
            None,
            None,
        ];
        for (at_ms, judged) in (0..).step_by(10).zip(told) {
            streaks.push(at_ms, judged, 20);
        }
        streaks.push(70, Some(true), 20);
        streaks.calm();
        streaks.push(80, Some(true), 20);
        let streak = |from_ms, to_ms, samples| Streak {
            from_ms,
            to_ms,
            samples,
        };
        let all = [
            streak(0, 20, 2),
            streak(40, 40, 1),
            streak(70, 70, 1),
            streak(80, 80, 1),
        ];
        assert_eq!(streaks.as_slice(), all, "two gaps are a silence");
        assert_eq!((streaks.samples(), streaks.longest()), (5, Some(all[0])));
    }

    #[test]
    fn streaks_when_a_pixel_has_two_then_are_drawn_as_one_as_long_as_the_longest() {
        let mut streaks = Streaks::default();
        for at_ms in [0, 10, 11, 12, 90] {
            streaks.push(at_ms, Some(true), 20);
            if at_ms == 0 || at_ms == 12 {
                streaks.calm();
            }
        }
        let drawn = streaks.drawn(0, 100, 2);
        let spans: Vec<_> = drawn
            .iter()
            .map(|one| (one.from_ms, one.to_ms, one.samples))
            .collect();
        assert_eq!(spans, [(0, 12, 3), (90, 90, 1)]);
        assert_eq!(streaks.drawn(0, 100, 100).len(), 3);
    }
}
