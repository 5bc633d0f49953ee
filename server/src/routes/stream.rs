//! `GET /api/v1/stream`: what happens, as server-sent events; and the tickets that open it.

use axum::Json;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use futures::StreamExt as _;
use hindcast_shared::api::{ErrorBody, Event, EventTopic, StreamTicket};
use hindcast_shared::rule::RuleId;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, StatusCode};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::auth::{Embed, Listener};
use crate::error::{ApiError, ApiResult};
use crate::extract::Query;
use crate::state::AppState;
use crate::stream::{Filter, Settings, Start};

/// The header with which an `EventSource` resumes.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Tells nginx not to hold events back.
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// What to listen to.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct StreamQuery {
    /// Position to go on after: `as_of_seq` of a list. `Last-Event-ID` beats it.
    since: Option<String>,
    /// `anomaly`, `sample`; several by comma or by repetition; all unless given.
    #[serde(default)]
    topics: Vec<String>,
    /// Only these rules; samples come only for rules that are named.
    #[serde(default)]
    rule: Vec<String>,
    /// Samples of these rules as well, which narrows nothing: one stream serves many pages.
    #[serde(default)]
    samples: Vec<String>,
    /// Only this series, by text form or key.
    series: Option<String>,
    /// A ticket of `POST /api/v1/stream-tickets`, in place of a header.
    #[expect(dead_code, reason = "the extractor of the caller reads it")]
    ticket: Option<String>,
}

/// Streams what happens: `anomaly.detected`, `anomaly.updated`, `anomaly.resolved` (with `id`, the position in
/// the journal), `sample`, `heartbeat`, `reset`, `build`, `bye`.
///
/// After `reset` everything is to be fetched anew.
#[utoipa::path(get, path = "/api/v1/stream", tag = "stream", operation_id = "stream_journal",
    params(StreamQuery, ("Last-Event-ID" = Option<String>, Header)),
    responses((status = OK, body = Event, content_type = "text/event-stream"),
        (status = BAD_REQUEST, body = ErrorBody), (status = SERVICE_UNAVAILABLE, body = ErrorBody)))]
pub(crate) async fn stream_journal(
    app: AppState,
    Listener(caller): Listener,
    headers: HeaderMap,
    Query(query): Query<StreamQuery>,
) -> ApiResult<Response> {
    let settings = Settings {
        start: start(&headers, query.since.as_deref())?,
        filter: filter(query)?,
        build: app.assets.build().to_owned(),
        clock: app.clock.clone(),
        soft: app.lifecycle.soft(),
        lease: app.auth.lease(&caller),
        clients: app.metrics.sse_clients.clone(),
        resets: app.metrics.sse_resets.clone(),
    };
    let client = app.hub.connect(settings).await?;
    let Some(client) = client else {
        return Err(ApiError::unavailable("too many streams are open"));
    };
    let frames = client.frames().map(Ok::<_, std::convert::Infallible>);
    let headers = [
        (CONTENT_TYPE, "text/event-stream"),
        (CACHE_CONTROL, "no-store"),
        (ACCEL_BUFFERING, "no"),
    ];
    Ok((headers, Body::from_stream(frames)).into_response())
}

/// Makes a ticket for pages whose `EventSource` can send no header.
#[utoipa::path(post, path = "/api/v1/stream-tickets", tag = "stream", operation_id = "create_stream_ticket",
    responses((status = CREATED, body = StreamTicket)))]
pub(crate) async fn create_stream_ticket(
    app: AppState,
    Embed(caller): Embed,
) -> ApiResult<(StatusCode, Json<StreamTicket>)> {
    let (ticket, expires_at_ms) = app.auth.issue_ticket(&caller)?;
    let ticket = StreamTicket {
        ticket,
        expires_at_ms,
    };
    Ok((StatusCode::CREATED, Json(ticket)))
}

/// Where the stream begins. An id that an `EventSource` sends is never refused: a 4xx would close it for good.
fn start(headers: &HeaderMap, since: Option<&str>) -> ApiResult<Start> {
    if let Some(id) = headers.get(LAST_EVENT_ID) {
        let id = id.to_str().ok().and_then(|id| id.trim().parse().ok());
        return Ok(id.map_or(Start::Unknown, Start::After));
    }
    match since {
        None => Ok(Start::Now),
        Some(text) => match text.parse() {
            Ok(seq) if seq >= 0 => Ok(Start::After(seq)),
            _ => Err(ApiError::invalid_query(
                "since",
                "is not a position; give `as_of_seq` of a list",
            )),
        },
    }
}

fn filter(query: StreamQuery) -> ApiResult<Filter> {
    let mut topics = Vec::new();
    for word in query.topics.iter().flat_map(|list| list.split(',')) {
        topics.push(match word.trim() {
            "anomaly" => EventTopic::Anomaly,
            "sample" => EventTopic::Sample,
            "training" => EventTopic::Training,
            other => {
                let message = format!("`{other}` is not a topic; one of anomaly, sample, training");
                return Err(ApiError::invalid_query("topics", message));
            }
        });
    }
    let rules = |field: &'static str, ids: &[String]| {
        let rules: Result<Vec<RuleId>, String> = ids.iter().map(|id| id.parse()).collect();
        rules.map_err(|message| ApiError::invalid_query(field, message))
    };
    Ok(Filter {
        topics,
        rules: rules("rule", &query.rule)?,
        samples: rules("samples", &query.samples)?,
        series: query.series,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::routes::testing::{NOW_MS, TestApp};

    #[rstest]
    #[case("since=abc", "since")]
    #[case("since=-1", "since")]
    #[case("since=", "since")]
    #[case("topics=weather", "topics")]
    #[case("rule=Not%20One", "rule")]
    #[case("samples=Not%20One", "samples")]
    #[case("sinec=1", "sinec")]
    #[tokio::test]
    async fn stream_when_the_query_is_wrong_then_names_the_field(
        #[case] query: &str,
        #[case] field: &str,
    ) -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let answer = app.get(&format!("/api/v1/stream?{query}")).await?;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.body["error"]["field"], field);
        Ok(())
    }

    #[tokio::test]
    async fn stream_when_opened_since_a_list_then_tells_what_came_after() -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let list = app.get("/api/v1/anomalies").await?;
        let since = list.body["as_of_seq"].as_i64().expect("a position");
        let found = app.open("s", NOW_MS - 60_000).await?;
        app.stop();
        let uri = format!("/api/v1/stream?since={since}&topics=anomaly&rule=r");
        let answer = app.get(&uri).await?;
        assert_eq!(answer.header("content-type"), "text/event-stream");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("x-accel-buffering"), "no");
        let text = String::from_utf8(answer.bytes.to_vec())?;
        let head = app.store.head();
        assert!(
            text.contains(&format!("id: {head}\nevent: anomaly.detected\n")),
            "{text}"
        );
        assert!(text.contains(&found.id.to_string()));
        assert!(text.ends_with("event: bye\ndata: {\"type\":\"bye\"}\n\n"));
        Ok(())
    }

    #[rstest]
    #[case("nonsense")]
    #[case("999999")]
    #[case("-5")]
    #[tokio::test]
    async fn stream_when_the_last_id_cannot_be_read_then_is_reset_with_200(
        #[case] id: &str,
    ) -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        app.stop();
        let headers = [("last-event-id", id)];
        let answer = app.get_with("/api/v1/stream?since=0", &headers).await?;
        assert_eq!(answer.status, StatusCode::OK);
        let text = String::from_utf8(answer.bytes.to_vec())?;
        let store_id = app.store.store_id();
        let head = app.store.head();
        let expected = format!(
            "event: reset\ndata: {{\"type\":\"reset\",\"head\":{head},\"store_id\":\"{store_id}\"}}"
        );
        assert!(text.contains(&expected), "{text}");
        Ok(())
    }

    proptest! {
        #[test]
        fn query_when_any_text_then_is_read_or_refused(since in ".{0,20}", topic in ".{0,10}", rule in ".{0,10}") {
            let _start = start(&HeaderMap::new(), Some(&since));
            let query = StreamQuery { topics: vec![topic], rule: vec![rule], ..StreamQuery::default() };
            let _filter = filter(query);
        }
    }
}
