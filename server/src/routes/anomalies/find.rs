//! `GET /api/v1/anomalies/{id}`

use axum::Json;
use axum::response::IntoResponse;
use hindcast_shared::api::{AnomalyDetail, ErrorBody};
use http::HeaderMap;

use super::{detail, stored};
use crate::auth::Embed;
use crate::error::ApiResult;
use crate::extract::Path;
use crate::routes::etag::etag;
use crate::state::AppState;

/// Finds one anomaly with its reason in words, its history and its pages.
///
/// The words are in the language of `Accept-Language`: English, Korean or Russian.
/// The `ETag` changes with everything but growth.
#[utoipa::path(get, path = "/api/v1/anomalies/{id}", tag = "anomalies", operation_id = "find_anomaly",
    params(("id" = String, Path, description = "Id of the anomaly")),
    responses((status = OK, body = AnomalyDetail), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn find_anomaly(
    app: AppState,
    _: Embed,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> ApiResult<impl IntoResponse> {
    let stored = stored(&app, &id).await?;
    let etag = etag(stored.changed_seq);
    Ok((etag, Json(detail(&app, stored, &headers).await?)))
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use crate::routes::testing::{NOW_MS, TestApp};

    #[tokio::test]
    async fn anomaly_when_found_then_has_words_history_and_etag() -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let found = app.open("s", NOW_MS - 60_000).await?;
        let uri = format!("/api/v1/anomalies/{}", found.id);
        let english = app.get(&uri).await?;
        assert_eq!(english.status, StatusCode::OK);
        assert_eq!(english.body["id"], found.id.to_string());
        assert_eq!(english.body["history"][0]["kind"], "opened");
        assert_eq!(english.header("etag"), format!("\"{}\"", app.store.head()));
        let korean = app.get_with(&uri, &[("accept-language", "ko")]).await?;
        let title = korean.body["title"].as_str().expect("a title");
        assert!(title.starts_with("[이상 탐지]"), "{title}");
        Ok(())
    }

    #[tokio::test]
    async fn anomaly_when_unknown_or_malformed_then_404() -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        for id in ["01JH0000000000000000000000", "nonsense", "'; DROP TABLE"] {
            let id = id.replace(' ', "%20");
            let answer = app.get(&format!("/api/v1/anomalies/{id}")).await?;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{id}");
            assert_eq!(answer.body["error"]["code"], "unknown_anomaly");
        }
        Ok(())
    }
}
