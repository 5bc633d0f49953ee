//! `GET /api/v1/transitions`

use axum::Json;
use hindcast_shared::api::{ErrorBody, TransitionsQuery, TransitionsResponse};
use hindcast_shared::glob;
use hindcast_shared::time::UtcOffsets;

use crate::auth::Viewer;
use crate::calendar;
use crate::detection::standing;
use crate::error::{ApiError, ApiResult};
use crate::extract::Query;
use crate::routes::range::range;
use crate::routes::rules::unknown_rule;
use crate::schedule;
use crate::state::AppState;

/// Most entries of an answer.
pub(crate) const MAX_ENTRIES: u32 = 50_000;

/// Lists what really happened over a range: what a replay folds beside a rule of its own.
#[utoipa::path(get, path = "/api/v1/transitions", tag = "rules", operation_id = "list_transitions",
    params(TransitionsQuery),
    responses((status = OK, body = TransitionsResponse), (status = BAD_REQUEST, body = ErrorBody),
        (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn list_transitions(
    app: AppState,
    _: Viewer,
    Query(query): Query<TransitionsQuery>,
) -> ApiResult<Json<TransitionsResponse>> {
    let now_ms = app.clock.now_ms();
    let range = range(&query.from, &query.to, now_ms, &UtcOffsets::utc())?;
    let rule = match &query.rule {
        None => None,
        Some(id) => {
            let id = id
                .parse()
                .map_err(|message: String| ApiError::invalid_query("rule", message))?;
            let stored = app.store.rules().get(&id).await?;
            Some(stored.ok_or_else(|| unknown_rule(id.as_str()))?)
        }
    };
    let as_of_seq = app.store.head();
    let id = rule.as_ref().map(|stored| &stored.rule.id);
    let journal = app.store.journal();
    let transitions = journal.transitions(range, id, MAX_ENTRIES + 1).await?;
    if transitions.len() > MAX_ENTRIES as usize {
        let message = format!("the range holds more than {MAX_ENTRIES} transitions; shorten it");
        return Err(ApiError::invalid_query("from", message));
    }
    let commands = journal.commands(range, id, MAX_ENTRIES).await?;
    let mut mutes = app.store.mutes().in_force(range).await?;
    if let Some(id) = id {
        mutes.retain(|mute| glob::matches(&mute.rule, id.as_str()));
    }
    let standing = match &rule {
        None => Vec::new(),
        Some(stored) => standing(&app.store, &stored.rule, range).await?,
    };
    let calendars = match &rule {
        None => Vec::new(),
        Some(stored) => calendar::tables(&app.store, &stored.rule, range).await?,
    };
    let ticks = match &rule {
        None => None,
        Some(stored) => Some(schedule::ticks(&stored.rule, range)?),
    };
    Ok(Json(TransitionsResponse {
        transitions,
        commands,
        mutes,
        standing,
        calendars,
        ticks,
        live_since_ms: rule.and_then(|stored| stored.live_since_ms),
        as_of_seq,
    }))
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use crate::routes::testing::{NOW_MS, TestApp};

    #[tokio::test]
    async fn transitions_when_listed_then_tell_commands_and_ticks_too() -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let found = app.open("s", NOW_MS - 60_000).await?;
        let action = format!("/api/v1/anomalies/{}/acknowledge", found.id);
        app.post(&action, &[], "").await?;
        let told = app
            .get("/api/v1/transitions?from=now-1h&to=now%2B1h&rule=r")
            .await?;
        assert_eq!(told.status, StatusCode::OK, "{}", told.body);
        let kinds: Vec<_> = told.body["transitions"]
            .as_array()
            .expect("transitions")
            .iter()
            .filter_map(|one| one["kind"].as_str())
            .collect();
        assert_eq!(kinds, ["opened", "acknowledged"]);
        assert_eq!(told.body["commands"][0]["action"], "acknowledge");
        assert_eq!(told.body["ticks"]["every"], 60_000);
        assert_eq!(told.body["as_of_seq"], app.store.head());
        Ok(())
    }

    #[tokio::test]
    async fn transitions_when_the_query_is_wrong_then_names_the_field() -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        for (query, status, field) in [
            ("from=now&to=now-1h", StatusCode::BAD_REQUEST, "from"),
            ("to=now", StatusCode::BAD_REQUEST, "from"),
            (
                "from=now-1h&to=now&rule=NO",
                StatusCode::BAD_REQUEST,
                "rule",
            ),
            ("from=now-1h&to=now&rule=no", StatusCode::NOT_FOUND, "rule"),
        ] {
            let answer = app.get(&format!("/api/v1/transitions?{query}")).await?;
            assert_eq!(answer.status, status, "{query}: {}", answer.body);
            assert_eq!(answer.body["error"]["field"], field);
        }
        Ok(())
    }
}
