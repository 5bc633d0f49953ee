//! What a calendar would have changed: each rule's past is replayed without it and with it.

use std::sync::Arc;

use hindcast_shared::api::{
    CalendarChange, CalendarDraft, LabelKind, LabelRecord, PreviewResponse, ReplaySummary,
};
use hindcast_shared::calendar::CalendarTable;
use hindcast_shared::pipeline::{Dataset, Page, PageVerdict};
use hindcast_shared::replay::{needs_from_ms, replay};
use hindcast_shared::time::TimeRange;

use super::{ALWAYS, Calendar, merged};
use crate::detection::{Meanwhile, history};
use crate::error::{ApiError, ApiResult};
use crate::routes::transitions::MAX_ENTRIES;
use crate::schedule;
use crate::state::App;
use crate::store::StoredRule;

/// Most occurrences of an answer.
const MOST_OCCURRENCES: usize = 1_000;

/// Most labels of one source that are looked at.
const MOST_LABELS: u32 = 10_000;

/// When a calendar would hold within a range, and what it would have changed.
pub(crate) async fn preview(
    app: &App,
    (id, draft): (&str, &CalendarDraft),
    range: TimeRange,
    rules: Vec<StoredRule>,
) -> ApiResult<PreviewResponse> {
    let refuse = |error| ApiError::invalid_body("invalid_calendar", error);
    let calendar = Calendar::read(draft).map_err(refuse)?;
    let mut changes = Vec::with_capacity(rules.len());
    for stored in rules {
        changes.push(change(app, (id, draft, &calendar), range, stored).await?);
    }
    let mut occurrences = calendar.within(range);
    let total = occurrences.len() as u64;
    occurrences.truncate(MOST_OCCURRENCES);
    Ok(PreviewResponse {
        occurrences,
        total,
        rules: changes,
    })
}

async fn change(
    app: &App,
    (id, draft, calendar): (&str, &CalendarDraft, &Calendar),
    range: TimeRange,
    stored: StoredRule,
) -> ApiResult<CalendarChange> {
    let (rule, version) = (Arc::new(stored.rule), stored.version);
    let from_ms = needs_from_ms(&rule, range.from_ms);
    let needed = TimeRange::new(from_ms, range.to_ms).unwrap_or(range);
    let data = history::load(Some(&app.store), &app.sources, &rule, needed).await?;
    let ticks = schedule::ticks(&rule, needed)?;
    let meanwhile = Meanwhile::load(&app.store, &rule, needed, MAX_ENTRIES).await?;
    let source = Some(rule.source.0.as_str());
    let labels = app.store.labels();
    let mut labels = labels.list(range, source, None, MOST_LABELS).await?;
    labels.retain(|label| label.kind == LabelKind::Incident);
    let table = CalendarTable {
        id: id.to_owned(),
        effects: draft.effects,
        ranges: merged(calendar.within(needed), ALWAYS),
    };
    // Seconds of arithmetic do not belong on the threads that answer requests.
    let work = tokio::task::spawn_blocking(move || {
        let mut with = data.clone();
        with.calendars.retain(|one| one.id != table.id);
        with.calendars.push(table);
        let told = |data: &Dataset| {
            replay(&rule, version, data, range, &ticks, meanwhile.people()).summary
        };
        let (before, after) = (told(&data), told(&with));
        said(rule.id.as_str(), &before, &after, &labels)
    });
    work.await
        .map_err(|error| ApiError::internal(anyhow::Error::from(error)))
}

fn said(
    rule: &str,
    before: &ReplaySummary,
    after: &ReplaySummary,
    incidents: &[LabelRecord],
) -> CalendarChange {
    let hidden = incidents
        .iter()
        .filter(|incident| told_of(before, incident) && !told_of(after, incident))
        .count() as u64;
    let (without, with) = (before.pages_sent, after.pages_sent);
    let pages = match with.cmp(&without) {
        std::cmp::Ordering::Less => format!("removes {}", counted(without - with, "past page")),
        std::cmp::Ordering::Greater => format!("adds {}", counted(with - without, "past page")),
        std::cmp::Ordering::Equal => "changes no past page".to_owned(),
    };
    CalendarChange {
        rule_id: rule.to_owned(),
        pages_without: without,
        pages_with: with,
        anomalies_without: before.fired.len() as u64,
        anomalies_with: after.fired.len() as u64,
        incidents_hidden: hidden,
        says: format!("{pages}, hides {}", counted(hidden, "labelled incident")),
    }
}

fn counted(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

/// Whether somebody was told of an anomaly within an incident.
fn told_of(summary: &ReplaySummary, incident: &LabelRecord) -> bool {
    summary.fired.iter().any(|fired| {
        let anomaly = &fired.anomaly;
        let meant = incident.speaks_of(anomaly.series_key, &anomaly.series);
        let overlaps = anomaly.start_ms < incident.end_ms && anomaly.end_ms >= incident.start_ms;
        let sent = |page: &Page| page.verdict == PageVerdict::Sent;
        meant && overlaps && fired.pages.iter().any(sent)
    })
}
