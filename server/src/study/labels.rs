//! Which labels speak of a rule's series, and over what range they are to be replayed.

use std::collections::BTreeSet;
use std::ops::Range;

use hindcast_shared::api::{LabelKind, LabelRecord};
use hindcast_shared::evaluate::merged;
use hindcast_shared::hash::{digest128, hex};
use hindcast_shared::pipeline::Dataset;
use hindcast_shared::rule::Rule;
use hindcast_shared::series::{SeriesKey, SourceName};
use hindcast_shared::study::Incidents;
use hindcast_shared::time::{DAY_MS, TimeRange, floor_to};

use crate::detection::history;
use crate::error::ApiResult;
use crate::state::App;
use crate::store::{AnomalyFilter, Store, StoreResult};

/// Labels that are looked at; the Lab draws no more either.
const MAX_LABELS: u32 = 5_000;

/// The series that a rule watches, or has found anything in.
pub(crate) async fn series_of(app: &App, rule: &Rule) -> ApiResult<Vec<(SeriesKey, String)>> {
    let to_ms = floor_to(app.clock.now_ms(), rule.step.ms()) + rule.step.ms();
    let newest = TimeRange {
        from_ms: to_ms - DAY_MS,
        to_ms,
    };
    let data = history::load(Some(&app.store), &app.sources, rule, newest).await?;
    let mut series: BTreeSet<(SeriesKey, String)> = data
        .series
        .iter()
        .map(|(key, series)| (*key, series.labels.to_string()))
        .collect();
    let filter = AnomalyFilter {
        from_ms: 0,
        to_ms: i64::MAX,
        statuses: Vec::new(),
        severities: Vec::new(),
        rule: Some(rule.id.clone()),
        source: Some(rule.source.0.clone()),
        series: None,
        min_score: None,
        limit: 1_000,
        after: None,
    };
    let (found, _) = app.store.anomalies().list(&filter).await?;
    let found = found.into_iter().filter(|one| rule.watches(&one.series));
    series.extend(found.map(|one| (one.series_key, one.series.clone())));
    Ok(series.into_iter().collect())
}

/// Every incident and every normal time of a source.
pub(crate) async fn labels(store: &Store, source: &SourceName) -> StoreResult<Vec<LabelRecord>> {
    let all = TimeRange {
        from_ms: 0,
        to_ms: i64::MAX,
    };
    let mut labels = store
        .labels()
        .list(all, Some(&source.0), None, MAX_LABELS)
        .await?;
    labels.retain(|label| label.kind != LabelKind::Exclude);
    Ok(labels)
}

/// Those that speak of any of the series.
pub(crate) fn speaking(
    mut labels: Vec<LabelRecord>,
    series: &[(SeriesKey, String)],
) -> Vec<LabelRecord> {
    labels.retain(|label| series.iter().any(|(key, text)| label.speaks_of(*key, text)));
    labels
}

/// What changes with each of them.
pub(crate) fn hash(labels: &[LabelRecord]) -> String {
    let parts = labels.iter().map(|label| {
        format!(
            "{} {} {} {} {:?}\n",
            label.id, label.version, label.start_ms, label.end_ms, label.kind
        )
    });
    hex(&digest128(&[parts.collect::<String>().as_bytes()]))
}

/// From a day before the first label until now, as far as anything is kept; a week where nothing is labelled.
pub(crate) fn range(
    app: &App,
    rule: &Rule,
    labels: &[LabelRecord],
    from_ms: Option<i64>,
) -> TimeRange {
    let step_ms = rule.step.ms();
    let to_ms = floor_to(app.clock.now_ms(), step_ms) + step_ms;
    let first_ms = labels.iter().map(|label| label.start_ms).min();
    let first_ms = first_ms.map_or(to_ms - 7 * DAY_MS, |first_ms| first_ms - DAY_MS);
    let oldest_ms = to_ms - app.config.store.retention.ms();
    let from_ms = from_ms.unwrap_or(first_ms).max(oldest_ms);
    TimeRange {
        from_ms: floor_to(from_ms.min(to_ms - DAY_MS), step_ms),
        to_ms,
    }
}

/// Whether any series that a label speaks of has a value in it.
pub(crate) fn is_seen(label: &LabelRecord, data: &Dataset, range: TimeRange) -> bool {
    let (from_ms, to_ms) = (
        label.start_ms.max(range.from_ms),
        label.end_ms.min(range.to_ms),
    );
    data.series.iter().any(|(key, series)| {
        label.speaks_of(*key, &series.labels.to_string())
            && series.values.iter().enumerate().any(|(index, value)| {
                let at_ms = series.start_ms + index as i64 * series.step_ms;
                at_ms >= from_ms && at_ms < to_ms && value.is_finite()
            })
    })
}

/// The labelled stretches of each series: in order, apart, and only within the range, as `hindcast backtest` has them.
pub(crate) fn spans(
    labels: &[LabelRecord],
    kind: LabelKind,
    data: &Dataset,
    range: TimeRange,
) -> Incidents {
    let of = |key: SeriesKey, text: &str| -> Vec<Range<i64>> {
        let own = labels
            .iter()
            .filter(|label| label.kind == kind && label.speaks_of(key, text));
        let clipped =
            own.map(|label| label.start_ms.max(range.from_ms)..label.end_ms.min(range.to_ms));
        merged(clipped.filter(|span| !span.is_empty()).collect())
    };
    data.series
        .iter()
        .map(|(key, series)| (*key, of(*key, &series.labels.to_string())))
        .collect()
}
