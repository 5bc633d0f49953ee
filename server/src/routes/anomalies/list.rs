//! `GET /api/v1/anomalies`

use axum::Json;
use hindcast_shared::anomaly::{Anomaly, Status};
use hindcast_shared::api::{ErrorBody, ListAnomaliesQuery, ListPage};
use hindcast_shared::rule::Severity;
use hindcast_shared::time::UtcOffsets;

use crate::auth::Embed;
use crate::error::{ApiError, ApiResult};
use crate::extract::Query;
use crate::routes::range::range;
use crate::state::AppState;
use crate::store::AnomalyFilter;

/// Items of a page when the query does not say.
const DEFAULT_LIMIT: u32 = 100;

/// Most items of a page.
const MAX_LIMIT: u32 = 1_000;

/// Lists anomalies that overlap a range of time, newest first.
#[utoipa::path(get, path = "/api/v1/anomalies", tag = "anomalies", operation_id = "list_anomalies",
    params(ListAnomaliesQuery),
    responses((status = OK, body = ListPage<Anomaly>), (status = BAD_REQUEST, body = ErrorBody)))]
pub(crate) async fn list_anomalies(
    app: AppState,
    _: Embed,
    Query(query): Query<ListAnomaliesQuery>,
) -> ApiResult<Json<ListPage<Anomaly>>> {
    let filter = filter(query, app.clock.now_ms())?;
    // Read before the items: what happens in between comes twice, and nothing is lost.
    let as_of_seq = app.store.head();
    let (items, next) = app.store.anomalies().list(&filter).await?;
    Ok(Json(ListPage {
        items,
        next_cursor: next.map(|cursor| cursor.to_string()),
        as_of_seq,
    }))
}

fn filter(query: ListAnomaliesQuery, now_ms: i64) -> ApiResult<AnomalyFilter> {
    let from = query.from.as_deref().unwrap_or("now-24h");
    let to = query.to.as_deref().unwrap_or("now");
    let range = range(from, to, now_ms, &UtcOffsets::utc())?;
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    if limit == 0 || limit > MAX_LIMIT {
        let message = format!("must lie between 1 and {MAX_LIMIT}");
        return Err(ApiError::invalid_query("limit", message));
    }
    if query.min_score.is_some_and(|score| !score.is_finite()) {
        return Err(ApiError::invalid_query("min_score", "must be a number"));
    }
    let refuse =
        |field: &'static str| move |message: String| ApiError::invalid_query(field, message);
    Ok(AnomalyFilter {
        from_ms: range.from_ms,
        to_ms: range.to_ms,
        statuses: statuses(&query.status).map_err(refuse("status"))?,
        severities: severities(&query.severity).map_err(refuse("severity"))?,
        rule: query
            .rule
            .map(|rule| rule.parse())
            .transpose()
            .map_err(refuse("rule"))?,
        source: query.source,
        series: query.series,
        min_score: query.min_score,
        limit,
        after: query
            .cursor
            .map(|cursor| cursor.parse())
            .transpose()
            .map_err(refuse("cursor"))?,
    })
}

fn statuses(words: &[String]) -> Result<Vec<Status>, String> {
    let mut statuses = Vec::with_capacity(words.len());
    for word in words {
        match word.as_str() {
            "active" => statuses.extend([Status::Open, Status::Acknowledged]),
            word => statuses.push(word.parse()?),
        }
    }
    Ok(statuses)
}

fn severities(words: &[String]) -> Result<Vec<Severity>, String> {
    let all = [Severity::Info, Severity::Warning, Severity::Critical];
    let one = |word: &String| {
        let known = all.into_iter().find(|severity| severity.as_str() == word);
        known.ok_or_else(|| format!("`{word}` is not a severity; one of info, warning, critical"))
    };
    words.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::routes::testing::{NOW_MS, TestApp};

    #[rstest]
    #[case("?status=opn", "status")]
    #[case("?severity=bad", "severity")]
    #[case("?limit=0", "limit")]
    #[case("?limit=1001", "limit")]
    #[case("?limit=x", "limit")]
    #[case("?min_score=NaN", "min_score")]
    #[case("?cursor=nonsense", "cursor")]
    #[case("?from=now&to=now-1h", "from")]
    #[case("?to=tomorrow", "to")]
    #[case("?rule=Not%20A%20Slug", "rule")]
    #[case("?colour=red", "colour")]
    #[tokio::test]
    async fn list_when_the_query_is_wrong_then_names_the_field(
        #[case] query: &str,
        #[case] field: &str,
    ) -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let answer = app.get(&format!("/api/v1/anomalies{query}")).await?;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.body["error"]["field"], field);
        assert_eq!(answer.body["error"]["code"], "invalid_query");
        Ok(())
    }

    #[tokio::test]
    async fn list_when_paged_then_newest_come_first_and_each_once() -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        for minute in 1..=5 {
            app.open("s", NOW_MS - minute * 60_000).await?;
        }
        let first = app.get("/api/v1/anomalies?limit=3&status=active").await?;
        assert_eq!(first.status, StatusCode::OK);
        assert_eq!(first.body["as_of_seq"], app.store.head());
        let cursor = first.body["next_cursor"].as_str().expect("a next page");
        let second = app
            .get(&format!("/api/v1/anomalies?limit=3&cursor={cursor}"))
            .await?;
        assert!(second.body["next_cursor"].is_null());
        let starts: Vec<i64> = [&first, &second]
            .iter()
            .flat_map(|page| page.body["items"].as_array().expect("items"))
            .filter_map(|item| item["start_ms"].as_i64())
            .collect();
        let expected: Vec<i64> = (1..=5).map(|minute| NOW_MS - minute * 60_000).collect();
        assert_eq!(starts, expected);
        Ok(())
    }

    #[tokio::test]
    async fn list_when_a_status_is_repeated_then_any_of_them_is_listed() -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        app.open("s", NOW_MS - 60_000).await?;
        let none = app
            .get("/api/v1/anomalies?status=resolved&status=expected")
            .await?;
        assert_eq!(none.body["items"].as_array().map(Vec::len), Some(0));
        let one = app
            .get("/api/v1/anomalies?status=resolved&status=open&severity=warning&severity=info")
            .await?;
        assert_eq!(one.body["items"].as_array().map(Vec::len), Some(1));
        Ok(())
    }

    proptest! {
        #[test]
        fn query_when_any_text_then_is_read_or_refused_but_never_panics(
            status in ".{0,12}", severity in ".{0,12}", from in ".{0,12}", cursor in ".{0,30}",
            rule in ".{0,12}", limit: u32, min_score: f64,
        ) {
            let query = ListAnomaliesQuery {
                from: Some(from),
                status: vec![status],
                severity: vec![severity],
                rule: Some(rule),
                cursor: Some(cursor),
                limit: Some(limit),
                min_score: Some(min_score),
                ..ListAnomaliesQuery::default()
            };
            if let Err(error) = filter(query, NOW_MS) {
                prop_assert_eq!(error.status(), StatusCode::BAD_REQUEST);
            }
        }
    }
}
