//! `GET /api/v1/labels`

use axum::Json;
use hindcast_shared::api::{ErrorBody, LabelRecord, ListLabelsQuery, ListPage};
use hindcast_shared::time::UtcOffsets;

use crate::auth::Embed;
use crate::error::{ApiError, ApiResult};
use crate::extract::Query;
use crate::routes::range::range;
use crate::state::AppState;

/// Most items of an answer.
const MAX_ITEMS: u32 = 5_000;

/// Lists what is known about ranges of series: incidents, normal times, and what baselines leave out; oldest first.
#[utoipa::path(get, path = "/api/v1/labels", tag = "series", operation_id = "list_labels",
    params(ListLabelsQuery),
    responses((status = OK, body = ListPage<LabelRecord>), (status = BAD_REQUEST, body = ErrorBody)))]
pub(crate) async fn list_labels(
    app: AppState,
    _: Embed,
    Query(query): Query<ListLabelsQuery>,
) -> ApiResult<Json<ListPage<LabelRecord>>> {
    let now_ms = app.clock.now_ms();
    let range = range(&query.from, &query.to, now_ms, &UtcOffsets::utc())?;
    let key = query.series_key.map(|key| key.parse()).transpose();
    let key = key.map_err(|message: String| ApiError::invalid_query("series_key", message))?;
    let as_of_seq = app.store.head();
    let source = query.source.as_deref();
    let items = app.store.labels();
    let items = items.list(range, source, key, MAX_ITEMS + 1).await?;
    if items.len() > MAX_ITEMS as usize {
        let message = format!("the range holds more than {MAX_ITEMS} labels; shorten it");
        return Err(ApiError::invalid_query("from", message));
    }
    Ok(Json(ListPage {
        items,
        next_cursor: None,
        as_of_seq,
    }))
}

#[cfg(test)]
mod tests {
    use hindcast_shared::series::SeriesKey;
    use http::StatusCode;
    use rstest::rstest;

    use crate::routes::testing::{NOW_MS, TestApp};
    use crate::store::ImportedIncident;

    #[tokio::test]
    async fn labels_when_listed_then_overlap_the_range_and_match() -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let incident = |n: u8, start_ms: i64| ImportedIncident {
            series_key: SeriesKey([n; 16]),
            start_ms,
            end_ms: start_ms + 60_000,
        };
        let incidents = [incident(1, NOW_MS - 600_000), incident(2, NOW_MS - 90_000)];
        for _ in 0..2 {
            app.store
                .labels()
                .import(&"inbox".into(), &incidents)
                .await?;
        }
        let all = app.get("/api/v1/labels?from=now-1h&to=now").await?;
        assert_eq!(all.status, StatusCode::OK, "{}", all.body);
        assert_eq!(all.body["items"].as_array().map(Vec::len), Some(2));
        assert_eq!(all.body["items"][0]["kind"], "incident");
        assert_eq!(all.body["items"][0]["origin"], "import");
        let late = app
            .get("/api/v1/labels?from=now-1m&to=now&source=inbox")
            .await?;
        assert_eq!(late.body["items"].as_array().map(Vec::len), Some(1));
        let key = SeriesKey([1; 16]);
        let one = format!("/api/v1/labels?from=now-1h&to=now&series_key={key}");
        let one = app.get(&one).await?;
        assert_eq!(one.body["items"][0]["series_key"], key.to_string());
        assert_eq!(one.body["items"].as_array().map(Vec::len), Some(1));
        Ok(())
    }

    #[rstest]
    #[case("from=now&to=now-1h", "from")]
    #[case("from=now-1h&to=now&series_key=xyz", "series_key")]
    #[case("from=now-1h&to=now&colour=red", "colour")]
    #[tokio::test]
    async fn labels_when_the_query_is_wrong_then_names_the_field(
        #[case] query: &str,
        #[case] field: &str,
    ) -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let answer = app.get(&format!("/api/v1/labels?{query}")).await?;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.body["error"]["field"], field);
        Ok(())
    }
}
