//! The only place of the page that speaks HTTP; addresses are relative, so that it works under any base path.

pub mod calendars;
pub mod feedback;
pub mod lab;
pub mod models;
pub mod notifications;
mod rulebook;
mod speak;
mod upload;

pub use self::rulebook::{
    count_by_rule, end_mute, export_journal, journal_position, list_journal, list_mutes,
    list_rule_versions, replay_week, revert_rule, verify_journal, write_mute, write_rule,
};

use hindcast_shared::anomaly::Anomaly;
use hindcast_shared::api::{
    AnomalyDetail, BulkAction, BulkRequest, BulkResponse, ErrorDetail, Explanation, JournalRecord,
    LabelDraft, LabelRecord, ListPage, Me, Pairing, PairingState, ParseResponse, RuleRecord,
    SessionRequest, SourceRecord,
};
use hindcast_shared::pipeline::Page;
use hindcast_shared::rule::RuleDraft;
use serde::de::DeserializeOwned;

use self::speak::{speak, speak_tagged, speak_until};
use crate::i18n::{key, t, tf};
use crate::json;

/// Why a call did not give what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// The server was not reached.
    #[error("the server does not answer")]
    Unreachable,
    /// Nobody is signed in.
    #[error("sign in first")]
    SignedOut,
    /// The server said no.
    #[error("{}", .detail.message)]
    Refused {
        /// HTTP status.
        status: u16,
        /// What it said.
        detail: ErrorDetail,
    },
    /// Too much was asked for at a time.
    #[error("too much was asked for at a time")]
    Busy {
        /// When to ask again.
        wait_s: u32,
    },
    /// The answer made no sense.
    #[error("the answer could not be read: {0}")]
    Unreadable(String),
}

impl ApiError {
    /// Whether the thing that was asked for does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
    }

    /// The field that was refused.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Refused { detail, .. } => detail.field.as_deref(),
            _ => None,
        }
    }

    /// What happened, in the reader's language.
    pub fn message(&self) -> String {
        match self {
            Self::Unreachable => t("The server does not answer").to_owned(),
            Self::SignedOut => t("Sign in first").to_owned(),
            Self::Refused { detail, .. } => detail.message.clone(),
            Self::Busy { .. } => t("Too much was asked for at a time").to_owned(),
            Self::Unreadable(why) => tf("The answer could not be read: {why}", &[("why", why)]),
        }
    }

    /// What the viewer can do about it.
    pub fn advice(&self) -> &'static str {
        t(match self {
            Self::Unreachable => {
                key("Check that Hindcast is running; this page tries again by itself.")
            }
            Self::SignedOut => key("Your session is over or the key was revoked."),
            Self::Refused { status: 403, .. } => {
                key("Your key may look but not change; ask for an operator key.")
            }
            Self::Refused { status: 412, .. } => {
                key("Somebody else changed it meanwhile; load it again.")
            }
            Self::Refused { status: 429, .. } | Self::Busy { .. } => {
                key("Wait a moment, then try again.")
            }
            Self::Refused {
                status: 500..=599, ..
            } => key("The fault is the server's: its log says more. Try again in a while."),
            Self::Refused { .. } => key("Change what was asked for, then try again."),
            Self::Unreadable(_) => key("The page may be older than the server: load it again."),
        })
    }
}

/// Where the API lives, relative to the page's base.
pub const ROOT: &str = "api/v1";

/// An address with its query, percent-encoded.
pub fn address(path: &str, query: &[(&str, &str)]) -> String {
    let mut text = format!("{ROOT}/{path}");
    for (index, (key, value)) in query.iter().enumerate() {
        text.push(if index == 0 { '?' } else { '&' });
        text.push_str(key);
        text.push('=');
        text.push_str(&String::from(js_sys::encode_uri_component(value)));
    }
    text
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, ApiError> {
    json::read(text).map_err(|error| ApiError::Unreadable(error.to_string()))
}

async fn get(path: &str, query: &[(&str, &str)]) -> Result<String, ApiError> {
    speak("GET", &address(path, query), &[], None).await
}

async fn post(path: &str, body: Option<String>) -> Result<String, ApiError> {
    speak("POST", &address(path, &[]), &[], body).await
}

/// Who is asking.
pub async fn find_me() -> Result<Me, ApiError> {
    read(&get("sessions/me", &[]).await?)
}

/// Asks for a code under which somebody can let this wall in.
pub async fn create_pairing() -> Result<Pairing, ApiError> {
    read(&post("pairings", None).await?)
}

/// Whether somebody has let this wall in.
pub async fn find_pairing() -> Result<PairingState, ApiError> {
    read(&get("pairings/me", &[]).await?)
}

/// Turns a key into a cookie.
pub async fn create_session(key: String) -> Result<(), ApiError> {
    let body = json::write(&SessionRequest { key });
    post("sessions", Some(body)).await.map(|_| ())
}

/// Signs out.
pub async fn delete_session() -> Result<(), ApiError> {
    speak("DELETE", &address("sessions/me", &[]), &[], None).await?;
    Ok(())
}

/// Anomalies, newest first.
pub async fn list_anomalies(query: &[(&str, &str)]) -> Result<ListPage<Anomaly>, ApiError> {
    read(&get("anomalies", query).await?)
}

/// Most pages of a list that are read: five thousand anomalies.
const MOST_PAGES: usize = 5;

/// Anomalies, newest first, page after page.
pub async fn all_anomalies(query: &[(&str, &str)]) -> Result<ListPage<Anomaly>, ApiError> {
    let mut all: Option<ListPage<Anomaly>> = None;
    for _ in 0..MOST_PAGES {
        let cursor = all.as_ref().and_then(|page| page.next_cursor.clone());
        if all.is_some() && cursor.is_none() {
            break;
        }
        let mut query = query.to_vec();
        query.push(("limit", "1000"));
        query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let page = list_anomalies(&query).await?;
        match &mut all {
            // The journal's head of the first page: what happens meanwhile comes twice, and nothing is lost.
            Some(all) => {
                all.items.extend(page.items);
                all.next_cursor = page.next_cursor;
            }
            None => all = Some(page),
        }
    }
    all.ok_or(ApiError::Unreachable)
}

/// Does the same to many anomalies.
pub async fn act_on_anomalies(request: &BulkRequest) -> Result<BulkResponse, ApiError> {
    read(&post("anomalies/bulk", Some(json::write(request))).await?)
}

/// One anomaly with its story, and the version that was read.
pub async fn find_anomaly(id: &str) -> Result<(AnomalyDetail, Option<String>), ApiError> {
    let path = address(&format!("anomalies/{id}"), &[]);
    let (text, tag) = speak_tagged("GET", &path, &[], None).await?;
    Ok((story(&text)?, tag))
}

fn story(text: &str) -> Result<AnomalyDetail, ApiError> {
    /// What stands beside the fields of the anomaly itself.
    #[derive(serde::Deserialize)]
    struct Story {
        title: String,
        text: String,
        history: Vec<JournalRecord>,
        pages: Vec<Page>,
        source_url: Option<String>,
        machine_words: Option<hindcast_shared::api::MachineWords>,
    }
    // Read twice: an anomaly inside of something else would be code of its own.
    let story: Story = read(text)?;
    Ok(AnomalyDetail {
        anomaly: read(text)?,
        title: story.title,
        text: story.text,
        history: story.history,
        pages: story.pages,
        source_url: story.source_url,
        machine_words: story.machine_words,
    })
}

/// Why an anomaly is one.
pub async fn explain_anomaly(id: &str) -> Result<Explanation, ApiError> {
    read(&get(&format!("anomalies/{id}/explanation"), &[]).await?)
}

/// Does something to an anomaly of which a version was seen: `acknowledge`, `resolve`, `false-alarm`, `expected`,
/// `undo`, `snooze`, `assign`, `notes`.
pub async fn act_on_anomaly(
    id: &str,
    action: &str,
    seen: Option<&str>,
    body: Option<String>,
) -> Result<(), ApiError> {
    let path = address(&format!("anomalies/{id}/{action}"), &[]);
    let headers = seen.map(|seen| ("If-Match", seen));
    speak("POST", &path, headers.as_slice(), body)
        .await
        .map(|_| ())
}

/// Mutes the rule and series of an anomaly until an instant.
pub async fn mute_anomaly(id: &str, end_ms: i64, comment: String) -> Result<(), ApiError> {
    let request = BulkRequest {
        ids: vec![id.to_owned()],
        action: BulkAction::Mute,
        end_ms: Some(end_ms),
        comment: Some(comment),
    };
    let answer: BulkResponse = read(&post("anomalies/bulk", Some(json::write(&request))).await?)?;
    match answer.items.into_iter().next().and_then(|item| item.error) {
        Some(detail) => Err(ApiError::Refused {
            status: 409,
            detail,
        }),
        None => Ok(()),
    }
}

/// Every rule.
pub async fn list_rules() -> Result<Vec<RuleRecord>, ApiError> {
    let page: ListPage<RuleRecord> = read(&get("rules", &[]).await?)?;
    Ok(page.items)
}

/// One rule.
pub async fn find_rule(id: &str) -> Result<RuleRecord, ApiError> {
    read(&get(&format!("rules/{id}"), &[]).await?)
}

/// Reads a rule that is written in YAML or JSON.
pub async fn parse_rule(text: String) -> Result<ParseResponse, ApiError> {
    read(&post("rules/parse", Some(text)).await?)
}

/// Saves a new rule.
pub async fn create_rule(rule: &RuleDraft) -> Result<RuleRecord, ApiError> {
    read(&post("rules", Some(json::write(rule))).await?)
}

/// Saves a rule over a version that was seen.
pub async fn update_rule(id: &str, version: u32, rule: &RuleDraft) -> Result<RuleRecord, ApiError> {
    let (path, seen) = (address(&format!("rules/{id}"), &[]), quoted(version));
    let headers = [("If-Match", seen.as_str())];
    read(&speak("PUT", &path, &headers, Some(json::write(rule))).await?)
}

/// Deletes a rule of which a version was seen.
pub async fn delete_rule(id: &str, version: u32) -> Result<(), ApiError> {
    let (path, seen) = (address(&format!("rules/{id}"), &[]), quoted(version));
    let headers = [("If-Match", seen.as_str())];
    speak("DELETE", &path, &headers, None).await.map(|_| ())
}

/// What people know about ranges of a source's series, oldest first.
pub async fn list_labels(query: &[(&str, &str)]) -> Result<Vec<LabelRecord>, ApiError> {
    let page: ListPage<LabelRecord> = read(&get("labels", query).await?)?;
    Ok(page.items)
}

/// Puts a label in the place of the one that was seen, by id and version: a new one where there was none, none where
/// one is taken back. Gives back what stands there now.
pub async fn write_label(
    seen: Option<(String, u32)>,
    label: Option<LabelDraft>,
) -> Result<Option<LabelRecord>, ApiError> {
    let (id, version) = seen.clone().unwrap_or_default();
    let method = match (&seen, &label) {
        (None, _) => "POST",
        (_, Some(_)) => "PUT",
        (_, None) => "DELETE",
    };
    let path = address(&format!("labels/{id}"), &[]);
    let tag = quoted(version);
    let headers = [("If-Match", tag.as_str())];
    let body = label.as_ref().map(json::write);
    let text = speak(
        method,
        path.trim_end_matches('/'),
        if seen.is_some() { &headers } else { &[] },
        body,
    )
    .await?;
    label.map(|_| read(&text)).transpose()
}

/// A version as an entity tag.
fn quoted(version: u32) -> String {
    format!("\"{version}\"")
}

/// Every source.
pub async fn list_sources() -> Result<Vec<SourceRecord>, ApiError> {
    let page: ListPage<SourceRecord> = read(&get("sources", &[]).await?)?;
    Ok(page.items)
}
