//! The only place of the page that speaks HTTP: one function a resource, one error type.
//!
//! Addresses are relative, so that the page works under any base path.

use gloo_net::http::{Request, RequestBuilder, Response};
use hindcast_shared::anomaly::Anomaly;
use hindcast_shared::api::{
    AnomalyDetail, ErrorBody, ErrorDetail, ListPage, Me, NoteRequest, RuleRecord, RuleVersion,
    SessionRequest, SourceRecord, ValidateResponse,
};
use hindcast_shared::rule::RuleDraft;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Why a call did not give what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// The server was not reached.
    #[error("the server does not answer")]
    Unreachable,
    /// Nobody is signed in.
    #[error("sign in first")]
    SignedOut,
    /// The server said no.
    #[error("{}", .detail.message)]
    Refused {
        /// HTTP status.
        status: u16,
        /// What it said.
        detail: ErrorDetail,
    },
    /// The answer made no sense.
    #[error("the answer could not be read: {0}")]
    Unreadable(String),
}

impl ApiError {
    /// Whether the thing that was asked for does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
    }

    /// The field that was refused.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Refused { detail, .. } => detail.field.as_deref(),
            _ => None,
        }
    }

    /// What the viewer can do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Unreachable => "Check that Hindcast is running; this page tries again by itself.",
            Self::SignedOut => "Your session is over or the key was revoked.",
            Self::Refused { status: 403, .. } => {
                "Your key may look but not change; ask for an operator key."
            }
            Self::Refused { status: 412, .. } => {
                "Somebody else changed it meanwhile; load it again."
            }
            Self::Refused { status: 429, .. } => "Wait a moment, then try again.",
            Self::Refused { .. } => "Change what was asked for, then try again.",
            Self::Unreadable(_) => "The page may be older than the server: load it again.",
        }
    }
}

/// Where the API lives, relative to the page's base.
pub const ROOT: &str = "api/v1";

/// An address with its query, percent-encoded.
pub fn address(path: &str, query: &[(&str, &str)]) -> String {
    let mut text = format!("{ROOT}/{path}");
    for (index, (key, value)) in query.iter().enumerate() {
        text.push(if index == 0 { '?' } else { '&' });
        text.push_str(key);
        text.push('=');
        text.push_str(&String::from(js_sys::encode_uri_component(value)));
    }
    text
}

async fn ask(request: RequestBuilder) -> Result<Response, ApiError> {
    let response = request.send().await.map_err(|_| ApiError::Unreachable)?;
    check(response).await
}

async fn tell<T: Serialize>(request: RequestBuilder, body: &T) -> Result<Response, ApiError> {
    let request = request
        .json(body)
        .map_err(|error| ApiError::Unreadable(error.to_string()))?;
    let response = request.send().await.map_err(|_| ApiError::Unreachable)?;
    check(response).await
}

async fn check(response: Response) -> Result<Response, ApiError> {
    if response.ok() {
        return Ok(response);
    }
    let status = response.status();
    if status == 401 {
        return Err(ApiError::SignedOut);
    }
    let detail = match response.json::<ErrorBody>().await {
        Ok(body) => body.error,
        Err(_) => ErrorDetail {
            code: "unknown".to_owned(),
            message: format!("the server answered {status}"),
            field: None,
        },
    };
    Err(ApiError::Refused { status, detail })
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, ApiError> {
    response
        .json()
        .await
        .map_err(|error| ApiError::Unreadable(error.to_string()))
}

async fn get<T: DeserializeOwned>(path: &str, query: &[(&str, &str)]) -> Result<T, ApiError> {
    read(ask(Request::get(&address(path, query))).await?).await
}

/// Who is asking.
pub async fn find_me() -> Result<Me, ApiError> {
    get("sessions/me", &[]).await
}

/// Turns a key into a cookie.
pub async fn create_session(key: String) -> Result<(), ApiError> {
    let request = Request::post(&address("sessions", &[]));
    tell(request, &SessionRequest { key }).await.map(|_| ())
}

/// Signs out.
pub async fn delete_session() -> Result<(), ApiError> {
    ask(Request::delete(&address("sessions/me", &[])))
        .await
        .map(|_| ())
}

/// Anomalies, newest first.
pub async fn list_anomalies(query: &[(&str, &str)]) -> Result<ListPage<Anomaly>, ApiError> {
    get("anomalies", query).await
}

/// One anomaly with its story.
pub async fn find_anomaly(id: &str) -> Result<AnomalyDetail, ApiError> {
    get(&format!("anomalies/{id}"), &[]).await
}

/// Does something to an anomaly: `acknowledge`, `resolve`, `false-alarm`, `expected`.
pub async fn act_on_anomaly(id: &str, action: &str) -> Result<(), ApiError> {
    let request = Request::post(&address(&format!("anomalies/{id}/{action}"), &[]));
    ask(request).await.map(|_| ())
}

/// Writes a note on an anomaly.
pub async fn note_anomaly(id: &str, text: String) -> Result<(), ApiError> {
    let request = Request::post(&address(&format!("anomalies/{id}/notes"), &[]));
    tell(request, &NoteRequest { text }).await.map(|_| ())
}

/// Every rule.
pub async fn list_rules() -> Result<Vec<RuleRecord>, ApiError> {
    let page: ListPage<RuleRecord> = get("rules", &[]).await?;
    Ok(page.items)
}

/// One rule.
pub async fn find_rule(id: &str) -> Result<RuleRecord, ApiError> {
    get(&format!("rules/{id}"), &[]).await
}

/// The versions of a rule, newest first.
pub async fn list_rule_versions(id: &str) -> Result<Vec<RuleVersion>, ApiError> {
    let page: ListPage<RuleVersion> = get(&format!("rules/{id}/versions"), &[]).await?;
    Ok(page.items)
}

/// Checks a rule; `body` is whatever somebody wrote.
pub async fn validate_rule(body: &serde_json::Value) -> Result<ValidateResponse, ApiError> {
    read(tell(Request::post(&address("rules/validate", &[])), body).await?).await
}

/// Saves a new rule.
pub async fn create_rule(rule: &RuleDraft) -> Result<RuleRecord, ApiError> {
    read(tell(Request::post(&address("rules", &[])), rule).await?).await
}

/// Saves a rule over a version that was seen.
pub async fn update_rule(id: &str, version: u32, rule: &RuleDraft) -> Result<RuleRecord, ApiError> {
    let request = Request::put(&address(&format!("rules/{id}"), &[]))
        .header("If-Match", &format!("\"{version}\""));
    read(tell(request, rule).await?).await
}

/// Deletes a rule of which a version was seen.
pub async fn delete_rule(id: &str, version: u32) -> Result<(), ApiError> {
    let request = Request::delete(&address(&format!("rules/{id}"), &[]))
        .header("If-Match", &format!("\"{version}\""));
    ask(request).await.map(|_| ())
}

/// Every source.
pub async fn list_sources() -> Result<Vec<SourceRecord>, ApiError> {
    let page: ListPage<SourceRecord> = get("sources", &[]).await?;
    Ok(page.items)
}
