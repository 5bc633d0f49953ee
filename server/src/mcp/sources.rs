//! Where series come from, and what to ask there.

use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::tool::{Tool, json as to_json};
use crate::auth::{Caller, Viewer};
use crate::error::ApiResult;
use crate::routes::{lab, sources};
use crate::state::AppState;

/// Lists the sources of series, how they are, and selectors or queries that each suggests.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListSources {}

impl Tool for ListSources {
    const NAME: &'static str = "list_sources";
    const TITLE: &'static str = "List sources";

    async fn answer(self, app: &AppState, caller: Caller) -> ApiResult<Value> {
        let page = sources::list_sources(app.clone(), Viewer(caller)).await;
        Ok(json!({ "items": to_json(&page.0.items)? }))
    }
}

/// Lists the queries that the operators of this server offer to everybody, each with its source.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQueries {}

impl Tool for ListQueries {
    const NAME: &'static str = "list_queries";
    const TITLE: &'static str = "List offered queries";

    async fn answer(self, app: &AppState, caller: Caller) -> ApiResult<Value> {
        let start = lab::find_lab(app.clone(), Viewer(caller)).await;
        Ok(json!({ "items": to_json(&start.0.queries)? }))
    }
}
