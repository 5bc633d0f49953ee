//! What is drawn of a replay: its series with their lines, bands and marks, and the figures beside them.

use hindcast_shared::api::{ReplaySummary, WouldHaveFired};
use hindcast_shared::pipeline::PageVerdict;
use hindcast_shared::reduce::{self, Reduced};
use hindcast_shared::replay::{Rehearsal, Rehearsed};
use hindcast_shared::rule::Rule;
use hindcast_shared::series::{Labels, Series, SeriesKey};
use hindcast_shared::time::WEEK_MS;

use super::compare::overlaps;
use super::data::Kept;
use super::grade::grade;
use super::learning::{learning, until};
use super::lines::{Lines, Which};
use super::pack::{Packed, Packer};
use super::protocol::{Diff, Drawn, DrawnSeries, Funnel, Job};
use super::rows::{Marked, marks, rows};
use super::streaks::streaks;
use super::worst::worst_first;
use crate::draft;
use crate::sorted::insert_by_key;

/// What is drawn.
#[derive(Clone, Copy)]
pub(super) struct Sheet<'a> {
    pub(super) rule: &'a Rule,
    pub(super) kept: &'a Kept,
    pub(super) job: &'a Job,
    pub(super) rehearsal: &'a Rehearsal,
    pub(super) done: &'a Rehearsed,
}

pub(super) fn draw(
    sheet: Sheet<'_>,
    lines: &mut Lines,
    saved: &[WouldHaveFired],
    compared: bool,
) -> (Drawn, Packed) {
    let Sheet {
        rule,
        kept,
        job,
        done,
        ..
    } = sheet;
    let fired = &done.summary.fired;
    let (kept_by_saved, kept_by_draft) = (overlaps(fired, saved), overlaps(saved, fired));
    let change = |kept: bool, otherwise| if kept || !compared { 0.0 } else { otherwise };
    let spans: Vec<_> = fired
        .iter()
        .zip(&kept_by_saved)
        .map(|(fired, kept)| (fired, change(*kept, 1.0)))
        .collect();
    let ghosts: Vec<_> = saved
        .iter()
        .zip(&kept_by_draft)
        .map(|(fired, kept)| (fired, change(*kept, 2.0)))
        .collect();
    let mut packer = Packer::default();
    let watched: Vec<_> = kept
        .names
        .iter()
        .filter_map(|key| Some((*key, kept.data.series.get(key)?)))
        .filter(|(_, series)| rule.watches(&series.labels.to_string()))
        .filter(|(key, series)| {
            let only = job.only.as_ref();
            only.is_none_or(|only| *only == key.to_string() || has_labels(only, &series.labels))
        })
        .collect();
    let watched = worst_first(watched, fired, job);
    let series = watched
        .iter()
        .take(job.most_series as usize)
        .map(|series| {
            let marks = (&spans[..], &ghosts[..]);
            draw_series(&mut packer, *series, sheet, lines, marks)
        })
        .collect();
    let removed = kept_by_draft.iter().filter(|kept| !**kept).count() as u32;
    let added = kept_by_saved.iter().filter(|kept| !**kept).count() as u32;
    let diff = compared.then_some(Diff {
        kept: fired.len() as u32 - added,
        added,
        removed,
        pages_before: saved.iter().map(sent).sum(),
    });
    let drawn = Drawn {
        range: job.range,
        offsets: job.offsets.clone(),
        series,
        series_total: watched.len() as u32,
        warnings: kept.head.warnings.clone(),
        live_since_ms: kept.past.as_ref().and_then(|past| past.live_since_ms),
        funnel: funnel(&done.summary),
        fired: if job.detail {
            rows(&spans, &ghosts, compared)
        } else {
            Vec::new()
        },
        diff,
        grade: grade(&watched, sheet),
        replay_ms: 0.0,
    };
    (drawn, packer.finish())
}

/// Whether a series has this text form, or one of the labels of each line; those of a line are separated by tabs: `host="a"`.
fn has_labels(wanted: &str, labels: &Labels) -> bool {
    let text = labels.to_string();
    let mut lines = wanted.lines();
    let mut has_all = || lines.all(|line| line.split('\t').any(|label| text.contains(label)));
    wanted == text || (wanted.contains('=') && has_all())
}

/// Pages of an anomaly that were sent.
fn sent(fired: &WouldHaveFired) -> u32 {
    let sent = |page: &&hindcast_shared::pipeline::Page| page.verdict == PageVerdict::Sent;
    fired.pages.iter().filter(sent).count() as u32
}

fn funnel(summary: &ReplaySummary) -> Funnel {
    let weeks = summary.range.duration_ms() as f64 / WEEK_MS as f64;
    Funnel {
        series: summary.series,
        samples: summary.samples,
        over: summary.over_threshold,
        confirmed: summary.confirmed,
        anomalies: summary.fired.len() as u64,
        anomalies_per_week: summary.fired.len() as f64 / weeks,
        suppressed: summary.pages_suppressed,
        pages: summary.pages_sent,
        pages_per_week: summary.pages_per_week,
    }
}

pub(super) fn draw_series(
    packer: &mut Packer,
    (key, series): (SeriesKey, &Series),
    sheet: Sheet<'_>,
    lines: &mut Lines,
    (spans, ghosts): (&Marked<'_>, &Marked<'_>),
) -> DrawnSeries {
    let job = sheet.job;
    let own = |fired: &&(&WouldHaveFired, f64)| fired.0.anomaly.series_key == key;
    // Whatever is reduced, the edges and peaks of what fired stay; but not in the Lab, where the line must not
    // change with every move and keeps the extremes of each pixel anyway.
    let mut edges: Vec<i64> = Vec::new();
    for (fired, _) in spans.iter().filter(own).filter(|_| !job.detail) {
        let anomaly = &fired.anomaly;
        let peak_ms = anomaly.peak.map_or(anomaly.start_ms, |peak| peak.at_ms);
        for at_ms in [anomaly.start_ms, peak_ms, anomaly.end_ms] {
            insert_by_key(&mut edges, at_ms, |at_ms| *at_ms);
        }
    }
    let judged = sheet.rehearsal.judged(sheet.done, key);
    let last_ms = series
        .values
        .iter()
        .rposition(|value| value.is_finite())
        .map(|index| series.at_ms(index));
    let pages: Vec<_> = spans
        .iter()
        .filter(own)
        .flat_map(|(fired, _)| &fired.pages)
        .collect();
    let line = lines.of(key, Which::Values, || {
        reduce::m4(series, job.range, job.columns, &edges)
    });
    // A page of charts asks for each line once.
    let line = if job.detail {
        packer.still(|packer| packer.reduced(line))
    } else {
        packer.reduced(line)
    };
    let (learning, still_at_ms) = learning(packer, lines, judged, key);
    let (streaks, counted) = streaks(packer, sheet, key);
    let band = judged.map_or_else(Default::default, |judged| {
        judged.band(job.range, job.columns)
    });
    let ribbon = judged.map_or_else(Default::default, |judged| {
        let highest = lines.of(key, Which::Highest, || {
            judged.highest(job.range, job.columns)
        });
        judged.scores_of(highest)
    });
    let scores = match judged.filter(|_| job.detail) {
        None => packer.reduced(&Reduced::default()),
        // Where the threshold follows from a budget, only scores stand still.
        Some(judged) if draft::budget(&job.rule).is_some() => {
            packer.reduced(&judged.scores(job.range, job.columns))
        }
        Some(judged) => {
            let line = lines.of(key, Which::Distances, || {
                judged.distances(job.range, job.columns)
            });
            packer.still(|packer| packer.reduced(line))
        }
    };
    DrawnSeries {
        key: key.to_string(),
        name: series.labels.to_string(),
        unit: if job.rule.unit.is_empty() {
            series.unit.clone()
        } else {
            job.rule.unit.clone()
        },
        step_ms: series.step_ms,
        last_ms,
        line,
        band: packer.envelope(&band),
        ribbon: packer.reduced(&ribbon),
        scores,
        spans: marks(packer, spans.iter().filter(own)),
        ghosts: marks(packer, ghosts.iter().filter(own)),
        pages: [
            packer.push(pages.iter().map(|page| page.at_ms as f64)),
            packer.push(
                pages
                    .iter()
                    .map(|page| f64::from(u8::from(page.verdict == PageVerdict::Sent))),
            ),
        ],
        streaks,
        streaky: counted,
        learning,
        still_learning: still_at_ms.filter(|_| job.detail).map(|at_ms| {
            lines.learning(key, || {
                until(sheet.rule, &sheet.kept.data, key, at_ms, &job.offsets)
            })
        }),
    }
}
