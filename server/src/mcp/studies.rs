//! What a rule would have done, and which setting would keep to a budget of pages.

use hindcast_shared::study::Budget;
use hindcast_shared::time::UtcOffsets;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::rules::named;
use super::tool::{Tool, json as to_json, limit};
use crate::auth::Caller;
use crate::config::rule_yaml;
use crate::error::{ApiError, ApiResult};
use crate::routes::range::range;
use crate::routes::rules::replay;
use crate::state::AppState;
use crate::study::{Stage, Turns, refused};

/// Replays a rule over a range of the past with the code of production: how many samples there were, how many lay over
/// the threshold, lasted and became anomalies, how many pages that is and how many a week, and the newest anomalies with
/// what became of their pages.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplayRule {
    /// Id of a saved rule.
    rule: Option<String>,
    /// A whole rule as YAML, in place of a saved one.
    yaml: Option<String>,
    /// Beginning of the range; `now-7d` unless given.
    from: Option<String>,
    /// End of the range; `now` unless given.
    to: Option<String>,
    /// At most so many of the newest anomalies, 1 to 100; 20 unless given.
    limit: Option<u32>,
}

impl Tool for ReplayRule {
    const NAME: &'static str = "replay_rule";
    const TITLE: &'static str = "Replay a rule";

    async fn answer(self, app: &AppState, _: Caller) -> ApiResult<Value> {
        let limit = limit(self.limit, 20, 100, "limit")?;
        let (from, to) = ends(self.from.as_deref(), self.to.as_deref());
        let range = range(from, to, app.clock.now_ms(), &UtcOffsets::utc())?;
        let (rule, version) = named(app, self.rule.as_deref(), self.yaml.as_deref()).await?;
        let mut summary = replay(app, rule, version, range).await?;
        let total = summary.fired.len();
        summary.fired.sort_by_key(|fired| fired.anomaly.start_ms);
        summary.fired.drain(..total.saturating_sub(limit));
        let mut told = to_json(&summary)?;
        told["fired_total"] = json!(total);
        Ok(told)
    }
}

/// Searches detectors, parameters and thresholds for the setting of a rule that sends at most so many pages a week and
/// finds every incident that people labelled. Answers with the changed rule as YAML and what comes of it before and
/// after, or with what comes nearest. Takes up to 15 seconds.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchSetting {
    /// Id of a saved rule.
    rule: Option<String>,
    /// A whole rule as YAML, in place of a saved one.
    yaml: Option<String>,
    /// Beginning of the range; `now-7d` unless given.
    from: Option<String>,
    /// End of the range; `now` unless given.
    to: Option<String>,
    /// At most so many pages a week, 0 to 10000.
    most_pages_per_week: f64,
}

impl Tool for SearchSetting {
    const NAME: &'static str = "search_setting";
    const TITLE: &'static str = "Search a setting within an alarm budget";

    async fn answer(self, app: &AppState, _: Caller) -> ApiResult<Value> {
        let most_pages_per_week = self.most_pages_per_week;
        if !(0.0..=10_000.0).contains(&most_pages_per_week) {
            let message = "must lie between 0 and 10000";
            return Err(ApiError::invalid_query("most_pages_per_week", message));
        }
        let (from, to) = ends(self.from.as_deref(), self.to.as_deref());
        let range = range(from, to, app.clock.now_ms(), &UtcOffsets::utc())?;
        let (rule, version) = named(app, self.rule.as_deref(), self.yaml.as_deref()).await?;
        let stage = Stage::gather(app, rule, version, range).await?;
        let incidents = stage.incidents(app).await?;
        let budget = Budget {
            most_pages_per_week,
        };
        let found = Turns::take(app, move |patience| {
            stage.search(&incidents, budget, patience)
        });
        let mut answer = found.await?.map_err(refused)?;
        let rule = answer.rule.take();
        let yaml = rule.as_ref().map(rule_yaml).transpose();
        let mut told = to_json(&answer)?;
        told["range"] = to_json(&range)?;
        told["yaml"] = json!(yaml.map_err(anyhow::Error::from)?);
        if let Value::Object(told) = &mut told {
            told.remove("rule");
        }
        Ok(told)
    }
}

fn ends<'a>(from: Option<&'a str>, to: Option<&'a str>) -> (&'a str, &'a str) {
    (from.unwrap_or("now-7d"), to.unwrap_or("now"))
}
