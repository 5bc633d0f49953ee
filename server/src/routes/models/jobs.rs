//! `/api/v1/jobs`: trainings, one after the other.

use axum::Json;
use hindcast_shared::api::{ErrorBody, JobCause, JobRecord, ListPage, TrainRequest};
use http::StatusCode;

use crate::auth::{Operator, Viewer};
use crate::error::ApiResult;
use crate::extract::{self, Path};
use crate::state::AppState;

/// Jobs of an answer.
const LISTED: u32 = 100;

/// Puts the training of a model into the queue.
#[utoipa::path(post, path = "/api/v1/jobs", tag = "models", operation_id = "create_job",
    request_body = TrainRequest,
    responses((status = ACCEPTED, body = JobRecord), (status = CONFLICT, body = ErrorBody),
        (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn create_job(
    app: AppState,
    Operator(caller): Operator,
    extract::Json(request): extract::Json<TrainRequest>,
) -> ApiResult<(StatusCode, Json<JobRecord>)> {
    app.sources.check(&request.spec.source)?;
    let submitted = app.jobs.submit(&request, JobCause::Asked, &caller.name);
    let job = submitted.await?;
    Ok((StatusCode::ACCEPTED, Json(job)))
}

/// Lists the newest hundred jobs, with how far the running one is.
#[utoipa::path(get, path = "/api/v1/jobs", tag = "models", operation_id = "list_jobs",
    responses((status = OK, body = ListPage<JobRecord>)))]
pub(crate) async fn list_jobs(app: AppState, _: Viewer) -> ApiResult<Json<ListPage<JobRecord>>> {
    let as_of_seq = app.store.head();
    Ok(Json(ListPage {
        items: app.jobs.list(LISTED).await?,
        next_cursor: None,
        as_of_seq,
    }))
}

/// Finds a job: its share that is done, what is left, and how the loss fell so far.
#[utoipa::path(get, path = "/api/v1/jobs/{id}", tag = "models", operation_id = "find_job",
    params(("id" = i64, Path, description = "Id of the job")),
    responses((status = OK, body = JobRecord), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn find_job(
    app: AppState,
    _: Viewer,
    Path(id): Path<i64>,
) -> ApiResult<Json<JobRecord>> {
    Ok(Json(app.jobs.find(id).await?))
}

/// Stops a job, or takes it out of the queue; nothing is replaced.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/cancel", tag = "models", operation_id = "cancel_job",
    params(("id" = i64, Path, description = "Id of the job")),
    responses((status = OK, body = JobRecord), (status = NOT_FOUND, body = ErrorBody),
        (status = CONFLICT, body = ErrorBody)))]
pub(crate) async fn cancel_job(
    app: AppState,
    _: Operator,
    Path(id): Path<i64>,
) -> ApiResult<Json<JobRecord>> {
    Ok(Json(app.jobs.cancel(id).await?))
}

/// Begins a job that failed or was cancelled again, with the same specification, as a new job.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/retry", tag = "models", operation_id = "retry_job",
    params(("id" = i64, Path, description = "Id of the job that failed")),
    responses((status = ACCEPTED, body = JobRecord), (status = NOT_FOUND, body = ErrorBody),
        (status = CONFLICT, body = ErrorBody), (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn retry_job(
    app: AppState,
    Operator(caller): Operator,
    Path(id): Path<i64>,
) -> ApiResult<(StatusCode, Json<JobRecord>)> {
    let failed = app.jobs.find(id).await?;
    app.sources.check(&failed.spec.source)?;
    let job = app.jobs.retry(id, &caller.name).await?;
    Ok((StatusCode::ACCEPTED, Json(job)))
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use serde_json::{Value, json};

    use crate::routes::testing::TestApp;

    fn request() -> Value {
        json!({ "spec": { "name": "load", "kind": "pca", "source": "inbox", "query": "load" } })
    }

    #[tokio::test]
    async fn job_when_asked_for_and_cancelled_then_can_be_read_and_is_over() -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let made = app
            .post("/api/v1/jobs", &[], &request().to_string())
            .await?;
        assert_eq!(made.status, StatusCode::ACCEPTED, "{}", made.body);
        assert_eq!(
            (&made.body["state"], &made.body["done"]),
            (&json!("waiting"), &json!(0.0))
        );
        let uri = format!("/api/v1/jobs/{}", made.body["id"]);
        assert_eq!(app.get(&uri).await?.body, made.body);
        let cancel = format!("{uri}/cancel");
        let cancelled = app.post(&cancel, &[], "").await?;
        assert_eq!(cancelled.body["state"], "cancelled", "{}", cancelled.body);
        let again = app.post(&cancel, &[], "").await?;
        assert_eq!(again.status, StatusCode::CONFLICT);
        assert_eq!(again.body["error"]["code"], "job_over");
        let listed = app.get("/api/v1/jobs").await?;
        assert_eq!(listed.body["items"], json!([cancelled.body]));

        let retry = format!("{uri}/retry");
        let second = app.post(&retry, &[], "").await?;
        assert_eq!(second.status, StatusCode::ACCEPTED, "{}", second.body);
        assert_ne!(second.body["id"], made.body["id"]);
        for key in ["spec", "promote", "state", "cause"] {
            assert_eq!(second.body[key], made.body[key], "{key}");
        }
        let waits = format!("/api/v1/jobs/{}/retry", second.body["id"]);
        let twice = app.post(&waits, &[], "").await?;
        assert_eq!(twice.status, StatusCode::CONFLICT);
        assert_eq!(twice.body["error"]["code"], "job_not_failed");
        for unknown in [
            app.get("/api/v1/jobs/99").await?,
            app.post("/api/v1/jobs/99/cancel", &[], "").await?,
            app.post("/api/v1/jobs/99/retry", &[], "").await?,
        ] {
            assert_eq!(unknown.status, StatusCode::NOT_FOUND, "{}", unknown.body);
            assert_eq!(unknown.body["error"]["code"], "unknown_job");
        }
        Ok(())
    }

    #[tokio::test]
    async fn job_when_a_field_is_wrong_then_is_refused_by_name_and_nothing_waits()
    -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        for (key, value, field) in [
            ("window_samples", json!(0), "spec.window_samples"),
            ("name", json!("Not a slug"), "spec.name"),
            ("kind", json!("oracle"), "spec.kind"),
            ("colour", json!("red"), "spec.colour"),
            ("source", json!("nobody"), "source"),
        ] {
            let mut body = request();
            body["spec"][key] = value;
            let refused = app.post("/api/v1/jobs", &[], &body.to_string()).await?;
            assert!(refused.status.is_client_error(), "{}", refused.body);
            assert_eq!(refused.body["error"]["field"], field, "{}", refused.body);
        }
        let listed = app.get("/api/v1/jobs").await?;
        assert_eq!(listed.body["items"], json!([]));
        Ok(())
    }
}
