//! What the pages about rules, mutes and the journal ask for.

use std::collections::BTreeMap;

use hindcast_shared::api::{
    AnomalyStats, JournalChain, JournalEntry, ListPage, MuteDraft, MuteRecord, ReplaySummary,
    RevertRequest, RuleRecord, RuleVersion,
};
use hindcast_shared::rule::RuleDraft;
use serde_json::Value;

use super::{ApiError, address, get, post, quoted, read, speak};
use crate::json;

/// Anomalies of the last seven days, by rule.
pub async fn count_by_rule() -> Result<BTreeMap<String, u64>, ApiError> {
    let stats: AnomalyStats = read(&get("anomalies/stats", &[("hours", "168")]).await?)?;
    Ok(stats.by_rule)
}

/// The versions of a rule, newest first.
pub async fn list_rule_versions(id: &str) -> Result<Vec<RuleVersion>, ApiError> {
    let page: ListPage<RuleVersion> = read(&get(&format!("rules/{id}/versions"), &[]).await?)?;
    Ok(page.items)
}

/// Saves a rule: over the version that was seen, or as a new one.
pub async fn write_rule(seen: Option<(&str, u32)>, rule: &Value) -> Result<RuleRecord, ApiError> {
    let body = Some(json::write(rule));
    let Some((id, version)) = seen else {
        return read(&post("rules", body).await?);
    };
    let (path, tag) = (address(&format!("rules/{id}"), &[]), quoted(version));
    let headers = [("If-Match", tag.as_str())];
    read(&speak("PUT", &path, &headers, body).await?)
}

/// Saves an older version of a rule as its next one.
pub async fn revert_rule(id: &str, seen: u32, version: u32) -> Result<RuleRecord, ApiError> {
    let (path, tag) = (address(&format!("rules/{id}/revert"), &[]), quoted(seen));
    let headers = [("If-Match", tag.as_str())];
    let body = Some(json::write(&RevertRequest { version }));
    read(&speak("POST", &path, &headers, body).await?)
}

/// What a rule would have fired in the last seven days: as it is saved, or as a draft has it.
pub async fn replay_week(id: &str, draft: Option<&RuleDraft>) -> Result<ReplaySummary, ApiError> {
    let body = match draft {
        None => "{\"from\":\"now-7d\",\"to\":\"now\"}".to_owned(),
        Some(draft) => format!(
            "{{\"from\":\"now-7d\",\"to\":\"now\",\"rule\":{}}}",
            json::write(draft)
        ),
    };
    read(&post(&format!("rules/{id}/replay"), Some(body)).await?)
}

/// Mutes that overlap the time from an instant on, newest first.
pub async fn list_mutes(from: &str) -> Result<Vec<MuteRecord>, ApiError> {
    let page: ListPage<MuteRecord> = read(&get("mutes", &[("from", from)]).await?)?;
    Ok(page.items)
}

/// Saves a mute: over the version that was seen, or as a new one.
pub async fn write_mute(
    seen: Option<(String, u32)>,
    mute: &MuteDraft,
) -> Result<MuteRecord, ApiError> {
    let body = Some(json::write(mute));
    let Some((id, version)) = seen else {
        return read(&post("mutes", body).await?);
    };
    let (path, tag) = (address(&format!("mutes/{id}"), &[]), quoted(version));
    let headers = [("If-Match", tag.as_str())];
    read(&speak("PUT", &path, &headers, body).await?)
}

/// Ends a mute of which a version was seen.
pub async fn end_mute(id: &str, version: u32) -> Result<(), ApiError> {
    let (path, tag) = (address(&format!("mutes/{id}"), &[]), quoted(version));
    let headers = [("If-Match", tag.as_str())];
    speak("DELETE", &path, &headers, None).await.map(|_| ())
}

/// A page of the journal.
pub async fn list_journal(query: &[(&str, &str)]) -> Result<ListPage<JournalEntry>, ApiError> {
    read(&get("journal", query).await?)
}

/// The journal as JSON lines.
pub async fn export_journal(query: &[(&str, &str)]) -> Result<String, ApiError> {
    let headers = [("Accept", "application/x-ndjson")];
    speak("GET", &address("journal", query), &headers, None).await
}

/// Whether the journal is as it was written.
pub async fn verify_journal() -> Result<JournalChain, ApiError> {
    read(&get("journal/chain", &[]).await?)
}

/// The position of the journal now, from which a stream goes on.
pub async fn journal_position() -> Result<i64, ApiError> {
    #[derive(serde::Deserialize)]
    struct Page {
        as_of_seq: i64,
    }
    let query = [("status", "active"), ("limit", "1")];
    let page: Page = read(&get("anomalies", &query).await?)?;
    Ok(page.as_of_seq)
}
