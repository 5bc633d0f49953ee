//! A change of a rule that would have dropped the false alarms: worked out over all labels, kept until it is applied.
//!
//! Works when it is its turn ([`Turns`]). What is kept is what was replayed: nobody can apply a change without its evidence.

mod diff;

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hindcast_shared::api::{
    LabelKind, Suggestion, SuggestionCase, SuggestionSaid, SuggestionState,
};
use hindcast_shared::hash::hex;
use hindcast_shared::pipeline::Dataset;
use hindcast_shared::replay::needs_from_ms;
use hindcast_shared::rule::{Rule, RuleDraft, RuleId};
use hindcast_shared::series::{SeriesKey, SourceName};
use hindcast_shared::study::{Cannot, Incidents, Proposal, Said, Scene, suggest};
use hindcast_shared::time::TimeRange;

use self::diff::{changes, lab};
use crate::detection::{Meanwhile, history};
use crate::error::{ApiError, ApiResult};
use crate::schedule;
use crate::state::App;
use crate::store::{Store, StoredRule};
use crate::study::labels::{hash, is_seen, labels, range, series_of, spans, speaking};
use crate::study::{MOST_COMMANDS, Turns};

/// Suggestions that wait to be applied.
const KEPT: usize = 64;

/// Anomalies that an answer lists.
const MAX_CASES: usize = 1_000;

/// Suggestions that can be applied.
#[derive(Debug, Default)]
pub(crate) struct Suggestions {
    kept: Mutex<VecDeque<Kept>>,
}

/// A change that was replayed.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    id: String,
    /// The rule as it would be saved.
    pub(crate) rule: Rule,
    /// The version that it was worked out from.
    pub(crate) version: u32,
    labels: Spoken,
}

/// Which labels speak of a rule, and what they are.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Spoken {
    source: SourceName,
    series: Vec<(SeriesKey, String)>,
    hash: String,
}

impl Suggestions {
    /// A change of a rule by its id.
    pub(crate) fn find(&self, rule: &RuleId, id: &str) -> Option<Kept> {
        let kept = self.kept();
        let found = kept.iter().find(|one| one.id == id && one.rule.id == *rule);
        found.cloned()
    }

    /// It has been applied, or never can be.
    pub(crate) fn forget(&self, id: &str) {
        self.kept().retain(|one| one.id != id);
    }

    fn keep(&self, one: Kept) {
        let mut kept = self.kept();
        kept.push_back(one);
        while kept.len() > KEPT {
            kept.pop_front();
        }
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Whether the labels are still those that it was replayed over.
    pub(crate) async fn still_holds(&self, store: &Store) -> ApiResult<bool> {
        let labels = labels(store, &self.labels.source).await?;
        let spoken = speaking(labels, &self.labels.series);
        Ok(hash(&spoken) == self.labels.hash)
    }
}

/// What is replayed.
struct Stage {
    rule: Rule,
    range: TimeRange,
    data: Dataset,
    meanwhile: Meanwhile,
    incidents: Incidents,
    normal: Incidents,
}

/// Works a suggestion out; whoever drops this stops it.
pub(crate) async fn work_out(
    app: &App,
    stored: StoredRule,
    from_ms: Option<i64>,
) -> ApiResult<Suggestion> {
    let suggestions = &app.feedback.suggestions;
    let rule = stored.rule.clone();
    let series = series_of(app, &rule).await?;
    let labels = speaking(labels(&app.store, &rule.source).await?, &series);
    let range = range(app, &rule, &labels, from_ms);
    let needed = TimeRange {
        from_ms: needs_from_ms(&rule, range.from_ms),
        ..range
    };
    let data = history::load(Some(&app.store), &app.sources, &rule, needed).await?;
    let unseen = labels.iter().filter(|one| !is_seen(one, &data, range));
    let mut told = Suggestion {
        id: None,
        rule_id: rule.id.clone(),
        rule_version: stored.version,
        provisioned: stored.provisioned,
        state: SuggestionState::NoTime,
        is_complete: false,
        range,
        labels: labels.len() as u32,
        labels_unseen: unseen.count() as u32,
        labels_hash: hash(&labels),
        before: hindcast_shared::study::Outcome::default(),
        after: None,
        rule: None,
        lab: None,
        changes: Vec::new(),
        cases: Vec::new(),
        tried: 0,
    };
    let stage = Stage {
        meanwhile: Meanwhile::load(&app.store, &rule, needed, MOST_COMMANDS).await?,
        incidents: spans(&labels, LabelKind::Incident, &data, range),
        normal: spans(&labels, LabelKind::Normal, &data, range),
        rule: rule.clone(),
        range,
        data,
    };
    let spoken = Spoken {
        source: rule.source.clone(),
        series,
        hash: told.labels_hash.clone(),
    };
    match searched(app, stage).await? {
        Ok(proposal) => {
            fill(&mut told, &rule, proposal, |changed| {
                let kept = Kept {
                    id: random_id()?,
                    rule: changed.clone(),
                    version: stored.version,
                    labels: spoken,
                };
                let id = kept.id.clone();
                suggestions.keep(kept);
                Ok(id)
            })?;
        }
        Err(Cannot::NoTime) => {}
        Err(cannot) => {
            let message = cannot.to_string();
            return Err(ApiError::conflict("cannot_suggest", message));
        }
    }
    Ok(told)
}

/// The search itself, on a thread of its own.
async fn searched(app: &App, stage: Stage) -> ApiResult<Result<Proposal, Cannot>> {
    let needed = TimeRange {
        from_ms: needs_from_ms(&stage.rule, stage.range.from_ms),
        ..stage.range
    };
    let ticks = schedule::ticks(&stage.rule, needed)?;
    Turns::take(app, move |patience| {
        let scene = Scene {
            data: &stage.data,
            range: stage.range,
            ticks: &ticks,
            people: stage.meanwhile.people(),
            incidents: &stage.incidents,
            required: None,
            normal: Some(&stage.normal),
            patience,
        };
        suggest(scene, &stage.rule)
    })
    .await
}

/// Writes what was found into the answer; `keep` gives a change the id by which it is applied.
fn fill(
    told: &mut Suggestion,
    rule: &Rule,
    proposal: Proposal,
    keep: impl FnOnce(&Rule) -> ApiResult<String>,
) -> ApiResult<()> {
    told.before = proposal.before;
    told.is_complete = proposal.is_complete;
    told.tried = proposal.tried;
    told.state = match &proposal.best {
        _ if proposal.before.labelled_false_alarms == 0 => SuggestionState::NothingToDrop,
        Some(best) if best.after.labelled_false_alarms == 0 => SuggestionState::Helps,
        Some(_) => SuggestionState::HelpsSome,
        None if proposal.is_complete => SuggestionState::NoChangeHelps,
        None => SuggestionState::NoTime,
    };
    let left = proposal.best.as_ref().map(|best| &best.fired);
    let cases = proposal.fired.iter().take(MAX_CASES).map(|(fired, said)| {
        let anomaly = &fired.anomaly;
        let same = |other: &hindcast_shared::anomaly::Anomaly| {
            other.series_key == anomaly.series_key
                && other.start_ms <= anomaly.end_ms
                && anomaly.start_ms <= other.end_ms
        };
        SuggestionCase {
            anomaly_id: anomaly.id.to_string(),
            series: anomaly.series.clone(),
            start_ms: anomaly.start_ms,
            end_ms: anomaly.end_ms,
            said: match said {
                Said::Incident => SuggestionSaid::Incident,
                Said::FalseAlarm => SuggestionSaid::FalseAlarm,
                Said::Nothing => SuggestionSaid::Nothing,
            },
            kept: left.is_none_or(|left| left.iter().any(|other| same(&other.anomaly))),
        }
    });
    told.cases = cases.collect();
    if let Some(best) = proposal.best {
        told.id = Some(keep(&best.rule)?);
        let draft = RuleDraft::from(best.rule);
        let before = RuleDraft::from(rule.clone());
        told.changes = changes(&before, &draft)?;
        told.lab = Some(lab(&rule.id, told.range, &before, &draft)?);
        told.after = Some(best.after);
        told.rule = Some(draft);
    }
    Ok(())
}

fn random_id() -> ApiResult<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| ApiError::internal(anyhow::anyhow!("no entropy: {error}")))?;
    Ok(hex(&bytes))
}
