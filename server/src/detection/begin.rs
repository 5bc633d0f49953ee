//! How a rule begins to be folded: anew, after a restart, after a change, or after too long a stop.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hindcast_shared::anomaly::{AnomalyId, CloseReason};
use hindcast_shared::api::SourceKind;
use hindcast_shared::pipeline::{Actor, Evaluator, Transition, TransitionKind};
use hindcast_shared::rule::Rule;
use hindcast_shared::series::{Series, SeriesKey, last_final_ms};
use hindcast_shared::time::{TimeRange, ceil_to};

use super::fold::on_a_thread;
use super::{Detection, DetectionError, Fold, history};
use crate::schedule::{Timetable, until_final};
use crate::sources::demo;
use crate::store::{RuleState, StoredRule};

/// More than people can do to one rule's anomalies in a window.
pub(super) const MOST_COMMANDS: u32 = 100_000;

/// A rule at its beginning, with what is to be stored because of it.
pub(super) struct Beginning {
    /// The rule, folded up to its watermark.
    pub(super) fold: Fold,
    /// What is to be told about anomalies that are open in the store and not in the fold, or the other way round.
    pub(super) said: Vec<Transition>,
    /// Points between the last watermark and this one that were not evaluated aloud.
    pub(super) skipped: BTreeMap<SeriesKey, Series>,
}

/// From where a rule is folded aloud.
enum Start {
    /// It has no past: silently up to here, aloud from then on, beginning with what is going on here.
    New { until_ms: i64 },
    /// It was here before.
    Resume { state: RuleState },
    /// It was here before, but too long ago, or as another version: silently up to `until_ms`.
    Skip { after_ms: i64, until_ms: i64 },
    /// It has no past, and its source has one that is worth telling: aloud from here.
    BackFill { from_ms: i64 },
}

impl Detection {
    /// Builds a rule's evaluator so that the next thing to fold is what comes after its watermark.
    pub(super) async fn begin(
        &self,
        stored: &StoredRule,
        nominal_ms: i64,
    ) -> Result<Beginning, DetectionError> {
        let rule = Arc::new(stored.rule.clone());
        let timetable = Timetable::new(&rule.schedule)?;
        let state = self.store.rules().state(&rule.id).await?;
        let start = self.start(stored, state, &timetable, nominal_ms);
        let step_ms = rule.step.ms();
        // First and last instant of the silent fold.
        let (until_ms, resumed) = match &start {
            Start::New { until_ms } | Start::Skip { until_ms, .. } => (*until_ms, None),
            Start::Resume { state } => (state.watermark_ms, Some(state.pipeline_state.clone())),
            Start::BackFill { from_ms } => (*from_ms - step_ms, None),
        };
        let needed = TimeRange {
            from_ms: rule.needs_from_ms(until_ms),
            to_ms: until_ms + step_ms,
        };
        let data = history::load(Some(&self.store), &self.sources, &rule, needed).await?;
        let skipped = match start {
            Start::Skip { after_ms, until_ms } if stored.live_since_ms.is_some() => data
                .series
                .iter()
                .filter_map(|(key, series)| Some((*key, part(series, after_ms, until_ms)?)))
                .collect(),
            _ => BTreeMap::new(),
        };
        let ticks = timetable.ticks(until_final(&rule, needed));
        let accepted = TimeRange {
            to_ms: i64::MAX,
            ..needed
        };
        let journal = self.store.journal();
        let commands = journal
            .commands(accepted, Some(&rule.id), MOST_COMMANDS)
            .await?;
        let (folded, version, is_resumed) = (rule.clone(), stored.version, resumed.is_some());
        let evaluator = on_a_thread(move || {
            if let Some(bytes) = resumed {
                return Evaluator::restore(folded, version, &data, until_ms, &bytes, &ticks);
            }
            let mut evaluator = Evaluator::new(folded, version);
            evaluator.know(&commands);
            evaluator.warm_up(&data, until_ms, &ticks);
            evaluator
        })
        .await?;
        let mut said = self.closed_meanwhile(&rule, &evaluator, nominal_ms).await?;
        if !is_resumed {
            said.extend(self.opened_meanwhile(&evaluator).await?);
        }
        let fold = Fold {
            rule,
            version,
            timetable,
            evaluator,
        };
        Ok(Beginning {
            fold,
            said,
            skipped,
        })
    }

    fn start(
        &self,
        stored: &StoredRule,
        state: Option<RuleState>,
        timetable: &Timetable,
        nominal_ms: i64,
    ) -> Start {
        let rule = &stored.rule;
        let step_ms = rule.step.ms();
        let final_ms = last_final_ms(nominal_ms, rule.delay.ms(), step_ms);
        let Some(state) = state else {
            let demo = self.sources.kind(&rule.source) == Some(SourceKind::Demo);
            return if demo && stored.provisioned {
                let from_ms = ceil_to(final_ms - demo::HISTORY_MS, step_ms);
                Start::BackFill { from_ms }
            } else {
                Start::New { until_ms: final_ms }
            };
        };
        let oldest_ms = caught_up_from_ms(rule, timetable, nominal_ms);
        let after_ms = state.watermark_ms;
        if state.version != stored.version {
            // Another rule than before begins where it is saved, as a new one does.
            let until_ms = final_ms.max(after_ms);
            return Start::Skip { after_ms, until_ms };
        }
        if after_ms < oldest_ms {
            let until_ms = oldest_ms;
            return Start::Skip { after_ms, until_ms };
        }
        Start::Resume { state }
    }

    /// Opens the anomalies in whose middle the silent fold ended: a rule that is saved during an incident tells it
    /// with its first run.
    ///
    /// Their time is that of the tick that would have found them, so that a replay says the same; whether that is
    /// too long ago to wake anybody is for the pager to say.
    async fn opened_meanwhile(
        &self,
        evaluator: &Evaluator,
    ) -> Result<Vec<Transition>, DetectionError> {
        let mut said = Vec::new();
        for anomaly in evaluator.active() {
            if self.store.anomalies().get(anomaly.id).await?.is_none() {
                said.push(Transition {
                    at_ms: anomaly.detected_at_ms,
                    kind: TransitionKind::Opened,
                    actor: Actor::system(),
                    anomaly: anomaly.clone(),
                });
            }
        }
        said.sort_by(|a, b| a.order().cmp(&b.order()));
        Ok(said)
    }

    /// Ends the anomalies that are open in the store and that the fold does not know: nobody else would.
    async fn closed_meanwhile(
        &self,
        rule: &Rule,
        evaluator: &Evaluator,
        at_ms: i64,
    ) -> Result<Vec<Transition>, DetectionError> {
        let known: BTreeSet<AnomalyId> = evaluator.active().map(|anomaly| anomaly.id).collect();
        let open = self.store.anomalies().active(&rule.id).await?;
        Ok(open
            .into_iter()
            .filter(|anomaly| anomaly.kind.is_of_samples() && !known.contains(&anomaly.id))
            .map(|anomaly| {
                let reason = if anomaly.rule_version == evaluator.version() {
                    CloseReason::Recovered
                } else {
                    CloseReason::RuleGone
                };
                Transition::closed(anomaly, at_ms, reason)
            })
            .collect())
    }
}

/// The newest instant that is not made up for: ticks that were missed longer ago than the rule's `catch_up` are over.
pub(super) fn caught_up_from_ms(rule: &Rule, timetable: &Timetable, nominal_ms: i64) -> i64 {
    let missed_ms = timetable
        .last_until(nominal_ms - rule.schedule.catch_up().ms() - 1)
        .unwrap_or(i64::MIN / 2);
    last_final_ms(missed_ms, rule.delay.ms(), rule.step.ms())
}

/// The values in `(after_ms, until_ms]`, if there are any.
fn part(series: &Series, after_ms: i64, until_ms: i64) -> Option<Series> {
    let from_ms = (after_ms + series.step_ms).max(series.start_ms);
    let values = series.slice(from_ms, until_ms + series.step_ms);
    (!values.is_empty()).then(|| Series {
        labels: series.labels.clone(),
        unit: series.unit.clone(),
        start_ms: from_ms,
        step_ms: series.step_ms,
        values: values.to_vec(),
    })
}
