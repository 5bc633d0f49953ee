//! Feedback: what people say of an anomaly, what follows from it, and the change of a rule that it suggests.
//!
//! One answer an anomaly is in force. It becomes a label of the series (`store::feedback`, one transaction), and
//! then it closes or reopens the anomaly through the one fold that every deed takes. A person who is signed in may
//! change an answer at any time; a link says one thing once, never over somebody's head, and may take its own word
//! back for ten minutes. Knows nothing of pages and messages: `routes::feedback` and `notify` do.

pub(crate) mod link;
mod page;
pub(crate) mod suggest;
mod words;

pub(crate) use self::link::{Link, Shut};
pub(crate) use self::page::{Notice, PAGE_STYLE, Shown, page};

use std::sync::Arc;

use hindcast_shared::anomaly::{Anomaly, AnomalyId, AnomalyKind, Status};
use hindcast_shared::api::{FeedbackAnswer, FeedbackRecord, LabelDraft, LabelKind};
use hindcast_shared::pipeline::{Action, Actor};
use hindcast_shared::time::{Clock, MINUTE_MS};

use self::suggest::Suggestions;
use crate::detection::CommandError;
use crate::error::{ApiError, ApiResult};
use crate::state::App;
use crate::store::{NewFeedback, Store, StoreResult, StoredFeedback};

/// How long a link can take its own word back.
pub(crate) const UNDO_MS: i64 = 10 * MINUTE_MS;

/// What feedback needs beside the store.
pub(crate) struct Feedback {
    /// Links live by the real time, whatever the clock of the data does.
    pub(crate) clock: Arc<dyn Clock>,
    /// Suggestions that can be applied.
    pub(crate) suggestions: Suggestions,
}

impl Feedback {
    /// With the real clock.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            suggestions: Suggestions::default(),
        }
    }
}

/// Who says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By<'a> {
    /// Somebody who is signed in.
    Person(&'a str),
    /// Whoever used the link of a route's message.
    Link(&'a str),
}

impl By<'_> {
    fn actor(self) -> String {
        match self {
            Self::Person(name) => name.to_owned(),
            Self::Link(route) => format!("feedback by link via {route}"),
        }
    }
}

/// What became of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Given {
    /// It is in force.
    Taken(FeedbackRecord),
    /// Another one is, and keeps its place.
    Already(FeedbackRecord),
    /// Somebody has judged the anomaly in the app, and a link does not overrule them.
    Judged(Status),
}

/// The secret of the links.
pub(crate) async fn link_key(store: &Store) -> ApiResult<String> {
    Ok(store.feedback().key(fresh()?).await?)
}

/// Makes every link void that was given out.
pub(crate) async fn revoke_links(app: &App, actor: &str) -> ApiResult<()> {
    let now_ms = app.clock.now_ms();
    Ok(app.store.feedback().rotate(fresh()?, actor, now_ms).await?)
}

fn fresh() -> ApiResult<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| ApiError::internal(anyhow::anyhow!("no entropy: {error}")))?;
    Ok(bytes)
}

/// The answer that is in force.
pub(crate) async fn current(store: &Store, id: AnomalyId) -> StoreResult<Option<StoredFeedback>> {
    let all = store.feedback().of(id).await?;
    Ok(all
        .into_iter()
        .find(|one| one.record.taken_back_at_ms.is_none()))
}

/// Takes an answer in: keeps it, labels the series, and deals with the anomaly.
pub(crate) async fn give(
    app: &App,
    id: AnomalyId,
    answer: FeedbackAnswer,
    by: By<'_>,
) -> ApiResult<Given> {
    let unknown = || ApiError::not_found("unknown_anomaly", format!("there is no anomaly `{id}`"));
    let stored = app.store.anomalies().get(id).await?;
    let anomaly = stored.ok_or_else(unknown)?.anomaly;
    let current = current(&app.store, id).await?;
    if let By::Link(_) = by {
        if let Some(current) = current {
            return Ok(Given::Already(current.record));
        }
        if matches!(anomaly.status, Status::FalseAlarm | Status::Expected) {
            return Ok(Given::Judged(anomaly.status));
        }
    } else if let Some(same) = current.filter(|one| one.record.answer == answer) {
        return Ok(Given::Taken(same.record));
    }
    let (actor, at_ms) = (by.actor(), app.clock.now_ms());
    let new = NewFeedback {
        label: label(&app.store, &anomaly, answer).await?,
        anomaly: &anomaly,
        answer,
        actor: &actor,
        route: match by {
            By::Person(_) => None,
            By::Link(route) => Some(route),
        },
        at_ms,
        replace: matches!(by, By::Person(_)),
    };
    match app.store.feedback().give(new).await? {
        Ok(record) => {
            settle(app, &record).await?;
            Ok(Given::Taken(record))
        }
        Err(current) => Ok(Given::Already(current)),
    }
}

/// Takes back what is in force: the label goes, and the anomaly returns to what it was. A link takes back only what
/// was said by it, for ten minutes.
pub(crate) async fn take_back(app: &App, id: AnomalyId, by: By<'_>) -> ApiResult<bool> {
    let Some(current) = current(&app.store, id).await? else {
        return Ok(false);
    };
    let now_ms = app.clock.now_ms();
    if let By::Link(route) = by
        && !can_undo(&current.record, route, now_ms)
    {
        return Ok(false);
    }
    let actor = by.actor();
    if current.judged {
        undo(app, id, &actor).await?;
    }
    let id_of = current.record.id;
    let feedback = app.store.feedback();
    Ok(feedback.take_back(id, id_of, &actor, now_ms).await?)
}

/// Whether a route's link may still take an answer back.
pub(crate) fn can_undo(record: &FeedbackRecord, route: &str, now_ms: i64) -> bool {
    record.route.as_deref() == Some(route) && now_ms - record.at_ms < UNDO_MS
}

/// Somebody took the judgement itself back: what was said goes with it, or the label would stand alone.
pub(crate) async fn forget_undone(app: &App, after: &Anomaly, actor: &str) -> ApiResult<()> {
    let Some(current) = current(&app.store, after.id).await? else {
        return Ok(());
    };
    let closed = closing(current.record.answer).and_then(Action::status);
    if current.judged && closed != Some(after.status) {
        let now_ms = app.clock.now_ms();
        let feedback = app.store.feedback();
        feedback
            .take_back(after.id, current.record.id, actor, now_ms)
            .await?;
    }
    Ok(())
}

/// Deals with the anomalies of answers that were kept when the server was stopped.
pub(crate) async fn finish(app: Arc<App>) {
    let unsettled = match app.store.feedback().unsettled().await {
        Ok(unsettled) => unsettled,
        Err(error) => return tracing::error!(%error, "feedback cannot be read"),
    };
    for one in unsettled {
        if let Err(error) = settle(&app, &one.record).await {
            tracing::error!(%error, anomaly = one.record.anomaly_id, "feedback was not carried out");
        }
    }
}

/// What an answer does to its anomaly: a false alarm and what was expected end it, also afterwards; what took the
/// place of one of these brings it back.
async fn settle(app: &App, record: &FeedbackRecord) -> ApiResult<()> {
    let Ok(id) = record.anomaly_id.parse::<AnomalyId>() else {
        return Ok(());
    };
    let judged = if let Some(action) = closing(record.answer) {
        let before = app.store.anomalies().get(id).await?;
        let is_so = before.is_some_and(|before| action.status() == Some(before.anomaly.status));
        // Twice is as good as once; who said so first stays the one who did.
        if !is_so {
            let actor = Actor(record.actor.clone().into());
            app.detection.command(id, action, actor, None).await?;
        }
        true
    } else {
        undo(app, id, &record.actor).await?;
        false
    };
    Ok(app.store.feedback().settle(record.id, judged).await?)
}

/// Takes back what feedback has made of an anomaly, as far as it still is that: one judgement may stand on another.
async fn undo(app: &App, id: AnomalyId, actor: &str) -> ApiResult<()> {
    let all = app.store.feedback().of(id).await?;
    let judged = all.iter().filter(|one| one.judged);
    for one in judged {
        let status = closing(one.record.answer).and_then(Action::status);
        let stored = app.store.anomalies().get(id).await?;
        if stored.is_none_or(|stored| Some(stored.anomaly.status) != status) {
            continue;
        }
        let actor = Actor(actor.to_owned().into());
        match app.detection.command(id, Action::Undo, actor, None).await {
            // What cannot be taken back any more stays as it is; the label goes all the same.
            Ok(_) | Err(CommandError::NothingToUndo | CommandError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// How an answer ends an anomaly.
fn closing(answer: FeedbackAnswer) -> Option<Action> {
    match answer {
        FeedbackAnswer::False => Some(Action::FalseAlarm),
        FeedbackAnswer::Expected => Some(Action::Expected),
        FeedbackAnswer::True | FeedbackAnswer::WrongTeam => None,
    }
}

/// The label that an answer becomes; silence and failures have no values that could be labelled.
async fn label(
    store: &Store,
    anomaly: &Anomaly,
    answer: FeedbackAnswer,
) -> StoreResult<Option<LabelDraft>> {
    let kind = match answer {
        FeedbackAnswer::True => LabelKind::Incident,
        FeedbackAnswer::False | FeedbackAnswer::Expected => LabelKind::Normal,
        FeedbackAnswer::WrongTeam => return Ok(None),
    };
    if anomaly.kind != AnomalyKind::Deviation {
        return Ok(None);
    }
    let rule = store.rules().get(&anomaly.rule_id).await?;
    let step_ms = rule.map_or(MINUTE_MS, |rule| rule.rule.step.ms());
    Ok(Some(LabelDraft {
        source: anomaly.source.0.clone(),
        series_key: Some(anomaly.series_key),
        pattern: None,
        start_ms: anomaly.start_ms,
        end_ms: anomaly.end_ms + step_ms,
        kind,
    }))
}
