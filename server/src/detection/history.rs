//! The samples that a rule saw, or would have seen: stored points where it was live, the source elsewhere.
//!
//! Every fold over the past reads here: the warm-up, the restart, the fit boundaries, the Lab and `backtest`.

use hindcast_shared::pipeline::Dataset;
use hindcast_shared::rule::Rule;
use hindcast_shared::series::{Series, SeriesKey, SourceName};
use hindcast_shared::time::{TimeRange, ceil_to};

use super::DetectionError;
use crate::calendar;
use crate::schedule::{offsets, zone};
use crate::sources::Sources;
use crate::store::Store;

/// Where a rule's points are stored as seen: from the first live one up to the watermark, both inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Live {
    /// First instant.
    pub(crate) since_ms: i64,
    /// Newest evaluated instant.
    pub(crate) until_ms: i64,
}

/// Where a rule was live, if it ever was.
pub(crate) async fn live(store: &Store, rule: &Rule) -> Result<Option<Live>, DetectionError> {
    let Some(stored) = store.rules().get(&rule.id).await? else {
        return Ok(None);
    };
    let same = (&stored.rule.source, &stored.rule.query, stored.rule.step)
        == (&rule.source, &rule.query, rule.step);
    let (Some(since_ms), true) = (stored.live_since_ms, same) else {
        return Ok(None);
    };
    let state = store.rules().state(&rule.id).await?;
    Ok(state.map(|state| Live {
        since_ms,
        until_ms: state.watermark_ms,
    }))
}

/// The samples of a rule in a range.
pub(crate) async fn load(
    store: Option<&Store>,
    sources: &Sources,
    rule: &Rule,
    range: TimeRange,
) -> Result<Dataset, DetectionError> {
    let live = match store {
        Some(store) => live(store, rule).await?,
        None => None,
    };
    let mut data = empty(rule, range);
    let stored = live.and_then(|live| {
        // What lies outside is empty or runs backwards, and is no range.
        let from_ms = range.from_ms.max(live.since_ms);
        TimeRange::new(from_ms, range.to_ms.min(live.until_ms + rule.step.ms()))
    });
    let parts = match stored {
        None => [TimeRange::new(range.from_ms, range.to_ms), None],
        Some(stored) => [
            TimeRange::new(range.from_ms, stored.from_ms),
            TimeRange::new(stored.to_ms, range.to_ms),
        ],
    };
    for part in parts.into_iter().flatten() {
        for (key, series) in ask(sources, rule, part).await? {
            data.insert(key, series);
        }
    }
    if let (Some(stored), Some(store)) = (stored, store) {
        let points = store.points(&rule.id, rule.step.ms(), stored).await?;
        // The pattern may be narrower than it was then.
        for (key, series) in points {
            if rule.watches(&series.labels.to_string()) {
                data.insert(key, series);
            }
        }
    }
    if let Some(store) = store {
        exclude(store, &rule.source, range, &mut data).await?;
        data.calendars = calendar::tables(store, rule, range).await?;
    }
    Ok(data)
}

/// Marks what people took out of the series of a dataset: nothing learns from it, and nothing fires in it.
pub(crate) async fn exclude(
    store: &Store,
    source: &SourceName,
    range: TimeRange,
    data: &mut Dataset,
) -> Result<(), DetectionError> {
    for taken_out in store.labels().exclusions(source, range).await? {
        let named = data
            .series
            .iter()
            .filter(|(key, series)| taken_out.speaks_of(**key, &series.labels));
        for (key, _) in named {
            let ranges = data.excluded.get_or_default(*key);
            ranges.push(taken_out.range);
        }
    }
    Ok(())
}

/// No samples yet, on a rule's grid and under its wall clock.
pub(super) fn empty(rule: &Rule, range: TimeRange) -> Dataset {
    let mut data = Dataset::new(rule.step.ms());
    // A rule that is stored has a zone that was known; one that has vanished since is not worth a failure.
    if let Ok(zone) = zone(&rule.time_zone) {
        data.offsets = offsets(&zone, range.from_ms, range.to_ms);
    }
    data
}

/// What the source has of a rule's series in a range.
pub(super) async fn ask(
    sources: &Sources,
    rule: &Rule,
    range: TimeRange,
) -> Result<Vec<(SeriesKey, Series)>, DetectionError> {
    let first_ms = ceil_to(range.from_ms, rule.step.ms());
    if first_ms >= range.to_ms {
        return Ok(Vec::new());
    }
    let found = sources
        .fetch(&rule.source, &rule.query, range, rule.step)
        .await?;
    Ok(found
        .into_iter()
        .filter(|series| rule.watches(&series.labels.to_string()))
        .map(|mut series| {
            if series.unit.is_empty() {
                series.unit.clone_from(&rule.unit);
            }
            (SeriesKey::new(&rule.source, &series.labels), series)
        })
        .collect())
}
