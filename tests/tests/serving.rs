//! How it is served: caching, compression, policy, pages, and the way down.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use hindcast_tests::{Api, Setup, Stream};
use http::Method;
use serde_json::Value;

async fn get_with(
    api: &Api,
    path: &str,
    headers: &[(&str, &str)],
) -> Result<hindcast_tests::Answer> {
    let mut request = api.request(Method::GET, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    api.send(request).await
}

fn is_wasm(file: &str) -> bool {
    std::path::Path::new(file).extension() == Some("wasm".as_ref())
}

/// Whether a name carries a hash: `app-0123456789abcdef_bg.wasm`.
fn is_hashed(file: &str) -> bool {
    let stem = file.split('.').next().unwrap_or_default();
    let hash = stem
        .trim_end_matches("_bg")
        .rsplit('-')
        .next()
        .unwrap_or_default();
    hash.len() >= 12 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Files that the page names, as they stand in it.
fn linked(page: &str) -> Vec<String> {
    let pieces = page
        .split(['"', '\''])
        .map(|piece| piece.trim_start_matches("./"));
    let file = |piece: &&str| {
        let name = piece.rsplit('.').next().unwrap_or_default();
        ["js", "css", "wasm", "svg", "webmanifest"].contains(&name) && !piece.contains(' ')
    };
    pieces
        .filter(file)
        .map(|piece| format!("/{}", piece.trim_start_matches('/')))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn app_when_served_then_hashed_files_stay_and_the_page_is_asked_for_again() -> Result<()> {
    let mut hindcast = Setup::new()?.with_push().start().await?;
    let api = hindcast.api()?;
    let page = api.get("/").await?;
    ensure!(
        page.status.is_success() && page.header("content-type").starts_with("text/html"),
        "{page:?}"
    );
    ensure!(
        page.header("cache-control") == "no-cache",
        "{:?}",
        page.headers
    );
    let again = get_with(&api, "/", &[("if-none-match", page.header("etag"))]).await?;
    ensure!(
        again.status.as_u16() == 304 && again.body.is_empty(),
        "{again:?}"
    );

    let files = linked(&page.text());
    ensure!(
        files.iter().any(|file| is_wasm(file)),
        "no Wasm in the page: {files:?}"
    );
    for file in &files {
        let plain = api.get(file).await?;
        ensure!(
            plain.status.is_success() && !plain.body.is_empty(),
            "{file}: {}",
            plain.status
        );
        ensure!(
            !plain.header("content-type").is_empty(),
            "{file} has no type"
        );
        let hashed = is_hashed(file);
        let caching = plain.header("cache-control");
        ensure!(caching.contains("immutable") == hashed, "{file}: {caching}");
    }
    ensure!(
        files.iter().any(|file| is_hashed(file)),
        "nothing can be kept: {files:?}"
    );
    let wasm = files.iter().find(|file| is_wasm(file)).context("no Wasm")?;
    let plain = api.get(wasm).await?;
    ensure!(plain.header("content-type") == "application/wasm");
    let brotli = get_with(&api, wasm, &[("accept-encoding", "gzip, br")]).await?;
    ensure!(
        brotli.header("content-encoding") == "br",
        "{:?}",
        brotli.headers
    );
    ensure!(
        brotli.body.len() * 2 < plain.body.len(),
        "{} bytes",
        brotli.body.len()
    );
    ensure!(
        brotli
            .header("vary")
            .to_lowercase()
            .contains("accept-encoding")
    );
    let gzip = get_with(&api, wasm, &[("accept-encoding", "gzip")]).await?;
    ensure!(
        gzip.header("content-encoding") == "gzip",
        "{:?}",
        gzip.headers
    );

    for path in [
        "/lab",
        "/rules",
        "/anomalies/01JH0000000000000000000000",
        "/kiosk",
        "/embed/panel?rule=x",
        "/login",
    ] {
        let answer = api.get(path).await?;
        ensure!(
            answer.status.is_success() && answer.body == page.body,
            "{path}: {}",
            answer.status
        );
    }
    for path in [
        "/nothing",
        "/index.html.br",
        "/..%2fhindcast.yaml",
        "/assets/../../etc/passwd",
    ] {
        let answer = api.get(path).await?;
        ensure!(answer.status.as_u16() == 404, "{path}: {}", answer.status);
    }
    api.get("/api/v1/nothing").await?.refused(404)?;
    api.delete("/api/v1/anomalies").await?.refused(405)?;
    hindcast.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_when_sent_then_carry_the_strict_policy_and_an_id() -> Result<()> {
    let setup = Setup::new()?.with_push();
    let embed = serde_json::json!({ "allowed_origins": ["https://grafana.example.com"] });
    let mut hindcast = setup.with("embed", embed).start().await?;
    let api = hindcast.api()?;
    for path in ["/", "/lab", "/api/v1/rules", "/api/v1/nothing", "/kiosk"] {
        let answer = api.get(path).await?;
        let policy = answer.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self' 'wasm-unsafe-eval'",
            "frame-ancestors 'none'",
        ] {
            ensure!(policy.contains(part), "{path}: {policy}");
        }
        ensure!(
            !policy.contains("unsafe-eval'") || !policy.contains(" 'unsafe-eval'"),
            "{policy}"
        );
        ensure!(answer.header("x-content-type-options") == "nosniff");
        ensure!(!answer.header("x-request-id").is_empty());
    }
    let embed = api.get("/embed/panel?rule=x").await?;
    let policy = embed.header("content-security-policy");
    ensure!(
        policy.contains("frame-ancestors 'self' https://grafana.example.com"),
        "{policy}"
    );
    ensure!(embed.header("x-frame-options").is_empty());
    hindcast.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn description_when_asked_for_then_is_openapi_and_its_page_needs_no_other_host() -> Result<()>
{
    let rule = serde_json::json!({
        "name": "r", "source": "push", "query": "m", "step": "1s", "window": "10m",
        "detector": { "kind": "zscore" }
    });
    let setup = Setup::new()?.with_push();
    let mut hindcast = setup
        .with("rules", serde_json::json!([rule]))
        .start()
        .await?;
    let api = hindcast.api()?;
    let description: Value = api.get("/api/v1/openapi.json").await?.json()?;
    ensure!(
        description["openapi"]
            .as_str()
            .is_some_and(|version| version.starts_with('3'))
    );
    for path in [
        "/api/v1/anomalies",
        "/api/v1/rules",
        "/api/v1/stream",
        "/api/v1/series",
        "/health",
    ] {
        ensure!(
            description["paths"][path].is_object(),
            "{path} is not described"
        );
    }
    let docs = api.get("/docs/").await?;
    ensure!(docs.status.is_success());
    ensure!(
        !docs.text().contains("https://") && !docs.text().contains("src=\"//"),
        "{}",
        docs.text()
    );
    let health: Value = api.get("/health").await?.json()?;
    ensure!(
        health["status"] == "ok" && health["checks"].is_array(),
        "{health}"
    );
    ensure!(api.get("/ready").await?.status.is_success());
    for metric in [
        "hindcast_detection_duration_seconds",
        "hindcast_detections",
        "hindcast_sse_clients",
        "hindcast_source",
    ] {
        // A family is there once it has a member: a rule has to have run.
        hindcast_tests::eventually(metric, Duration::from_secs(10), || async {
            let metrics = api.get("/metrics").await?.text();
            Ok(metrics.contains(metric).then_some(()))
        })
        .await?;
    }
    hindcast.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn process_when_asked_to_stop_then_says_bye_to_open_streams_and_ends_in_seconds() -> Result<()>
{
    let mut hindcast = Setup::new()?.with_push().start().await?;
    let api = hindcast.api()?;
    let mut streams = Vec::new();
    for _ in 0..20 {
        let mut stream = Stream::open(&api, "", None).await?;
        stream
            .wait_for("the build", Duration::from_secs(5), |event| {
                event.name == "build"
            })
            .await?;
        streams.push(stream);
    }
    let asked = Instant::now();
    hindcast.stop().await?;
    println!(
        "measured stop_with_open_streams_ms {}",
        asked.elapsed().as_millis()
    );
    for stream in &mut streams {
        let bye = stream.wait_for("bye", Duration::from_secs(1), |event| event.name == "bye");
        bye.await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn stream_when_its_last_id_is_beyond_the_head_then_is_reset_and_not_refused() -> Result<()> {
    let mut hindcast = Setup::new()?.with_push().start().await?;
    let api = hindcast.api()?;
    for id in ["999999999", "nonsense", "-3"] {
        let mut stream = Stream::open(&api, "since=0", Some(id)).await?;
        let reset = stream.wait_for("reset", Duration::from_secs(5), |event| {
            event.name == "reset"
        });
        let reset = reset.await.with_context(|| id.to_owned())?;
        ensure!(
            reset.data.contains("store_id") && reset.data.contains("head"),
            "{reset:?}"
        );
    }
    hindcast.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn defaults_when_nothing_is_configured_then_show_labelled_incidents_within_ten_seconds()
-> Result<()> {
    let started = Instant::now();
    let mut hindcast = Setup::new()?.start().await?;
    let api = hindcast.api()?;
    let found = hindcast_tests::eventually("anomalies", Duration::from_mins(1), || async {
        let found = api.anomalies("from=now-14d").await?.items;
        Ok((!found.is_empty()).then_some(found))
    });
    let found = found.await?;
    println!(
        "measured first_run_anomalies_ms {}",
        started.elapsed().as_millis()
    );
    ensure!(
        found
            .iter()
            .all(|anomaly| anomaly.source.0 == "demo" || anomaly.source.0 == "host"),
        "{found:?}"
    );
    hindcast.stop().await
}
