//! `POST /api/v1/rules/{id}/replay`

use axum::Json;
use hindcast_shared::api::{ErrorBody, ReplayRequest, ReplaySummary};
use hindcast_shared::rule::Rule;
use hindcast_shared::time::{TimeRange, UtcOffsets};

use super::{checked_rule, rule_id, unknown_rule};
use crate::auth::Viewer;
use crate::error::ApiResult;
use crate::extract::{self, Path};
use crate::routes::range::range;
use crate::state::AppState;
use crate::study::Stage;

/// Says what a rule would have fired over a range of the past, with the production fold.
///
/// Where the rule was live its points are taken as they were seen, elsewhere from the source.
#[utoipa::path(post, path = "/api/v1/rules/{id}/replay", tag = "rules", operation_id = "replay_rule",
    params(("id" = String, Path, description = "Id of the rule")), request_body = ReplayRequest,
    responses((status = OK, body = ReplaySummary), (status = BAD_REQUEST, body = ErrorBody),
        (status = NOT_FOUND, body = ErrorBody), (status = UNPROCESSABLE_ENTITY, body = ErrorBody),
        (status = BAD_GATEWAY, body = ErrorBody)))]
pub(crate) async fn replay_rule(
    app: AppState,
    _: Viewer,
    Path(id): Path<String>,
    extract::Json(request): extract::Json<ReplayRequest>,
) -> ApiResult<Json<ReplaySummary>> {
    let id = rule_id(&id)?;
    let stored = app.store.rules().get(&id).await?;
    let stored = stored.ok_or_else(|| unknown_rule(id.as_str()))?;
    let now_ms = app.clock.now_ms();
    let range = range(&request.from, &request.to, now_ms, &UtcOffsets::utc())?;
    let rule = match request.rule {
        Some(mut draft) => {
            // Without an id of its own it is a change of this rule, and finds the same anomalies.
            draft.id.get_or_insert_with(|| id.to_string());
            let body = serde_json::to_value(draft).map_err(anyhow::Error::from)?;
            let checked = checked_rule(&app, body).await;
            checked.map_err(|error| error.under("rule"))?
        }
        None => stored.rule.clone(),
    };
    let summary = replay(&app, rule, stored.version, range).await?;
    Ok(Json(summary))
}

/// What a rule would have fired, worked out off the threads that answer requests.
pub(crate) async fn replay(
    app: &AppState,
    rule: Rule,
    version: u32,
    range: TimeRange,
) -> ApiResult<ReplaySummary> {
    let stage = Stage::gather(app, rule, version, range).await?;
    let replay = tokio::task::spawn_blocking(move || stage.replay()).await;
    Ok(replay.map_err(anyhow::Error::from)?.summary)
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use serde_json::{Value, json};

    use crate::routes::testing::{NOW_MS, TestApp, draft};

    #[tokio::test]
    async fn replay_when_the_threshold_is_lower_then_more_would_have_fired() -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let samples: Vec<Value> = (0..60)
            .map(|minute| {
                let value = if minute % 20 == 10 { 95.0 } else { 40.0 };
                json!({"name": "load", "at_ms": NOW_MS - (60 - minute) * 60_000, "value": value})
            })
            .collect();
        let body = json!({ "samples": samples }).to_string();
        let pushed = app.post("/api/v1/samples", &[], &body).await?;
        assert_eq!(pushed.status, StatusCode::OK, "{}", pushed.body);
        app.post("/api/v1/rules", &[], &draft("cpu")).await?;
        let fired = async |request: Value| {
            let answer = app
                .post("/api/v1/rules/cpu/replay", &[], &request.to_string())
                .await?;
            anyhow::ensure!(answer.status == StatusCode::OK, "{}", answer.body);
            anyhow::Ok(answer.body["fired"].as_array().map(Vec::len))
        };
        let stored = json!({"from": "now-1h", "to": "now"});
        assert_eq!(fired(stored).await?, Some(3));
        let mut higher: Value = serde_json::from_str(&draft("cpu"))?;
        higher["decision"]["threshold"] = json!(99);
        let draft = json!({"from": "now-1h", "to": "now", "rule": higher});
        assert_eq!(fired(draft).await?, Some(0));
        Ok(())
    }

    #[tokio::test]
    async fn replay_when_the_request_is_wrong_then_names_the_field() -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        app.post("/api/v1/rules", &[], &draft("cpu")).await?;
        let mut wrong: Value = serde_json::from_str(&draft("cpu"))?;
        wrong["recover"] = json!({"below": 0.9, "for": 0});
        for (uri, body, status, field) in [
            ("cpu", json!({"from": "now", "to": "now-1h"}), 400, "from"),
            (
                "nobody",
                json!({"from": "now-1h", "to": "now"}),
                404,
                "rule",
            ),
            (
                "cpu",
                json!({"from": "now-1h", "to": "now", "rule": wrong}),
                422,
                "rule.recover.for",
            ),
        ] {
            let answer = app
                .post(
                    &format!("/api/v1/rules/{uri}/replay"),
                    &[],
                    &body.to_string(),
                )
                .await?;
            assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
            assert_eq!(answer.body["error"]["field"], field);
        }
        Ok(())
    }
}
