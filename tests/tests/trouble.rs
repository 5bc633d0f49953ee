//! Bad links, unknown ids, sessions that are over, and servers that answer badly or not at all: each is a state that
//! says what happened and what to do, and what can end by itself does.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hindcast_tests::{Browser, Script, Setup};
use serde_json::{Value, json};

fn rule() -> Value {
    json!({
        "name": "queue", "source": "push", "query": "queue", "step": "1s", "delay": "0s", "window": "2m",
        "detector": { "kind": "threshold" }, "decision": { "threshold": 10.0, "direction": "above" }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn page_when_it_is_answered_badly_then_says_what_to_do_and_finds_back_by_itself() -> Result<()>
{
    let setup = Setup::new()?.with_push().with("rules", json!([rule()]));
    let mut hindcast = setup.start().await?;
    let error =
        json!({ "error": { "code": "internal", "message": "the store is on fire" } }).to_string();
    let busy = json!({ "error": { "code": "rate_limited", "message": "too many" } }).to_string();
    let unknown = "/anomalies/01JH0000000000000000000000";
    let lists = "/api/v1/anomalies";
    // What is asked for, what is answered, and words that must be read then.
    let cases = [
        (
            json!({ "name": "bad-link", "path": "/somewhere/else", "ready": ".failure h1" }),
            vec![
                "There is no such page",
                "/somewhere/else",
                "Go to the overview",
            ],
        ),
        (
            json!({ "name": "unknown-id", "path": unknown, "ready": ".failure" }),
            vec!["There is no such anomaly.", "The link may be cut off"],
        ),
        (
            json!({ "name": "bad-id", "path": "/anomalies/nonsense", "ready": ".failure", "scheme": "dark" }),
            vec!["There is no such anomaly."],
        ),
        (
            json!({ "name": "fault", "path": unknown, "ready": ".failure", "back": ".failure :text('There is no such anomaly.')",
            "bad": { "where": format!("/api/v1{unknown}"), "status": 500, "body": error, "times": 1 } }),
            vec![
                "The store is on fire",
                "The fault is the server's",
                "Trying again in 15 s",
            ],
        ),
        (
            json!({ "name": "busy", "path": unknown, "ready": ".countdown", "back": ".failure :text('There is no such anomaly.')",
            "bad": { "where": format!("/api/v1{unknown}"), "status": 429, "headers": { "retry-after": "3" }, "body": busy, "times": 1 } }),
            vec!["Too much was asked for at a time", "Trying again in 3 s"],
        ),
        (
            json!({ "name": "nothing", "path": unknown, "ready": ".countdown", "back": ".failure :text('There is no such anomaly.')",
            "size": { "width": 390, "height": 844 },
            "bad": { "where": format!("/api/v1{unknown}"), "status": 0, "times": 1 } }),
            vec![
                "The server does not answer",
                "Check that Hindcast is running",
            ],
        ),
        (
            json!({ "name": "signed-out", "path": "/", "ready": ".failure",
            "bad": { "where": lists, "status": 401, "body": "{}" } }),
            vec![
                "Sign in first",
                "Your session is over or the key was revoked.",
            ],
        ),
        (
            json!({ "name": "wall-nothing", "path": "/kiosk", "ready": ".kiosk-sign", "back": "[data-condition=fine], [data-condition=blind]",
            "bad": { "where": "/api/v1/", "status": 0, "times": 12 } }),
            vec!["does not answer"],
        ),
        (
            json!({ "name": "panel-unknown", "path": "/embed/panel?rule=nothing", "ready": ".embed-message[role=alert]" }),
            vec!["There is no rule nothing."],
        ),
    ];
    let shots = std::env::temp_dir().join("hindcast-trouble");
    std::fs::create_dir_all(&shots)?;
    let visits: Vec<&Value> = cases.iter().map(|(visit, _)| visit).collect();
    let arguments = json!({ "url": hindcast.url(), "visits": visits, "shots": shots });
    let mut browser = Browser::start(Script::Trouble, &arguments)?;
    for (visit, words) in &cases {
        let seen = browser.hear("seen", Duration::from_mins(3)).await?;
        let text = seen["text"].as_str().context("no text")?;
        for word in words {
            ensure!(text.contains(word), "`{word}` is not read: {seen}");
        }
        ensure!(seen["axe"] == json!([]), "{seen}");
        if visit["back"].is_string() {
            ensure!(seen["back"] == true, "it does not find back: {seen}");
        }
        match visit["name"].as_str() {
            Some("bad-link") => ensure!(seen["status"] == 404, "{seen}"),
            // Whoever signs in comes back to where they were.
            Some("signed-out") => ensure!(
                seen["links"].to_string().contains("login?next=%2F"),
                "{seen}"
            ),
            _ => {}
        }
    }
    println!("the screenshots are in {}", shots.display());
    browser.close().await?;
    hindcast.stop().await
}
