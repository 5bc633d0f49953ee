//! `POST /api/v1/anomalies/bulk`

use axum::Json;
use hindcast_shared::api::{
    BulkAction, BulkOutcome, BulkRequest, BulkResponse, ErrorBody, MuteDraft,
};
use hindcast_shared::error::FieldError;
use hindcast_shared::pipeline::Action;

use super::{act, stored};
use crate::auth::{Caller, Operator};
use crate::detection::MuteChange;
use crate::error::{ApiError, ApiResult};
use crate::extract;
use crate::state::AppState;

/// Most anomalies of a request.
const MAX_IDS: usize = 100;

/// Does the same to many anomalies, one after the other; one that fails does not stop the others.
#[utoipa::path(post, path = "/api/v1/anomalies/bulk", tag = "anomalies", operation_id = "act_on_anomalies",
    request_body = BulkRequest,
    responses((status = OK, body = BulkResponse), (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub(crate) async fn act_on_anomalies(
    app: AppState,
    Operator(caller): Operator,
    extract::Json(request): extract::Json<BulkRequest>,
) -> ApiResult<Json<BulkResponse>> {
    let deed =
        Deed::of(&app, &request).map_err(|error| ApiError::invalid_body("invalid_bulk", error))?;
    // In a task of its own: a caller that goes away does not stop it half-way.
    let work = tokio::spawn(async move {
        let mut items = Vec::with_capacity(request.ids.len());
        for id in request.ids {
            items.push(deed.done_to(&app, &caller, id).await);
        }
        BulkResponse { items }
    });
    Ok(Json(work.await.map_err(anyhow::Error::from)?))
}

/// What is done to each.
enum Deed {
    Act(Action),
    /// With everything but the rule and the series.
    Mute(MuteDraft),
}

impl Deed {
    fn of(app: &AppState, request: &BulkRequest) -> Result<Self, FieldError> {
        if request.ids.is_empty() || request.ids.len() > MAX_IDS {
            let message = format!("must name 1 to {MAX_IDS} anomalies");
            return Err(FieldError::new("ids", message));
        }
        let action = match request.action {
            BulkAction::Acknowledge => Action::Acknowledge,
            BulkAction::Resolve => Action::Resolve,
            BulkAction::FalseAlarm => Action::FalseAlarm,
            BulkAction::Expected => Action::Expected,
            BulkAction::Mute => {
                let missing = |field| FieldError::new(field, "is missing; a mute needs it");
                let draft = MuteDraft {
                    rule: Some("*".to_owned()),
                    series: None,
                    max_severity: None,
                    start_ms: None,
                    end_ms: request.end_ms.ok_or_else(|| missing("end_ms"))?,
                    comment: request.comment.clone().ok_or_else(|| missing("comment"))?,
                };
                draft.check(app.clock.now_ms())?;
                return Ok(Self::Mute(draft));
            }
        };
        let unwanted = [
            ("end_ms", request.end_ms.is_some()),
            ("comment", request.comment.is_some()),
        ];
        match unwanted.into_iter().find(|(_, given)| *given) {
            Some((field, _)) => Err(FieldError::new(field, "belongs to `mute` alone")),
            None => Ok(Self::Act(action)),
        }
    }

    async fn done_to(&self, app: &AppState, caller: &Caller, id: String) -> BulkOutcome {
        let done = match self {
            Self::Act(action) => act::done(app, caller, &id, *action, None)
                .await
                .map(|after| (after.anomaly.status, None)),
            Self::Mute(draft) => muted(app, caller, &id, draft).await,
        };
        let (done, error) = match done {
            Ok(done) => (Some(done), None),
            Err(error) => (None, Some(error.into_detail())),
        };
        let (status, mute_id) = done.map_or((None, None), |(status, id)| (Some(status), id));
        BulkOutcome {
            id,
            status,
            mute_id,
            error,
        }
    }
}

/// Mutes the rule and series of an anomaly.
async fn muted(
    app: &AppState,
    caller: &Caller,
    id: &str,
    draft: &MuteDraft,
) -> ApiResult<(hindcast_shared::anomaly::Status, Option<String>)> {
    let anomaly = stored(app, id).await?.anomaly;
    let draft = MuteDraft {
        rule: Some(anomaly.rule_id.to_string()),
        series: Some(anomaly.series.clone()),
        ..draft.clone()
    };
    let made = app.detection.mute(MuteChange::Create(draft), &caller.name);
    Ok((anomaly.status, Some(made.await?.id)))
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use serde_json::{Value, json};

    use crate::routes::testing::{NOW_MS, TestApp};

    const URI: &str = "/api/v1/anomalies/bulk";

    #[tokio::test]
    async fn anomalies_when_acted_on_together_then_each_is_answered_for() -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let mut ids = Vec::new();
        for minute in 1..=3 {
            let found = app.open("s", NOW_MS - minute * 60_000).await?;
            ids.push(found.id.to_string());
        }
        let act = async |ids: &[String], action: &str| {
            let body = json!({"ids": ids, "action": action}).to_string();
            let answer = app.post(URI, &[], &body).await?;
            anyhow::ensure!(answer.status == StatusCode::OK, "{}", answer.body);
            let items = answer.body["items"].as_array().cloned();
            anyhow::Ok(items.unwrap_or_default())
        };
        let closed = act(&ids[..1], "resolve").await?;
        assert_eq!(closed[0]["status"], "resolved");
        let mut asked = ids.clone();
        asked.extend(["nonsense".to_owned(), ids[1].clone()]);
        let taken = act(&asked, "acknowledge").await?;
        let told = |item: &Value| (item["status"].clone(), item["error"]["code"].clone());
        assert_eq!(
            taken.iter().map(told).collect::<Vec<_>>(),
            [
                (json!(null), json!("not_active")),
                (json!("acknowledged"), json!(null)),
                (json!("acknowledged"), json!(null)),
                (json!(null), json!("unknown_anomaly")),
                (json!("acknowledged"), json!(null)),
            ]
        );
        let body =
            json!({"ids": ids, "action": "mute", "end_ms": NOW_MS + 60_000, "comment": "known"});
        let muted = app.post(URI, &[], &body.to_string()).await?;
        let id = muted.body["items"][0]["mute_id"].as_str().expect("a mute");
        let mute = app.get(&format!("/api/v1/mutes/{id}")).await?;
        assert_eq!(
            (&mute.body["rule"], &mute.body["series"]),
            (&json!("r"), &json!("s"))
        );
        Ok(())
    }

    #[tokio::test]
    async fn request_when_wrong_then_names_the_field_and_does_nothing() -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let id = app.open("s", NOW_MS - 60_000).await?.id.to_string();
        let many = vec![id.clone(); 101];
        for (body, field) in [
            (json!({"ids": [], "action": "resolve"}), "ids"),
            (json!({"ids": many, "action": "resolve"}), "ids"),
            (json!({"ids": [id], "action": "delete"}), "action"),
            (json!({"ids": [id], "action": "mute"}), "end_ms"),
            (
                json!({"ids": [id], "action": "mute", "end_ms": NOW_MS + 1}),
                "comment",
            ),
            (
                json!({"ids": [id], "action": "mute", "end_ms": NOW_MS, "comment": "x"}),
                "end_ms",
            ),
            (
                json!({"ids": [id], "action": "resolve", "comment": "x"}),
                "comment",
            ),
        ] {
            let refused = app.post(URI, &[], &body.to_string()).await?;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
            assert_eq!(refused.body["error"]["field"], field, "{}", refused.body);
        }
        let detail = app.get(&format!("/api/v1/anomalies/{id}")).await?;
        assert_eq!(detail.body["status"], "open");
        Ok(())
    }
}
