//! `POST /api/v1/anomalies/detect-and-notify`

use axum::Json;
use hindcast_shared::api::{DetectReport, ErrorBody};
use serde::Deserialize;
use utoipa::IntoParams;

use super::stats::checked_hours;
use crate::auth::Operator;
use crate::error::ApiResult;
use crate::extract::Query;
use crate::state::AppState;

/// How far to look back, and whether in earnest.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct DetectAndNotifyQuery {
    /// Hours to look back; 24 unless given, at most 2,160.
    hours: Option<u32>,
    /// Only say what would be done.
    #[serde(default)]
    dry_run: bool,
}

/// Folds every enabled rule over the last hours, keeps the anomalies that are missing, and pages each at most once.
#[utoipa::path(post, path = "/api/v1/anomalies/detect-and-notify", tag = "anomalies",
    operation_id = "detect_and_notify", params(DetectAndNotifyQuery),
    responses((status = OK, body = DetectReport), (status = BAD_REQUEST, body = ErrorBody),
        (status = TOO_MANY_REQUESTS, body = ErrorBody)))]
pub(crate) async fn detect_and_notify(
    app: AppState,
    _: Operator,
    Query(query): Query<DetectAndNotifyQuery>,
) -> ApiResult<Json<DetectReport>> {
    let hours = checked_hours(query.hours)?;
    // In a task of its own: a caller that goes away does not stop it half-way through the rules.
    let detection = app.detection.clone();
    let sweep =
        tokio::spawn(async move { detection.detect_and_notify(hours, query.dry_run).await });
    let report = sweep.await.map_err(anyhow::Error::from)??;
    Ok(Json(report))
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use serde_json::{Value, json};

    use crate::routes::testing::{NOW_MS, TestApp, draft};

    #[tokio::test]
    async fn detect_when_asked_twice_then_inserts_once_and_a_dry_run_nothing() -> anyhow::Result<()>
    {
        let app = TestApp::new().await?;
        let samples: Vec<Value> = (0..60)
            .map(|minute| {
                let value = if minute == 30 { 95.0 } else { 40.0 };
                json!({"name": "load", "at_ms": NOW_MS - (60 - minute) * 60_000, "value": value})
            })
            .collect();
        let body = json!({ "samples": samples }).to_string();
        app.post("/api/v1/samples", &[], &body).await?;
        app.post("/api/v1/rules", &[], &draft("cpu")).await?;
        app.delete("/api/v1/rules/r", &[]).await?;
        let detect = async |query: &str| {
            let uri = format!("/api/v1/anomalies/detect-and-notify?{query}");
            let answer = app.post(&uri, &[], "").await?;
            anyhow::ensure!(answer.status == StatusCode::OK, "{}", answer.body);
            anyhow::Ok(answer.body)
        };
        let before = app.store.head();
        let dry = detect("hours=1&dry_run=true").await?;
        assert_eq!(
            (&dry["found"], &dry["inserted"]),
            (&json!(1), &json!(1)),
            "{dry}"
        );
        assert_eq!(app.store.head(), before);
        let first = detect("hours=1").await?;
        assert_eq!(first["ids"], dry["ids"]);
        assert_eq!(first["notified"], 1);
        let second = detect("hours=1").await?;
        assert_eq!(
            (&second["inserted"], &second["notified"]),
            (&json!(0), &json!(0))
        );
        let wrong = app
            .post("/api/v1/anomalies/detect-and-notify?hours=0", &[], "")
            .await?;
        assert_eq!(wrong.body["error"]["field"], "hours");
        Ok(())
    }
}
