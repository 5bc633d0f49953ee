//! `POST /api/v1/assist`

use axum::Json;
use hindcast_shared::api::{AssistAnswer, AssistRequest, ErrorBody};
use hindcast_shared::error::FieldError;
use hindcast_shared::message::Lang;
use hindcast_shared::time::UtcOffsets;

use crate::assist::propose;
use crate::auth::Operator;
use crate::error::{ApiError, ApiResult};
use crate::extract;
use crate::routes::range::range;
use crate::routes::rules::checked_rule;
use crate::state::AppState;

/// Bounds of what is sent.
const MAX_WISH: usize = 2_000;
const MAX_ATTACHMENTS: usize = 4;
const MAX_NAME: usize = 100;
const MAX_TEXT: usize = 16 * 1024;

/// Proposes changes of a draft, each replayed over the range and the labels: by the search within a budget of pages, by
/// the kind of the series, and by the language model of `words.ollama` where one is configured and something is wished.
/// Saves nothing. Going away stops it.
#[utoipa::path(post, path = "/api/v1/assist", tag = "lab", operation_id = "assist_draft",
    request_body = AssistRequest,
    responses((status = OK, body = AssistAnswer), (status = BAD_REQUEST, body = ErrorBody),
        (status = UNPROCESSABLE_ENTITY, body = ErrorBody), (status = CONFLICT, body = ErrorBody),
        (status = BAD_GATEWAY, body = ErrorBody), (status = GATEWAY_TIMEOUT, body = ErrorBody)))]
pub(crate) async fn assist_draft(
    app: AppState,
    _: Operator,
    extract::Json(asked): extract::Json<AssistRequest>,
) -> ApiResult<Json<AssistAnswer>> {
    check(&asked).map_err(|error| ApiError::invalid_body("invalid_wish", error))?;
    let now_ms = app.clock.now_ms();
    let range = range(&asked.from, &asked.to, now_ms, &UtcOffsets::utc())?;
    let body = serde_json::to_value(&asked.rule).map_err(anyhow::Error::from)?;
    let rule = checked_rule(&app, body).await;
    let rule = rule.map_err(|error| error.under("rule"))?;
    Box::pin(propose(&app, rule, range, &asked)).await.map(Json)
}

fn check(asked: &AssistRequest) -> Result<(), FieldError> {
    if asked.wish.chars().count() > MAX_WISH {
        let message = format!("must be at most {MAX_WISH} characters long");
        return Err(FieldError::new("wish", message));
    }
    if asked.attachments.len() > MAX_ATTACHMENTS {
        let message = format!("must be at most {MAX_ATTACHMENTS}");
        return Err(FieldError::new("attachments", message));
    }
    for (index, attachment) in asked.attachments.iter().enumerate() {
        if attachment.name.chars().count() > MAX_NAME {
            let message = format!("must be at most {MAX_NAME} characters long");
            return Err(FieldError::new(
                format!("attachments[{index}].name"),
                message,
            ));
        }
        if attachment.text.len() > MAX_TEXT {
            let message = format!("must be at most {MAX_TEXT} bytes long");
            return Err(FieldError::new(
                format!("attachments[{index}].text"),
                message,
            ));
        }
    }
    let pages = asked.most_pages_per_week;
    if pages.is_some_and(|pages| !(0.0..=10_000.0).contains(&pages)) {
        let message = "must lie between 0 and 10000";
        return Err(FieldError::new("most_pages_per_week", message));
    }
    match asked.lang.as_deref().map(str::parse::<Lang>) {
        Some(Err(_)) => Err(FieldError::new("lang", "must be en, ko or ru")),
        _ => Ok(()),
    }
}
