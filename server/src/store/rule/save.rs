//! Writing a rule's next version, with everything that goes with it.

use hindcast_shared::api::RuleRun;
use hindcast_shared::rule::{Rule, RuleId};
use sqlx::{Row, SqliteConnection};

use super::{draft_of, rule_of};
use crate::journal::{Draft, EntryKind};
use crate::store::{StoreError, StoreResult, journal};

/// A row of `rule`, as far as changing it needs.
pub(super) struct RuleRow {
    pub(super) version: u32,
    pub(super) provisioned: bool,
    pub(super) deleted: bool,
    pub(super) body: String,
    pub(super) config_hash: String,
}

pub(super) async fn row(
    connection: &mut SqliteConnection,
    id: &RuleId,
) -> StoreResult<Option<RuleRow>> {
    sqlx::query("SELECT version, provisioned, deleted, body, config_hash FROM rule WHERE id = ?")
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?
        .map(|row| {
            Ok(RuleRow {
                version: row.try_get("version")?,
                provisioned: row.try_get("provisioned")?,
                deleted: row.try_get("deleted")?,
                body: row.try_get("body")?,
                config_hash: row.try_get("config_hash")?,
            })
        })
        .transpose()
}

pub(super) fn check_editable(
    stored: &RuleRow,
    version: Option<u32>,
    id: &RuleId,
) -> StoreResult<()> {
    if stored.provisioned {
        return Err(StoreError::Provisioned(id.to_string()));
    }
    StoreError::unless_seen(version, stored.version)
}

/// Writes the next version of a rule and answers the journal's head, or nothing when nothing changed.
pub(super) async fn save(
    connection: &mut SqliteConnection,
    stored: Option<&RuleRow>,
    rule: &Rule,
    provisioned: bool,
    actor: &str,
    now_ms: i64,
) -> StoreResult<Option<i64>> {
    let config_hash = rule.config_hash();
    let unchanged = stored.is_some_and(|stored| {
        !stored.deleted && stored.config_hash == config_hash && stored.provisioned == provisioned
    });
    if unchanged {
        return Ok(None);
    }
    let body = serde_json::to_string(rule).map_err(|error| StoreError::corrupt("rule", &error))?;
    let version = stored.map_or(1, |stored| stored.version + 1);
    sqlx::query(
        "INSERT INTO rule (id, version, source, enabled, provisioned, deleted, live_since_ms, body, config_hash, updated_at_ms, updated_by)
         VALUES (?, ?, ?, ?, ?, 0, NULL, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET version = excluded.version, source = excluded.source, enabled = excluded.enabled,
             provisioned = excluded.provisioned, deleted = 0, body = excluded.body,
             config_hash = excluded.config_hash, updated_at_ms = excluded.updated_at_ms, updated_by = excluded.updated_by",
    )
    .bind(rule.id.as_str())
    .bind(version)
    .bind(&rule.source.0)
    .bind(rule.enabled)
    .bind(provisioned)
    .bind(&body)
    .bind(&config_hash)
    .bind(now_ms)
    .bind(actor)
    .execute(&mut *connection)
    .await?;
    if stored.is_some_and(|stored| asks_otherwise(&stored.body, rule)) {
        forget_points(connection, &rule.id).await?;
    }
    add_version(
        connection,
        &rule.id,
        version,
        false,
        &body,
        &config_hash,
        actor,
        now_ms,
    )
    .await?;
    let mut head = journal::head(connection).await?;
    let draft = rule_entry(EntryKind::RuleSaved, &rule.id, actor, body, now_ms);
    journal::append(connection, &mut head, draft).await?;
    Ok(Some(head.seq))
}

/// Whether the new rule asks for other points than the stored one did.
fn asks_otherwise(stored: &str, rule: &Rule) -> bool {
    let Ok(stored) = draft_of(stored).and_then(rule_of) else {
        return true;
    };
    (&stored.source, &stored.query, stored.step) != (&rule.source, &rule.query, rule.step)
}

/// Points that answered another question must not be replayed as this one's.
async fn forget_points(connection: &mut SqliteConnection, id: &RuleId) -> StoreResult<()> {
    for statement in [
        "UPDATE rule SET live_since_ms = NULL WHERE id = ?",
        "DELETE FROM rule_state WHERE rule_id = ?",
        "DELETE FROM point WHERE rule_id = ?",
    ] {
        sqlx::query(statement)
            .bind(id.as_str())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

#[expect(
    clippy::too_many_arguments,
    reason = "one argument a column, called from two places beside it"
)]
pub(super) async fn add_version(
    connection: &mut SqliteConnection,
    id: &RuleId,
    version: u32,
    deleted: bool,
    body: &str,
    config_hash: &str,
    actor: &str,
    now_ms: i64,
) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO rule_version (rule_id, version, at_ms, actor, deleted, body, config_hash) VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(id.as_str())
    .bind(version)
    .bind(now_ms)
    .bind(actor)
    .bind(deleted)
    .bind(body)
    .bind(config_hash)
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes down how a run went.
pub(in crate::store) async fn write_run(
    connection: &mut SqliteConnection,
    id: &RuleId,
    run: &RuleRun,
) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO rule_run (rule_id, at_ms, watermark_ms, duration_ms, series, error) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET at_ms = excluded.at_ms, watermark_ms = coalesce(excluded.watermark_ms, watermark_ms),
             duration_ms = excluded.duration_ms, series = excluded.series, error = excluded.error",
    )
    .bind(id.as_str())
    .bind(run.at_ms)
    .bind(run.watermark_ms)
    .bind(run.duration_ms)
    .bind(run.series)
    .bind(&run.error)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) fn rule_entry(
    kind: EntryKind,
    id: &RuleId,
    actor: &str,
    body: String,
    now_ms: i64,
) -> Draft {
    Draft {
        at_ms: now_ms,
        recorded_at_ms: now_ms,
        kind,
        rule_id: Some(id.clone()),
        anomaly_id: None,
        actor: actor.to_owned(),
        payload: body,
    }
}
