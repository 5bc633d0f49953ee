//! A live panel in frames of another origin.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hindcast_tests::pushed::{push, rule, streams, streams_become};
use hindcast_tests::{Browser, FramePage, Script, Setup};
use serde_json::{Value, json};

#[expect(clippy::too_many_lines, reason = "one walk in front of one browser")]
#[tokio::test(flavor = "multi_thread")]
async fn panel_when_framed_with_a_pass_then_needs_no_cookie_and_follows_its_parent_alone()
-> Result<()> {
    let outside = FramePage::start()?;
    let setup = Setup::new()?
        .with_push()
        .with("rules", json!([rule("queue"), rule("load")]));
    let setup = setup
        .with_keys()?
        .with("embed", json!({ "allowed_origins": [outside.origin()] }));
    let mut hindcast = setup.start().await?;
    let api = hindcast.api_as("operator")?;
    push(&api, "queue", 1.0).await?;
    let wanted = json!({ "name": "shop", "rule": "queue" });
    let made: Value = api.post("/api/v1/capabilities", &wanted).await?.json()?;
    let link = made["page"].as_str().context("a link")?;
    let (path, token) = link.split_once("#token=").context("no token behind #")?;
    let panel = |more: &str| {
        format!(
            "{}/{path}&from=now-2m&to=now{more}#token={token}",
            hindcast.url()
        )
    };
    let mut browser = Browser::start(Script::Panel, &json!({}))?;
    let frames = [
        json!({}),
        json!({ "credentialless": "" }),
        json!({ "sandbox": "allow-scripts allow-same-origin" }),
    ];
    for attributes in frames {
        let order = json!({ "open": outside.origin(), "panel": panel("&theme=dark"), "attributes": attributes,
            "ready": ".embed-chart canvas" });
        let seen = browser.look(order).await?;
        ensure!(
            seen["text"]
                .as_str()
                .is_some_and(|text| text.contains("queue")),
            "{seen}"
        );
        ensure!(
            seen["hash"] == "" && !seen["address"].to_string().contains(token),
            "{seen}"
        );
        // A frame without credentials may have no storage at all.
        let kept = seen["kept"] == json!([]) || seen["kept"] == "blocked";
        ensure!(seen["cookies"] == "" && kept, "{seen}");
        ensure!(
            seen["scrolls"] == false && seen["theme"] == "dark",
            "{seen}"
        );
        let calls = seen["api"].as_array().context("calls")?;
        ensure!(!calls.is_empty(), "{seen}");
        ensure!(
            calls
                .iter()
                .all(|call| call["bearer"] == true && call["cookie"] == false),
            "each call has the token and none a cookie: {seen}"
        );
        ensure!(
            !calls
                .iter()
                .any(|call| call["url"].to_string().contains(token)),
            "{seen}"
        );
        let heights = seen["words"].as_array().context("words")?;
        ensure!(
            heights
                .iter()
                .any(|word| word == &json!({ "type": "hindcast:height", "height": 196 })),
            "{seen}"
        );
    }
    ensure!(
        streams(&hindcast.api_as("admin")?).await? == 0,
        "a panel asks now and then"
    );

    let (from_ms, to_ms) = (1_700_000_000_000_i64, 1_700_000_060_000_i64);
    let word = json!({ "type": "hindcast:range", "from": from_ms, "to": to_ms.to_string(), "theme": "light" });
    let other = json!({ "type": "hindcast:range", "from": 1_600_000_000_000_i64, "to": 1_600_000_060_000_i64, "theme": "dark" });
    let order = json!({ "say": word, "until": "html[data-theme=light]" });
    let told = browser.look(order).await?;
    let order = json!({ "intrude": other, "ready": "html[data-theme=light]" });
    let intruded = browser.look(order).await?;
    ensure!(
        intruded["theme"] == "light",
        "only the parent is heard: {intruded}"
    );
    let asked = format!("{}{}", told["series"], intruded["series"]);
    ensure!(
        !asked.contains("16000000") && asked.contains("to=1700000060000"),
        "{asked}"
    );

    // The stream on request, and what a pass does not show.
    let order = json!({ "open": outside.origin(), "panel": panel("&refresh=live"), "ready": ".embed-chart canvas" });
    browser.look(order).await?;
    streams_become(&hindcast.api_as("admin")?, 1).await?;
    let elsewhere = panel("").replace("rule=queue", "rule=load");
    let order = json!({ "open": outside.origin(), "panel": elsewhere, "ready": ".embed-message[role=alert]" });
    let refused = browser.look(order).await?;
    ensure!(
        refused["text"].to_string().contains("does not show this"),
        "{refused}"
    );
    let id = made["capability"]["id"].as_str().context("an id")?;
    let revoked = api.delete(&format!("/api/v1/capabilities/{id}")).await?;
    ensure!(revoked.status.is_success(), "{}", revoked.text());
    let order = json!({ "open": outside.origin(), "panel": panel(""), "ready": ".embed-message[role=alert]" });
    let ended = browser.look(order).await?;
    ensure!(
        ended["text"]
            .to_string()
            .contains("has ended or was revoked"),
        "{ended}"
    );
    browser.order(&Value::Null).await?;
    browser.hear("end", Duration::from_secs(10)).await?;
    browser.close().await?;
    hindcast.stop().await
}
