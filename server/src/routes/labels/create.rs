//! `POST /api/v1/labels`

use axum::Json;
use axum::response::IntoResponse;
use hindcast_shared::api::{ErrorBody, LabelDraft, LabelRecord};
use http::StatusCode;

use super::checked_label;
use crate::auth::Operator;
use crate::error::ApiResult;
use crate::extract;
use crate::routes::etag::etag;
use crate::state::AppState;

/// Draws a label on one series, or on all of a source that a pattern names.
#[utoipa::path(post, path = "/api/v1/labels", tag = "series", operation_id = "create_label",
    request_body = LabelDraft,
    responses((status = CREATED, body = LabelRecord), (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn create_label(
    app: AppState,
    Operator(caller): Operator,
    extract::Json(draft): extract::Json<LabelDraft>,
) -> ApiResult<impl IntoResponse> {
    let draft = checked_label(&app, draft)?;
    let now_ms = app.clock.now_ms();
    let labels = app.store.labels();
    let label = labels.create(draft, &caller.name, now_ms).await?;
    let version = i64::from(label.version);
    Ok((StatusCode::CREATED, etag(version), Json(label)))
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use rstest::rstest;
    use serde_json::{Value, json};

    use crate::routes::testing::{NOW_MS, TestApp};

    fn draft() -> Value {
        json!({"source": "inbox", "pattern": "load*", "kind": "incident",
            "start_ms": NOW_MS - 600_000, "end_ms": NOW_MS - 300_000})
    }

    #[tokio::test]
    async fn label_when_drawn_changed_and_taken_back_then_every_version_is_kept()
    -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let made = app
            .post("/api/v1/labels", &[], &draft().to_string())
            .await?;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        assert_eq!(made.header("etag"), "\"1\"");
        assert_eq!(made.body["origin"], "user");
        let uri = format!("/api/v1/labels/{}", made.body["id"].as_str().expect("id"));

        let mut normal = draft();
        normal["kind"] = json!("normal");
        let changed = app
            .put(&uri, &[("if-match", "\"1\"")], &normal.to_string())
            .await?;
        assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
        assert_eq!(changed.body["kind"], "normal");
        let stale = app
            .put(&uri, &[("if-match", "\"1\"")], &normal.to_string())
            .await?;
        assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);

        let listed = app.get("/api/v1/labels?from=now-1h&to=now").await?;
        assert_eq!(listed.body["items"], json!([changed.body]));
        let gone = app.delete(&uri, &[("if-match", "\"2\"")]).await?;
        assert_eq!(gone.status, StatusCode::NO_CONTENT);
        let listed = app.get("/api/v1/labels?from=now-1h&to=now").await?;
        assert_eq!(listed.body["items"], json!([]));

        let versions = app.get(&format!("{uri}/versions")).await?;
        let told: Vec<_> = versions.body["items"]
            .as_array()
            .expect("items")
            .iter()
            .map(|item| (item["version"].clone(), item["deleted"].clone()))
            .collect();
        let expected = [
            (json!(3), json!(true)),
            (json!(2), json!(false)),
            (json!(1), json!(false)),
        ];
        assert_eq!(told, expected);
        app.store.journal().verify_chain().await?;
        Ok(())
    }

    #[tokio::test]
    async fn label_when_unknown_then_404() -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let body = draft().to_string();
        for answer in [
            app.put("/api/v1/labels/nobody", &[], &body).await?,
            app.delete("/api/v1/labels/nobody", &[]).await?,
            app.get("/api/v1/labels/nobody/versions").await?,
        ] {
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.body);
            assert_eq!(answer.body["error"]["code"], "unknown_label");
        }
        Ok(())
    }

    #[rstest]
    #[case("source", json!("nowhere"), "source")]
    #[case("pattern", json!(""), "pattern")]
    #[case("pattern", json!(null), "series_key")]
    #[case("series_key", json!("00000000000000000000000000000000"), "pattern")]
    #[case("series_key", json!("xyz"), "series_key")]
    #[case("end_ms", json!(NOW_MS - 600_000), "end_ms")]
    #[case("kind", json!("strange"), "kind")]
    #[case("colour", json!("red"), "colour")]
    #[tokio::test]
    async fn label_when_a_field_is_wrong_then_is_refused_by_name(
        #[case] key: &str,
        #[case] value: Value,
        #[case] field: &str,
    ) -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let mut body = draft();
        body[key] = value;
        let refused = app.post("/api/v1/labels", &[], &body.to_string()).await?;
        assert!(refused.status.is_client_error(), "{}", refused.body);
        assert_eq!(refused.body["error"]["field"], field, "{}", refused.body);
        let listed = app.get("/api/v1/labels?from=now-1h&to=now").await?;
        assert_eq!(listed.body["items"], json!([]), "nothing was saved");
        Ok(())
    }
}
