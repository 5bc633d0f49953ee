//! A language model that is slow and lies: nobody waits for it, and what does not hold is not shown.

use std::time::Duration;

use anyhow::{Result, ensure};
use hindcast_tests::flip::{pushing_until, setup};
use hindcast_tests::{Browser, Hindcast, Script, Sink, SinkReply, eventually};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn words_when_a_model_is_slow_then_the_page_goes_first_and_the_words_are_shown_later()
-> Result<()> {
    let hook = Sink::start(|_| SinkReply::Status(200, ""))?;
    let told = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let first = told.clone();
    // It answers only when the page was told, and once with a number of its own.
    let mut lied = false;
    let model = Sink::start(move |_| {
        for _ in 0..200 {
            if first.load(std::sync::atomic::Ordering::Relaxed) {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let text = if std::mem::replace(&mut lied, true) {
            "Lane 결제 stands out."
        } else {
            "It was 123456."
        };
        let content = json!({"sentences": [{"text": text, "evidence": ["E1", "E3"]}]}).to_string();
        SinkReply::Json(
            json!({"message": {"role": "assistant", "content": content}, "done": true}).to_string(),
        )
    })?;
    let notify = json!({"allow": ["127.0.0.0/8"], "routes": [{"name": "hook", "channel": "webhook", "url": hook.url()}]});
    let words = json!({"ollama": {"url": model.url(), "model": "small", "timeout": "20s"}});
    let mut hindcast: Hindcast = setup(&notify)?.with("words", words).start().await?;
    let api = hindcast.api()?;
    let opened = pushing_until(&api, "the page", 60.0, || {
        Ok(hook.received().into_iter().next())
    })
    .await?;
    told.store(true, std::sync::atomic::Ordering::Relaxed);
    let opened: Value = serde_json::from_str(&opened.body)?;
    ensure!(
        opened["event"] == "opened"
            && !opened["text"]
                .as_str()
                .is_some_and(|text| text.contains("machine")),
        "{opened}"
    );
    let metric = async |outcome: &str| -> Result<Option<()>> {
        let text = reqwest::get(format!("{}/metrics", hindcast.url()))
            .await?
            .text()
            .await?;
        Ok(text
            .contains(&format!(
                "hindcast_machine_words_total{{outcome=\"{outcome}\"}}"
            ))
            .then_some(()))
    };
    eventually("the lie is dropped", Duration::from_secs(20), || {
        metric("unknown_number")
    })
    .await?;
    let path = format!(
        "/api/v1/anomalies/{}",
        opened["anomaly"]["id"].as_str().unwrap_or_default()
    );
    let detail: Value = api.get(&path).await?.json()?;
    ensure!(detail.get("machine_words").is_none(), "{detail}");

    // It gets worse: the model is asked again, and what it says now holds.
    pushing_until(&api, "the worse page", 95.0, || {
        Ok(hook
            .received()
            .iter()
            .any(|one| one.body.contains("\"escalated\""))
            .then_some(()))
    })
    .await?;
    eventually("the words", Duration::from_secs(20), || metric("written")).await?;
    let detail: Value = api.get(&path).await?.json()?;
    let shown = &detail["machine_words"];
    ensure!(
        shown["sentences"][0]["text"] == "Lane 결제 stands out." && shown["model"] == "small",
        "{detail}"
    );
    ensure!(
        shown["evidence"][2]["text"]
            .as_str()
            .is_some_and(|text| text.contains("결제")),
        "{shown}"
    );
    look(
        &hindcast,
        opened["anomaly"]["id"].as_str().unwrap_or_default(),
    )
    .await?;
    pushing_until(&api, "the end", 10.0, || {
        Ok(hook
            .received()
            .iter()
            .any(|one| {
                one.body.contains("\"event\":\"resolved\"")
                    && one.body.contains("Written by a machine (small): Lane")
            })
            .then_some(()))
    })
    .await?;
    hindcast.stop().await
}

/// What it wrote, on the page: said to be a machine's, with what it rests on.
async fn look(hindcast: &Hindcast, id: &str) -> Result<()> {
    let shots = std::env::temp_dir().join("hindcast-machine-words");
    std::fs::create_dir_all(&shots)?;
    let arguments = json!({ "url": hindcast.url(), "shots": shots });
    let mut browser = Browser::start(Script::Anomaly, &arguments)?;
    for (name, scheme, width, height) in [
        ("light", "light", 1280, 1000),
        ("dark", "dark", 1280, 1000),
        ("phone", "light", 390, 844),
    ] {
        let order = json!({
            "goto": format!("/anomalies/{id}"), "scheme": scheme, "size": {"width": width, "height": height},
            "ready": "[data-machine]", "click": "[data-machine] summary", "until": "[data-machine] details[open]",
            "axe": true, "shot": name,
        });
        let seen = browser.look(order).await?;
        let text = seen["machine"][0].as_str().unwrap_or_default();
        ensure!(
            text.contains("Lane 결제 stands out.")
                && text.contains("Written by a machine (small)")
                && text.contains("E3: "),
            "{seen}"
        );
        ensure!(seen["axe"] == json!([]) && seen["wide"] == 0, "{seen}");
    }
    browser.order(&Value::Null).await?;
    browser.hear("end", Duration::from_secs(30)).await?;
    println!("the screenshots are in {}", shots.display());
    browser.close().await
}
