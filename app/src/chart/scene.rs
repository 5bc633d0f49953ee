//! From what the worker sends to what is drawn.

use std::str::FromStr as _;

use hindcast_shared::anomaly::Anomaly;
use hindcast_shared::chart::{Change, Line, PageMark, Scene, Span, StreakMark};
use hindcast_shared::rule::Severity;
use hindcast_shared::series::SeriesKey;
use hindcast_shared::time::{TimeRange, UtcOffsets};

use crate::worker::protocol::{Columns, DrawnSeries, Part};

/// One series as it is shown, with what a page needs beside the drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// Identity.
    pub key: Option<SeriesKey>,
    /// Text form.
    pub name: String,
    /// Distance between samples.
    pub step_ms: i64,
    /// The newest sample.
    pub last_ms: Option<i64>,
    /// The drawing.
    pub scene: Scene,
}

fn spans(columns: &Columns, parts: [Part; 4]) -> Vec<Span> {
    let [from, to, severity, change] = parts.map(|part| columns.part(part));
    (0..from
        .len()
        .min(to.len())
        .min(severity.len())
        .min(change.len()))
        .map(|index| Span {
            from_ms: from[index] as i64,
            to_ms: to[index] as i64,
            severity: match severity[index] as u8 {
                0 => Severity::Info,
                1 => Severity::Warning,
                _ => Severity::Critical,
            },
            change: match change[index] as u8 {
                0 => Change::Kept,
                1 => Change::Added,
                _ => Change::Removed,
            },
        })
        .collect()
}

/// The chart of a replayed series.
pub fn scene_of(
    series: &DrawnSeries,
    columns: &Columns,
    range: TimeRange,
    offsets: &UtcOffsets,
    critical_from: Option<f64>,
) -> Shown {
    let mut scene = Scene::empty(range, offsets.clone());
    scene.unit.clone_from(&series.unit);
    scene.lines.push(Line {
        points: columns.reduced(series.line),
        color: 0,
    });
    scene.band = columns.envelope(series.band);
    scene.ribbon = columns.reduced(series.ribbon);
    scene.critical_from = critical_from.unwrap_or(f64::INFINITY);
    scene.spans = spans(columns, series.spans);
    scene.ghosts = spans(columns, series.ghosts);
    let [from, to, samples] = series.streaks.map(|part| columns.part(part));
    scene.streaks = (0..from.len().min(to.len()).min(samples.len()))
        .map(|index| StreakMark {
            from_ms: from[index] as i64,
            to_ms: to[index] as i64,
            samples: samples[index] as u32,
        })
        .collect();
    let [from, to] = series.learning.map(|part| columns.times(part));
    scene.learning = from.into_iter().zip(to).collect();
    scene.pages = columns
        .times(series.pages[0])
        .into_iter()
        .zip(columns.part(series.pages[1]))
        .map(|(at_ms, sent)| PageMark {
            at_ms,
            sent: *sent > 0.0,
        })
        .collect();
    Shown {
        key: SeriesKey::from_str(&series.key).ok(),
        name: series.name.clone(),
        step_ms: series.step_ms,
        last_ms: series.last_ms,
        scene,
    }
}

/// The axis of a chart of scores.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreAxis {
    /// The threshold on the detector's own scale.
    pub threshold: f64,
    /// Unit of that scale.
    pub unit: String,
    /// Whether the threshold can be dragged.
    pub draggable: bool,
}

/// The chart of a series' scores, on the detector's own scale, with the threshold as a line that can be dragged.
pub fn score_scene(
    series: &DrawnSeries,
    columns: &Columns,
    range: TimeRange,
    offsets: &UtcOffsets,
    axis: &ScoreAxis,
) -> Scene {
    let mut scene = Scene::empty(range, offsets.clone());
    scene.unit.clone_from(&axis.unit);
    scene.lines.push(Line {
        points: columns.reduced(series.scores),
        color: 1,
    });
    scene.spans = spans(columns, series.spans);
    scene.limit = Some(axis.threshold);
    scene.draggable = axis.draggable;
    scene
}

impl Shown {
    /// Shows stored anomalies in place of replayed ones: a page about what happened shows what happened.
    #[must_use]
    pub fn with_stored(mut self, anomalies: &[Anomaly], now_ms: i64) -> Self {
        self.scene.spans = anomalies
            .iter()
            .filter(|anomaly| Some(anomaly.series_key) == self.key)
            .map(|anomaly| Span {
                from_ms: anomaly.start_ms,
                to_ms: if anomaly.status.is_active() {
                    now_ms.max(anomaly.end_ms)
                } else {
                    anomaly.end_ms
                },
                severity: anomaly.severity,
                change: Change::Kept,
            })
            .collect();
        self.scene.pages.clear();
        self
    }

    /// Takes in a sample that was just evaluated; older ones are ignored.
    pub fn append(&mut self, point: &hindcast_shared::api::SamplePoint) {
        if self.last_ms.is_some_and(|last_ms| point.at_ms <= last_ms) {
            return;
        }
        self.last_ms = Some(point.at_ms);
        let scene = &mut self.scene;
        if let Some(line) = scene.lines.first_mut() {
            line.points.times_ms.push(point.at_ms);
            line.points.values.push(point.value.unwrap_or(f64::NAN));
        }
        scene.band.times_ms.push(point.at_ms);
        scene.band.lower.push(point.lower.unwrap_or(f64::NAN));
        scene.band.upper.push(point.upper.unwrap_or(f64::NAN));
        scene.band.expected.push(point.expected.unwrap_or(f64::NAN));
        scene.ribbon.times_ms.push(point.at_ms);
        scene.ribbon.values.push(if point.value.is_some() {
            point.score
        } else {
            f64::NAN
        });
    }

    /// Moves on to a later range; what has left it on the left is dropped, so a wall does not grow.
    pub fn slide(&mut self, range: TimeRange, offsets: &UtcOffsets) {
        let scene = &mut self.scene;
        scene.range = range;
        scene.offsets = offsets.clone();
        // One point to the left of the edge stays, or the line would begin inside.
        let gone = |times_ms: &[i64]| {
            times_ms
                .partition_point(|at_ms| *at_ms < range.from_ms)
                .saturating_sub(1)
        };
        for line in &mut scene.lines {
            let gone = gone(&line.points.times_ms);
            line.points.times_ms.drain(..gone);
            line.points.values.drain(..gone);
        }
        let band_gone = gone(&scene.band.times_ms);
        scene.band.times_ms.drain(..band_gone);
        for column in [
            &mut scene.band.lower,
            &mut scene.band.upper,
            &mut scene.band.expected,
        ] {
            column.drain(..band_gone);
        }
        let ribbon_gone = gone(&scene.ribbon.times_ms);
        scene.ribbon.times_ms.drain(..ribbon_gone);
        scene.ribbon.values.drain(..ribbon_gone);
    }
}
