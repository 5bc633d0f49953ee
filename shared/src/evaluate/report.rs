//! A replay held against labels: the classification report of a backtest.
//!
//! What counts as flagged is what operators would have seen: the anomalies of the replay, after confirmation and
//! merging, not single scores over the threshold. Only AUC-PR looks at the scores themselves.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::event::{Events, alarms, within};
use super::point::Counts;
use super::range::{self, EXISTENCE};
use super::{Rates, auc_pr, merged};
use crate::anomaly::Anomaly;
use crate::detector::PointState;
use crate::replay::Replay;

/// Rates and how they came about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Points {
    /// Samples by label and verdict.
    #[serde(flatten)]
    pub counts: Counts,
    /// Precision, recall, F1.
    #[serde(flatten)]
    pub rates: Rates,
}

/// Range-based rates, and the weight they were computed with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Ranges {
    /// What touching a labelled range is worth, beside covering it.
    pub existence: f64,
    /// Precision, recall, F1.
    #[serde(flatten)]
    pub rates: Rates,
}

/// Event-wise rates, delay and false alarms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct EventRates {
    /// Labelled events.
    pub events: u64,
    /// Events that an anomaly overlaps.
    pub found: u64,
    /// Anomalies.
    pub alarms: u64,
    /// Anomalies that overlap no event.
    pub false_alarms: u64,
    /// False alarms a week, over all series together.
    pub false_alarms_per_week: Option<f64>,
    /// From the beginning of a found event to its detection, the median; none if none was found.
    pub median_delay_ms: Option<i64>,
    /// The longest of these.
    pub max_delay_ms: Option<i64>,
    /// Precision, recall, F1.
    #[serde(flatten)]
    pub rates: Rates,
}

/// The whole report, pooled over the series of a rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Sample by sample.
    pub point: Points,
    /// The same with every labelled range counted as found that is touched: flattering, for comparison only.
    pub point_adjusted: Points,
    /// Range-based (Tatbul et al. 2018).
    pub range: Ranges,
    /// Event by event.
    pub event: EventRates,
    /// Average precision of the scores; none without a labelled sample.
    pub auc_pr: Option<f64>,
}

impl Report {
    /// Judges a replay; `truth` gives the labelled stretches of a series by its text form, in order and apart.
    ///
    /// Samples without a value, and excluded ones, count neither way.
    #[must_use]
    pub fn of(replay: &Replay, names: &Names, truth: impl Fn(&str) -> Vec<Range<i64>>) -> Self {
        let mut sum = Sum::default();
        for (key, columns) in &replay.columns {
            let fired: Vec<&Anomaly> = replay
                .summary
                .fired
                .iter()
                .map(|fired| &fired.anomaly)
                .filter(|anomaly| anomaly.series_key == *key)
                .collect();
            let name = names
                .get(key)
                .map(String::as_str)
                .or_else(|| fired.first().map(|anomaly| anomaly.series.as_str()))
                .unwrap_or_default();
            let truth = truth(name);
            let points: Vec<Point> = (0_i64..)
                .zip(columns.states.iter().zip(&columns.scores))
                .filter(|(_, (state, _))| !matches!(state, PointState::Gap | PointState::Excluded))
                .map(|(index, (_, score))| (columns.start_ms + index * columns.step_ms, *score))
                .collect();
            sum.add(&points, &truth, &fired, columns.step_ms);
        }
        sum.report(replay.summary.range.duration_ms())
    }
}

/// Text forms of the series of a replay.
pub type Names = std::collections::BTreeMap<crate::series::SeriesKey, String>;

/// Instant and score.
type Point = (i64, f64);

#[derive(Default)]
struct Sum {
    labels: Vec<bool>,
    scores: Vec<f64>,
    plain: Counts,
    adjusted: Counts,
    truth: Vec<Range<i64>>,
    found: Vec<Range<i64>>,
    events: Events,
    /// Series are laid one after another on a line of their own, so that their ranges never meet.
    offset: i64,
}

impl Sum {
    fn add(&mut self, points: &[Point], truth: &[Range<i64>], fired: &[&Anomaly], step_ms: i64) {
        let (Some(first), Some(last)) = (points.first(), points.last()) else {
            return;
        };
        let seen = first.0..last.0.saturating_add(step_ms);
        let alarms = alarms(fired.iter().copied(), &seen, step_ms);
        let found = merged(alarms.iter().map(|alarm| alarm.span.clone()).collect());
        let truth = merged(
            truth
                .iter()
                .map(|span| within(span.clone(), &seen))
                .collect(),
        );
        let labels = mask(points, &truth);
        let flagged = mask(points, &found);
        self.plain += Counts::of(&labels, &flagged);
        self.adjusted += Counts::adjusted(&labels, &flagged);
        self.labels.extend(labels);
        self.scores.extend(points.iter().map(|point| point.1));
        let place = |span: &Range<i64>| {
            span.start - seen.start + self.offset..span.end - seen.start + self.offset
        };
        self.truth.extend(truth.iter().map(place));
        self.found.extend(found.iter().map(place));
        self.offset += seen.end - seen.start + 1;
        self.events += Events::of(&truth, &alarms, 0);
    }

    fn report(mut self, watched_ms: i64) -> Report {
        self.events.watched_ms = watched_ms;
        let points = |counts: Counts| Points {
            rates: counts.rates(),
            counts,
        };
        Report {
            point: points(self.plain),
            point_adjusted: points(self.adjusted),
            range: Ranges {
                existence: EXISTENCE,
                rates: range::rates(&self.truth, &self.found, EXISTENCE),
            },
            event: EventRates {
                events: self.events.events,
                found: self.events.found,
                alarms: self.events.alarms,
                false_alarms: self.events.false_alarms,
                false_alarms_per_week: self.events.false_alarms_per_week(),
                median_delay_ms: self.events.median_delay_ms(),
                max_delay_ms: self.events.delays_ms.iter().copied().max(),
                rates: self.events.rates(),
            },
            auc_pr: auc_pr(&self.labels, &self.scores),
        }
    }
}

/// Which points lie in one of the ranges; both are in order.
fn mask(points: &[Point], ranges: &[Range<i64>]) -> Vec<bool> {
    let mut ahead = ranges.iter().peekable();
    points
        .iter()
        .map(|(at_ms, _)| {
            while ahead.next_if(|range| range.end <= *at_ms).is_some() {}
            ahead.peek().is_some_and(|range| range.contains(at_ms))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mask_when_points_touch_ends_is_half_open() {
        let points: Vec<Point> = (0..6).map(|at| (at * 10, 0.0)).collect();
        let ranges = [10..30, 45..46, 50..60];
        assert_eq!(
            mask(&points, &ranges),
            [false, true, true, false, false, true]
        );
    }

    #[test]
    fn sum_when_two_series_are_added_pools_them_apart() {
        let points: Vec<Point> = (0..10).map(|at| (at * 10, at as f64)).collect();
        let mut sum = Sum::default();
        sum.add(&points, std::slice::from_ref(&(90..200)), &[], 10);
        sum.add(&points, std::slice::from_ref(&(90..200)), &[], 10);
        let report = sum.report(1_000);
        assert_eq!(report.point.counts.misses, 2);
        assert_eq!(report.event.events, 2);
        assert_eq!(report.range.rates.recall, Some(0.0));
        assert_eq!(report.event.false_alarms_per_week, Some(0.0));
        // Both labelled points have the highest score.
        assert_eq!(report.auc_pr, Some(1.0));
    }
}
