//! From a specification to the series that it names, with what people said of them.

use hindcast_shared::api::{LabelKind, LabelRecord, ModelSpec};
use hindcast_shared::error::FieldError;
use hindcast_shared::glob;
use hindcast_shared::series::{Series, SeriesKey};
use hindcast_shared::time::TimeRange;

use super::ModelError;
use super::dataset::Material;
use super::inputs::look_back;
use crate::schedule::{offsets, zone};
use crate::sources::{SourceError, Sources};
use crate::store::{Store, StoreError, StoreResult};

/// More labels than anybody draws over one range.
const MOST_LABELS: u32 = 100_000;

/// Why the series could not be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GatherError {
    /// The specification is wrong.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The source.
    #[error("source `{name}`: {error}")]
    Source {
        /// Whom was asked.
        name: String,
        /// What it said.
        error: SourceError,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Fetches what a model is to learn, or to score, over a range.
pub(crate) async fn gather(
    store: Option<&Store>,
    sources: &Sources,
    spec: &ModelSpec,
    range: TimeRange,
) -> Result<Material, GatherError> {
    let zone = zone(&spec.time_zone)
        .map_err(|message| ModelError::Spec(FieldError::new("time_zone", message)))?;
    // Lags and features look back beyond the first window.
    let lag = spec.lags_samples.iter().max().copied().unwrap_or(0);
    let lag = i64::from(lag).max(look_back(spec));
    let asked = TimeRange {
        from_ms: range.from_ms - lag * spec.step.ms(),
        ..range
    };
    let fetched = sources.fetch(&spec.source, &spec.query, asked, spec.step);
    let mut series = fetched.await.map_err(|error| GatherError::Source {
        name: spec.source.to_string(),
        error,
    })?;
    if let Some(pattern) = &spec.series_pattern {
        series.retain(|series| glob::matches(pattern, &series.labels.to_string()));
    }
    series.sort_by_cached_key(|series| series.labels.to_string());
    let labels = match store {
        Some(store) => labels_of(store, spec, range).await?,
        None => Vec::new(),
    };
    let not_learned = [LabelKind::Incident, LabelKind::Exclude];
    let left_out = series
        .iter()
        .map(|series| labelled(spec, series, &labels, &not_learned));
    Ok(Material {
        left_out: left_out.collect(),
        offsets: offsets(&zone, range.from_ms, range.to_ms),
        series,
        range,
    })
}

/// What people said of a series.
#[derive(Debug, Clone, Default)]
pub(super) struct Said {
    /// Labelled incidents.
    pub(super) incidents: Vec<TimeRange>,
    /// What somebody took out.
    pub(super) excluded: Vec<TimeRange>,
}

/// What people said of each series of some material, in their order.
pub(super) async fn said(
    store: &Store,
    spec: &ModelSpec,
    material: &Material,
) -> StoreResult<Vec<Said>> {
    let labels = labels_of(store, spec, material.range).await?;
    let of = |series: &Series| Said {
        incidents: labelled(spec, series, &labels, &[LabelKind::Incident]),
        excluded: labelled(spec, series, &labels, &[LabelKind::Exclude]),
    };
    Ok(material.series.iter().map(of).collect())
}

async fn labels_of(
    store: &Store,
    spec: &ModelSpec,
    range: TimeRange,
) -> StoreResult<Vec<LabelRecord>> {
    let labels = store.labels();
    labels
        .list(range, Some(&spec.source.0), None, MOST_LABELS)
        .await
}

/// The labels of some kinds that speak of a series.
fn labelled(
    spec: &ModelSpec,
    series: &Series,
    labels: &[LabelRecord],
    kinds: &[LabelKind],
) -> Vec<TimeRange> {
    let (key, text) = (
        SeriesKey::new(&spec.source, &series.labels),
        series.labels.to_string(),
    );
    let speaks_of = |label: &&LabelRecord| {
        let by_pattern = label.pattern.as_ref();
        label.series_key == Some(key) || by_pattern.is_some_and(|it| glob::matches(it, &text))
    };
    labels
        .iter()
        .filter(|label| kinds.contains(&label.kind))
        .filter(speaks_of)
        .filter_map(|label| TimeRange::new(label.start_ms, label.end_ms))
        .collect()
}
