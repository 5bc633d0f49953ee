//! Rules, the detectors they are made of, and whether one is right.

use axum::body::Bytes;
use hindcast_shared::error::FieldError;
use hindcast_shared::rule::Rule;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::tool::{Tool, json as to_json, limit};
use crate::auth::{Caller, Viewer};
use crate::config::{RuleText, rule_yaml};
use crate::error::{ApiError, ApiResult};
use crate::extract::RawBody;
use crate::routes::about;
use crate::routes::rules::{self, checked_rule, record, rule_id};
use crate::state::AppState;

/// Lists the rules by id: what each watches with which detector, anomalies that are open, pages of the last week.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListRules {
    /// Only rules whose id comes after this one, for the next part of a long list.
    after: Option<String>,
    /// At most so many, 1 to 200; 100 unless given.
    limit: Option<u32>,
}

impl Tool for ListRules {
    const NAME: &'static str = "list_rules";
    const TITLE: &'static str = "List rules";

    async fn answer(self, app: &AppState, caller: Caller) -> ApiResult<Value> {
        let limit = limit(self.limit, 100, 200, "limit")?;
        let page = rules::list_rules(app.clone(), Viewer(caller)).await?;
        let all = page.0.items;
        let total = all.len();
        let items = all.iter().filter(|record| record.rule.id > self.after);
        let items = items.take(limit).map(|record| {
            json!({
                "id": record.rule.id, "name": record.rule.name, "source": record.rule.source,
                "query": record.rule.query, "detector": record.rule.detector, "version": record.version,
                "open_anomalies": record.open_anomalies, "pages_last_week": record.pages_last_week,
                "last_run": record.last_run,
            })
        });
        Ok(json!({ "items": items.collect::<Vec<_>>(), "total": total }))
    }
}

/// Finds one rule as YAML, as a file has it, with its version, its last run and what is open of it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FindRule {
    /// Id of the rule.
    rule: String,
}

impl Tool for FindRule {
    const NAME: &'static str = "find_rule";
    const TITLE: &'static str = "Find a rule";

    async fn answer(self, app: &AppState, _: Caller) -> ApiResult<Value> {
        let record = record(app, &rule_id(&self.rule)?).await?;
        Ok(json!({
            "yaml": rule_yaml(&record.rule).map_err(anyhow::Error::from)?,
            "version": record.version, "provisioned": record.provisioned, "last_run": record.last_run,
            "open_anomalies": record.open_anomalies, "pages_last_week": record.pages_last_week,
        }))
    }
}

/// Lists the detectors by family with what each finds; of one kind also its threshold and parameters, with range, step,
/// unit and default.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListDetectors {
    /// Only this detector, with its parameters: `zscore`.
    kind: Option<String>,
}

impl Tool for ListDetectors {
    const NAME: &'static str = "list_detectors";
    const TITLE: &'static str = "List detectors";

    async fn answer(self, app: &AppState, caller: Caller) -> ApiResult<Value> {
        let page = about::list_detectors(app.clone(), Viewer(caller)).await;
        let all = page.0.items;
        let items = match self.kind {
            Some(kind) => {
                let one = all.iter().find(|one| one.kind == kind);
                let one = one.ok_or_else(|| {
                    let message = format!("there is no detector `{kind}`");
                    ApiError::not_found("unknown_detector", message).about("kind")
                })?;
                vec![to_json(one)?]
            }
            None => all
                .iter()
                .map(|one| {
                    json!({
                        "kind": one.kind, "title": one.title, "help": one.help, "family": one.family,
                        "is_group": one.is_group,
                    })
                })
                .collect(),
        };
        Ok(json!({ "items": items }))
    }
}

/// Says whether a rule could be saved: what is wrong, with its line and field, and what is probably not meant; with
/// nothing wrong, the rule with its defaults. Saves nothing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ValidateRule {
    /// The rule as YAML or JSON, at most 64 KiB.
    yaml: String,
}

impl Tool for ValidateRule {
    const NAME: &'static str = "validate_rule";
    const TITLE: &'static str = "Validate a rule";

    async fn answer(self, app: &AppState, caller: Caller) -> ApiResult<Value> {
        let body = RawBody(Bytes::from(self.yaml));
        let parsed = rules::parse_rule(app.clone(), Viewer(caller), body).await?;
        to_json(&parsed.0)
    }
}

/// The rule that a tool is about, with its version: a saved one by its id, or any as YAML.
pub(super) async fn named(
    app: &AppState,
    id: Option<&str>,
    yaml: Option<&str>,
) -> ApiResult<(Rule, u32)> {
    match (id, yaml) {
        (Some(id), None) => {
            let id = rule_id(id)?;
            let stored = app.store.rules().get(&id).await?;
            let stored = stored.ok_or_else(|| rules::unknown_rule(id.as_str()))?;
            Ok((stored.rule, stored.version))
        }
        (None, Some(yaml)) => {
            let wrong = |line: u32, field: String, message: String| {
                let error = FieldError::new(field, format!("{message} (line {line})"));
                ApiError::invalid_body("invalid_rule", error.under("yaml"))
            };
            let text = RuleText::parse(yaml)
                .map_err(|problem| wrong(problem.line, problem.field, problem.message))?;
            let rule = checked_rule(app, text.value()).await.map_err(|error| {
                let problem = text.problem(error);
                wrong(problem.line, problem.field, problem.message)
            })?;
            // A changed rule finds the anomalies of the one that it changes.
            let stored = app.store.rules().get(&rule.id).await?;
            Ok((rule, stored.map_or(1, |stored| stored.version)))
        }
        _ => Err(ApiError::invalid_query(
            "rule",
            "give `rule`, the id of a saved rule, or `yaml`, a whole rule",
        )),
    }
}
