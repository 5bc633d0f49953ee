//! Against a stand-in on port 0 that counts, refuses and delays.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::{Form, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use hindcast_shared::time::{DAY_MS, MINUTE_MS};
use serde_json::{Value, json};

use super::*;

/// Serves `router` on a free port and answers its address.
async fn serve(router: Router) -> Url {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}").parse().expect("an address")
}

fn source(url: Url) -> PrometheusSource {
    PrometheusSource::new(PrometheusOptions::new(url)).expect("good options")
}

fn range(from_ms: i64, to_ms: i64) -> TimeRange {
    TimeRange::new(from_ms, to_ms).expect("a forward range")
}

fn minute() -> Millis {
    Millis::new(MINUTE_MS)
}

fn matrix(values: &[(f64, &str)]) -> Json<Value> {
    Json(
        json!({"status": "success", "data": {"resultType": "matrix", "result": [
            {"metric": {"__name__": "up", "job": "a"}, "values": values}
        ]}}),
    )
}

type Fields = BTreeMap<String, String>;

/// A ramp at every instant that was asked for, as long as one question may be.
async fn ramp(State(asked): State<Arc<AtomicUsize>>, Form(fields): Form<Fields>) -> Response {
    asked.fetch_add(1, Ordering::SeqCst);
    let number = |name: &str| fields[name].parse::<f64>().expect("a number");
    let (start, end, step) = (number("start"), number("end"), number("step"));
    let count = ((end - start) / step) as usize + 1;
    if count > 11_000 {
        let error = json!({"status": "error", "errorType": "bad_data", "error": "exceeded maximum resolution"});
        return (StatusCode::BAD_REQUEST, Json(error)).into_response();
    }
    let values: Vec<(f64, String)> = (0..count)
        .map(|index| start + index as f64 * step)
        .map(|at| (at, at.to_string()))
        .collect();
    let body = json!({"data": {"result": [{"metric": {"__name__": "ramp"}, "values": values}]}});
    Json(body).into_response()
}

#[tokio::test]
async fn fetch_when_the_range_is_long_then_is_split_and_merged_without_a_seam() {
    let asked = Arc::new(AtomicUsize::new(0));
    let router = Router::new()
        .route("/sub/api/v1/query_range", post(ramp))
        .with_state(asked.clone());
    let source = source(serve(router).await.join("sub").expect("a path"));
    let series = source
        .fetch("ramp", range(1, 20 * DAY_MS), minute())
        .await
        .expect("an answer");
    assert_eq!(asked.load(Ordering::SeqCst), 3);
    assert_eq!(series.len(), 1);
    assert_eq!(series[0].start_ms, MINUTE_MS);
    assert_eq!(series[0].values.len(), 20 * 1_440 - 1);
    for (index, value) in series[0].values.iter().enumerate() {
        assert_eq!(*value as i64 * 1_000, series[0].at_ms(index));
    }
}

#[test]
fn piece_when_halved_then_both_halves_join() {
    let step = Millis::new(10);
    assert_eq!(halves((0, 10), step), [(0, 0), (10, 10)]);
    assert_eq!(halves((0, 40), step), [(0, 10), (20, 40)]);
    assert_eq!(points((20, 40), step), 3);
}

#[tokio::test]
async fn fetch_when_values_are_not_finite_then_they_are_gaps() {
    let answer = || async {
        matrix(&[
            (60.0, "1"),
            (120.0, "NaN"),
            (180.0, "+Inf"),
            (240.0, "-Inf"),
            (300.0, "2.5e3"),
        ])
    };
    let source = source(serve(Router::new().route("/api/v1/query_range", post(answer))).await);
    let series = source
        .fetch("up", range(60_000, 360_001), minute())
        .await
        .expect("an answer");
    let values = &series[0].values;
    assert_eq!((values[0], values[4]), (1.0, 2_500.0));
    assert!(values[1..4].iter().all(|value| value.is_nan()) && values[5].is_nan());
    assert_eq!(series[0].labels.to_string(), "up{job=\"a\"}");
}

#[tokio::test]
async fn fetch_when_the_query_is_refused_then_passes_the_words_on_and_asks_once() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let refuse = move || async move {
        counter.fetch_add(1, Ordering::SeqCst);
        let body = json!({"status": "error", "errorType": "bad_data", "error": "1:5: parse error: unclosed left parenthesis"});
        (StatusCode::BAD_REQUEST, Json(body))
    };
    let source = source(serve(Router::new().route("/api/v1/query_range", post(refuse))).await);
    let error = source
        .fetch("rate(", range(0, 60_000), minute())
        .await
        .expect_err("a refusal");
    assert_eq!(
        error.to_string(),
        "1:5: parse error: unclosed left parenthesis"
    );
    assert!(error.is_invalid_query() && !error.means_down());
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn fetch_when_the_server_stumbles_then_asks_again() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let stumble = move || async move {
        match counter.fetch_add(1, Ordering::SeqCst) {
            0 => (StatusCode::BAD_GATEWAY, "<html>bad gateway</html>").into_response(),
            1 => (
                StatusCode::TOO_MANY_REQUESTS,
                [(header::RETRY_AFTER, "0")],
                "slower",
            )
                .into_response(),
            _ => matrix(&[(0.0, "1")]).into_response(),
        }
    };
    let source = source(serve(Router::new().route("/api/v1/query_range", post(stumble))).await);
    let series = source.fetch("up", range(0, 60_000), minute()).await;
    assert_eq!(series.expect("an answer").len(), 1);
    assert_eq!(asked.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn fetch_when_only_get_is_let_through_then_uses_it() {
    let answer = |Form(fields): Form<Fields>| async move {
        assert_eq!(fields["query"], "up{a=\"b c\"}");
        matrix(&[(0.0, "1")])
    };
    let source = source(serve(Router::new().route("/api/v1/query_range", get(answer))).await);
    let series = source
        .fetch("up{a=\"b c\"}", range(0, 60_000), minute())
        .await;
    assert_eq!(series.expect("an answer").len(), 1);
}

#[tokio::test]
async fn fetch_when_nobody_listens_then_says_so() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    drop(listener);
    let mut options =
        PrometheusOptions::new(format!("http://{address}").parse().expect("an address"));
    options.retries = 1;
    let source = PrometheusSource::new(options).expect("good options");
    let error = source
        .fetch("up", range(0, 60_000), minute())
        .await
        .expect_err("nobody there");
    assert!(error.means_down());
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn fetch_when_the_answer_never_comes_then_times_out() {
    let silent = || async { std::future::pending::<()>().await };
    let router = Router::new().route("/api/v1/query_range", post(silent));
    let mut options = PrometheusOptions::new(serve(router).await);
    options.timeout = Duration::from_millis(50);
    let source = PrometheusSource::new(options).expect("good options");
    let error = source.fetch("up", range(0, 60_000), minute()).await;
    assert_eq!(
        error.expect_err("silence"),
        SourceError::Timeout {
            after: Millis::new(50)
        }
    );
}

#[tokio::test]
async fn fetch_when_credentials_are_given_then_sends_them() {
    let echo = |request: Request| async move {
        let sent = request.headers().get(header::AUTHORIZATION);
        let right =
            sent.is_some_and(|value| value == "Basic YWxpY2U6c2VjcmV0" || value == "Bearer tok");
        if right {
            matrix(&[(0.0, "1")]).into_response()
        } else {
            StatusCode::UNAUTHORIZED.into_response()
        }
    };
    let url = serve(Router::new().fallback(any(echo))).await;
    let basic = Credentials::Basic {
        username: "alice".to_owned(),
        password: "secret".into(),
    };
    for credentials in [basic, Credentials::Bearer("tok".into())] {
        let mut options = PrometheusOptions::new(url.clone());
        options.credentials = credentials;
        assert!(!format!("{options:?}").contains("secret"));
        let source = PrometheusSource::new(options).expect("good options");
        let series = source.fetch("up", range(0, 60_000), minute()).await;
        assert_eq!(series.expect("let in").len(), 1);
    }
    let error = source(url).fetch("up", range(0, 60_000), minute()).await;
    let error = error.expect_err("not let in");
    assert!(
        error.means_down() && error.to_string().contains("credentials"),
        "{error}"
    );
}

#[tokio::test]
async fn warnings_when_the_metadata_knows_better_then_believes_it() {
    let metadata = |Form(fields): Form<Fields>| async move {
        let kind = match fields["metric"].as_str() {
            "requests" => "counter",
            "players_count" => "gauge",
            _ => return Json(json!({"status": "success", "data": {}})),
        };
        Json(json!({"status": "success", "data": {fields["metric"].as_str(): [{"type": kind}]}}))
    };
    let source = source(serve(Router::new().route("/api/v1/metadata", get(metadata))).await);
    let warnings = source
        .warnings("requests + players_count + errors_total + rate(fine_total[5m]) + temperature")
        .await;
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[0].contains("`requests`") && warnings[1].contains("`errors_total`"));
}

#[test]
fn options_when_the_certificates_cannot_be_read_then_say_which() {
    let mut options = PrometheusOptions::new("https://host/".parse().expect("an address"));
    options.ca_file = Some("/does/not/exist.pem".into());
    let error = PrometheusSource::new(options).err().expect("no such file");
    assert!(error.to_string().contains("/does/not/exist.pem"), "{error}");
}

#[tokio::test]
async fn tenant_when_given_then_stands_in_the_address_or_in_a_header() {
    async fn echo(request: Request) -> Response {
        let header = request.headers().get("x-scope-orgid");
        let header = header
            .and_then(|tenant| tenant.to_str().ok())
            .unwrap_or("-");
        let metric = format!("{}|{header}", request.uri().path());
        Json(json!({"status": "success", "data": [metric]})).into_response()
    }
    let url = serve(Router::new().fallback(any(echo))).await;
    let ask = async |path: &str, tenant: &str| {
        let options = PrometheusOptions {
            tenant: Some(tenant.to_owned()),
            ..PrometheusOptions::new(url.join(path).expect("an address"))
        };
        let source = PrometheusSource::new(options).expect("good options");
        source.suggestions().await
    };
    let names = "api/v1/label/__name__/values";
    assert_eq!(
        ask("select/{tenant}/prometheus", "1:0").await,
        [format!("/select/1:0/prometheus/{names}|-")]
    );
    assert_eq!(
        ask("prometheus", "shop").await,
        [format!("/prometheus/{names}|shop")]
    );
}
