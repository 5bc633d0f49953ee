//! The scores of full models as series: what a model says is asked for, charted, ruled and replayed like any metric.
//!
//! A score of 1 is the p99 of the model's validation windows. It looks back and never ahead, and a question over any
//! range gives the same bits as one over any other.

use std::time::Instant;

use async_trait::async_trait;
use hindcast_shared::api::{ModelRecord, SourceKind};
use hindcast_shared::series::{Labels, Series};
use hindcast_shared::time::{Millis, TimeRange, floor_to};

use super::{Selector, Source, SourceError, Sources};
use crate::models::gather::{GatherError, gather};
use crate::models::registry::Registry;
use crate::models::{ModelError, SCORE, score, score_labels};

/// The live models of a registry, over the other sources.
pub(crate) struct ModelSource {
    registry: Registry,
    sources: Sources,
}

impl ModelSource {
    /// Scores what these sources have.
    pub(crate) fn new(registry: Registry, sources: Sources) -> Self {
        Self { registry, sources }
    }

    async fn scores_of(
        &self,
        model: &ModelRecord,
        selector: &Selector,
        range: TimeRange,
        step: Millis,
    ) -> Result<Vec<Series>, SourceError> {
        let ready = self.registry.live(&model.name).await.map_err(unavailable)?;
        let meters = self.registry.meters().clone();
        let metadata = &ready.metadata;
        let is_asked = |index| selector.matches(&score_labels(metadata, index));
        if !(0..metadata.inputs.series.len()).any(is_asked) {
            return Ok(Vec::new());
        }
        let (spec, own_ms) = (&metadata.spec, metadata.spec.step.ms());
        // A window, and what bridges a gap at its beginning; one step more where the grids differ.
        let before = i64::from(2 * spec.window_samples) + 1;
        let needed = TimeRange {
            from_ms: floor_to(range.from_ms - step.ms(), own_ms) - before * own_ms,
            to_ms: range.to_ms,
        };
        let material = gather(None, &self.sources, spec, needed).await;
        let material = material.map_err(|error| match error {
            GatherError::Source { error, .. } => error,
            other => unavailable(other),
        })?;
        let scoring = move || {
            let began = Instant::now();
            let scored = score(&ready, &material);
            let series = scored.iter().flatten();
            let values = series.flat_map(|series| &series.values);
            let windows = values.filter(|score| score.is_finite()).count();
            let name = &ready.metadata.spec.name;
            meters.scored(name, began.elapsed(), windows as u64);
            scored
        };
        let scored = tokio::task::spawn_blocking(scoring).await;
        let series = match scored.map_err(unavailable)? {
            Err(ModelError::UnknownSeries { .. }) => Vec::new(),
            other => other.map_err(unavailable)?,
        };
        let asked = series
            .into_iter()
            .filter(|one| selector.matches(&one.labels));
        Ok(asked
            .map(|one| on_grid(&one, range, step))
            .filter(|one| one.values.iter().any(|value| value.is_finite()))
            .collect())
    }
}

/// On the grid that is asked for: the last score in `(t - step, t]`.
fn on_grid(scores: &Series, range: TimeRange, step: Millis) -> Series {
    let mut series = Series::empty(scores.labels.clone(), "", range, step.ms());
    for (index, value) in scores.values.iter().enumerate() {
        if value.is_finite() {
            series.put_sample(scores.at_ms(index), *value);
        }
    }
    series
}

fn unavailable(error: impl std::fmt::Display) -> SourceError {
    SourceError::Unavailable {
        why: error.to_string(),
    }
}

/// What picks the scores of a model.
pub(crate) fn query_of(model: &str) -> String {
    Labels::named(SCORE, &[("model", model)]).to_string()
}

#[async_trait]
impl Source for ModelSource {
    fn kind(&self) -> SourceKind {
        SourceKind::Model
    }

    async fn fetch(
        &self,
        query: &str,
        range: TimeRange,
        step: Millis,
    ) -> Result<Vec<Series>, SourceError> {
        let selector = Selector::parse(query)?;
        let mut found = Vec::new();
        for model in self.registry.list().await.map_err(unavailable)? {
            if model.live_version.is_some() {
                let began = Instant::now();
                let scores = self.scores_of(&model, &selector, range, step).await;
                let meters = self.registry.meters();
                meters.answered(&model.name, began.elapsed(), scores.is_err());
                found.extend(scores?);
            }
        }
        Ok(found)
    }

    async fn suggestions(&self) -> Vec<String> {
        let models = self.registry.list().await.unwrap_or_default();
        let live = models.iter().filter(|model| model.live_version.is_some());
        live.map(|model| query_of(&model.name)).collect()
    }

    async fn warnings(&self, query: &str) -> Vec<String> {
        match self.registry.list().await {
            Ok(models) if models.iter().all(|model| model.live_version.is_none()) => {
                vec!["no model is live: train one, and promote it".to_owned()]
            }
            Ok(_) if !query.contains("model") => {
                vec![format!("scores are named {SCORE}{{model=\"…\"}}")]
            }
            _ => Vec::new(),
        }
    }
}
