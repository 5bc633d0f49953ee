//! `/grafana/…`: anomalies as annotations, and the values of rules, in the forms that Grafana's own sources read.
//!
//! `annotations.json` is for the Infinity data source; the rest is the protocol of the simple JSON data sources.

use axum::Json;
use hindcast_shared::anomaly::Anomaly;
use hindcast_shared::api::{
    ErrorBody, GrafanaAnnotation, GrafanaAnnotationRequest, GrafanaQuery, GrafanaRange,
    GrafanaSeries, GrafanaSeriesRequest,
};
use hindcast_shared::message::{self, Lang};
use hindcast_shared::reduce::m4;
use hindcast_shared::time::{TimeRange, UtcOffsets};
use http::HeaderMap;
use http::header::ACCEPT_LANGUAGE;
use serde_json::{Value, json};

use crate::auth::Viewer;
use crate::detection::history;
use crate::error::{ApiError, ApiResult};
use crate::extract::{self, Query};
use crate::routes::range::range;
use crate::routes::rules::{rule_id, unknown_rule};
use crate::state::{App, AppState};
use crate::store::AnomalyFilter;

/// Most annotations of an answer: more would only darken the chart.
const MAX_ANNOTATIONS: u32 = 1_000;

/// Points of a series unless Grafana says, and at most.
const POINTS: u32 = 1_000;
const MAX_POINTS: u32 = 10_000;

/// Most rules that one query asks for, and most samples of each series.
const MAX_TARGETS: usize = 20;
const MAX_SAMPLES: i64 = 500_000;

/// Says that it is there, for *Save & test*.
#[utoipa::path(get, path = "/grafana/", tag = "grafana", operation_id = "find_grafana",
    responses((status = OK, body = Object)))]
pub(crate) async fn find_grafana(_: Viewer) -> Json<Value> {
    Json(json!({"product": "hindcast", "version": env!("CARGO_PKG_VERSION")}))
}

/// Lists anomalies as annotations.
#[utoipa::path(get, path = "/grafana/annotations.json", tag = "grafana", operation_id = "list_grafana_annotations",
    params(GrafanaQuery),
    responses((status = OK, body = Vec<GrafanaAnnotation>), (status = BAD_REQUEST, body = ErrorBody)))]
pub(crate) async fn list_grafana_annotations(
    app: AppState,
    _: Viewer,
    headers: HeaderMap,
    Query(query): Query<GrafanaQuery>,
) -> ApiResult<Json<Vec<GrafanaAnnotation>>> {
    let from = query.from.as_deref().unwrap_or("now-24h");
    let to = query.to.as_deref().unwrap_or("now");
    let range = range(from, to, app.clock.now_ms(), &UtcOffsets::utc())?;
    let tags = words(query.tags.iter().map(String::as_str));
    Ok(Json(annotations(&app, range, &tags, lang(&headers)).await?))
}

/// The same for simple JSON data sources.
#[utoipa::path(post, path = "/grafana/annotations", tag = "grafana", operation_id = "query_grafana_annotations",
    request_body = GrafanaAnnotationRequest,
    responses((status = OK, body = Vec<GrafanaAnnotation>), (status = BAD_REQUEST, body = ErrorBody)))]
pub(crate) async fn query_grafana_annotations(
    app: AppState,
    _: Viewer,
    headers: HeaderMap,
    extract::Json(request): extract::Json<GrafanaAnnotationRequest>,
) -> ApiResult<Json<Vec<GrafanaAnnotation>>> {
    let range = range_of(&app, &request.range)?;
    let query = request.annotation["query"].as_str().unwrap_or_default();
    let tags = words(std::iter::once(query));
    let rows = annotations(&app, range, &tags, lang(&headers)).await?;
    Ok(Json(rows))
}

/// Lists what can be asked for: the ids of the rules.
#[utoipa::path(post, path = "/grafana/search", tag = "grafana", operation_id = "search_grafana_targets",
    responses((status = OK, body = Vec<String>)))]
pub(crate) async fn search_grafana_targets(
    app: AppState,
    _: Viewer,
) -> ApiResult<Json<Vec<String>>> {
    let rules = app.store.rules().list().await?;
    let ids = rules.into_iter().map(|stored| stored.rule.id.to_string());
    Ok(Json(ids.collect()))
}

/// Finds the values that rules see, reduced to what fits without hiding a spike.
#[utoipa::path(post, path = "/grafana/query", tag = "grafana", operation_id = "query_grafana_series",
    request_body = GrafanaSeriesRequest,
    responses((status = OK, body = Vec<GrafanaSeries>), (status = BAD_REQUEST, body = ErrorBody),
        (status = NOT_FOUND, body = ErrorBody), (status = BAD_GATEWAY, body = ErrorBody)))]
pub(crate) async fn query_grafana_series(
    app: AppState,
    _: Viewer,
    extract::Json(request): extract::Json<GrafanaSeriesRequest>,
) -> ApiResult<Json<Vec<GrafanaSeries>>> {
    let range = range_of(&app, &request.range)?;
    if request.targets.len() > MAX_TARGETS {
        let message = format!("at most {MAX_TARGETS} at a time");
        return Err(ApiError::bad_request("invalid_body", message).about("targets"));
    }
    // At most four points a column survive the reduction.
    let points = request
        .max_data_points
        .unwrap_or(POINTS)
        .clamp(4, MAX_POINTS);
    let mut found = Vec::new();
    for target in request
        .targets
        .iter()
        .filter(|target| !target.target.is_empty())
    {
        let id = rule_id(&target.target)?;
        let stored = app.store.rules().get(&id).await?;
        let rule = stored.ok_or_else(|| unknown_rule(id.as_str()))?.rule;
        if range.duration_ms() / rule.step.ms() > MAX_SAMPLES {
            let message = format!("the range has more than {MAX_SAMPLES} samples of `{id}`");
            return Err(ApiError::bad_request("invalid_body", message).about("range"));
        }
        let data = history::load(Some(&app.store), &app.sources, &rule, range).await?;
        found.extend(data.series.values().map(|series| {
            let drawn = m4(series, range, points / 4, &[]);
            let values = drawn
                .values
                .into_iter()
                .map(|value| value.is_finite().then_some(value));
            GrafanaSeries {
                target: series.labels.to_string(),
                datapoints: values.zip(drawn.times_ms).collect(),
            }
        }));
    }
    Ok(Json(found))
}

fn lang(headers: &HeaderMap) -> Lang {
    let header = headers.get(ACCEPT_LANGUAGE);
    header
        .and_then(|value| value.to_str().ok())
        .map_or(Lang::En, Lang::of_header)
}

fn range_of(app: &App, asked: &GrafanaRange) -> ApiResult<TimeRange> {
    range(
        &asked.from,
        &asked.to,
        app.clock.now_ms(),
        &UtcOffsets::utc(),
    )
}

fn words<'a>(lists: impl Iterator<Item = &'a str>) -> Vec<String> {
    lists
        .flat_map(|list| list.split(','))
        .map(|word| word.trim().to_owned())
        .filter(|word| !word.is_empty())
        .collect()
}

async fn annotations(
    app: &App,
    range: TimeRange,
    wanted: &[String],
    lang: Lang,
) -> ApiResult<Vec<GrafanaAnnotation>> {
    let filter = AnomalyFilter {
        from_ms: range.from_ms,
        to_ms: range.to_ms,
        statuses: Vec::new(),
        severities: Vec::new(),
        rule: None,
        source: None,
        series: None,
        min_score: None,
        limit: MAX_ANNOTATIONS,
        after: None,
    };
    let (found, _) = app.store.anomalies().list(&filter).await?;
    let now_ms = app.clock.now_ms();
    let rows = found.into_iter().map(|anomaly| row(&anomaly, now_ms, lang));
    Ok(rows
        .filter(|row| wanted.iter().all(|tag| row.tags.contains(tag)))
        .collect())
}

fn row(anomaly: &Anomaly, now_ms: i64, lang: Lang) -> GrafanaAnnotation {
    let mut tags = vec![
        "hindcast".to_owned(),
        anomaly.severity.as_str().to_owned(),
        anomaly.status.as_str().to_owned(),
        format!("rule:{}", anomaly.rule_id),
    ];
    tags.extend(
        anomaly
            .labels
            .iter()
            .map(|(name, value)| format!("{name}:{value}")),
    );
    let goes_on = anomaly.status.is_active();
    GrafanaAnnotation {
        id: anomaly.id.to_string(),
        time: anomaly.start_ms,
        time_end: if goes_on {
            now_ms.max(anomaly.end_ms)
        } else {
            anomaly.end_ms
        },
        title: message::title(anomaly, lang),
        text: message::text(anomaly, lang),
        tags,
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;
    use crate::routes::testing::{NOW_MS, TestApp};

    #[tokio::test]
    async fn annotations_when_asked_in_either_form_then_are_the_anomalies_with_these_tags()
    -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let found = app.open("s", NOW_MS - 60_000).await?;
        let severity = found.severity.as_str();
        let flat = app
            .get(&format!(
                "/grafana/annotations.json?from=now-1h&tags={severity},rule:r"
            ))
            .await?;
        assert_eq!(flat.status, StatusCode::OK, "{}", flat.body);
        assert_eq!(flat.body[0]["id"], found.id.to_string());
        assert_eq!(flat.body[0]["time"], NOW_MS - 60_000);
        assert_eq!(flat.body[0]["timeEnd"], NOW_MS, "it goes on");
        let none = app.get("/grafana/annotations.json?tags=rule:other").await?;
        assert_eq!(none.body, json!([]));
        let wrong = app.get("/grafana/annotations.json?from=soon").await?;
        assert_eq!(wrong.body["error"]["field"], "from");
        let asked = json!({
            "range": {"from": "2026-01-05T11:00:00Z", "to": "2026-01-05T12:00:00Z", "raw": {}},
            "annotation": {"name": "x", "query": "rule:r"}, "rangeRaw": {},
        });
        let posted = app
            .post("/grafana/annotations", &[], &asked.to_string())
            .await?;
        assert_eq!(posted.body, flat.body);
        Ok(())
    }

    #[tokio::test]
    async fn series_when_asked_by_rule_then_have_values_and_times() -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        assert_eq!(app.get("/grafana/").await?.status, StatusCode::OK);
        let body = json!({"samples": [{"name": "load", "at_ms": NOW_MS - 120_000, "value": 7.5}]});
        app.post("/api/v1/samples", &[], &body.to_string()).await?;
        let targets = app
            .post("/grafana/search", &[], "{\"target\": \"\"}")
            .await?;
        assert_eq!(targets.body, json!(["r"]));
        let asked = json!({
            "range": {"from": "now-1h", "to": "now"}, "targets": [{"target": "r", "refId": "A"}], "maxDataPoints": 500,
        });
        let series = app.post("/grafana/query", &[], &asked.to_string()).await?;
        assert_eq!(series.body[0]["target"], "load", "{}", series.body);
        let points = series.body[0]["datapoints"].as_array().expect("points");
        assert!(
            points.contains(&json!([7.5, NOW_MS - 120_000])),
            "{points:?}"
        );
        let asked =
            json!({"range": {"from": "now-1h", "to": "now"}, "targets": [{"target": "nobody"}]});
        let nobody = app.post("/grafana/query", &[], &asked.to_string()).await?;
        assert_eq!(nobody.status, StatusCode::NOT_FOUND);
        Ok(())
    }
}
