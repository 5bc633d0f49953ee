//! One run of one rule.

use std::collections::BTreeMap;

use hindcast_shared::api::{RuleRun, SampleEvent};
use hindcast_shared::pipeline::{Dataset, Transition, TransitionKind};
use hindcast_shared::rule::{Rule, RuleId};
use hindcast_shared::series::{Series, SeriesKey, last_final_ms};
use hindcast_shared::time::TimeRange;

use super::begin::caught_up_from_ms;
use super::fold::{self, Folded};
use super::paging::run_at;
use super::{Detection, DetectionError, Fold, PAGE_MAX_AGE_MS, history, watch};
use crate::calendar;
use crate::store::{Mode, Progress, StoreError, StoredRule, TickCommit};

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RunReport {
    /// Samples that were evaluated.
    pub(crate) samples: u64,
    /// Transitions that were stored.
    pub(crate) transitions: usize,
    /// Newest evaluated instant.
    pub(crate) watermark_ms: Option<i64>,
    /// Series that were seen.
    pub(crate) series: u32,
}

impl Detection {
    /// Runs a rule: what has become final since its watermark is fetched, folded and stored.
    ///
    /// A failure is logged and remembered here; the watermark stays where it was.
    #[tracing::instrument(name = "run", level = "debug", skip_all, fields(rule.id = %id, nominal_ms))]
    pub(crate) async fn tick(
        &self,
        id: &RuleId,
        nominal_ms: i64,
    ) -> Result<RunReport, DetectionError> {
        let slot = self.slot(id);
        let mut held = slot.lock().await;
        let started_ms = self.clock.now_ms();
        let Some(stored) = self.store.rules().get(id).await? else {
            return Ok(RunReport::default());
        };
        if !stored.rule.enabled {
            return Ok(RunReport::default());
        }
        let fold = held.take().filter(|fold| fold.version == stored.version);
        let outcome = self.run_once(&stored, fold, nominal_ms, started_ms).await;
        if let Err((_, DetectionError::Store(StoreError::StaleRule { .. }))) = &outcome {
            // Saved anew while this ran: the new version begins by itself, and nothing went wrong.
            return Ok(RunReport::default());
        }
        let duration_ms = self.clock.now_ms() - started_ms;
        self.instruments
            .run(id, nominal_ms, duration_ms, outcome.is_err());
        match outcome {
            Ok((fold, report)) => {
                if self.is_news(id, None) {
                    tracing::info!(rule.id = %id, "the rule runs again");
                }
                *held = Some(fold);
                // What fails here is tried again after the next run.
                let kept = self.watched(&stored, nominal_ms, watch::outcome(None), None);
                if let Err(error) = kept.await {
                    tracing::error!(rule.id = %id, %error, "a recovery could not be stored");
                }
                Ok(report)
            }
            Err((fold, error)) => {
                *held = fold;
                self.remember_failure(&stored, nominal_ms, duration_ms, &error)
                    .await;
                Err(error)
            }
        }
    }

    async fn remember_failure(
        &self,
        stored: &StoredRule,
        nominal_ms: i64,
        duration_ms: i64,
        error: &DetectionError,
    ) {
        let id = &stored.rule.id;
        if self.is_news(id, Some(&error.to_string())) {
            tracing::warn!(rule.id = %id, %error, "the rule could not be run");
        }
        let state = self.store.rules().state(id).await.ok().flatten();
        let run = RuleRun {
            at_ms: nominal_ms,
            watermark_ms: state.map(|state| state.watermark_ms),
            duration_ms,
            series: 0,
            error: Some(error.to_string()),
        };
        let outcome = watch::outcome(Some(error));
        let kept = self.watched(stored, nominal_ms, outcome, Some(run));
        if let Err(error) = kept.await {
            tracing::error!(rule.id = %id, %error, "the failure could not be stored");
        }
    }

    /// The run itself. On failure the evaluator comes back only where it has not moved.
    async fn run_once(
        &self,
        stored: &StoredRule,
        fold: Option<Fold>,
        nominal_ms: i64,
        started_ms: i64,
    ) -> Result<(Fold, RunReport), (Option<Fold>, DetectionError)> {
        let rule = &stored.rule;
        let final_ms = last_final_ms(nominal_ms, rule.delay.ms(), rule.step.ms());
        let (fold, mut transitions, mut points) = match fold {
            Some(fold) if !stopped_too_long(&fold, nominal_ms) => {
                (fold, Vec::new(), BTreeMap::new())
            }
            _ => {
                let beginning = self
                    .begin(stored, nominal_ms)
                    .await
                    .map_err(|error| (None, error))?;
                (beginning.fold, beginning.said, beginning.skipped)
            }
        };
        let watermark_ms = fold.evaluator.watermark_ms().unwrap_or(final_ms);
        let fresh = TimeRange::new(watermark_ms + rule.step.ms(), final_ms + rule.step.ms());
        let data = match fresh {
            None => Dataset::new(rule.step.ms()),
            Some(fresh) => match self.fetch(&fold, fresh).await {
                Ok((fetched, data)) => {
                    for (key, series) in fetched {
                        merge(&mut points, key, series);
                    }
                    data
                }
                Err(error) => return Err((Some(fold), error)),
            },
        };
        let ticks = fold.timetable.ticks(TimeRange {
            from_ms: watermark_ms,
            to_ms: nominal_ms,
        });
        let Fold {
            rule,
            version,
            timetable,
            evaluator,
        } = fold;
        let folded = fold::advance(evaluator, data, final_ms, ticks)
            .await
            .map_err(|error| (None, error))?;
        transitions.extend(without_late_growth(&folded.transitions, nominal_ms));
        let report = self
            .store_run(
                &rule,
                version,
                nominal_ms,
                started_ms,
                stored.live_since_ms.is_some(),
                transitions,
                points,
                &folded,
            )
            .await
            .map_err(|error| (None, error))?;
        self.tell(&rule, &folded);
        let fold = Fold {
            rule,
            version,
            timetable,
            evaluator: folded.evaluator,
        };
        Ok((fold, report))
    }

    /// The new samples, and the dataset to fold them with: more than them only where a fit boundary is crossed.
    async fn fetch(
        &self,
        fold: &Fold,
        fresh: TimeRange,
    ) -> Result<(Vec<(SeriesKey, Series)>, Dataset), DetectionError> {
        let rule = &fold.rule;
        let step_ms = rule.step.ms();
        let fetched = history::ask(&self.sources, rule, fresh).await?;
        let (evaluator, last_ms) = (&fold.evaluator, fresh.to_ms - step_ms);
        let boundary_ms = evaluator.fit_boundary_ms(fresh.from_ms - step_ms);
        let mut past_ms = fresh.from_ms;
        let mut data = if evaluator.fit_boundary_ms(last_ms) == boundary_ms {
            history::empty(rule, fresh)
        } else {
            let past = TimeRange {
                from_ms: boundary_ms + rule.fit_every.ms() - rule.window.ms(),
                to_ms: fresh.from_ms,
            };
            let needed = TimeRange {
                to_ms: fresh.to_ms,
                ..past
            };
            past_ms = past.from_ms;
            let mut data = history::load(Some(&self.store), &self.sources, rule, past).await?;
            data.offsets = history::empty(rule, needed).offsets;
            data
        };
        for (key, series) in &fetched {
            data.insert(*key, series.clone());
        }
        history::exclude(&self.store, &rule.source, fresh, &mut data).await?;
        let needed = TimeRange {
            from_ms: past_ms,
            to_ms: fresh.to_ms,
        };
        data.calendars = calendar::tables(&self.store, rule, needed).await?;
        Ok((fetched, data))
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "everything that one transaction takes, called from one place beside it"
    )]
    async fn store_run(
        &self,
        rule: &Rule,
        version: u32,
        nominal_ms: i64,
        started_ms: i64,
        was_live: bool,
        transitions: Vec<Transition>,
        points: BTreeMap<SeriesKey, Series>,
        folded: &Folded,
    ) -> Result<RunReport, DetectionError> {
        let watermark_ms = folded.evaluator.watermark_ms();
        let report = RunReport {
            samples: folded.samples,
            transitions: transitions.len(),
            watermark_ms,
            series: folded.evaluator.series().count() as u32,
        };
        // Held until the pages are stored: the memory of what was sent must not run ahead of the store.
        let calendars = self.calendars_at(rule, nominal_ms).await?;
        let run = run_at(rule, &calendars, true, nominal_ms);
        let mut deciding = self.deciding_on(run, &transitions).await;
        // The history that a new rule brings with it is no news.
        if let (Some(deciding), true) = (&mut deciding, was_live) {
            deciding.catch_up(run, &transitions);
        }
        let recorded_at_ms = deciding
            .as_ref()
            .map_or_else(|| self.clock.now_ms(), |deciding| deciding.recorded_at_ms);
        let (pages, memory) = deciding.as_mut().map_or_else(Default::default, |deciding| {
            let memory = std::mem::take(&mut deciding.memory);
            (std::mem::take(&mut deciding.pages), memory)
        });
        self.instruments.found(&transitions);
        let commit = TickCommit {
            rule_id: rule.id.clone(),
            version,
            source: rule.source.clone(),
            recorded_at_ms,
            progress: watermark_ms.map(|watermark_ms| Progress {
                watermark_ms,
                pipeline_state: folded.evaluator.pipeline_state(),
            }),
            points,
            transitions,
            pages,
            memory,
            run: Some(RuleRun {
                at_ms: nominal_ms,
                watermark_ms,
                duration_ms: recorded_at_ms - started_ms,
                series: report.series,
                error: None,
            }),
            mode: Mode::Live,
        };
        self.store.commit_tick(commit).await?;
        if let Some(deciding) = deciding {
            self.decided(deciding);
        }
        Ok(report)
    }

    /// Tells whoever listens what was evaluated; it is stored by now.
    fn tell(&self, rule: &Rule, folded: &Folded) {
        let texts: BTreeMap<SeriesKey, &str> = folded.evaluator.series().collect();
        self.instruments.scores(&rule.id, &folded.points, |point| {
            texts.get(&point.series_key).copied()
        });
        if let (Some(hub), false) = (&self.hub, folded.points.is_empty()) {
            hub.publish_samples(SampleEvent {
                rule_id: rule.id.clone(),
                points: folded.points.clone(),
            });
        }
    }
}

/// Whether so much was missed (the source was away) that only the newest part is to be made up for.
fn stopped_too_long(fold: &Fold, nominal_ms: i64) -> bool {
    let oldest_ms = caught_up_from_ms(&fold.rule, &fold.timetable, nominal_ms);
    fold.evaluator
        .watermark_ms()
        .is_none_or(|watermark_ms| watermark_ms < oldest_ms)
}

/// Growth that is over when it is found tells nothing that the next transition does not tell again.
fn without_late_growth(
    transitions: &[Transition],
    nominal_ms: i64,
) -> impl Iterator<Item = Transition> {
    transitions
        .iter()
        .filter(move |transition| {
            transition.kind != TransitionKind::Extended
                || nominal_ms - transition.at_ms <= PAGE_MAX_AGE_MS
        })
        .cloned()
}

/// Adds new points behind those that are there.
fn merge(points: &mut BTreeMap<SeriesKey, Series>, key: SeriesKey, series: Series) {
    let mut joined = Dataset::new(series.step_ms);
    if let Some(before) = points.remove(&key) {
        joined.insert(key, before);
    }
    joined.insert(key, series);
    points.extend(joined.series);
}
