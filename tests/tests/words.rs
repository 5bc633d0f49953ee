//! Pages in Russian and Korean: on a phone longer words do not run out of the page, and what the server refuses is read
//! in the language as well.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hindcast_shared::api::ErrorBody;
use hindcast_tests::{Api, Browser, Script, Setup, Tour};
use http::Method;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn pages_when_read_in_russian_or_korean_on_a_phone_then_stay_within_it() -> Result<()> {
    let mut tour = Tour::start(Setup::new()?).await?;
    let shots = std::env::temp_dir().join("hindcast-words");
    std::fs::create_dir_all(&shots)?;
    let ours = |name: &str| ["overview", "lab", "series", "anomaly", "login"].contains(&name);
    let mut pages = tour.pages();
    pages.retain(|page| page["name"].as_str().is_some_and(ours));
    let count = pages.len() * 2;
    let arguments = json!({ "url": tour.hindcast.url(), "pages": pages, "shots": shots });
    let mut browser = Browser::start(Script::Phones, &arguments)?;
    let mut wrong = Vec::new();
    for _ in 0..count {
        let page = browser.hear("page", Duration::from_secs(90)).await?;
        if page["wide"].as_u64() != Some(390) {
            wrong.push(format!("wider than the phone: {page}"));
        }
        if page["titled"] != true {
            wrong.push(format!("no title of its own in the language: {page}"));
        }
        if page["said"].as_u64() == Some(0) {
            wrong.push(format!("nothing is said in the language: {page}"));
        }
    }
    println!("the screenshots are in {}", shots.display());
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    browser.hear("end", Duration::from_secs(30)).await?;
    browser.close().await?;
    tour.hindcast.stop().await
}

/// Wishes for a better setting that must be refused.
fn wishes() -> Vec<(Method, String, Option<Value>)> {
    let asked = json!({
        "rule": { "name": "r", "source": "demo", "query": "demo_cache_hit_percent", "detector": { "kind": "zscore" } },
        "from": "now-1d", "to": "now", "wish": "fewer pages"
    });
    let text = |name: &str, text: &str| json!([{ "name": name, "text": text }]);
    let wrong = [
        ("wish", json!("x".repeat(10_000))),
        ("attachments", text(&"x".repeat(500), "")),
        ("attachments", text("x", &"x".repeat(100_000))),
        ("most_pages_per_week", json!(-1)),
        ("lang", json!("de")),
    ];
    let with = |(key, value): (&str, Value)| {
        let mut asked = asked.clone();
        asked[key] = value;
        (Method::POST, "/api/v1/assist".to_owned(), Some(asked))
    };
    wrong.into_iter().map(with).collect()
}

/// What the real server says to requests that it must refuse.
async fn refusals(api: &Api, tour: &Tour) -> Result<Vec<String>> {
    let rule = json!({ "name": "r", "source": "demo", "query": "demo_cache_hit_percent", "detector": { "kind": "zscore" } });
    let with = |key: &str, value: Value| {
        let mut rule = rule.clone();
        rule[key] = value;
        Some(rule)
    };
    let soon = json!({ "start_ms": 1, "end_ms": 2_000_000_000_000_i64, "comment": "x" });
    let deed = format!("/api/v1/anomalies/{}/assign", tour.anomaly);
    let asked: Vec<(Method, String, Option<Value>)> = [
        ("GET", "/api/v1/rules/nobody", None),
        ("GET", "/api/v1/anomalies/01JH0000000000000000000000", None),
        ("GET", "/api/v1/anomalies?from=yesterday", None),
        ("GET", "/api/v1/anomalies?from=now&to=now-1h", None),
        ("GET", "/api/v1/anomalies?limit=0", None),
        ("GET", "/api/v1/anomalies?severity=loud", None),
        ("GET", "/api/v1/anomalies?froom=now", None),
        ("GET", "/api/v1/series?source=nowhere&query=x", None),
        ("GET", "/api/v1/series?source=demo", None),
        (
            "GET",
            "/api/v1/series?source=demo&query=demo_queue_depth&step=1x",
            None,
        ),
        (
            "GET",
            "/api/v1/series?source=demo&query=demo_queue_depth&px=0",
            None,
        ),
        ("GET", "/api/v1/nothing", None),
        ("POST", "/api/v1/rules", with("name", json!(""))),
        ("POST", "/api/v1/rules", with("source", json!("nowhere"))),
        ("POST", "/api/v1/rules", with("step", json!("1ms"))),
        (
            "POST",
            "/api/v1/rules",
            with("detector", json!({ "kind": "guess" })),
        ),
        (
            "POST",
            "/api/v1/rules",
            with("detector", json!({ "kind": "zscore", "window_samples": 0 })),
        ),
        ("POST", "/api/v1/rules", with("detektor", json!(1))),
        (
            "POST",
            "/api/v1/rules",
            with("schedule", json!({ "cron": "sometimes", "tz": "UTC" })),
        ),
        (
            "POST",
            "/api/v1/rules",
            with(
                "schedule",
                json!({ "cron": "0 0 * * * *", "tz": "Mars/Base" }),
            ),
        ),
        ("PUT", "/api/v1/rules/demo-queue-depth", Some(rule.clone())),
        ("POST", "/api/v1/mutes", Some(soon)),
        ("POST", &deed, Some(json!({ "assignee": "x".repeat(500) }))),
        ("GET", "/api/v1/journal?rule=Bad%20Id", None),
    ]
    .into_iter()
    .map(|(method, path, body)| (method.parse().expect("a method"), path.to_owned(), body))
    .chain(wishes())
    .collect();
    let mut messages = Vec::new();
    for (method, path, body) in asked {
        let mut request = api.request(method, &path);
        if let Some(body) = &body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        ensure!(
            answer.status().is_client_error(),
            "{path} answers {}",
            answer.status()
        );
        let body: ErrorBody = answer.json().await.context(path)?;
        messages.push(body.error.message);
    }
    Ok(messages)
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_when_the_page_is_in_another_language_then_are_read_in_it() -> Result<()> {
    let mut tour = Tour::start(Setup::new()?).await?;
    let api = tour.hindcast.api()?;
    let messages = refusals(&api, &tour).await?;
    let refused =
        |message: &str| json!({ "error": { "code": "x", "message": message } }).to_string();
    // What is refused, and a word of it that must be read in each language.
    let visits = [
        (
            json!({ "name": "bad-filter", "path": "/journal?rule=Bad%20Id", "ready": ".failure" }),
            "Bad Id",
        ),
        (
            json!({ "name": "bad-time", "path": "/journal?from=yesterday", "ready": ".failure" }),
            "yesterday",
        ),
        (
            json!({ "name": "source", "path": "/journal", "ready": ".failure", "where": "/api/v1/journal", "status": 502, "body": refused("no answer within 10s") }),
            "10s",
        ),
        (
            json!({ "name": "unknown-words", "path": "/journal", "ready": ".failure", "where": "/api/v1/journal", "status": 409, "body": refused("something that nobody has said before") }),
            "Something that nobody has said before",
        ),
    ];
    let arguments = json!({
        "url": tour.hindcast.url(), "locales": ["ko-KR", "ru-RU"], "messages": messages,
        "visits": visits.iter().map(|(visit, _)| visit).collect::<Vec<_>>(),
    });
    let mut browser = Browser::start(Script::Refusals, &arguments)?;
    for letters in ['가'..='힣', 'а'..='я'] {
        let own = |text: &str| text.chars().filter(|c| letters.contains(c)).count();
        for (visit, kept) in &visits {
            let seen = browser.hear("page", Duration::from_mins(2)).await?;
            let text = seen["text"].as_str().context("no text")?;
            ensure!(text.contains(kept), "`{kept}` is not kept: {seen}");
            // The first sentence is the server's; the advice after it has been in the language all along.
            let first = text.split(['.', '다']).next().unwrap_or_default();
            let foreign = visit["name"] == "unknown-words";
            ensure!(
                foreign || own(first) > 3,
                "it is not told in the language: {seen}"
            );
        }
        let seen = browser.hear("said", Duration::from_mins(1)).await?;
        let read = seen["read"].as_array().context("nothing read")?;
        ensure!(read.len() == messages.len(), "{seen}");
        for (message, read) in messages.iter().zip(read) {
            let read = read.as_str().unwrap_or_default();
            ensure!(own(read) > 2, "`{message}` is read as `{read}`");
            // What is named in it is still named.
            let named = message.split('`').nth(1).unwrap_or_default();
            ensure!(read.contains(named), "`{message}` is read as `{read}`");
        }
    }
    browser.close().await?;
    tour.hindcast.stop().await
}
