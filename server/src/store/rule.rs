//! Rules with their versions, what they need to go on, and how their last run went.

mod save;

pub(super) use self::save::write_run;

use std::collections::BTreeSet;

use hindcast_shared::api::{RuleRecord, RuleRun, RuleVersion};
use hindcast_shared::rule::{Rule, RuleDraft, RuleId, Severity};
use hindcast_shared::time::WEEK_MS;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use self::save::{add_version, check_editable, row, rule_entry, save};
use super::{Store, StoreError, StoreResult, journal};
use crate::journal::EntryKind;

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
mod tests;
