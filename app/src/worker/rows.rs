//! The list of what would have fired: the draft's and the removed ones, newest first.

use hindcast_shared::api::WouldHaveFired;
use hindcast_shared::pipeline::PageVerdict;

use super::pack::Packer;
use super::protocol::{FiredRow, MOST_ROWS, Part, RowChange, RowPage};
use hindcast_shared::rule::Severity;

pub(super) type Marked<'a> = [(&'a WouldHaveFired, f64)];

pub(super) fn rows(spans: &Marked<'_>, ghosts: &Marked<'_>, compared: bool) -> Vec<FiredRow> {
    // Both lists begin with the oldest, as ids are ordered by time.
    let mut drafted = spans.iter().rev().peekable();
    let mut gone = ghosts
        .iter()
        .rev()
        .filter(|(_, change)| *change > 0.0)
        .peekable();
    let start_ms = |fired: &&(&WouldHaveFired, f64)| fired.0.anomaly.start_ms;
    let mut rows = Vec::new();
    while rows.len() < MOST_ROWS {
        let draft_is_newer = drafted.peek().map(start_ms) >= gone.peek().map(start_ms);
        let next = if draft_is_newer {
            drafted.next().map(|(fired, change)| {
                let added = *change > 0.0;
                (
                    fired,
                    if added {
                        RowChange::Added
                    } else {
                        RowChange::Kept
                    },
                )
            })
        } else {
            gone.next().map(|(fired, _)| (fired, RowChange::Removed))
        };
        let Some((fired, change)) = next else { break };
        rows.push(row(fired, compared.then_some(change)));
    }
    rows
}

fn row(fired: &WouldHaveFired, change: Option<RowChange>) -> FiredRow {
    let anomaly = &fired.anomaly;
    FiredRow {
        id: anomaly.id.to_string(),
        series: anomaly.series.clone(),
        series_key: anomaly.series_key.to_string(),
        start_ms: anomaly.start_ms,
        end_ms: anomaly.end_ms,
        open: anomaly.status.is_active(),
        carried: fired.carried,
        severity: anomaly.severity,
        peak_ms: anomaly.peak.map(|peak| peak.at_ms),
        score: anomaly.peak_score(),
        value: anomaly.peak.map(|peak| peak.value),
        expected: anomaly.peak.and_then(|peak| peak.expected),
        change,
        pages: fired
            .pages
            .iter()
            .map(|page| RowPage {
                at_ms: page.at_ms,
                suppressed: match &page.verdict {
                    PageVerdict::Sent => None,
                    PageVerdict::Suppressed(reason) => Some(reason.clone()),
                },
            })
            .collect(),
    }
}

/// Columns of intervals: from, to, severity, change.
pub(super) fn marks<'a>(
    packer: &mut Packer,
    fired: impl Iterator<Item = &'a (&'a WouldHaveFired, f64)> + Clone,
) -> [Part; 4] {
    let severity = |severity| match severity {
        Severity::Info => 0.0,
        Severity::Warning => 1.0,
        Severity::Critical => 2.0,
    };
    [
        packer.push(
            fired
                .clone()
                .map(|(fired, _)| fired.anomaly.start_ms as f64),
        ),
        packer.push(fired.clone().map(|(fired, _)| fired.anomaly.end_ms as f64)),
        packer.push(
            fired
                .clone()
                .map(|(fired, _)| severity(fired.anomaly.severity)),
        ),
        packer.push(fired.map(|(_, change)| *change)),
    ]
}
