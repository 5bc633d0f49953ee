//! `POST /api/v1/rules`

use axum::Json;
use axum::response::IntoResponse;
use hindcast_shared::api::{ErrorBody, RuleRecord};
use hindcast_shared::rule::RuleDraft;
use http::StatusCode;
use http::header::LOCATION;
use serde_json::Value;

use super::{checked_rule, record};
use crate::auth::Operator;
use crate::error::ApiResult;
use crate::extract;
use crate::routes::etag::etag;
use crate::state::AppState;
use crate::store::{Expected, PutRule};

/// Makes a rule; keys left out get their defaults.
#[utoipa::path(post, path = "/api/v1/rules", tag = "rules", operation_id = "create_rule",
    request_body = RuleDraft,
    responses((status = CREATED, body = RuleRecord), (status = CONFLICT, body = ErrorBody),
        (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn create_rule(
    app: AppState,
    Operator(caller): Operator,
    extract::Json(body): extract::Json<Value>,
) -> ApiResult<impl IntoResponse> {
    let rule = checked_rule(&app, body).await?;
    let put = PutRule {
        rule,
        expected: Expected::Absent,
        actor: caller.name,
    };
    let saved = app.store.rules().put(put, app.clock.now_ms()).await?;
    let record = record(&app, &saved.rule.id).await?;
    let location = format!("/api/v1/rules/{}", saved.rule.id);
    Ok((
        StatusCode::CREATED,
        etag(i64::from(saved.version)),
        [(LOCATION, location)],
        Json(record),
    ))
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use rstest::rstest;
    use serde_json::{Value, json};

    use crate::routes::testing::{TestApp, draft};

    #[tokio::test]
    async fn rule_when_made_then_is_found_listed_and_refused_a_second_time() -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let made = app.post("/api/v1/rules", &[], &draft("cpu")).await?;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        assert_eq!(made.header("location"), "/api/v1/rules/cpu");
        assert_eq!(made.header("etag"), "\"1\"");
        assert_eq!(made.body["rule"]["step"], "1m");
        let found = app.get("/api/v1/rules/cpu").await?;
        assert_eq!(found.body, made.body);
        let again = app.post("/api/v1/rules", &[], &draft("cpu")).await?;
        assert_eq!(again.status, StatusCode::CONFLICT);
        assert_eq!(again.body["error"]["code"], "rule_exists");
        let list = app.get("/api/v1/rules").await?;
        let ids: Vec<_> = list.body["items"]
            .as_array()
            .expect("items")
            .iter()
            .filter_map(|item| item["rule"]["id"].as_str())
            .collect();
        assert_eq!(ids, ["cpu", "r"]);
        Ok(())
    }

    #[rstest]
    #[case("detector", json!({"kind": "zscore", "window_samples": 0}), "detector.window_samples")]
    #[case("decision", json!({"treshold": 1}), "decision.treshold")]
    #[case("source", json!("nowhere"), "source")]
    #[case("schedule", json!({"cron": "not a cron", "tz": "UTC"}), "schedule.cron")]
    #[case("schedule", json!({"cron": "0 * * * * *", "tz": "Mars/Base"}), "schedule.tz")]
    #[case("time_zone", json!("Mars/Base"), "time_zone")]
    #[case("step", json!("0s"), "step")]
    #[case("colour", json!("red"), "colour")]
    #[tokio::test]
    async fn rule_when_a_field_is_wrong_then_is_refused_by_name(
        #[case] key: &str,
        #[case] value: Value,
        #[case] field: &str,
    ) -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let mut body: Value = serde_json::from_str(&draft("cpu"))?;
        body[key] = value;
        let refused = app.post("/api/v1/rules", &[], &body.to_string()).await?;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused.body["error"]["field"], field, "{}", refused.body);
        assert_eq!(refused.body["error"]["code"], "invalid_rule");
        assert!(
            app.store.rules().list().await?.len() == 1,
            "nothing was saved"
        );
        Ok(())
    }
}
