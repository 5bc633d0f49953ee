//! `GET /api/v1/anomalies/{id}/explanation`

use axum::Json;
use hindcast_shared::anomaly::Anomaly;
use hindcast_shared::api::{ErrorBody, Explanation};
use hindcast_shared::replay::{explain, explain_from_ms};
use hindcast_shared::rule::Rule;
use hindcast_shared::time::TimeRange;

use super::stored;
use crate::auth::Viewer;
use crate::detection::history;
use crate::error::{ApiError, ApiResult};
use crate::extract::Path;
use crate::state::{App, AppState};

/// Explains an anomaly at its peak: what was expected, what adds up to the judgement, what would have been quiet.
///
/// The rule as it was then is folded over the history up to the peak, with the code of production.
/// Where that history is no longer kept, or the anomaly is one of silence, the answer says so.
#[utoipa::path(get, path = "/api/v1/anomalies/{id}/explanation", tag = "anomalies", operation_id = "explain_anomaly",
    params(("id" = String, Path, description = "Id of the anomaly")),
    responses((status = OK, body = Explanation), (status = NOT_FOUND, body = ErrorBody),
        (status = BAD_GATEWAY, body = ErrorBody)))]
pub(crate) async fn explain_anomaly(
    app: AppState,
    _: Viewer,
    Path(id): Path<String>,
) -> ApiResult<Json<Explanation>> {
    let anomaly = stored(&app, &id).await?.anomaly;
    let nothing = |message: &str| ApiError::not_found("no_explanation", message);
    let Some(peak) = anomaly.peak else {
        return Err(nothing("no value came: there is nothing to explain"));
    };
    let rule = rule_then(&app, &anomaly).await?;
    let rule = rule.ok_or_else(|| nothing("the rule as it was then is not kept any more"))?;
    let from_ms = explain_from_ms(&rule, peak.at_ms);
    let range = TimeRange {
        from_ms,
        to_ms: peak.at_ms + rule.step.ms(),
    };
    let data = history::load(Some(&app.store), &app.sources, &rule, range).await?;
    let (key, at_ms) = (anomaly.series_key, peak.at_ms);
    // Seconds of arithmetic do not belong on the threads that answer requests.
    let told = tokio::task::spawn_blocking(move || explain(&rule, &data, key, at_ms));
    let told = told
        .await
        .map_err(|error| ApiError::internal(anyhow::Error::from(error)))?;
    // Without the history that the detector had then, another reason would be told than the real one.
    let told = told.filter(|told| {
        let same = |now: f64| (now - peak.score).abs() <= 1e-6 * peak.score.abs().max(1.0);
        told.score.is_some_and(same)
    });
    told.map(Json).ok_or_else(|| {
        nothing("the samples that led to this anomaly are not kept any more; only its stored facts are left")
    })
}

/// The rule in the version that found the anomaly.
pub(super) async fn rule_then(app: &App, anomaly: &Anomaly) -> ApiResult<Option<Rule>> {
    let versions = app.store.rules().versions(&anomaly.rule_id).await?;
    let then = versions
        .into_iter()
        .find(|version| version.version == anomaly.rule_version);
    // What was saved once was valid then; a newer program may know it no longer.
    Ok(then.and_then(|mut then| {
        then.rule.id = Some(anomaly.rule_id.to_string());
        then.rule.validate().ok()
    }))
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use serde_json::{Value, json};

    use crate::routes::testing::{NOW_MS, TestApp, draft};

    const MINUTE_MS: i64 = 60_000;

    /// An anomaly of `cpu` over pushed samples, and its id.
    async fn fired(app: &TestApp) -> anyhow::Result<String> {
        let samples: Vec<Value> = (0..60)
            .map(|minute| {
                let value = if minute == 40 { 95.5 } else { 40.0 };
                json!({"name": "load", "at_ms": NOW_MS - (60 - minute) * MINUTE_MS, "value": value})
            })
            .collect();
        let body = json!({ "samples": samples }).to_string();
        app.post("/api/v1/samples", &[], &body).await?;
        app.post("/api/v1/rules", &[], &draft("cpu")).await?;
        let uri = "/api/v1/anomalies/detect-and-notify?hours=2";
        let found = app.post(uri, &[], "").await?;
        anyhow::ensure!(found.status == StatusCode::OK, "{}", found.body);
        let id = found.body["ids"][0].as_str();
        Ok(id.expect("something was found").to_owned())
    }

    #[tokio::test]
    async fn anomaly_when_explained_then_says_parts_and_what_would_have_been_quiet()
    -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let id = fired(&app).await?;
        let told = app
            .get(&format!("/api/v1/anomalies/{id}/explanation"))
            .await?;
        assert_eq!(told.status, StatusCode::OK, "{}", told.body);
        assert_eq!(
            told.body,
            json!({
                "at_ms": NOW_MS - 20 * MINUTE_MS, "value": 95.5, "unit": "", "detector": "threshold",
                "state": "scored", "learned_at_ms": null, "expected": null, "lower": null, "upper": 90.0,
                "raw": 95.5, "threshold": 90.0, "alarms_per_week": null,
                "score": told.body["score"], "side": "high", "anomalous": true,
                "parts": [
                    {"name": "limit", "label": "the limit", "value": 90.0, "unit": "value", "detail": ""},
                    {"name": "rest", "label": "left over", "value": 5.5, "unit": "value", "detail": ""},
                ],
                "quiet": {"value": 90.0, "threshold": 95.5, "alarms_per_week": null},
            })
        );
        Ok(())
    }

    #[tokio::test]
    async fn anomaly_when_its_history_is_gone_then_the_answer_says_so() -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let found = app.open("s", NOW_MS - MINUTE_MS).await?;
        for (id, code) in [
            (found.id.to_string(), "no_explanation"),
            ("01JH0000000000000000000000".to_owned(), "unknown_anomaly"),
            ("nonsense".to_owned(), "unknown_anomaly"),
        ] {
            let answer = app
                .get(&format!("/api/v1/anomalies/{id}/explanation"))
                .await?;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.body);
            assert_eq!(answer.body["error"]["code"], code);
        }
        let uri = format!("/api/v1/anomalies/{}/explanation?when=now", found.id);
        let answer = app.get(&uri).await?;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
        Ok(())
    }
}
