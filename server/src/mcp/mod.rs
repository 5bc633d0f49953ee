//! `/mcp`: what an assistant of one's own may ask, by the Model Context Protocol over streamable HTTP.
//!
//! The protocol is rmcp's. There are no sessions: every request carries its key and is answered by one JSON message, so
//! nothing is kept between two of them and nobody speaks with the rights of somebody else. Each tool calls what the
//! handler of the HTTP API calls, for a viewer, under the same limits, and says less where an answer could be long.
//! Nothing here may write: that is what people, rules and the HTTP API are for.

mod anomalies;
mod rules;
mod series;
mod sources;
mod studies;
mod tool;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use hindcast_shared::error::read;
use http::StatusCode;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ErrorData,
    Implementation, ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig,
    Tool as ToolRecord,
};
use rmcp::service::{RequestContext, RoleServer};
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use serde_json::{Value, json};

use self::tool::{Tool, record};
use crate::auth::{Caller, Viewer, guard};
use crate::error::{ApiError, ApiResult};
use crate::state::AppState;

/// Where assistants ask.
pub(crate) const PATH: &str = "/mcp";

/// Largest message in bytes: a rule as YAML has at most 64 KiB.
const MAX_BYTES: usize = 256 * 1024;

/// What an assistant is told before it asks.
const INSTRUCTIONS: &str = "Hindcast finds anomalies in time series by rules, and replays a rule over the past: what \
    it would have fired, and how many pages that is a week. Nothing can be changed here. Times are RFC 3339, \
    milliseconds since 1970, or relative to now (now-7d, now-1d/d); answers are in UTC milliseconds. To improve a rule, \
    read it (find_rule), replay it (replay_rule), look at its series (profile_series) and at the ranges of its detector's \
    parameters (list_detectors), change the YAML, validate_rule, and replay_rule the changed YAML over the same range.";

/// One message of an assistant.
pub(crate) async fn serve(
    app: AppState,
    Viewer(caller): Viewer,
    request: Request,
) -> ApiResult<Response> {
    if !app.config.mcp.enabled {
        let message = "assistants are switched off: mcp.enabled is false";
        return Err(ApiError::not_found("not_found", message));
    }
    guard::check_program(&app.config, &request)?;
    // Names of hosts are the guard's business, and so is who may ask without a key.
    let config = StreamableHttpServerConfig::default()
        .disable_allowed_hosts()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(MAX_BYTES)
        .with_cancellation_token(app.lifecycle.soft());
    let assistant = Assistant { app, caller };
    let service = StreamableHttpService::new(
        move || Ok(assistant.clone()),
        NeverSessionManager::default().into(),
        config,
    );
    let response = service.handle(request).await;
    if response.status() == StatusCode::NOT_ACCEPTABLE {
        let message = "send `Accept: application/json, text/event-stream`";
        return Err(ApiError::bad_request("invalid_header", message).about("accept"));
    }
    Ok(response.map(Body::new))
}

/// Who asks, and whom.
#[derive(Clone)]
struct Assistant {
    app: AppState,
    caller: Caller,
}

/// Names every tool once; the list and the call cannot differ.
macro_rules! tools {
    ($($tool:ty),* $(,)?) => {
        fn records() -> Vec<ToolRecord> {
            vec![$(record::<$tool>()),*]
        }

        async fn answer(app: &AppState, caller: Caller, name: &str, input: Value) -> Option<ApiResult<Value>> {
            match name {
                $(<$tool>::NAME => Some(match read::<$tool>(input) {
                    Ok(tool) => Box::pin(tool.answer(app, caller)).await,
                    Err(error) => Err(ApiError::invalid_body("invalid_arguments", error)),
                }),)*
                _ => None,
            }
        }
    };
}

tools![
    sources::ListSources,
    sources::ListQueries,
    rules::ListRules,
    rules::FindRule,
    rules::ListDetectors,
    rules::ValidateRule,
    series::QuerySeries,
    series::ProfileSeries,
    studies::ReplayRule,
    studies::SearchSetting,
    anomalies::ListOpenAnomalies,
    anomalies::ExplainAnomaly,
];

impl rmcp::ServerHandler for Assistant {
    fn get_info(&self) -> ServerConfig {
        let this = Implementation::new("hindcast", env!("CARGO_PKG_VERSION"));
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(this.with_title("Hindcast"))
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(records()))
    }

    fn get_tool(&self, name: &str) -> Option<ToolRecord> {
        records().into_iter().find(|tool| tool.name == name)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let input = Value::Object(request.arguments.unwrap_or_default());
        let asked = answer(&self.app, self.caller.clone(), &request.name, input);
        // Whoever goes away, or takes the question back, stops the work.
        let answered = tokio::select! {
            () = context.ct.cancelled() => return Err(ErrorData::internal_error("taken back", None)),
            answered = asked => answered,
        };
        let Some(answered) = answered else {
            let message = format!("there is no tool `{}`", request.name);
            return Err(ErrorData::invalid_params(message, None));
        };
        Ok(match answered {
            Ok(value) => CallToolResult::structured(value).into(),
            Err(error) => refusal(error).into(),
        })
    }
}

/// A refusal as a tool tells it: a sentence with its field, and the envelope of the HTTP API beside it.
fn refusal(error: ApiError) -> CallToolResult {
    let mut result = CallToolResult::error(vec![ContentBlock::text(error.to_string())]);
    result.structured_content = Some(json!({ "error": error.into_detail() }));
    result
}

#[cfg(test)]
mod tests;
