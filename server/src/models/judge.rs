//! How well versions do on labelled history: figures of one, two against each other, and the regular look at the one
//! that scores. It fetches and scores; `figures`, `trial` and `drift` decide.

use std::collections::BTreeMap;
use std::sync::Arc;

use hindcast_shared::api::{
    DriftTest, ModelCheck, ModelFigures, ModelLayout, ModelSpec, ModelTrial,
};
use hindcast_shared::detector::{DetectorKind, DetectorSpec};
use hindcast_shared::evaluate::scoring::{self, Job, Mode};
use hindcast_shared::rule::Direction;
use hindcast_shared::series::{Labels, Series};
use hindcast_shared::time::TimeRange;

use super::artifact::Ready;
use super::column_drift::column_drift;
use super::dataset::Material;
use super::drift::drift;
use super::figures::{Scored, figures};
use super::gather::{GatherError, Said, gather, said};
use super::trial::{finds_less, trial};
use super::{ModelError, inputs, score, score_labels};
use crate::sources::Sources;
use crate::store::Store;

/// Series of a model with which the detector `auto` is compared; of a model with more there is no comparison.
const MOST_COMPARED: usize = 20;

/// Judges versions by what people labelled.
#[derive(Clone)]
pub(crate) struct Judge {
    store: Store,
    sources: Arc<Sources>,
}

/// A version's scores over a range, with what they are made of and what people said.
struct Look {
    ready: Arc<Ready>,
    material: Material,
    scored: Vec<Scored>,
}

impl Judge {
    /// By the labels of a store.
    pub(crate) fn new(store: Store, sources: Arc<Sources>) -> Self {
        Self { store, sources }
    }

    /// Holds a new version against the one that scores, over a range.
    ///
    /// # Errors
    /// The new one cannot be asked. That the other cannot is a verdict.
    pub(crate) async fn trial(
        &self,
        champion: Arc<Ready>,
        challenger: Arc<Ready>,
        range: TimeRange,
    ) -> Result<ModelTrial, GatherError> {
        let against = champion.metadata.version;
        let challenger = self.figures(challenger, range).await?;
        let champion = match self.figures(champion, range).await {
            Ok(figures) => Some(figures),
            Err(error) => {
                tracing::warn!(%error, version = against, "the version that scores cannot be judged");
                None
            }
        };
        Ok(trial(against, champion, challenger))
    }

    /// Looks at a version over its history up to now.
    pub(crate) async fn check(
        &self,
        ready: Arc<Ready>,
        now_ms: i64,
    ) -> Result<ModelCheck, GatherError> {
        let (spec, data) = (&ready.metadata.spec, &ready.metadata.data);
        let history_ms = spec.history.ms();
        // From where nothing was learned any more, so that drift has something to begin with.
        let from_ms = data.split_ms.min(now_ms - history_ms);
        let range = TimeRange {
            from_ms: from_ms.max(now_ms - 2 * history_ms),
            to_ms: now_ms,
        };
        let look = self.look(ready, range).await?;
        on_a_thread(move || look.check(now_ms)).await
    }

    async fn figures(
        &self,
        ready: Arc<Ready>,
        range: TimeRange,
    ) -> Result<ModelFigures, GatherError> {
        let look = self.look(ready, range).await?;
        Ok(look.figures(&look.scored))
    }

    async fn look(&self, ready: Arc<Ready>, range: TimeRange) -> Result<Look, GatherError> {
        let spec = ready.metadata.spec.clone();
        let material = gather(None, &self.sources, &spec, range).await?;
        let said = said(&self.store, &spec, &material).await?;
        let scored = on_a_thread(move || {
            let scored = scored(&ready, &material, &said)?;
            Ok::<_, ModelError>(Look {
                ready,
                material,
                scored,
            })
        });
        Ok(scored.await??)
    }
}

impl std::fmt::Debug for Judge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Judge").finish_non_exhaustive()
    }
}

impl Look {
    fn spec(&self) -> &ModelSpec {
        &self.ready.metadata.spec
    }

    fn figures(&self, scored: &[Scored]) -> ModelFigures {
        let window_ms = i64::from(self.spec().window_samples) * self.spec().step.ms();
        figures(scored, self.material.range, window_ms)
    }

    fn check(&self, at_ms: i64) -> ModelCheck {
        let (metadata, spec) = (&self.ready.metadata, self.spec());
        let figures = self.figures(&self.scored);
        let auto = self.auto().map(|scored| self.figures(&scored));
        let scores: Vec<Series> = self.scored.iter().map(|one| one.scores.clone()).collect();
        let p95 = metadata.thresholds.p95 / metadata.thresholds.p99;
        let window = spec.window_samples as usize;
        let test = spec.retrain.drift.unwrap_or(DriftTest::Adwin);
        let material = &self.material;
        let frames = inputs::frames(
            spec,
            &metadata.inputs,
            &material.series,
            material.range,
            &material.offsets,
        );
        // The calendar goes round, and says nothing of the world.
        let mut columns = metadata.inputs.columns.clone();
        if spec.calendar {
            columns.truncate(columns.len() - inputs::CALENDAR);
        }
        ModelCheck {
            version: metadata.version,
            at_ms,
            finds_less_than_auto: auto.as_ref().is_some_and(|auto| finds_less(&figures, auto)),
            figures,
            auto,
            drift: drift(&scores, test, p95, window, metadata.data.to_ms),
            column_drift: column_drift(
                &frames,
                &columns,
                spec.retrain.column_drift.unwrap_or(DriftTest::Adwin),
                window,
                metadata.data.to_ms,
            ),
        }
    }

    /// What the detector `auto` says of the same windows, learned on the first quarter.
    fn auto(&self) -> Option<Vec<Scored>> {
        let series = &self.material.series;
        let kind = DetectorKind::Auto;
        let decision = scoring::decide(kind, None, Direction::Both)?;
        if series.len() > MOST_COMPARED {
            return None;
        }
        let spec = DetectorSpec::new(kind);
        let of = |series: &Series| {
            let job = Job {
                spec: &spec,
                decision: &decision,
                learn_from_anomalies: false,
                values: &series.values,
                train_rows: series.values.len() / 4,
                start_ms: series.start_ms,
                step_ms: series.step_ms,
                merge_gap_ms: 0,
                offsets: &self.material.offsets,
                seed: self.spec().seed,
            };
            let values = scoring::score(&job, Mode::Causal).ok()?.score;
            Some(Series {
                values,
                ..series.clone()
            })
        };
        let own: Vec<Series> = series.iter().filter_map(of).collect();
        let metadata = &self.ready.metadata;
        let known = metadata.inputs.series.iter().enumerate();
        let names: BTreeMap<String, Labels> = known
            .map(|(index, one)| (one.series.clone(), score_labels(metadata, index)))
            .collect();
        let told = |scored: &Scored| {
            let of_it = |series: &&Series| match self.spec().layout {
                // The whole is as odd as its oddest part.
                ModelLayout::Joint => true,
                ModelLayout::Each => {
                    names.get(&series.labels.to_string()) == Some(&scored.scores.labels)
                }
            };
            let own: Vec<&Series> = own.iter().filter(of_it).collect();
            let value = |(index, score): (usize, &f64)| {
                let at_ms = scored.scores.at_ms(index);
                let all = own.iter().map(|series| series.value_at(at_ms));
                // The same windows are judged of both.
                if score.is_finite() {
                    all.fold(0.0, f64::max)
                } else {
                    f64::NAN
                }
            };
            let values = scored.scores.values.iter().enumerate().map(value).collect();
            Scored {
                scores: Series {
                    values,
                    ..scored.scores.clone()
                },
                ..scored.clone()
            }
        };
        Some(self.scored.iter().map(told).collect())
    }
}

/// The scores of all that a version knows, with what people said of it.
fn scored(ready: &Ready, material: &Material, said: &[Said]) -> Result<Vec<Scored>, ModelError> {
    let by_name: BTreeMap<String, &Said> = material
        .series
        .iter()
        .map(|series| series.labels.to_string())
        .zip(said)
        .collect();
    let known = &ready.metadata.inputs.series;
    let mut by_scores: BTreeMap<Labels, Vec<&Said>> = BTreeMap::new();
    for (index, one) in known.iter().enumerate() {
        let labels = score_labels(&ready.metadata, index);
        let said = by_name.get(&one.series).copied();
        by_scores.entry(labels).or_default().extend(said);
    }
    let scores = score(ready, material)?.into_iter();
    Ok(scores
        .map(|scores| {
            let said = by_scores.remove(&scores.labels).unwrap_or_default();
            let all = |of: fn(&Said) -> &[TimeRange]| -> Vec<TimeRange> {
                said.iter().flat_map(|said| of(said)).copied().collect()
            };
            Scored {
                incidents: all(|said| &said.incidents),
                excluded: all(|said| &said.excluded),
                scores,
            }
        })
        .collect())
}

async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, GatherError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| ModelError::Cancelled.into())
}
