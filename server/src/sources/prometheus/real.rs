//! Against the real servers: Prometheus with a history made by promtool, and VictoriaMetrics.
//!
//! Each test starts its own server on a free port in a temporary folder and ends it by its process id.

use std::fmt::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use hindcast_shared::time::{DAY_MS, HOUR_MS, MINUTE_MS, floor_to};

use super::*;

const STEP_MS: i64 = 15_000;

/// A server that goes when the test does.
struct Server {
    child: Child,
    url: Url,
    _folder: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("bound").port()
}

fn start(program: &str, arguments: &[String], folder: tempfile::TempDir, port: u16) -> Server {
    let child = Command::new(program)
        .args(arguments)
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("`{program}` is needed for this test: {error}"));
    let url = format!("http://127.0.0.1:{port}/");
    Server {
        child,
        url: url.parse().expect("an address"),
        _folder: folder,
    }
}

/// Asks until there is an answer, as long as a slow machine may need.
async fn ready(source: &PrometheusSource) {
    for _ in 0..300 {
        if source.probe().await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the server did not come up in 30 seconds");
}

fn value(index: i64) -> f64 {
    (index % 977) as f64 * 0.1 + 1.0 / 3.0
}

/// Three days in steps of 15 s: more points than one query may ask for.
fn history(end_ms: i64) -> Vec<(i64, f64)> {
    let count = 3 * DAY_MS / STEP_MS;
    (0..count)
        .map(|index| (end_ms - (count - index) * STEP_MS, value(index)))
        .collect()
}

fn recent() -> i64 {
    // Far enough from now for every server to call it final, near enough to be kept.
    let now = std::fs::metadata("/proc/self").and_then(|metadata| metadata.modified());
    let since = now.expect("a time").duration_since(std::time::UNIX_EPOCH);
    floor_to(
        since.expect("after 1970").as_millis() as i64 - 6 * HOUR_MS,
        STEP_MS,
    )
}

async fn check_history(source: &PrometheusSource, end_ms: i64, within: f64) {
    let history = history(end_ms);
    let range = TimeRange::new(history[0].0, end_ms).expect("a range");
    let step = Millis::new(STEP_MS);
    let found = source
        .fetch("past{host=\"a\"}", range, step)
        .await
        .expect("the history");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].labels.to_string(), "past{host=\"a\"}");
    assert_eq!(found[0].start_ms, history[0].0);
    assert_eq!(found[0].values.len(), history.len());
    for ((at_ms, expected), found) in history.iter().zip(&found[0].values) {
        assert!(
            (expected - found).abs() <= within,
            "{expected} and {found} at {at_ms}"
        );
    }
    let infinite = source
        .fetch("past / 0", range, step)
        .await
        .expect("an answer");
    assert!(
        infinite.is_empty(),
        "infinities are gaps, and only gaps are no series"
    );
    let nothing = source
        .fetch("no_such_metric", range, step)
        .await
        .expect("an answer");
    assert!(nothing.is_empty());
}

async fn check_refusals(source: &PrometheusSource, end_ms: i64) {
    let range = TimeRange::new(end_ms - 10 * MINUTE_MS, end_ms).expect("a range");
    for query in ["rate(past[5m)", "past{", "sum(past) by"] {
        let error = source.fetch(query, range, Millis::new(STEP_MS)).await;
        let error = error.expect_err("a query that cannot be read");
        assert!(error.is_invalid_query(), "{query}: {error}");
        assert!(error.to_string().len() > 10, "{error}");
    }
    assert!(source.suggestions().await.contains(&"past".to_owned()));
}

#[tokio::test]
async fn prometheus_when_asked_for_a_long_history_then_gives_every_value() {
    let folder = tempfile::tempdir().expect("a folder");
    let end_ms = recent();
    write_open_metrics(folder.path(), end_ms);
    let made = Command::new("promtool")
        .args([
            "tsdb",
            "create-blocks-from",
            "openmetrics",
            "history.om",
            "data",
        ])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .status()
        .expect("`promtool` is needed for this test");
    assert!(made.success());
    std::fs::write(folder.path().join("p.yml"), "scrape_configs: []\n").expect("written");
    let port = free_port();
    let arguments = [
        "--config.file=p.yml".to_owned(),
        "--storage.tsdb.path=data".to_owned(),
        format!("--web.listen-address=127.0.0.1:{port}"),
    ];
    let server = start("prometheus", &arguments, folder, port);
    let source =
        PrometheusSource::new(PrometheusOptions::new(server.url.clone())).expect("options");
    ready(&source).await;
    check_history(&source, end_ms, 0.0).await;
    check_refusals(&source, end_ms).await;
    let range = TimeRange::new(end_ms - MINUTE_MS, end_ms).expect("a range");
    let ambiguous = "past + on() group_left past";
    let error = source.fetch(ambiguous, range, Millis::new(STEP_MS)).await;
    let error = error.expect_err("two series on one side");
    assert!(
        error.is_invalid_query() && error.to_string().contains("many-to-many"),
        "{error}"
    );
    assert_eq!(source.warnings("jobs_total").await.len(), 1);
}

fn write_open_metrics(folder: &Path, end_ms: i64) {
    let mut text = String::from("# TYPE past gauge\n");
    for host in ["a", "b"] {
        for (at_ms, value) in history(end_ms) {
            let at_s = at_ms / 1_000;
            writeln!(text, "past{{host=\"{host}\"}} {value} {at_s}").expect("a string takes it");
        }
    }
    text += "# EOF\n";
    std::fs::write(folder.join("history.om"), text).expect("written");
}

#[tokio::test]
async fn victoria_metrics_when_asked_for_a_long_history_then_gives_every_value() {
    let folder = tempfile::tempdir().expect("a folder");
    let port = free_port();
    let arguments = [
        format!("-httpListenAddr=127.0.0.1:{port}"),
        format!("-storageDataPath={}", folder.path().join("data").display()),
        "-search.latencyOffset=0s".to_owned(),
    ];
    let server = start("victoria-metrics", &arguments, folder, port);
    let source =
        PrometheusSource::new(PrometheusOptions::new(server.url.clone())).expect("options");
    ready(&source).await;
    let end_ms = recent();
    let mut lines = String::new();
    for (at_ms, value) in history(end_ms) {
        writeln!(lines, "past{{host=\"a\"}} {value} {at_ms}").expect("a string takes it");
    }
    let http = crate::http_client::build(crate::http_client::ClientOptions {
        timeout: Duration::from_secs(30),
        ca_file: None,
        own_server: false,
    })
    .expect("a client");
    let import = server.url.join("api/v1/import/prometheus").expect("a path");
    http.post(import)
        .body(lines)
        .send()
        .await
        .expect("imported");
    let flush = server.url.join("internal/force_flush").expect("a path");
    http.get(flush).send().await.expect("flushed");
    // It keeps decimal digits, not bits.
    check_history(&source, end_ms, 1e-9).await;
    check_refusals(&source, end_ms).await;
}
