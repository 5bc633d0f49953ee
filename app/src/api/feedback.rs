//! What the pages ask for about feedback, what it suggests, and the week.

use hindcast_shared::api::{
    AnomalyFeedback, Digest, FeedbackAnswer, FeedbackRequest, RuleRecord, Suggestion,
};

use web_sys::AbortSignal;

use super::{ApiError, address, get, quoted, read, speak, speak_until};
use crate::json;

/// What people said of an anomaly.
pub async fn find_feedback(id: &str) -> Result<AnomalyFeedback, ApiError> {
    read(&get(&format!("anomalies/{id}/feedback"), &[]).await?)
}

/// The body that says something.
pub fn said(answer: FeedbackAnswer) -> String {
    json::write(&FeedbackRequest { answer })
}

/// Takes back what is in force.
pub async fn take_feedback_back(id: &str) -> Result<(), ApiError> {
    let path = address(&format!("anomalies/{id}/feedback"), &[]);
    speak("DELETE", &path, &[], None).await.map(|_| ())
}

/// The change of a rule that would have dropped the false alarms; the server stops when it is broken off.
pub async fn suggest(rule: &str, stop: &AbortSignal) -> Result<Suggestion, ApiError> {
    let path = address(&format!("rules/{rule}/suggestion"), &[]);
    read(&speak_until("POST", &path, None, stop).await?)
}

/// Saves a suggestion as the rule's next version.
pub async fn apply(rule: &str, id: &str, version: u32) -> Result<RuleRecord, ApiError> {
    let path = address(&format!("rules/{rule}/suggestion/{id}/apply"), &[]);
    let tag = quoted(version);
    let headers = [("If-Match", tag.as_str())];
    read(&speak("POST", &path, &headers, None).await?)
}

/// What a week was like; the last whole one unless it is named.
pub async fn find_digest(week: Option<&str>) -> Result<Digest, ApiError> {
    let query = week.map(|week| ("week", week));
    read(&get("digest", query.as_slice()).await?)
}
