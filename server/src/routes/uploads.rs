//! `POST /api/v1/uploads`: a CSV table in place of pushed samples.

use std::collections::BTreeMap;

use axum::Json;
use hindcast_shared::api::{ErrorBody, PushResponse};
use hindcast_shared::series::Labels;
use serde::Deserialize;
use utoipa::IntoParams;

use super::samples::push_source;
use crate::auth::Operator;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Query, RawBody};
use crate::sources::csv;
use crate::state::AppState;
use crate::store::SampleBatch;

/// Query of an upload.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct UploadQuery {
    /// Name of a source of kind `push`; the only one unless given.
    source: Option<String>,
}

/// Keeps the samples of a CSV table for a source of kind `push`, all or none.
#[utoipa::path(post, path = "/api/v1/uploads", tag = "series", operation_id = "create_upload",
    params(UploadQuery), request_body(content = String, content_type = "text/csv"),
    responses((status = OK, body = PushResponse), (status = BAD_REQUEST, body = ErrorBody),
        (status = NOT_FOUND, body = ErrorBody), (status = PAYLOAD_TOO_LARGE, body = ErrorBody)))]
pub(crate) async fn create_upload(
    app: AppState,
    _: Operator,
    Query(query): Query<UploadQuery>,
    RawBody(bytes): RawBody,
) -> ApiResult<Json<PushResponse>> {
    let source = push_source(&app, query.source)?;
    // Megabytes of text are read: not on a thread that answers others.
    let samples = tokio::task::spawn_blocking(move || csv::samples(&bytes))
        .await
        .map_err(ApiError::internal)?
        .map_err(|error| {
            let line = format!("line {}", error.line);
            ApiError::bad_request("invalid_csv", error.to_string()).about(line)
        })?;
    let accepted = samples.len() as u32;
    let mut batches: BTreeMap<Labels, SampleBatch> = BTreeMap::new();
    for sample in samples {
        let batch = batches
            .entry(sample.labels.clone())
            .or_insert_with(|| SampleBatch {
                labels: sample.labels,
                unit: sample.unit.to_owned(),
                samples: Vec::new(),
            });
        batch.samples.push((sample.at_ms, sample.value));
    }
    let batches = batches.into_values().collect();
    let now_ms = app.clock.now_ms();
    let late = app.store.samples().insert(&source, batches, now_ms).await?;
    Ok(Json(PushResponse { accepted, late }))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http::{Request, StatusCode};

    use crate::config::{Config, PushSource, SourceConfig, SourceSpec};
    use crate::testing::TestApp;

    async fn app() -> anyhow::Result<TestApp> {
        TestApp::with(|config: &mut Config| {
            config.sources = vec![SourceConfig {
                name: "sheet".into(),
                spec: SourceSpec::Push(PushSource {}),
            }];
            config.default_sources = false;
        })
        .await
    }

    #[tokio::test]
    async fn upload_when_a_table_then_its_samples_are_kept() -> anyhow::Result<()> {
        let test = app().await?;
        let csv = "time,load\n2026-01-05T10:00:00Z,1\n2026-01-05T10:01:00Z,2\n";
        let request = Request::post("/api/v1/uploads").body(Body::from(csv))?;
        let answer = test.send(request).await?;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        assert_eq!(answer.json()["accepted"], 2);
        let stored = test.app.store.series_of_source(&"sheet".into()).await?;
        assert_eq!(stored.len(), 1);
        Ok(())
    }

    #[tokio::test]
    async fn upload_when_a_line_is_broken_then_it_is_named_and_nothing_is_kept()
    -> anyhow::Result<()> {
        let test = app().await?;
        let csv = "time,load\n2026-01-05T10:00:00Z,1\n2026-01-05T10:01:00Z,much\n";
        let request = Request::post("/api/v1/uploads?source=sheet").body(Body::from(csv))?;
        let answer = test.send(request).await?;
        assert_eq!(answer.refusal().1, "invalid_csv");
        assert!(answer.text.contains("line 3"), "{}", answer.text);
        let stored = test.app.store.series_of_source(&"sheet".into()).await?;
        assert!(stored.is_empty());
        let other = Request::post("/api/v1/uploads?source=other").body(Body::from(csv))?;
        let answer = test.send(other).await?;
        assert_eq!(
            answer.refusal(),
            (404, "unknown_source".into(), Some("source".into()))
        );
        Ok(())
    }
}
