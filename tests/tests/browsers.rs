//! A browser that asks to be told, from the click to the notification that it shows.

use std::time::Duration;

use anyhow::{Result, ensure};
use hindcast_tests::flip::{pushing_until, setup};
use hindcast_tests::{Browser, Hindcast, Script, Sink, SinkReply};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn browser_when_it_asks_to_be_told_then_reads_what_arrives_and_is_let_go() -> Result<()> {
    let service = Sink::start(|_| SinkReply::Status(201, ""))?;
    let notify = json!({"allow": ["127.0.0.0/8"], "routes": [{"name": "browsers", "channel": "push", "lang": "ru"}]});
    let mut hindcast: Hindcast = setup(&notify)?.start().await?;
    let api = hindcast.api()?;
    let arguments = json!({"url": hindcast.url(), "endpoint": format!("{}/send/1", service.url())});
    let mut browser = Browser::start(Script::Browsers, &arguments)?;
    let minutes = Duration::from_mins(2);
    let subscribed = browser.hear("subscribed", minutes).await?;
    ensure!(
        subscribed["before"] == 0,
        "nothing is asked before a click: {subscribed}"
    );
    let devices: Value = api.get("/api/v1/push-devices").await?.json()?;
    ensure!(
        subscribed["asked"]
            == json!(["permission", {"userVisibleOnly": true, "applicationServerKey": devices["key"]}]),
        "{subscribed}"
    );
    ensure!(
        devices["items"][0]["name"] == "desk of the test"
            && subscribed["name"] == "desk of the test",
        "{devices}"
    );
    ensure!(
        subscribed["worker"]
            .as_str()
            .is_some_and(|worker| worker.ends_with("/push.js")),
        "{subscribed}"
    );

    let told = pushing_until(&api, "the push message", 90.0, || {
        Ok(service.received().into_iter().next())
    })
    .await?;
    ensure!(
        told.path == "/send/1" && told.headers["content-encoding"] == "aes128gcm",
        "{:?}",
        told.headers
    );
    browser.order(&json!({"body": told.bytes})).await?;
    let shown = browser.hear("shown", minutes).await?;
    let found = api.anomalies("").await?;
    let id = found.items[0].id.to_string();
    ensure!(
        shown["text"]["tag"] == id && shown["shown"][0]["tag"] == id,
        "{shown}"
    );
    ensure!(
        shown["shown"][0]["title"] == shown["text"]["title"],
        "{shown}"
    );
    ensure!(
        shown["shown"][0]["title"]
            .as_str()
            .is_some_and(|title| title.contains("[Аномалия]")),
        "{shown}"
    );
    let end = browser.hear("end", minutes).await?;
    ensure!(end["complaints"] == json!([]), "{end}");
    let denied = &end["denied"];
    ensure!(
        denied["buttons"] == 0
            && denied["asked"] == 0
            && denied["words"]
                .as_str()
                .is_some_and(|words| words.contains("settings")),
        "{denied}"
    );
    let devices: Value = api.get("/api/v1/push-devices").await?.json()?;
    ensure!(devices["items"] == json!([]), "{devices}");
    hindcast.stop().await
}
