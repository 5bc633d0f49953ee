//! The score of the Numenta Anomaly Benchmark: early detections inside labelled windows win, false ones cost.
//!
//! Lavin and Ahmad, "Evaluating Real-Time Anomaly Detection Algorithms", ICMLA 2015, as its public scorer
//! counts: one threshold for the whole corpus; the first rows of every series are a probation that counts for
//! nothing; a window is won by its best-placed detection and lost at the price of a miss; a false detection
//! costs less shortly after a window. The sum is scaled so that 0 is silence and 100 is perfection.

use std::ops::Range;

/// What a miss and a false detection cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// The standard profile.
    Standard,
    /// False detections cost twice as much.
    RewardLowFp,
    /// Misses cost twice as much.
    RewardLowFn,
}

impl Profile {
    /// All three, in the order of the scoreboard.
    pub const ALL: [Self; 3] = [Self::Standard, Self::RewardLowFp, Self::RewardLowFn];

    /// The name on the scoreboard.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::RewardLowFp => "reward_low_FP_rate",
            Self::RewardLowFn => "reward_low_FN_rate",
        }
    }

    fn false_alarm(self) -> f64 {
        match self {
            Self::RewardLowFp => 0.22,
            Self::Standard | Self::RewardLowFn => 0.11,
        }
    }

    fn miss(self) -> f64 {
        match self {
            Self::RewardLowFn => 2.0,
            Self::Standard | Self::RewardLowFp => 1.0,
        }
    }
}

/// A score and the threshold that gave it: a row is a detection if its score is at least the threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Best {
    /// 100 is perfection, 0 is silence; negative if false detections cost more than was won.
    pub score: f64,
    /// 1.1 (as the public scorer writes it), or more where scores are larger, means that silence is best.
    pub threshold: f64,
}

/// Rows that count for nothing at the head of a series.
#[must_use]
pub fn probation(rows: usize) -> usize {
    (rows as u64 * 15 / 100).min(750) as usize
}

/// One scored row after the probation.
#[derive(Debug, Clone, Copy)]
struct Row {
    score: f64,
    /// The window it lies in, counted over the corpus.
    window: Option<u32>,
    /// What a detection here is worth before weights.
    worth: f64,
}

/// A corpus of scored series, judged together.
#[derive(Debug, Clone, Default)]
pub struct Corpus {
    rows: Vec<Row>,
    /// For each window whether a row of it lies after the probation.
    reachable: Vec<bool>,
}

impl Corpus {
    /// No series yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a series: one score a row, and its labelled windows as half-open ranges of rows in order.
    ///
    /// NaN counts as no score at all. Empty windows and those that begin beyond the last row count as labelled
    /// and can only be missed.
    pub fn push(&mut self, windows: &[Range<usize>], scores: &[f64]) {
        let probation = probation(scores.len());
        let first = self.reachable.len();
        self.reachable.resize(first + windows.len(), false);
        let mut ahead = windows.iter().enumerate().peekable();
        let mut current: Option<(usize, &Range<usize>)> = None;
        let mut before: Option<&Range<usize>> = None;
        for (row, &score) in scores.iter().enumerate() {
            if current.is_some_and(|(_, window)| row >= window.end) {
                before = current.take().map(|(_, window)| window);
            }
            while let Some(&(at, window)) = ahead.peek() {
                if window.start > row || current.is_some() {
                    break;
                }
                ahead.next();
                if row < window.end {
                    current = Some((at, window));
                }
            }
            if row < probation {
                continue;
            }
            let (window, worth) = match (current, before) {
                (Some((at, window)), _) => {
                    self.reachable[first + at] = true;
                    let width = window.len() as f64;
                    let place = -((window.end - row) as f64) / width;
                    (Some((first + at) as u32), sigmoid(place) / sigmoid(-1.0))
                }
                (None, Some(window)) => {
                    let width = (window.len() as f64 - 1.0).max(1.0);
                    (None, sigmoid((row + 1 - window.end) as f64 / width))
                }
                (None, None) => (None, -1.0),
            };
            self.rows.push(Row {
                score: if score.is_nan() {
                    f64::NEG_INFINITY
                } else {
                    // Both zeros are one threshold.
                    score + 0.0
                },
                window,
                worth,
            });
        }
    }

    /// The best score over all thresholds, and the highest threshold that reaches it.
    #[must_use]
    pub fn best(&self, profile: Profile) -> Best {
        let mut order: Vec<&Row> = self.rows.iter().collect();
        order.sort_by(|a, b| b.score.total_cmp(&a.score));
        let top = order.first().map_or(0.0, |row| row.score);
        let silence = if top < 1.1 { 1.1 } else { f64::MAX };
        let mut tally = Tally::new(self, profile);
        let mut best = (tally.total(), silence);
        let mut threshold = None;
        for row in order {
            if let Some(passed) =
                threshold.filter(|passed: &f64| passed.total_cmp(&row.score).is_ne())
            {
                best = better(best, (tally.total(), passed));
            }
            threshold = Some(row.score);
            tally.detect(row);
        }
        if let Some(passed) = threshold {
            best = better(best, (tally.total(), passed));
        }
        Best {
            score: self.normalised(profile, best.0),
            threshold: best.1,
        }
    }

    /// The score with rows from `threshold` upwards as detections.
    #[must_use]
    pub fn at(&self, profile: Profile, threshold: f64) -> f64 {
        let mut tally = Tally::new(self, profile);
        for row in self.rows.iter().filter(|row| row.score >= threshold) {
            tally.detect(row);
        }
        self.normalised(profile, tally.total())
    }

    /// Scaled between silence and perfection; with nothing to find, minus the cost of false detections.
    fn normalised(&self, profile: Profile, total: f64) -> f64 {
        let windows = self.reachable.len() as f64;
        let silent = -profile.miss() * windows;
        100.0 * (total - silent) / (windows - silent).max(1.0)
    }
}

fn better(best: (f64, f64), other: (f64, f64)) -> (f64, f64) {
    if other.0 > best.0 { other } else { best }
}

/// What has been won and lost so far.
struct Tally {
    false_alarms: f64,
    windows: Vec<f64>,
    cost: f64,
}

impl Tally {
    fn new(corpus: &Corpus, profile: Profile) -> Self {
        Self {
            false_alarms: 0.0,
            windows: vec![-profile.miss(); corpus.reachable.len()],
            cost: profile.false_alarm(),
        }
    }

    fn detect(&mut self, row: &Row) {
        match row.window {
            Some(window) => {
                let won = &mut self.windows[window as usize];
                *won = won.max(row.worth);
            }
            None => self.false_alarms += row.worth * self.cost,
        }
    }

    fn total(&self) -> f64 {
        self.false_alarms + self.windows.iter().sum::<f64>()
    }
}

/// 1 well before the right edge of a window (at 0), -1 well behind it.
fn sigmoid(place: f64) -> f64 {
    if place > 3.0 {
        -1.0
    } else {
        2.0 / (1.0 + libm::exp(5.0 * place)) - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corpus(scores: &[f64]) -> Corpus {
        let mut corpus = Corpus::new();
        corpus.push(std::slice::from_ref(&(50..60)), scores);
        corpus
    }

    #[test]
    fn best_when_the_first_row_of_the_window_is_flagged_alone_is_perfect() {
        let mut scores = vec![0.0; 100];
        scores[50] = 1.0;
        for profile in Profile::ALL {
            let best = corpus(&scores).best(profile);
            assert!((best.score - 100.0).abs() < 1e-12);
            assert!((best.threshold - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn best_when_scores_say_nothing_is_silence() {
        for level in [0.0, 5.0, f64::NAN] {
            let best = corpus(&vec![level; 1000]).best(Profile::Standard);
            assert!(best.score.abs() < 1e-12);
            assert!(best.threshold >= 1.1);
        }
    }

    #[test]
    fn at_when_a_false_alarm_stands_before_the_window_costs_its_weight() {
        let mut scores = vec![0.0; 100];
        scores[20] = 1.0;
        scores[50] = 1.0;
        let lost = |profile| 100.0 - corpus(&scores).at(profile, 0.5);
        assert!((lost(Profile::Standard) - 5.5).abs() < 1e-9);
        assert!((lost(Profile::RewardLowFp) - 11.0).abs() < 1e-9);
        assert!((lost(Profile::RewardLowFn) - 11.0 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn at_when_only_the_probation_is_flagged_is_silence() {
        let mut scores = vec![0.0; 100];
        scores[14] = 1.0;
        assert!(corpus(&scores).at(Profile::Standard, 0.5).abs() < 1e-12);
    }

    #[test]
    fn best_when_windows_are_degenerate_is_finite() {
        let mut corpus = Corpus::new();
        assert!(corpus.best(Profile::Standard).score.is_finite());
        corpus.push(&[], &[]);
        corpus.push(&[0..1, 1..1, 1..2, 500..600], &[f64::INFINITY; 3]);
        corpus.push(std::slice::from_ref(&(90..200)), &[f64::NEG_INFINITY; 100]);
        for profile in Profile::ALL {
            assert!(corpus.best(profile).score.is_finite());
            assert!(corpus.at(profile, 1.0).is_finite());
        }
    }
}
