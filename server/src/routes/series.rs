//! `GET /api/v1/series`: columns to draw or to replay.

use axum::Json;
use axum::response::{IntoResponse, Response};
use hindcast_shared::api::columns::{self, Head, MEDIA_TYPE};
use hindcast_shared::api::{ErrorBody, SeriesColumns, SeriesQuery, SeriesResponse};
use hindcast_shared::map::Map;
use hindcast_shared::pipeline::Dataset;
use hindcast_shared::reduce::m4;
use hindcast_shared::series::{Series, SeriesKey, SourceName};
use hindcast_shared::time::{DAY_MS, Millis, SECOND_MS, TimeRange, UtcOffsets};
use http::HeaderMap;
use http::header::{ACCEPT, CONTENT_TYPE, VARY};

use crate::auth::Embed;
use crate::detection::history;
use crate::error::{ApiError, ApiResult};
use crate::extract::Query;
use crate::routes::range::{offsets_around, range, zone};
use crate::routes::rules::{rule_id, unknown_rule};
use crate::schedule::offsets;
use crate::state::{App, AppState};

/// Widest drawing: a wall of screens.
const MAX_PX: u32 = 20_000;

/// Finds series as columns: raw, or reduced to what `px` pixel columns can show.
///
/// JSON, or lossless binary columns where `Accept` names `application/vnd.hindcast.columns`;
/// reduced columns are always JSON.
#[utoipa::path(get, path = "/api/v1/series", tag = "series", operation_id = "find_series",
    params(SeriesQuery),
    responses((status = OK, description = "The columns", content((SeriesResponse = "application/json"),
            (Vec<u8> = "application/vnd.hindcast.columns"))),
        (status = BAD_REQUEST, body = ErrorBody), (status = NOT_FOUND, body = ErrorBody),
        (status = BAD_GATEWAY, body = ErrorBody), (status = GATEWAY_TIMEOUT, body = ErrorBody)))]
pub(crate) async fn find_series(
    app: AppState,
    Embed(caller): Embed,
    headers: HeaderMap,
    Query(query): Query<SeriesQuery>,
) -> ApiResult<Response> {
    let px = match query.px {
        Some(px) if px == 0 || px > MAX_PX => {
            let message = format!("must lie between 1 and {MAX_PX}");
            return Err(ApiError::invalid_query("px", message));
        }
        px => px,
    };
    let now_ms = app.clock.now_ms();
    let zone = zone(query.tz.as_deref())?;
    let around = offsets_around(&zone, now_ms);
    let range = range(&query.from, &query.to, now_ms, &around)?;
    let as_of_seq = app.store.head();
    let mut found = Found::of_query(&app, &query, range).await?;
    if let Some(only) = caller.pass.and_then(|pass| pass.scope.series.clone()) {
        found.keep_only(&only);
    }
    let answer = Answer {
        range,
        warnings: found.warnings,
        offsets: offsets(&zone, range.from_ms, range.to_ms),
        excluded: found.data.excluded,
        as_of_seq,
    };
    let binary = px.is_none() && wants_binary(&headers);
    // A million values take longer to write down than a thread that answers others should be held.
    let written = tokio::task::spawn_blocking(move || {
        let series = found.data.series.into_iter();
        match px {
            Some(px) => answer.json(series.map(|(key, series)| reduced(key, &series, range, px))),
            None if binary => answer.binary(&series.collect::<Vec<_>>()),
            None => answer.json(series.map(|(key, series)| SeriesColumns::raw(key, &series))),
        }
    });
    Ok(written.await.map_err(anyhow::Error::from)?)
}

/// What was asked for, as it was found.
pub(crate) struct Found {
    pub(crate) data: Dataset,
    pub(crate) warnings: Vec<String>,
}

impl Found {
    /// Drops every series but the one of this text form.
    fn keep_only(&mut self, text: &str) {
        let data = &mut self.data;
        data.series
            .retain(|_, series| series.labels.to_string() == text);
        data.excluded.retain(|key, _| data.series.contains_key(key));
    }

    pub(crate) async fn of_query(
        app: &App,
        query: &SeriesQuery,
        range: TimeRange,
    ) -> ApiResult<Self> {
        match (&query.rule, &query.source, &query.query) {
            (Some(id), None, None) if query.step.is_none() => {
                let id = rule_id(id)?;
                let stored = app.store.rules().get(&id).await?;
                let stored = stored.ok_or_else(|| unknown_rule(id.as_str()))?;
                Ok(Self {
                    data: history::load(Some(&app.store), &app.sources, &stored.rule, range)
                        .await?,
                    warnings: Vec::new(),
                })
            }
            (Some(_), ..) => Err(ApiError::invalid_query(
                "rule",
                "stands in place of `source`, `query` and `step`; give either",
            )),
            (None, None, _) => Err(ApiError::invalid_query(
                "source",
                "give `source` and `query`, or `rule`",
            )),
            (None, Some(_), None) => Err(ApiError::invalid_query("query", "must not be empty")),
            (None, Some(source), Some(question)) => {
                let source = SourceName(source.clone());
                let step = step(query.step.as_deref())?;
                Ok(Self {
                    data: of_source(app, &source, question, range, step).await?,
                    warnings: app.sources.warnings(&source, question).await,
                })
            }
        }
    }
}

async fn of_source(
    app: &App,
    source: &SourceName,
    query: &str,
    range: TimeRange,
    step: Millis,
) -> ApiResult<Dataset> {
    let mut data = Dataset::new(step.ms());
    for series in app.sources.fetch(source, query, range, step).await? {
        data.insert(SeriesKey::new(source, &series.labels), series);
    }
    history::exclude(&app.store, source, range, &mut data).await?;
    Ok(data)
}

/// Everything of an answer but the series.
struct Answer {
    range: TimeRange,
    warnings: Vec<String>,
    offsets: UtcOffsets,
    excluded: Map<SeriesKey, Vec<TimeRange>>,
    as_of_seq: i64,
}

impl Answer {
    fn json(self, series: impl Iterator<Item = SeriesColumns>) -> Response {
        let body = SeriesResponse {
            range: self.range,
            series: series.collect(),
            warnings: self.warnings,
            offsets: self.offsets,
            excluded: self.excluded,
            as_of_seq: self.as_of_seq,
        };
        ([(VARY, "accept")], Json(body)).into_response()
    }

    fn binary(self, series: &[(SeriesKey, Series)]) -> Response {
        let head = Head {
            range: self.range,
            series: Vec::new(),
            warnings: self.warnings,
            offsets: self.offsets,
            excluded: self.excluded,
            as_of_seq: self.as_of_seq,
        };
        let body = columns::encode(head, series.iter().map(|(key, series)| (*key, series)));
        ([(VARY, "accept"), (CONTENT_TYPE, MEDIA_TYPE)], body).into_response()
    }
}

fn wants_binary(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains(MEDIA_TYPE))
}

fn step(text: Option<&str>) -> ApiResult<Millis> {
    let step: Millis = text
        .unwrap_or("60s")
        .parse()
        .map_err(|message: String| ApiError::invalid_query("step", message))?;
    if step.ms() < SECOND_MS || step.ms() > DAY_MS {
        return Err(ApiError::invalid_query(
            "step",
            "must lie between 1s and 1d",
        ));
    }
    Ok(step)
}

/// A series for drawing: at most four points a pixel column.
pub(crate) fn reduced(key: SeriesKey, series: &Series, range: TimeRange, px: u32) -> SeriesColumns {
    let drawn = m4(series, range, px, &[]);
    SeriesColumns {
        series_key: key,
        series: series.labels.to_string(),
        labels: series.labels.clone(),
        unit: series.unit.clone(),
        start_ms: series.start_ms,
        step_ms: series.step_ms,
        values: drawn
            .values
            .iter()
            .map(|value| value.is_finite().then_some(*value))
            .collect(),
        times_ms: Some(drawn.times_ms),
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::routes::testing::{NOW_MS, TestApp};
    use crate::store::testing::tick;

    async fn with_samples() -> anyhow::Result<TestApp> {
        let app = TestApp::new().await?;
        let samples: Vec<_> = (0..600)
            .map(|n| {
                let at_ms = NOW_MS - (600 - n) * 60_000;
                json!({"name": "load", "at_ms": at_ms, "value": (n % 7) as f64})
            })
            .collect();
        let body = json!({ "samples": samples }).to_string();
        let pushed = app.post("/api/v1/samples", &[], &body).await?;
        anyhow::ensure!(pushed.status == StatusCode::OK, "{}", pushed.body);
        Ok(app)
    }

    #[tokio::test]
    async fn series_when_asked_for_binary_then_has_the_same_values_as_json() -> anyhow::Result<()> {
        let app = with_samples().await?;
        let uri =
            "/api/v1/series?source=inbox&query=load&from=now-2h&to=now&step=60s&tz=Asia/Seoul";
        let answer = app.get(uri).await?;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let json: SeriesResponse = serde_json::from_value(answer.body)?;
        assert_eq!(json.series[0].values.len(), 120);
        assert_eq!(json.offsets.offset_ms(NOW_MS), 9 * 3_600_000);
        let binary = app.get_with(uri, &[("accept", MEDIA_TYPE)]).await?;
        assert_eq!(binary.header("content-type"), MEDIA_TYPE);
        let (head, series) = columns::decode(&binary.bytes)?;
        assert_eq!(head.as_of_seq, app.store.head());
        let raw = SeriesColumns::raw(series[0].0, &series[0].1);
        assert_eq!(raw, json.series[0]);
        Ok(())
    }

    #[tokio::test]
    async fn series_when_labels_take_something_out_then_say_so_in_either_form() -> anyhow::Result<()>
    {
        let app = with_samples().await?;
        let drawn = json!({"source": "inbox", "pattern": "lo?d*", "kind": "exclude",
            "start_ms": NOW_MS - 600_000, "end_ms": NOW_MS - 300_000});
        app.post("/api/v1/labels", &[], &drawn.to_string()).await?;
        let other = json!({"source": "inbox", "pattern": "other", "kind": "exclude",
            "start_ms": NOW_MS - 600_000, "end_ms": NOW_MS - 300_000});
        app.post("/api/v1/labels", &[], &other.to_string()).await?;
        let uri = "/api/v1/series?source=inbox&query=load&from=now-1h&to=now";
        let json: SeriesResponse = serde_json::from_value(app.get(uri).await?.body)?;
        let range = TimeRange {
            from_ms: NOW_MS - 600_000,
            to_ms: NOW_MS - 300_000,
        };
        let expected = Map::from([(json.series[0].series_key, vec![range])]);
        assert_eq!(json.excluded, expected);
        let binary = app.get_with(uri, &[("accept", MEDIA_TYPE)]).await?;
        let (head, _) = columns::decode(&binary.bytes)?;
        assert_eq!(head.excluded, expected);
        Ok(())
    }

    #[tokio::test]
    async fn series_when_reduced_then_has_few_points_with_their_times() -> anyhow::Result<()> {
        let app = with_samples().await?;
        let uri = "/api/v1/series?source=inbox&query=load&from=now-10h&to=now&px=20";
        let answer = app.get_with(uri, &[("accept", MEDIA_TYPE)]).await?;
        let json: SeriesResponse = serde_json::from_value(answer.body)?;
        let times = json.series[0].times_ms.as_ref().expect("times");
        assert!(times.len() <= 80 && times.len() >= 20, "{}", times.len());
        assert_eq!(times.len(), json.series[0].values.len());
        Ok(())
    }

    #[tokio::test]
    async fn series_when_the_rule_was_live_then_are_what_it_saw() -> anyhow::Result<()> {
        let app = with_samples().await?;
        let rule = app.store.rules().list().await?.remove(0).rule;
        let labels = hindcast_shared::series::Labels::named("load", &[]);
        let range = TimeRange::new(NOW_MS - 3_600_000, NOW_MS - 1_800_000).expect("a range");
        let mut seen = Series::empty(labels.clone(), "", range, 60_000);
        // It saw 100 everywhere, and a gap at one instant where the source has a value by now.
        seen.values.fill(100.0);
        seen.values[3] = f64::NAN;
        let mut commit = tick(&rule, 1, seen.end_ms() - 60_000);
        let key = SeriesKey::new(&rule.source, &labels);
        commit.points.insert(key, seen);
        app.store.commit_tick(commit).await?;
        let uri = "/api/v1/series?rule=r&from=now-2h&to=now";
        let binary = app.get_with(uri, &[("accept", MEDIA_TYPE)]).await?;
        let (_, series) = columns::decode(&binary.bytes)?;
        let values = &series[0].1;
        assert!(values.value_at(range.from_ms - 60_000) < 10.0, "the source");
        assert!(values.value_at(range.to_ms) < 10.0, "the source again");
        let first_ms = hindcast_shared::time::ceil_to(range.from_ms, 60_000);
        assert!((values.value_at(first_ms) - 100.0).abs() < 1e-9, "as seen");
        assert!(
            values.value_at(first_ms + 180_000).is_nan(),
            "a gap as seen"
        );
        Ok(())
    }

    #[rstest]
    #[case("from=now-1h&to=now", 400, "source")]
    #[case("from=now-1h&to=now&source=inbox", 400, "query")]
    #[case("from=now-1h&to=now&source=nowhere&query=x", 404, "source")]
    #[case("from=now-1h&to=now&source=inbox&query=%7B%7B", 400, "query")]
    #[case("from=now&to=now-1h&source=inbox&query=load", 400, "from")]
    #[case("from=now-1h&to=now&source=inbox&query=load&step=5", 400, "step")]
    #[case("from=now-1h&to=now&source=inbox&query=load&step=1ms", 400, "step")]
    #[case("from=now-1h&to=now&source=inbox&query=load&px=0", 400, "px")]
    #[case("from=now-1h&to=now&source=inbox&query=load&tz=Mars", 400, "tz")]
    #[case("from=now-1h&to=now&rule=nobody", 404, "rule")]
    #[case("from=now-1h&to=now&rule=r&query=load", 400, "rule")]
    #[tokio::test]
    async fn series_when_the_query_is_wrong_then_names_the_field(
        #[case] query: &str,
        #[case] status: u16,
        #[case] field: &str,
    ) -> anyhow::Result<()> {
        let app = with_samples().await?;
        let answer = app.get(&format!("/api/v1/series?{query}")).await?;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
        assert_eq!(answer.body["error"]["field"], field, "{}", answer.body);
        Ok(())
    }
}
