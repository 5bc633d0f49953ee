//! The weekly digest: which rules are noisy, which pages nobody acted on, which rules never fired.
//!
//! A digest is about a whole ISO week, from Monday to Monday in the zone of `digest.tz`, and the same whoever asks:
//! the page, `hindcast digest`, or the routes of `digest.routes` at their time. Those are told of each week once:
//! the week is its key, written in one transaction with the messages. After a downtime the last week is told of,
//! late, and those before it are not; where nobody was ever told, the first week is the next one.

mod text;
mod week;

pub(crate) use self::text::{subject, text};
pub(crate) use self::week::Week;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hindcast_shared::api::{
    Digest, DigestAnomaly, DigestAnswers, DigestRule, DigestSilentRule, FeedbackAnswer,
};
use hindcast_shared::time::{HOUR_MS, TimeRange};
use tokio_util::sync::CancellationToken;

use crate::state::App;
use crate::store::{AnswerCount, Store, StoreResult};

/// Rules that are named as the noisiest.
const NOISIEST: usize = 10;

/// Anomalies that are named because nobody did anything about them.
const UNATTENDED: usize = 50;

/// Longest sleep at a stretch: a clock may be set, and a machine may sleep.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// What a week was like.
pub(crate) async fn make(store: &Store, week: Week, now_ms: i64) -> StoreResult<Digest> {
    let range = week.range();
    let digests = store.digests();
    let names: BTreeMap<String, String> = store
        .rules()
        .list()
        .await?
        .into_iter()
        .map(|stored| (stored.rule.id.to_string(), stored.rule.name))
        .collect();
    let name = |id: &str| names.get(id).cloned().unwrap_or_else(|| id.to_owned());
    let pages = digests.pages(range).await?;
    let anomalies = digests.anomalies(range).await?;
    let answers = digests.answers(range).await?;
    let unattended = digests.unattended(range).await?;
    let noisiest = pages.iter().take(NOISIEST).map(|one| {
        let began = anomalies.iter().find(|other| other.rule_id == one.rule_id);
        let own = |other: &&crate::store::UnattendedAnomaly| {
            other.anomaly.rule_id.as_str() == one.rule_id
        };
        DigestRule {
            name: name(&one.rule_id),
            pages: one.count,
            anomalies: began.map_or(0, |began| began.count),
            unattended: unattended.iter().filter(own).count() as u64,
            answers: counted(answers.iter().filter(|other| other.rule_id == one.rule_id)),
            lab: lab(&one.rule_id, Some(range)),
            rule_id: one.rule_id.clone(),
        }
    });
    let silent = digests.never_fired(range.from_ms).await?;
    Ok(Digest {
        week: week.to_string(),
        range,
        previous: week.shifted(-1).to_string(),
        next: Some(week.shifted(1))
            .filter(|next| next.range().to_ms <= now_ms)
            .map(|next| next.to_string()),
        pages: pages.iter().map(|one| one.count).sum(),
        anomalies: anomalies.iter().map(|one| one.count).sum(),
        answers: counted(answers.iter()),
        noisiest: noisiest.collect(),
        unattended_total: unattended.len() as u64,
        unattended: unattended
            .iter()
            .take(UNATTENDED)
            .map(|one| {
                let anomaly = &one.anomaly;
                let rule_id = anomaly.rule_id.to_string();
                let around = TimeRange {
                    from_ms: anomaly.start_ms - 6 * HOUR_MS,
                    to_ms: anomaly.end_ms + 2 * HOUR_MS,
                };
                DigestAnomaly {
                    id: anomaly.id.to_string(),
                    rule_name: anomaly.rule_name.clone(),
                    series: anomaly.series.clone(),
                    severity: anomaly.severity,
                    status: anomaly.status,
                    start_ms: anomaly.start_ms,
                    end_ms: anomaly.end_ms,
                    pages: one.pages,
                    lab: lab(&rule_id, Some(around)),
                    rule_id,
                }
            })
            .collect(),
        never_fired: silent
            .into_iter()
            .map(|one| DigestSilentRule {
                name: name(&one.rule_id),
                lab: lab(&one.rule_id, None),
                rule_id: one.rule_id,
                since_ms: one.since_ms,
            })
            .collect(),
    })
}

fn counted<'a>(answers: impl Iterator<Item = &'a AnswerCount>) -> DigestAnswers {
    let mut counted = DigestAnswers::default();
    for one in answers {
        *match one.answer {
            FeedbackAnswer::True => &mut counted.right,
            FeedbackAnswer::False => &mut counted.false_alarms,
            FeedbackAnswer::Expected => &mut counted.expected,
            FeedbackAnswer::WrongTeam => &mut counted.wrong_team,
        } += one.count;
    }
    counted
}

/// Where the Lab shows a rule; ids of rules need no escaping.
fn lab(rule: &str, range: Option<TimeRange>) -> String {
    match range {
        Some(range) => format!("lab?rule={rule}&from={}&to={}", range.from_ms, range.to_ms),
        None => format!("lab?rule={rule}"),
    }
}

/// Tells the routes of each week at its time, until the token is cancelled.
pub(crate) async fn run(app: Arc<App>, stop: CancellationToken) {
    if app.config.digest.routes.is_empty() {
        return stop.cancelled().await;
    }
    loop {
        match send_due(&app).await {
            Ok(Some(week)) => tracing::info!(week, "the digest of the week is on its way"),
            Ok(None) => {}
            Err(error) => tracing::error!(%error, "the digest could not be made; it will be"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LONGEST_SLEEP) => {}
        }
    }
}

/// Tells of the last week, if its time has come and nobody was told yet; answers which one that was.
pub(crate) async fn send_due(app: &App) -> StoreResult<Option<String>> {
    let now_ms = app.clock.now_ms();
    let config = &app.config.digest;
    let timetable = config.timetable().ok();
    let due_ms = timetable.and_then(|timetable| timetable.last_until(now_ms));
    let week = due_ms.and_then(|due_ms| Week::before(due_ms, &config.tz));
    let Some(week) = week else {
        return Ok(None);
    };
    let (digests, name) = (app.store.digests(), week.to_string());
    match digests.is_known(&name).await? {
        Some(true) => return Ok(None),
        Some(false) => {}
        None => {
            // Nobody has ever been told: what lay before is not caught up with.
            digests.tell(&name, "", &[], now_ms).await?;
            return Ok(None);
        }
    }
    let digest = make(&app.store, week, now_ms).await?;
    let steps: Vec<_> = config
        .routes
        .iter()
        .filter_map(|route| app.notify.digest(route, &digest))
        .collect();
    let routes = config.routes.join(",");
    let told = digests.tell(&name, &routes, &steps, now_ms).await?;
    app.notify.wake();
    Ok(told.then_some(name))
}

#[cfg(test)]
mod tests;
