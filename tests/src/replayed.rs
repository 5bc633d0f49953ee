//! The replay of a stored rule, computed here by the shared code from what the server hands out to everybody.

use anyhow::{Context as _, Result, ensure};
use hindcast_shared::api::columns::{self, MEDIA_TYPE};
use hindcast_shared::api::{ReplaySummary, RuleRecord, TransitionsResponse};
use hindcast_shared::pipeline::Dataset;
use hindcast_shared::replay::{People, Replay, needs_from_ms, replay};
use hindcast_shared::rule::{Rule, RuleDraft, Ticks};
use hindcast_shared::time::TimeRange;
use http::Method;

use crate::Api;

/// Everything that a replay needs.
#[derive(Debug)]
pub struct Replayed {
    draft: RuleDraft,
    version: u32,
    data: Dataset,
    past: TransitionsResponse,
    range: TimeRange,
}

/// Fetches what a replay of a stored rule needs.
///
/// # Errors
/// When the server does not hand it out.
pub async fn replayed(api: &Api, rule: &str, from_ms: i64, to_ms: i64) -> Result<Replayed> {
    let record: RuleRecord = api.get(&format!("/api/v1/rules/{rule}")).await?.json()?;
    let valid = record
        .rule
        .clone()
        .validate()
        .map_err(|error| anyhow::anyhow!("{error}"))?;
    let needs_ms = needs_from_ms(&valid, from_ms);
    let zone = &valid.time_zone;
    let path = format!("/api/v1/series?rule={rule}&from={needs_ms}&to={to_ms}&tz={zone}");
    let request = api.request(Method::GET, &path).header("accept", MEDIA_TYPE);
    let answer = api.send(request).await?;
    ensure!(answer.status.is_success(), "{path}: {}", answer.text());
    let (head, series) = columns::decode(&answer.body)?;
    let mut data = Dataset::new(valid.step.ms());
    data.offsets = head.offsets;
    for (key, series) in series {
        data.insert(key, series);
    }
    let path = format!("/api/v1/transitions?rule={rule}&from={needs_ms}&to={to_ms}");
    Ok(Replayed {
        draft: record.rule,
        version: record.version,
        data,
        past: api.get(&path).await?.json()?,
        range: TimeRange { from_ms, to_ms },
    })
}

impl Replayed {
    /// What the rule would have fired with another threshold.
    ///
    /// # Errors
    /// When the rule with that threshold is not valid.
    pub fn at_threshold(&self, threshold: f64) -> Result<ReplaySummary> {
        let mut draft = self.draft.clone();
        draft.decision.threshold = Some(threshold);
        self.of(draft)
    }

    /// What the rule would have fired if it were changed.
    ///
    /// # Errors
    /// When the changed rule is not valid.
    pub fn changed(&self, change: impl FnOnce(&mut RuleDraft)) -> Result<ReplaySummary> {
        let mut draft = self.draft.clone();
        change(&mut draft);
        self.of(draft)
    }

    /// What the rule as it is stored would have fired.
    ///
    /// # Errors
    /// When the rule is not valid.
    pub fn as_stored(&self) -> Result<ReplaySummary> {
        self.of(self.draft.clone())
    }

    /// The same with score and band of every sample.
    ///
    /// # Errors
    /// When the rule is not valid.
    pub fn in_full(&self) -> Result<Replay> {
        self.fold(self.draft.clone())
    }

    fn of(&self, draft: RuleDraft) -> Result<ReplaySummary> {
        Ok(self.fold(draft)?.summary)
    }

    fn fold(&self, draft: RuleDraft) -> Result<Replay> {
        let rule: Rule = draft
            .validate()
            .map_err(|error| anyhow::anyhow!("{error}"))?;
        let every = match &rule.schedule {
            hindcast_shared::rule::Schedule::Every { every, .. } => Some(Ticks::Every(every.ms())),
            hindcast_shared::rule::Schedule::Cron { .. } => None,
        };
        let ticks = self.past.ticks.clone().or(every).context("no ticks")?;
        let people = People {
            commands: &self.past.commands,
            mutes: &self.past.mutes,
            standing: &self.past.standing,
        };
        Ok(replay(
            &rule,
            self.version,
            &self.data,
            self.range,
            &ticks,
            people,
        ))
    }
}
