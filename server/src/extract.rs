//! Extractors whose refusals are [`ApiError`]s that name the field. Handlers use these and not axum's own.

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{FromRequest, FromRequestParts, OptionalFromRequest, Request};
use hindcast_shared::error::{FieldError, read};
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::error::ApiError;

/// The query string; keys may be given several times where the type has a list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = serde_html_form::Deserializer::from_bytes(query.as_bytes());
        read(pairs)
            .map(Self)
            .map_err(|error| ApiError::invalid_query(error.field, error.message))
    }
}

/// A JSON body, whatever its `Content-Type` says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        parse_json(&body(request, state).await?).map(Self)
    }
}

/// The same, where a body may be left out.
impl<T: DeserializeOwned, S: Send + Sync> OptionalFromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, ApiError> {
        let bytes = body(request, state).await?;
        if bytes.is_empty() {
            return Ok(None);
        }
        parse_json(&bytes).map(Self).map(Some)
    }
}

/// The body as it is.
#[derive(Debug, Clone)]
pub(crate) struct RawBody(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for RawBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        body(request, state).await.map(Self)
    }
}

/// Parts of the path, such as an id.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        path.map(|path| Self(path.0))
            .map_err(|rejection| ApiError::bad_request("invalid_path", rejection.body_text()))
    }
}

async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, ApiError> {
    Bytes::from_request(request, state)
        .await
        .map_err(|rejection| match rejection {
            BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
                ApiError::too_large("the body is larger than limits.body_mib allows")
            }
            other => ApiError::bad_request("unreadable_body", other.body_text()),
        })
}

/// Reads a body as [`Json`] does.
pub(crate) fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    // Syntax first, so that a broken body is a 400 and a wrong field a 422.
    let value: serde_json::Value = serde_json::from_slice(bytes)
        .map_err(|error| ApiError::bad_request("invalid_json", error.to_string()).about("body"))?;
    read(value).map_err(|error: FieldError| ApiError::invalid_body("invalid_body", error))
}

#[cfg(test)]
mod tests {
    use hindcast_shared::api::ListAnomaliesQuery;
    use http::StatusCode;

    use super::*;

    async fn query(uri: &str) -> Result<ListAnomaliesQuery, ApiError> {
        let (mut parts, ()) = http::Request::get(uri)
            .body(())
            .expect("a valid address")
            .into_parts();
        Query::from_request_parts(&mut parts, &())
            .await
            .map(|Query(query)| query)
    }

    #[tokio::test]
    async fn query_when_a_key_is_repeated_then_all_values_are_read() {
        let query = query("/?status=open&status=resolved&limit=5")
            .await
            .expect("a valid query");
        assert_eq!(query.status, ["open", "resolved"]);
        assert_eq!(query.limit, Some(5));
    }

    #[tokio::test]
    async fn query_when_a_value_or_key_is_wrong_then_the_field_is_named() {
        for (uri, field) in [("/?limit=many", "limit"), ("/?limt=5", "limt")] {
            let error = query(uri).await.expect_err("a wrong query");
            assert_eq!(error.status(), StatusCode::BAD_REQUEST);
            assert!(
                format!("{error:?}").contains(&format!("Some({field:?})")),
                "{error:?}"
            );
        }
    }

    #[test]
    fn json_when_broken_then_400_and_when_wrong_then_422() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(dead_code, reason = "only the refusal is looked at")]
        struct Body {
            text: String,
        }
        let status = |bytes: &[u8]| {
            parse_json::<Body>(bytes)
                .expect_err("a wrong body")
                .status()
        };
        assert_eq!(status(b"{"), StatusCode::BAD_REQUEST);
        assert_eq!(status(b"{\"text\": 1}"), StatusCode::UNPROCESSABLE_ENTITY);
    }
}
