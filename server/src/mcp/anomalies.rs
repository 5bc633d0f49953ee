//! What is wrong now, and why that is said.

use hindcast_shared::api::ListAnomaliesQuery;
use http::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::tool::{Tool, json as to_json, limit};
use crate::auth::{Caller, Embed, Viewer};
use crate::error::ApiResult;
use crate::extract::{Path, Query};
use crate::routes::anomalies::{detail, explain_anomaly, list_anomalies, stored};
use crate::state::AppState;

/// Lists the anomalies that are open now, acknowledged or not, newest first.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListOpenAnomalies {
    /// Only of this rule, by its id.
    rule: Option<String>,
    /// Only of this severity: `info`, `warning` or `critical`.
    severity: Option<String>,
    /// At most so many, 1 to 100; 20 unless given.
    limit: Option<u32>,
    /// `next_cursor` of the answer before, for the next part of a long list.
    cursor: Option<String>,
}

impl Tool for ListOpenAnomalies {
    const NAME: &'static str = "list_open_anomalies";
    const TITLE: &'static str = "List open anomalies";

    async fn answer(self, app: &AppState, caller: Caller) -> ApiResult<Value> {
        let limit = limit(self.limit, 20, 100, "limit")?;
        let query = ListAnomaliesQuery {
            // What is open may have begun at any time.
            from: Some("0".to_owned()),
            status: vec!["active".to_owned()],
            severity: self.severity.into_iter().collect(),
            rule: self.rule,
            limit: Some(limit as u32),
            cursor: self.cursor,
            ..ListAnomaliesQuery::default()
        };
        let page = list_anomalies(app.clone(), Embed(caller), Query(query)).await?;
        to_json(&page.0)
    }
}

/// Finds one anomaly with its history and pages, and explains it at its peak: what was expected, what adds up to the
/// judgement, which value or threshold would have been quiet. Where the samples are not kept any more, `no_explanation`
/// says so.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExplainAnomaly {
    /// Id of the anomaly.
    id: String,
}

impl Tool for ExplainAnomaly {
    const NAME: &'static str = "explain_anomaly";
    const TITLE: &'static str = "Explain an anomaly";

    async fn answer(self, app: &AppState, caller: Caller) -> ApiResult<Value> {
        let found = stored(app, &self.id).await?;
        let detail = detail(app, found, &HeaderMap::new()).await?;
        let mut told = json!({ "anomaly": to_json(&detail)? });
        match explain_anomaly(app.clone(), Viewer(caller), Path(self.id)).await {
            Ok(explanation) => told["explanation"] = to_json(&explanation.0)?,
            Err(error) if error.code() == "no_explanation" => {
                told["no_explanation"] = json!(error.to_string());
            }
            Err(error) => return Err(error),
        }
        Ok(told)
    }
}
