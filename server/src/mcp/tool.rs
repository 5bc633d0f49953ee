//! What a tool is: its input is a type that is read and described by itself, and its answer is JSON.

use std::future::Future;
use std::sync::Arc;

use rmcp::model::{JsonObject, Tool as ToolRecord, ToolAnnotations};
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::error::{ApiError, ApiResult};
use crate::state::AppState;

/// Something that can be asked. The doc comment of the type is what assistants read of it.
pub(super) trait Tool: DeserializeOwned + ToSchema + Send {
    /// The word by which it is called.
    const NAME: &'static str;
    /// The name for people.
    const TITLE: &'static str;

    /// The answer.
    fn answer(
        self,
        app: &AppState,
        caller: Caller,
    ) -> impl Future<Output = ApiResult<Value>> + Send;
}

/// A tool as it is listed.
pub(super) fn record<T: Tool>() -> ToolRecord {
    let schema = serde_json::to_value(T::schema()).unwrap_or_default();
    let Value::Object(mut schema) = schema else {
        return ToolRecord::default();
    };
    let about = schema.remove("description");
    let about = about.as_ref().and_then(Value::as_str).unwrap_or_default();
    // Clients ask for it even where there is nothing in it.
    schema
        .entry("properties")
        .or_insert_with(|| Value::Object(JsonObject::new()));
    // A sentence is written over several lines in the source.
    let about = about.replace('\n', " ");
    ToolRecord::new(T::NAME, about, Arc::new(schema))
        .with_title(T::TITLE)
        .with_annotations(
            ToolAnnotations::new()
                .read_only(true)
                .idempotent(true)
                .open_world(false),
        )
}

/// How many of something are told: what was asked for, if it is not more than can be.
pub(super) fn limit(asked: Option<u32>, usual: u32, most: u32, field: &str) -> ApiResult<usize> {
    let limit = asked.unwrap_or(usual);
    if limit == 0 || limit > most {
        let message = format!("must lie between 1 and {most}");
        return Err(ApiError::invalid_query(field, message));
    }
    Ok(limit as usize)
}

/// As JSON.
pub(super) fn json(value: &impl serde::Serialize) -> ApiResult<Value> {
    serde_json::to_value(value).map_err(|error| ApiError::internal(anyhow::Error::from(error)))
}
