//! Inputs that are others than when their model was trained, on a server whose clock runs fast.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hindcast_tests::{Browser, Script, Setup, Wave, eventually, now_ms};
use serde_json::{Value, json};

const MINUTE_MS: i64 = 60_000;

/// Minutes of the server a second of ours.
const PACE: i64 = 12;

/// Minutes before the table's middle, which is now, and after it.
const HISTORY: i64 = 3 * 1_440;
const FUTURE: i64 = 2 * 1_440;

/// From this minute on one host is another: until then a version is learned, within forty seconds.
const SHIFT: i64 = 40 * PACE;

/// Minutes of a window of the model.
const WINDOW: i64 = 8;

/// Two hosts go up and down alike until one of them does so around another level.
fn table(middle_ms: i64) -> Result<String> {
    let mut text = "time,host,load\n".to_owned();
    for minute in -HISTORY..FUTURE {
        let value = Wave::value(minute);
        let moved = if minute < SHIFT { value } else { value + 9.0 };
        let at_s = middle_ms / 1_000 + minute * 60;
        writeln!(text, "{at_s},a,{value}\n{at_s},b,{moved}")?;
    }
    Ok(text)
}

#[tokio::test(flavor = "multi_thread")]
async fn inputs_when_one_is_another_since_the_training_then_it_alone_is_named() -> Result<()> {
    let setup = Setup::new()?.with_time_scale(60 * PACE as u32);
    let middle_ms = now_ms() / MINUTE_MS * MINUTE_MS;
    let file = setup.dir().join("load.csv");
    std::fs::write(&file, table(middle_ms)?)?;
    let sources = json!([{ "name": "table", "kind": "csv", "path": file }]);
    let setup = setup
        .with("sources", sources)
        .with("models", json!({ "look_every": "30m" }));
    let mut hindcast = setup.start().await?;
    let api = hindcast.api()?;
    let spec = json!({
        "name": "load", "kind": "pca", "source": "table", "query": "load", "layout": "joint",
        "history": "2d", "window_samples": WINDOW, "step": "1m",
    });
    api.train(&spec).await?;
    let model: Value = api.get("/api/v1/models/load").await?.json()?;
    let learned_ms = model["versions"][0]["data"]["to_ms"].as_i64();
    let shift_ms = middle_ms + SHIFT * MINUTE_MS;
    let learned_ms = learned_ms.with_context(|| model.to_string())?;
    ensure!(learned_ms < shift_ms, "learned the change: {model}");

    let drifted = eventually("a drift", Duration::from_mins(4), || async {
        let checks: Value = api.get("/api/v1/models/load/checks").await?.json()?;
        let newest = checks["items"][0]["column_drift"].as_array();
        Ok(newest.filter(|found| !found.is_empty()).cloned())
    });
    let drifted = drifted.await?;
    let [one] = &drifted[..] else {
        anyhow::bail!("{drifted:?}");
    };
    ensure!(one["column"] == "load{host=\"b\"}: value", "{one}");
    let at_ms = one["drift"]["at_ms"].as_i64().context("an instant")?;
    // It is told by the means of windows, from the beginning of the one that tells it; that may hold the change.
    ensure!(
        (shift_ms - WINDOW * MINUTE_MS..shift_ms + 300 * MINUTE_MS).contains(&at_ms),
        "{one} is not near {shift_ms}"
    );

    let arguments = json!({ "url": hindcast.url(), "shots": std::env::temp_dir() });
    let mut browser = Browser::start(Script::Rulebook, &arguments)?;
    let limit = Duration::from_secs(45);
    let open = json!({ "do": "open", "path": "/models", "ready": ".model-moved li" });
    browser.carry_out(&open, limit).await?;
    let read = json!({ "do": "text", "selector": ".model-moved" });
    let told = browser.carry_out(&read, limit).await?;
    let told = told["text"].as_str().context("words")?;
    ensure!(told.contains("load{host=\"b\"}: value since"), "{told}");
    ensure!(!told.contains("host=\"a\""), "{told}");
    browser.close().await?;
    hindcast.stop().await
}
