//! `GET /api/v1/anomalies/stats`

use axum::Json;
use hindcast_shared::api::{AnomalyStats, ErrorBody};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::auth::Viewer;
use crate::error::{ApiError, ApiResult};
use crate::extract::Query;
use crate::state::AppState;

/// Longest look back: what the default retention keeps.
const MAX_HOURS: u32 = 24 * 90;

/// How far to look back.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct CountAnomaliesQuery {
    /// Hours to look back; 24 unless given, at most 2,160.
    hours: Option<u32>,
}

/// Counts the anomalies of the last hours.
#[utoipa::path(get, path = "/api/v1/anomalies/stats", tag = "anomalies", operation_id = "count_anomalies",
    params(CountAnomaliesQuery),
    responses((status = OK, body = AnomalyStats), (status = BAD_REQUEST, body = ErrorBody)))]
pub(crate) async fn count_anomalies(
    app: AppState,
    _: Viewer,
    Query(query): Query<CountAnomaliesQuery>,
) -> ApiResult<Json<AnomalyStats>> {
    let hours = checked_hours(query.hours)?;
    let stats = app
        .store
        .anomalies()
        .stats(hours, app.clock.now_ms())
        .await?;
    Ok(Json(stats))
}

/// The hours of a query, within bounds.
pub(super) fn checked_hours(hours: Option<u32>) -> ApiResult<u32> {
    let hours = hours.unwrap_or(24);
    if hours == 0 || hours > MAX_HOURS {
        let message = format!("must lie between 1 and {MAX_HOURS}");
        return Err(ApiError::invalid_query("hours", message));
    }
    Ok(hours)
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use crate::routes::testing::{NOW_MS, TestApp};

    #[tokio::test]
    async fn stats_when_anomalies_are_there_then_counts_them() -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        app.open("a", NOW_MS - 60_000).await?;
        app.open("b", NOW_MS - 120_000).await?;
        let stats = app.get("/api/v1/anomalies/stats?hours=1").await?;
        assert_eq!(stats.status, StatusCode::OK);
        assert_eq!(stats.body["total"], 2);
        assert_eq!(stats.body["by_rule"]["r"], 2);
        assert_eq!(stats.body["max_score"], 1.5);
        for query in ["hours=0", "hours=99999", "hours=-1"] {
            let refused = app.get(&format!("/api/v1/anomalies/stats?{query}")).await?;
            assert_eq!(refused.status, StatusCode::BAD_REQUEST);
            assert_eq!(refused.body["error"]["field"], "hours");
        }
        Ok(())
    }
}
