//! How the server is spoken to, and what is made of its refusals.

use hindcast_shared::api::{ErrorBody, ErrorDetail};
use web_sys::AbortSignal;

use super::ApiError;
use crate::http::{self, Call};
use crate::i18n::{in_own_words, tf};
use crate::json;

/// Speaks to the server; gives back the text of its answer.
///
/// Not generic: each type would otherwise bring a state machine of its own.
pub(super) async fn speak(
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<String>,
) -> Result<String, ApiError> {
    Ok(speak_tagged(method, path, headers, body).await?.0)
}

/// The same, until it is broken off; then nobody answers.
pub(super) async fn speak_until(
    method: &str,
    path: &str,
    body: Option<String>,
    stop: &AbortSignal,
) -> Result<String, ApiError> {
    let call = Call {
        method,
        body,
        stop: Some(stop),
        ..Call::default()
    };
    Ok(told(path, call, &[]).await?.0)
}

/// The same with the version of what was answered, as its `ETag` has it.
pub(super) async fn speak_tagged(
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<String>,
) -> Result<(String, Option<String>), ApiError> {
    let call = Call {
        method,
        body,
        ..Call::default()
    };
    told(path, call, headers).await
}

async fn told(
    path: &str,
    call: Call<'_>,
    headers: &[(&str, &str)],
) -> Result<(String, Option<String>), ApiError> {
    // Words of the server are in the language of the page, which need not be the browser's first.
    let language = [("Accept-Language", crate::i18n::language().tag())];
    let headers = [headers, &language].concat();
    let call = Call {
        headers: &headers,
        ..call
    };
    let response = http::send(path, call)
        .await
        .map_err(|_| ApiError::Unreachable)?;
    let text = http::text(&response)
        .await
        .map_err(|_| ApiError::Unreachable)?;
    let header = |name: &str| response.headers().get(name).ok().flatten();
    if response.ok() {
        return Ok((text, header("etag")));
    }
    let status = response.status();
    if status == 401 {
        return Err(ApiError::SignedOut);
    }
    if status == 429 {
        let wait_s = header("retry-after").and_then(|text| text.parse().ok());
        return Err(ApiError::Busy {
            wait_s: wait_s.unwrap_or(10),
        });
    }
    let detail = match json::read::<ErrorBody>(&text) {
        Ok(body) => in_own_words(body.error).await,
        Err(_) => ErrorDetail {
            code: "unknown".to_owned(),
            message: tf("the server answered {n}", &[("n", &status.to_string())]),
            field: None,
        },
    };
    Err(ApiError::Refused { status, detail })
}
