//! Rules with their versions, what they need to go on, and how their last run went.

use std::collections::BTreeSet;

use hindcast_shared::api::{RuleRecord, RuleRun, RuleVersion};
use hindcast_shared::rule::{Rule, RuleDraft, RuleId, Severity};
use hindcast_shared::time::WEEK_MS;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::{Store, StoreError, StoreResult, journal};
use crate::journal::{Draft, EntryKind};

/// Who changes rules when the configuration file does.
const CONFIGURATION: &str = "configuration";

/// A rule as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct StoredRule {
    /// The rule.
    pub rule: Rule,
    /// Its version.
    pub version: u32,
    /// Whether it comes from the configuration file.
    pub provisioned: bool,
    /// Where the points of its present question began to be stored as seen.
    pub live_since_ms: Option<i64>,
}

/// What a rule needs to go on after a restart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RuleState {
    /// The version that wrote it.
    pub version: u32,
    /// Newest evaluated instant.
    pub watermark_ms: i64,
    /// The evaluator's memory.
    pub pipeline_state: Vec<u8>,
}

/// A rule to be saved.
#[derive(Debug, Clone)]
pub(crate) struct PutRule {
    /// The rule.
    pub rule: Rule,
    /// Whether a rule with this id may, must or must not exist.
    pub expected: Expected,
    /// Who saves it.
    pub actor: String,
}

/// What a caller knows about what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Nothing: it is to be made.
    Absent,
    /// This version, or any when none is named.
    Present(Option<u32>),
}

/// What the configuration file changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Provisioned {
    /// New or changed rules.
    pub saved: Vec<RuleId>,
    /// Rules that are not in the file any more, and are switched off now.
    pub disabled: Vec<RuleId>,
}

/// The repository of rules.
#[derive(Debug)]
pub(crate) struct Rules<'a>(&'a Store);

impl Store {
    /// Rules.
    pub(crate) fn rules(&self) -> Rules<'_> {
        Rules(self)
    }
}

impl Rules<'_> {
    /// Every rule that is not deleted, by id.
    pub(crate) async fn list(&self) -> StoreResult<Vec<StoredRule>> {
        let rows = sqlx::query("SELECT * FROM rule WHERE NOT deleted ORDER BY id")
            .fetch_all(&self.0.readers)
            .await?;
        rows.iter().map(stored_rule).collect()
    }

    /// One rule, unless it is deleted.
    pub(crate) async fn get(&self, id: &RuleId) -> StoreResult<Option<StoredRule>> {
        sqlx::query("SELECT * FROM rule WHERE id = ? AND NOT deleted")
            .bind(id.as_str())
            .fetch_optional(&self.0.readers)
            .await?
            .map(|row| stored_rule(&row))
            .transpose()
    }

    /// Saves a rule as its next version; an unchanged one keeps its version.
    pub(crate) async fn put(&self, put: PutRule, now_ms: i64) -> StoreResult<StoredRule> {
        let mut tx = self.0.begin().await?;
        let stored = row(&mut tx, &put.rule.id).await?;
        let present = stored.as_ref().filter(|stored| !stored.deleted);
        match (put.expected, present) {
            (Expected::Absent, Some(_)) => {
                return Err(StoreError::Exists(put.rule.id.to_string()));
            }
            (Expected::Present(_), None) => return Err(not_found(&put.rule.id)),
            (Expected::Present(version), Some(stored)) => {
                check_editable(stored, version, &put.rule.id)?;
            }
            (Expected::Absent, None) => {}
        }
        let head = save(
            &mut tx,
            stored.as_ref(),
            &put.rule,
            false,
            &put.actor,
            now_ms,
        )
        .await?;
        let saved = sqlx::query("SELECT * FROM rule WHERE id = ?")
            .bind(put.rule.id.as_str())
            .fetch_one(&mut *tx)
            .await?;
        let saved = stored_rule(&saved)?;
        self.0.finish(tx, head).await?;
        self.changed();
        Ok(saved)
    }

    /// Deletes a rule; its versions, anomalies and points stay until retention takes them.
    pub(crate) async fn delete(
        &self,
        id: &RuleId,
        version: Option<u32>,
        actor: &str,
        now_ms: i64,
    ) -> StoreResult<()> {
        let mut tx = self.0.begin().await?;
        let stored = row(&mut tx, id)
            .await?
            .filter(|stored| !stored.deleted)
            .ok_or_else(|| not_found(id))?;
        check_editable(&stored, version, id)?;
        let next = stored.version + 1;
        sqlx::query("UPDATE rule SET deleted = 1, enabled = 0, version = ?, updated_at_ms = ?, updated_by = ? WHERE id = ?")
            .bind(next)
            .bind(now_ms)
            .bind(actor)
            .bind(id.as_str())
            .execute(&mut *tx)
            .await?;
        add_version(
            &mut tx,
            id,
            next,
            true,
            &stored.body,
            &stored.config_hash,
            actor,
            now_ms,
        )
        .await?;
        let mut head = journal::head(&mut tx).await?;
        let draft = rule_entry(EntryKind::RuleDeleted, id, actor, stored.body, now_ms);
        journal::append(&mut tx, &mut head, draft).await?;
        self.0.finish(tx, Some(head.seq)).await?;
        self.changed();
        Ok(())
    }

    /// Makes the provisioned rules equal to the configuration file's, all or none.
    ///
    /// A rule that people made with the id of one in the file becomes the file's; its history stays.
    pub(crate) async fn provision(&self, rules: &[Rule], now_ms: i64) -> StoreResult<Provisioned> {
        let mut tx = self.0.begin().await?;
        let mut outcome = Provisioned::default();
        let mut head = None;
        for rule in rules {
            let stored = row(&mut tx, &rule.id).await?;
            let saved = save(&mut tx, stored.as_ref(), rule, true, CONFIGURATION, now_ms).await?;
            if saved.is_some() {
                outcome.saved.push(rule.id.clone());
                head = saved;
            }
        }
        let named: BTreeSet<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
        let rows = sqlx::query("SELECT * FROM rule WHERE provisioned AND enabled AND NOT deleted")
            .fetch_all(&mut *tx)
            .await?;
        for stored in &rows {
            let mut rule = stored_rule(stored)?.rule;
            if named.contains(rule.id.as_str()) {
                continue;
            }
            rule.enabled = false;
            let stored = row(&mut tx, &rule.id).await?;
            head = save(&mut tx, stored.as_ref(), &rule, true, CONFIGURATION, now_ms)
                .await?
                .or(head);
            outcome.disabled.push(rule.id);
        }
        let changed = head.is_some();
        self.0.finish(tx, head).await?;
        if changed {
            self.changed();
        }
        Ok(outcome)
    }

    /// The versions of a rule, newest first; also of a deleted one.
    pub(crate) async fn versions(&self, id: &RuleId) -> StoreResult<Vec<RuleVersion>> {
        let rows =
            sqlx::query("SELECT * FROM rule_version WHERE rule_id = ? ORDER BY version DESC")
                .bind(id.as_str())
                .fetch_all(&self.0.readers)
                .await?;
        rows.iter()
            .map(|row| {
                Ok(RuleVersion {
                    version: row.try_get("version")?,
                    rule: draft_of(row.try_get("body")?)?,
                    at_ms: row.try_get("at_ms")?,
                    actor: row.try_get("actor")?,
                    deleted: row.try_get("deleted")?,
                })
            })
            .collect()
    }

    /// What a rule needs to go on, if it ever ran.
    pub(crate) async fn state(&self, id: &RuleId) -> StoreResult<Option<RuleState>> {
        sqlx::query(
            "SELECT version, watermark_ms, pipeline_state FROM rule_state WHERE rule_id = ?",
        )
        .bind(id.as_str())
        .fetch_optional(&self.0.readers)
        .await?
        .map(|row| {
            Ok(RuleState {
                version: row.try_get("version")?,
                watermark_ms: row.try_get("watermark_ms")?,
                pipeline_state: row.try_get("pipeline_state")?,
            })
        })
        .transpose()
    }

    /// Writes down how a run went that committed nothing else, such as one that failed.
    pub(crate) async fn record_run(&self, id: &RuleId, run: &RuleRun) -> StoreResult<()> {
        let mut tx = self.0.begin().await?;
        write_run(&mut tx, id, run).await?;
        self.0.finish(tx, None).await
    }

    /// The records of all rules, or of one, as the API shows them.
    pub(crate) async fn records(
        &self,
        only: Option<&RuleId>,
        now_ms: i64,
    ) -> StoreResult<Vec<RuleRecord>> {
        let rows = sqlx::query(
            "SELECT r.*, n.at_ms AS run_at_ms, n.watermark_ms, n.duration_ms, n.series, n.error,
                    (SELECT count(*) FROM anomaly a WHERE a.rule_id = r.id AND a.status IN ('open', 'acknowledged')) AS open_anomalies,
                    (SELECT count(*) FROM page p WHERE p.rule_id = r.id AND p.sent AND p.at_ms >= ?) AS pages
             FROM rule r LEFT JOIN rule_run n ON n.rule_id = r.id
             WHERE NOT r.deleted AND (? IS NULL OR r.id = ?) ORDER BY r.id",
        )
        .bind(now_ms - WEEK_MS)
        .bind(only.map(RuleId::as_str))
        .bind(only.map(RuleId::as_str))
        .fetch_all(&self.0.readers)
        .await?;
        rows.iter().map(record).collect()
    }

    /// Wakes whoever follows the rules.
    fn changed(&self) {
        self.0.rules_revision.send_modify(|revision| *revision += 1);
    }
}

/// A row of `rule`, as far as changing it needs.
struct RuleRow {
    version: u32,
    provisioned: bool,
    deleted: bool,
    body: String,
    config_hash: String,
}

async fn row(connection: &mut SqliteConnection, id: &RuleId) -> StoreResult<Option<RuleRow>> {
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

fn check_editable(stored: &RuleRow, version: Option<u32>, id: &RuleId) -> StoreResult<()> {
    if stored.provisioned {
        return Err(StoreError::Provisioned(id.to_string()));
    }
    match version {
        Some(expected) if expected != stored.version => Err(StoreError::VersionMismatch {
            expected: i64::from(expected),
            actual: i64::from(stored.version),
        }),
        _ => Ok(()),
    }
}

/// Writes the next version of a rule and answers the journal's head, or nothing when nothing changed.
async fn save(
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
async fn add_version(
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
pub(super) async fn write_run(
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

fn rule_entry(kind: EntryKind, id: &RuleId, actor: &str, body: String, now_ms: i64) -> Draft {
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

fn not_found(id: &RuleId) -> StoreError {
    StoreError::NotFound {
        what: "rule",
        id: id.to_string(),
    }
}

fn draft_of(body: &str) -> StoreResult<RuleDraft> {
    serde_json::from_str(body).map_err(|error| StoreError::corrupt("rule", &error))
}

fn rule_of(draft: RuleDraft) -> StoreResult<Rule> {
    draft
        .validate()
        .map_err(|error| StoreError::corrupt("rule", &error))
}

fn stored_rule(row: &SqliteRow) -> StoreResult<StoredRule> {
    Ok(StoredRule {
        rule: rule_of(draft_of(row.try_get("body")?)?)?,
        version: row.try_get("version")?,
        provisioned: row.try_get("provisioned")?,
        live_since_ms: row.try_get("live_since_ms")?,
    })
}

fn record(row: &SqliteRow) -> StoreResult<RuleRecord> {
    let run_at_ms: Option<i64> = row.try_get("run_at_ms")?;
    let last_run = match run_at_ms {
        None => None,
        Some(at_ms) => Some(RuleRun {
            at_ms,
            watermark_ms: row.try_get("watermark_ms")?,
            duration_ms: row.try_get("duration_ms")?,
            series: row.try_get("series")?,
            error: row.try_get("error")?,
        }),
    };
    Ok(RuleRecord {
        rule: draft_of(row.try_get("body")?)?,
        version: row.try_get("version")?,
        provisioned: row.try_get("provisioned")?,
        updated_at_ms: row.try_get("updated_at_ms")?,
        updated_by: row.try_get("updated_by")?,
        config_hash: row.try_get("config_hash")?,
        last_run,
        open_anomalies: row.try_get("open_anomalies")?,
        pages_last_week: row.try_get("pages")?,
    })
}

/// Severity as it is sorted in the database.
pub(super) fn severity_rank(severity: Severity) -> i64 {
    match severity {
        Severity::Info => 0,
        Severity::Warning => 1,
        Severity::Critical => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::{Fixture, rule, tick};

    fn put(rule: &Rule, expected: Expected) -> PutRule {
        PutRule {
            rule: rule.clone(),
            expected,
            actor: "ann".to_owned(),
        }
    }

    #[tokio::test]
    async fn rule_when_saved_then_counts_versions_up_and_refuses_old_ones() -> anyhow::Result<()> {
        let fixture = Fixture::new().await?;
        let rules = fixture.store.rules();
        let mut mine = rule("r", 60_000);
        let first = rules.put(put(&mine, Expected::Absent), 1).await?;
        assert_eq!(first.version, 1);
        let again = rules.put(put(&mine, Expected::Absent), 1).await;
        assert!(matches!(again, Err(StoreError::Exists(_))));
        let same = rules.put(put(&mine, Expected::Present(Some(1))), 2).await?;
        assert_eq!(same.version, 1, "an unchanged rule keeps its version");
        mine.unit = "ms".to_owned();
        let second = rules.put(put(&mine, Expected::Present(Some(1))), 3).await?;
        assert_eq!(second.version, 2);
        let record = rules.records(Some(&mine.id), 3).await?.remove(0);
        assert_eq!(
            (record.updated_by.as_str(), record.updated_at_ms),
            ("ann", 3)
        );
        let stale = rules.put(put(&mine, Expected::Present(Some(1))), 4).await;
        assert!(matches!(
            stale,
            Err(StoreError::VersionMismatch { actual: 2, .. })
        ));
        rules.delete(&mine.id, Some(2), "bob", 5).await?;
        assert!(rules.get(&mine.id).await?.is_none());
        let versions = rules.versions(&mine.id).await?;
        let told: Vec<_> = versions.iter().map(|v| (v.version, v.deleted)).collect();
        assert_eq!(told, [(3, true), (2, false), (1, false)]);
        let revived = rules.put(put(&mine, Expected::Absent), 6).await?;
        assert_eq!(revived.version, 4, "versions never count down");
        fixture.store.journal().verify_chain().await?;
        Ok(())
    }

    #[tokio::test]
    async fn rule_when_provisioned_then_is_locked_and_disabled_with_the_file() -> anyhow::Result<()>
    {
        let fixture = Fixture::new().await?;
        let rules = fixture.store.rules();
        let (one, two) = (rule("one", 60_000), rule("two", 60_000));
        let first = rules.provision(&[one.clone(), two.clone()], 1).await?;
        assert_eq!(first.saved.len(), 2);
        let again = rules.provision(&[one.clone(), two.clone()], 2).await?;
        assert_eq!(again, Provisioned::default());
        let edit = rules.put(put(&one, Expected::Present(None)), 3).await;
        assert!(matches!(edit, Err(StoreError::Provisioned(_))));
        let shorter = rules.provision(&[one], 4).await?;
        assert_eq!(shorter.disabled, std::slice::from_ref(&two.id));
        let stored = rules
            .get(&two.id)
            .await?
            .expect("the rule keeps its history");
        assert!(!stored.rule.enabled && stored.provisioned);
        Ok(())
    }

    #[tokio::test]
    async fn rule_when_it_asks_something_else_then_forgets_its_points() -> anyhow::Result<()> {
        let fixture = Fixture::new().await?;
        let mut mine = fixture.rule("r", 60_000).await?;
        fixture.store.commit_tick(tick(&mine, 1, 600_000)).await?;
        let rules = fixture.store.rules();
        mine.unit = "ms".to_owned();
        rules.put(put(&mine, Expected::Present(None)), 3).await?;
        assert!(rules.state(&mine.id).await?.is_some());
        mine.query = "other".to_owned();
        rules.put(put(&mine, Expected::Present(None)), 4).await?;
        assert_eq!(rules.state(&mine.id).await?, None);
        Ok(())
    }
}
