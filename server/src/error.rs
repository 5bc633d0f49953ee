//! The one way in which a request is refused, and its JSON envelope.
//!
//! Which error belongs where: a module has its own narrow `thiserror` type; a handler answers [`ApiError`];
//! a command answers `anyhow::Error`. A failure that is not the caller's is logged here, once, and told as a 500
//! without its details.

use std::fmt;

use axum::response::{IntoResponse, Json, Response};
use hindcast_shared::api::{ErrorBody, ErrorDetail};
use hindcast_shared::error::FieldError;
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};

use crate::detection::{CommandError, DetectionError};
use crate::sources::SourceError;
use crate::store::StoreError;

/// What every handler answers.
pub(crate) type ApiResult<T> = Result<T, ApiError>;

/// A refusal: status, code, sentence, and the field it is about.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
    field: Option<String>,
    retry_after_s: Option<u64>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            field: None,
            retry_after_s: None,
        }
    }

    /// 400: the request makes no sense.
    pub(crate) fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// 400 `invalid_query`: a parameter of the address is wrong.
    pub(crate) fn invalid_query(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::bad_request("invalid_query", message).about(field)
    }

    /// 422: the body can be read, but a field of it is wrong.
    pub(crate) fn invalid_body(code: &'static str, error: FieldError) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, error.message).about(error.field)
    }

    /// 401: nobody, or nobody that is known.
    pub(crate) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
    }

    /// 403: known, but not allowed.
    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", message)
    }

    /// 404: `what` is the code's first half, such as `rule` or `anomaly`.
    pub(crate) fn not_found(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    /// 409: it is not in a state in which this could be done.
    pub(crate) fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    /// 422: understood, and cannot be done.
    pub(crate) fn unprocessable(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
    }

    /// 412: somebody else changed it meanwhile.
    pub(crate) fn precondition_failed(message: impl Into<String>) -> Self {
        Self::new(
            StatusCode::PRECONDITION_FAILED,
            "precondition_failed",
            message,
        )
    }

    /// 413: larger than allowed.
    pub(crate) fn too_large(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message).about("body")
    }

    /// 429: too often; `retry_after_s` says when again.
    pub(crate) fn too_many(retry_after_s: u64) -> Self {
        let message = format!("too many requests; try again in {retry_after_s} s");
        let mut error = Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", message);
        error.retry_after_s = Some(retry_after_s);
        error
    }

    /// 502: a source does not answer, or answers nonsense.
    pub(crate) fn source_unavailable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_GATEWAY, "source_unavailable", message)
    }

    /// 503: not now.
    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        let mut error = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", message);
        error.retry_after_s = Some(5);
        error
    }

    /// 504: it took too long.
    pub(crate) fn timeout(message: impl Into<String>) -> Self {
        Self::new(StatusCode::GATEWAY_TIMEOUT, "timeout", message)
    }

    /// 500, for what is our fault: logged here, told without details.
    pub(crate) fn internal(error: impl Into<anyhow::Error>) -> Self {
        let error = error.into();
        tracing::error!(error = format!("{error:#}"), "a request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "something went wrong; the log says more",
        )
    }

    /// Names the field that it is about.
    pub(crate) fn about(mut self, field: impl Into<String>) -> Self {
        let field = field.into();
        self.field = (!field.is_empty()).then_some(field);
        self
    }

    /// The refusal as it stands in an answer about several things.
    pub(crate) fn into_detail(self) -> ErrorDetail {
        ErrorDetail {
            code: self.code.to_owned(),
            message: self.message,
            field: self.field,
        }
    }

    #[cfg(test)]
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// The stable word for programs.
    pub(crate) fn code(&self) -> &'static str {
        self.code
    }
}

/// A wrong rule: the most frequent refusal of a body.
impl From<FieldError> for ApiError {
    fn from(error: FieldError) -> Self {
        Self::invalid_body("invalid_rule", error)
    }
}

impl From<anyhow::Error> for ApiError {
    fn from(error: anyhow::Error) -> Self {
        Self::internal(error)
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let message = error.to_string();
        match error {
            StoreError::NotFound { what, .. } => {
                let code = match what {
                    "rule" => "unknown_rule",
                    "anomaly" => "unknown_anomaly",
                    "label" => "unknown_label",
                    "mute" => "unknown_mute",
                    "calendar" => "unknown_calendar",
                    "model" => "unknown_model",
                    "job" => "unknown_job",
                    _ => "not_found",
                };
                Self::not_found(code, message)
            }
            StoreError::VersionMismatch { .. } => Self::precondition_failed(message),
            StoreError::Provisioned(_) => Self::conflict("provisioned_rule", message),
            StoreError::ProvisionedCalendar(_) => Self::conflict("provisioned_calendar", message),
            StoreError::Taken { .. } => Self::conflict("calendar_exists", message),
            StoreError::Live { .. } => Self::conflict("model_live", message),
            StoreError::Exists(_) => Self::conflict("rule_exists", message),
            StoreError::Over { .. } => Self::conflict("mute_over", message),
            StoreError::StaleRule { .. } => Self::conflict("stale_rule", message),
            StoreError::TooManySeries { .. } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "too_many_series", message)
            }
            StoreError::Interrupted => Self::unavailable(message),
            full if full.is_full() => {
                tracing::error!(error = message, "the store cannot be written");
                let message = "the store cannot be written, and nothing was changed; make room on the disk of store.path";
                Self::new(StatusCode::INSUFFICIENT_STORAGE, "storage_full", message)
            }
            other => Self::internal(other),
        }
    }
}

impl From<SourceError> for ApiError {
    fn from(error: SourceError) -> Self {
        let message = error.to_string();
        match error {
            SourceError::Unavailable { .. } => Self::source_unavailable(message),
            SourceError::Timeout { .. } => Self::timeout(message),
            SourceError::InvalidQuery { .. } | SourceError::TooManySeries { .. } => {
                Self::invalid_query("query", message)
            }
            SourceError::TooManyPoints { .. } | SourceError::AnswerTooLarge { .. } => {
                Self::invalid_query("from", message)
            }
            SourceError::UnknownSource { .. } => {
                Self::not_found("unknown_source", message).about("source")
            }
            SourceError::Store { .. } => Self::internal(error),
        }
    }
}

impl From<DetectionError> for ApiError {
    fn from(error: DetectionError) -> Self {
        match error {
            DetectionError::Source(error) => error.into(),
            DetectionError::Store(error) => error.into(),
            DetectionError::Schedule(error) => error.into(),
            DetectionError::Interrupted => Self::unavailable(error.to_string()),
        }
    }
}

impl From<CommandError> for ApiError {
    fn from(error: CommandError) -> Self {
        let message = error.to_string();
        match error {
            CommandError::NotFound => Self::not_found("unknown_anomaly", message).about("id"),
            CommandError::Changed => Self::precondition_failed(message),
            CommandError::NothingToUndo => Self::conflict("nothing_to_undo", message),
            CommandError::Conflict(_) => Self::conflict("not_active", message),
            CommandError::Store(error) => error.into(),
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(f, "{field}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, retry_after_s) = (self.status, self.retry_after_s);
        let error = self.into_detail();
        let mut response = (status, Json(ErrorBody { error })).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = retry_after_s {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn refusal_when_answered_then_has_the_envelope_and_the_header() {
        let response = ApiError::too_many(7).into_response();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()[RETRY_AFTER], "7");
        let body = axum::body::to_bytes(response.into_body(), 1_000)
            .await
            .expect("a body in memory");
        let body: ErrorBody = serde_json::from_slice(&body).expect("the envelope");
        assert_eq!(body.error.code, "rate_limited");
        assert_eq!(body.error.field, None);
    }
}
