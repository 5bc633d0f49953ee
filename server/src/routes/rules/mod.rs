//! `/api/v1/rules`: what is watched, its versions, and what it would have fired.

mod create;
mod delete;
mod find;
mod list;
mod parse;
mod replay;
mod revert;
mod update;
mod validate;
mod versions;

pub(crate) use self::create::{__path_create_rule, create_rule};
pub(crate) use self::delete::{__path_delete_rule, delete_rule};
pub(crate) use self::find::{__path_find_rule, find_rule};
pub(crate) use self::list::{__path_list_rules, list_rules};
pub(crate) use self::parse::{__path_parse_rule, parse_rule};
pub(crate) use self::replay::{__path_replay_rule, replay, replay_rule};
pub(crate) use self::revert::{__path_revert_rule, revert_rule};
pub(crate) use self::update::{__path_update_rule, update_rule};
pub(crate) use self::validate::{__path_validate_rule, validate_rule};
pub(crate) use self::versions::{__path_list_rule_versions, list_rule_versions};

use hindcast_shared::api::RuleRecord;
use hindcast_shared::error::FieldError;
use hindcast_shared::rule::{Rule, RuleId};
use serde_json::Value;

use crate::error::{ApiError, ApiResult};
use crate::schedule;
use crate::state::App;

/// The rule id of a path; what is no slug cannot be a rule.
pub(crate) fn rule_id(id: &str) -> ApiResult<RuleId> {
    id.parse().map_err(|_| unknown_rule(id))
}

/// 404 for a rule.
pub(crate) fn unknown_rule(id: &str) -> ApiError {
    ApiError::not_found("unknown_rule", format!("there is no rule `{id}`")).about("rule")
}

/// A rule from a body, checked for everything that only this server can check too.
pub(crate) async fn checked_rule(app: &App, body: Value) -> Result<Rule, FieldError> {
    let rule = Rule::from_json(body)?;
    schedule::check(&rule)?;
    let source = app.sources.check(&rule.source);
    source.map_err(|error| FieldError::new("source", error.to_string()))?;
    if let Some(message) = app.sources.refusal(&rule.source, &rule.query).await {
        return Err(FieldError::new("query", message));
    }
    for (index, id) in rule.calendars.iter().enumerate() {
        let found = app.store.calendars().get(id).await;
        let field = format!("calendars[{index}]");
        found.map_err(|error| FieldError::new(field, error.to_string()))?;
    }
    Ok(rule)
}

/// The record of a rule that exists.
pub(crate) async fn record(app: &App, id: &RuleId) -> ApiResult<RuleRecord> {
    let now_ms = app.clock.now_ms();
    let records = app.store.rules().records(Some(id), now_ms).await?;
    let record = records.into_iter().next();
    record.ok_or_else(|| unknown_rule(id.as_str()))
}
