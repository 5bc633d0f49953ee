//! `POST /api/v1/mutes`

use axum::Json;
use axum::response::IntoResponse;
use hindcast_shared::api::{ErrorBody, MuteDraft, MuteRecord};
use http::StatusCode;

use super::{change, checked_mute};
use crate::auth::Operator;
use crate::detection::MuteChange;
use crate::error::ApiResult;
use crate::extract;
use crate::routes::etag::etag;
use crate::state::AppState;

/// Mutes what matches, from now or later until an end. What is found meanwhile is stored and listed all the same.
#[utoipa::path(post, path = "/api/v1/mutes", tag = "anomalies", operation_id = "create_mute",
    request_body = MuteDraft,
    responses((status = CREATED, body = MuteRecord), (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn create_mute(
    app: AppState,
    Operator(caller): Operator,
    extract::Json(draft): extract::Json<MuteDraft>,
) -> ApiResult<impl IntoResponse> {
    let draft = checked_mute(draft, app.clock.now_ms())?;
    let mute = change(&app, caller, MuteChange::Create(draft)).await?;
    let etag = etag(i64::from(mute.version));
    Ok((StatusCode::CREATED, etag, Json(mute)))
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use rstest::rstest;
    use serde_json::{Value, json};

    use crate::routes::testing::{NOW_MS, TestApp};

    fn draft() -> Value {
        json!({"rule": "cpu*", "end_ms": NOW_MS + 3_600_000, "comment": "a deploy"})
    }

    #[tokio::test]
    async fn mute_when_made_changed_and_ended_then_stays_to_be_read() -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let made = app.post("/api/v1/mutes", &[], &draft().to_string()).await?;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        assert_eq!(made.header("etag"), "\"1\"");
        assert_eq!(
            (
                &made.body["series"],
                &made.body["max_severity"],
                &made.body["author"]
            ),
            (&json!("*"), &json!("critical"), &json!("anonymous"))
        );
        assert_eq!(made.body["start_ms"], NOW_MS);
        let uri = format!("/api/v1/mutes/{}", made.body["id"].as_str().expect("id"));

        let mut longer = draft();
        longer["end_ms"] = json!(NOW_MS + 7_200_000);
        longer["max_severity"] = json!("warning");
        let headers = [("if-match", "\"1\"")];
        let changed = app.put(&uri, &headers, &longer.to_string()).await?;
        assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
        let stale = app.put(&uri, &headers, &longer.to_string()).await?;
        assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
        let listed = app.get("/api/v1/mutes").await?;
        assert_eq!(listed.body["items"], json!([changed.body]));
        assert_eq!(listed.body["as_of_seq"], app.store.head());

        let stale = app.delete(&uri, &headers).await?;
        assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
        let gone = app.delete(&uri, &[("if-match", "\"2\"")]).await?;
        assert_eq!(gone.status, StatusCode::NO_CONTENT);
        let found = app.get(&uri).await?;
        assert_eq!(found.body["ended_at_ms"], NOW_MS);
        assert_eq!(found.header("etag"), "\"3\"");
        for again in [
            app.delete(&uri, &[]).await?,
            app.put(&uri, &[], &longer.to_string()).await?,
        ] {
            assert_eq!(again.status, StatusCode::CONFLICT);
            assert_eq!(again.body["error"]["code"], "mute_over");
        }
        let listed = app.get("/api/v1/mutes").await?;
        assert_eq!(listed.body["items"], json!([]), "none holds or is to come");
        let past = app.get("/api/v1/mutes?from=now-1h").await?;
        assert_eq!(past.body["items"][0]["id"], made.body["id"]);
        app.store.journal().verify_chain().await?;
        Ok(())
    }

    #[tokio::test]
    async fn mute_when_unknown_then_404() -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let uri = "/api/v1/mutes/nobody";
        for answer in [
            app.get(uri).await?,
            app.put(uri, &[], &draft().to_string()).await?,
            app.delete(uri, &[]).await?,
        ] {
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.body);
            assert_eq!(answer.body["error"]["code"], "unknown_mute");
        }
        let wrong = app.get("/api/v1/mutes?from=soon").await?;
        assert_eq!(wrong.body["error"]["field"], "from");
        Ok(())
    }

    #[rstest]
    #[case("rule", json!(null), "rule")]
    #[case("rule", json!(""), "rule")]
    #[case("series", json!("x".repeat(1_001)), "series")]
    #[case("max_severity", json!("bad"), "max_severity")]
    #[case("start_ms", json!(NOW_MS + 3_600_000), "end_ms")]
    #[case("start_ms", json!("now"), "start_ms")]
    #[case("end_ms", json!(NOW_MS), "end_ms")]
    #[case("end_ms", json!(null), "end_ms")]
    #[case("comment", json!("  "), "comment")]
    #[case("colour", json!("red"), "colour")]
    #[tokio::test]
    async fn mute_when_a_field_is_wrong_then_is_refused_by_name(
        #[case] key: &str,
        #[case] value: Value,
        #[case] field: &str,
    ) -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let mut body = draft();
        body[key] = value;
        let refused = app.post("/api/v1/mutes", &[], &body.to_string()).await?;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused.body["error"]["field"], field, "{}", refused.body);
        let listed = app.get("/api/v1/mutes").await?;
        assert_eq!(listed.body["items"], json!([]), "nothing was saved");
        Ok(())
    }
}
