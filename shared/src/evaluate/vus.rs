//! VUS-PR: the volume under the precision-recall surface over buffer lengths.
//!
//! Paparrizos et al., "Volume Under the Surface", VLDB 2022, with 250 thresholds at equally spaced ranks as
//! the authors' code takes them. It needs no threshold and forgives an alarm that is a little early or late:
//! each labelled range is extended on both sides with a weight that falls with the distance.
//!
//! The authors scan all points for every threshold and every buffer length. Here each point is put once into
//! the bucket of the first threshold that it reaches; a buffer length then costs the points of its extensions
//! and one pass over the 250 buckets.

use std::ops::Range;

use super::runs;

/// Thresholds on the surface, as published.
const THRESHOLDS: usize = 250;

/// Volume under the precision-recall surface, between 0 and 1; larger is better.
///
/// `window` is the longest buffer in points (commonly the period of the series); half of it goes to each side
/// of a labelled range. A NaN score counts as the lowest. With no labelled point there is nothing to find,
/// and the answer is 0. Rows beyond the shorter slice are left out.
#[must_use]
pub fn vus_pr(label: &[bool], score: &[f64], window: usize) -> f64 {
    let rows = label.len().min(score.len());
    let (label, score) = (&label[..rows], &score[..rows]);
    let events = runs(label);
    if events.is_empty() {
        return 0.0;
    }
    let ranks = Ranks::new(score);
    let positives: usize = events.iter().map(ExactSizeIterator::len).sum();
    let flagged = ranks.reached(0..rows, |_| 1.0);
    let found = ranks.reached((0..rows).filter(|&row| label[row]), |_| 1.0);

    let mut extensions = Extensions::new(label, &events, window);
    let mut nearest: Vec<usize> = events.iter().map(|event| ranks.first(event)).collect();
    let mut half = 0;
    let mut volume = 0.0;
    for buffer in 0..=window {
        while half < buffer / 2 {
            half += 1;
            for (event, first) in events.iter().zip(&mut nearest) {
                if let Some(row) = event.start.checked_sub(half) {
                    *first = ranks.bucket[row].min(*first);
                }
                if let Some(&bucket) = ranks.bucket.get(event.end - 1 + half) {
                    *first = bucket.min(*first);
                }
            }
        }
        let extra = extensions.reached(&events, &ranks, buffer);
        let hit = share_hit(&events, &nearest, half);
        volume += average_precision(positives as f64, &flagged, &found, &extra, &hit);
    }
    volume / (window as f64 + 1.0)
}

/// Sum over the thresholds of the recall won times the precision there.
fn average_precision(
    positives: f64,
    flagged: &[f64],
    found: &[f64],
    extra: &[f64],
    hit: &[f64],
) -> f64 {
    let mut area = 0.0;
    let mut before = 0.0;
    for at in 0..THRESHOLDS {
        let hits = found[at] + extra[at];
        let wanted = (positives + positives + extra[at]) / 2.0;
        let recall = (hits / wanted).min(1.0) * hit[at];
        area += (recall - before) * (hits / flagged[at]);
        before = recall;
    }
    area
}

/// The thresholds, and for each row the first of them (from the highest) that its score reaches.
struct Ranks {
    bucket: Vec<usize>,
}

impl Ranks {
    fn new(score: &[f64]) -> Self {
        let low = |value: f64| {
            if value.is_nan() {
                f64::NEG_INFINITY
            } else {
                value
            }
        };
        let mut sorted: Vec<f64> = score.iter().map(|&value| low(value)).collect();
        sorted.sort_unstable_by(|a, b| b.total_cmp(a));
        let last = sorted.len() - 1;
        let step = last as f64 / (THRESHOLDS - 1) as f64;
        let thresholds: Vec<f64> = (0..THRESHOLDS)
            .map(|at| match at + 1 {
                THRESHOLDS => sorted[last],
                _ => sorted[((at as f64 * step) as usize).min(last)],
            })
            .collect();
        let bucket = score
            .iter()
            .map(|&value| {
                let value = low(value);
                thresholds.partition_point(|&threshold| threshold > value)
            })
            .collect();
        Self { bucket }
    }

    /// The bucket of the highest score in a range.
    fn first(&self, rows: &Range<usize>) -> usize {
        self.bucket[rows.clone()]
            .iter()
            .copied()
            .min()
            .unwrap_or(THRESHOLDS)
    }

    /// For each threshold the weight of the rows that reach it.
    fn reached(
        &self,
        rows: impl Iterator<Item = usize>,
        weight: impl Fn(usize) -> f64,
    ) -> Vec<f64> {
        let mut sums = vec![0.0; THRESHOLDS + 1];
        for row in rows {
            sums[self.bucket[row]] += weight(row);
        }
        accumulate(&mut sums);
        sums
    }
}

fn accumulate(sums: &mut [f64]) {
    let mut total = 0.0;
    for sum in sums {
        total += *sum;
        *sum = total;
    }
}

/// The unlabelled rows that the longest buffer reaches, and their weights under the buffer at hand.
struct Extensions {
    rows: Vec<usize>,
    /// Dense, so that ranges that reach into each other add up; zero outside `rows`.
    weight: Vec<f64>,
}

impl Extensions {
    fn new(label: &[bool], events: &[Range<usize>], window: usize) -> Self {
        let half = window / 2;
        let mut rows = Vec::new();
        let mut next = 0;
        for event in events {
            let from = event.start.saturating_sub(half).max(next);
            let until = (event.end + half).min(label.len());
            rows.extend((from..until).filter(|&row| !label[row]));
            next = until.max(next);
        }
        Self {
            rows,
            weight: vec![0.0; label.len()],
        }
    }

    /// For each threshold the weight of the extended rows that reach it.
    fn reached(&mut self, events: &[Range<usize>], ranks: &Ranks, buffer: usize) -> Vec<f64> {
        let rows = self.weight.len();
        let half = buffer / 2;
        let weights: Vec<f64> = (1..=half)
            .map(|distance| (1.0 - distance as f64 / buffer as f64).sqrt())
            .collect();
        for event in events {
            let last = event.end - 1;
            for (at, &weight) in weights.iter().enumerate() {
                if let Some(row) = event.start.checked_sub(at + 1) {
                    self.weight[row] += weight;
                }
                if last + at + 1 < rows {
                    self.weight[last + at + 1] += weight;
                }
            }
        }
        let mut sums = vec![0.0; THRESHOLDS + 1];
        for &row in &self.rows {
            sums[ranks.bucket[row]] += self.weight[row].min(1.0);
            self.weight[row] = 0.0;
        }
        accumulate(&mut sums);
        sums
    }
}

/// For each threshold the share of the extended ranges that hold a score that reaches it; ranges that grow
/// into each other count as one.
fn share_hit(events: &[Range<usize>], nearest: &[usize], half: usize) -> Vec<f64> {
    let mut sums = vec![0.0; THRESHOLDS + 1];
    let mut ranges = 0.0;
    let mut first = nearest[0];
    for at in 0..events.len() {
        first = first.min(nearest[at]);
        let apart = events
            .get(at + 1)
            .is_none_or(|next| events[at].end - 1 + half < next.start.saturating_sub(half));
        if apart {
            sums[first] += 1.0;
            ranges += 1.0;
            first = THRESHOLDS;
        }
    }
    accumulate(&mut sums);
    for sum in &mut sums {
        *sum /= ranges;
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::vus_pr;

    #[test]
    fn vus_pr_when_the_score_is_the_label_and_no_buffer_is_allowed_is_one() {
        let label: Vec<bool> = (0..100).map(|row| (40..50).contains(&row)).collect();
        let score: Vec<f64> = label.iter().map(|&hit| f64::from(u8::from(hit))).collect();
        assert!((vus_pr(&label, &score, 0) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn vus_pr_when_four_points_are_ranked_is_what_the_hand_computes() {
        // Buffer 0: thresholds .9, .8, .1, 0. Recall 1/2 at precision 1, unchanged at 1/2, 1 at 2/3.
        let label = [true, false, true, false];
        let score = [0.9, 0.8, 0.1, 0.0];
        // One of two ranges is hit by the first alarm, so its recall counts half: 1/4.
        let expected = 0.25 + 0.75 * 2.0 / 3.0;
        assert!((vus_pr(&label, &score, 0) - expected).abs() < 1e-12);
    }

    #[test]
    fn vus_pr_when_input_is_degenerate_is_finite() {
        assert!(vus_pr(&[], &[], 10).abs() < 1e-12);
        assert!(vus_pr(&[false; 5], &[1.0; 5], 10).abs() < 1e-12);
        for label in [&[true][..], &[true, true], &[false, true], &[true, false]] {
            for score in [f64::NAN, 0.0, f64::INFINITY, f64::NEG_INFINITY] {
                for window in [0, 1, 2, 1000] {
                    let volume = vus_pr(label, &vec![score; label.len()], window);
                    assert!((0.0..=1.0 + 1e-12).contains(&volume), "{volume}");
                }
            }
        }
    }

    #[test]
    fn vus_pr_when_the_score_is_rescaled_is_unchanged() {
        let label: Vec<bool> = (0..200).map(|row| row % 50 > 40).collect();
        let score: Vec<f64> = (0..200).map(|row| f64::from(row * 37 % 101)).collect();
        let scaled: Vec<f64> = score.iter().map(|value| value * 3.0 - 7.0).collect();
        let distance = vus_pr(&label, &score, 20) - vus_pr(&label, &scaled, 20);
        assert!(distance.abs() < 1e-12);
    }
}
