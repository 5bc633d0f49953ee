//! The page of full models in a browser, held against what the API says.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, ensure};
use hindcast_tests::{Browser, Hindcast, Script, Setup, eventually};
use serde_json::{Value, json};

const MINUTE_MS: i64 = 60_000;
const MINUTES: i64 = 2_000;

/// Two thousand minutes of a wave that end now, with five odd ones towards the end.
fn table(first_ms: i64) -> String {
    let mut text = "time,load\n".to_owned();
    for minute in 0..MINUTES {
        let turn = minute as f64 / 50.0 * std::f64::consts::TAU;
        let wobble = (minute * 7_919 % 101) as f64 / 100.0;
        let value = if (1_900..1_905).contains(&minute) {
            30.0
        } else {
            10.0 + 3.0 * turn.sin() + wobble
        };
        writeln!(text, "{},{value}", first_ms / 1_000 + minute * 60).ok();
    }
    text
}

struct Scene {
    hindcast: Hindcast,
    browser: Browser,
}

impl Scene {
    async fn start() -> Result<Self> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        let first_ms = (i64::try_from(now.as_millis())? / MINUTE_MS - MINUTES) * MINUTE_MS;
        let setup = Setup::new()?;
        let file = setup.dir().join("load.csv");
        std::fs::write(&file, table(first_ms))?;
        let sources = json!([
            { "name": "table", "kind": "csv", "path": file },
            { "name": "models", "kind": "model" },
        ]);
        let hindcast = setup.with("sources", sources).start().await?;
        let incident = json!({
            "source": "table", "pattern": "load", "kind": "incident",
            "start_ms": first_ms + 1_900 * MINUTE_MS, "end_ms": first_ms + 1_905 * MINUTE_MS,
        });
        let made = hindcast.api()?.post("/api/v1/labels", &incident).await?;
        ensure!(made.status == 201, "{}", made.text());
        let shots = std::env::temp_dir().join("hindcast-models");
        std::fs::create_dir_all(&shots)?;
        println!("the screenshots are in {}", shots.display());
        let arguments = json!({ "url": hindcast.url(), "shots": shots });
        let browser = Browser::start(Script::Rulebook, &arguments)?;
        Ok(Self { hindcast, browser })
    }

    async fn order(&mut self, order: Value) -> Result<Value> {
        self.browser.order(&order).await?;
        let event = order["do"].as_str().unwrap_or_default();
        let told = self.browser.hear(event, Duration::from_secs(45)).await;
        told.with_context(|| order.to_string())
    }

    async fn click(&mut self, selector: &str, until: &str) -> Result<()> {
        let order = json!({ "do": "click", "selector": selector, "until": until });
        self.order(order).await.map(drop)
    }

    async fn text(&mut self, selector: &str) -> Result<String> {
        let told = self.order(json!({ "do": "text", "selector": selector }));
        Ok(told.await?["text"].as_str().unwrap_or_default().to_owned())
    }

    async fn model(&self) -> Result<Value> {
        self.hindcast
            .api()?
            .get("/api/v1/models/load")
            .await?
            .json()
    }

    /// Fills the form in and trains by it; waits until the page shows the version.
    async fn train(&mut self, window: &str, version: u32) -> Result<()> {
        self.click("#new-model", "#model-name").await?;
        for (field, value) in [
            ("#model-name", "load"),
            ("#model-source", "table"),
            ("#model-query", "load"),
            ("#model-history", "2d"),
            ("#model-window", window),
        ] {
            let fill = json!({ "do": "fill", "selector": field, "value": value });
            self.order(fill).await?;
        }
        let made = format!("[data-model=load] [data-version=\"{version}\"]");
        self.click("#train", &made).await
    }
}

#[tokio::test]
async fn models_page_when_a_model_is_trained_compared_and_promoted_then_says_what_the_api_says()
-> Result<()> {
    let mut scene = Scene::start().await?;
    let open = json!({ "do": "open", "path": "/models", "ready": "#new-model" });
    scene.order(open).await?;
    scene.train("8", 1).await?;
    let model = scene.model().await?;
    ensure!(model["live_version"] == 1, "{model}");
    // A window of two hours and a half stays odd for as long after five odd minutes.
    scene.train("150", 2).await?;
    let model = scene.model().await?;
    let trial = &model["versions"][0]["trial"];
    ensure!(model["live_version"] == 1, "{model}");
    ensure!(trial["verdict"] == "finds_less", "{trial}");
    let second = scene.text("[data-version=\"2\"] .mute-text").await?;
    ensure!(
        second.contains("finds less of the labelled incidents"),
        "{second}"
    );

    scene
        .click(
            "[data-version=\"2\"] [data-do=compare]",
            ".compared[data-verdict=finds_less]",
        )
        .await?;
    let pair = json!({ "champion": 1, "challenger": 2 });
    let api = scene.hindcast.api()?;
    let beside: Value = api
        .post("/api/v1/models/load/compare", &pair)
        .await?
        .json()?;
    let found = scene.text(".compared tbody tr:nth-child(2)").await?;
    let expected = |who: &str| {
        let figures = &beside["trial"][who];
        format!("{} / {}", figures["found"], figures["incidents"])
    };
    ensure!(found.contains(&expected("champion")), "{found} {beside}");
    ensure!(found.ends_with(&expected("challenger")), "{found} {beside}");
    for (theme, width) in [("light", 1280), ("dark", 1280), ("light", 390)] {
        let look = json!({ "do": "look", "name": "models", "theme": theme, "width": width });
        let looked = scene.order(look).await?;
        ensure!(
            looked["violations"] == json!([]) && looked["wide"] == 0,
            "{looked}"
        );
    }

    scene
        .click(
            "[data-version=\"2\"] [data-do=promote]",
            "[data-version=\"2\"][data-live=true]",
        )
        .await?;
    ensure!(scene.model().await?["live_version"] == 2);
    scene
        .click("[data-do=revert]", "[data-version=\"1\"][data-live=true]")
        .await?;
    ensure!(scene.model().await?["live_version"] == 1);
    scene
        .click("[data-version=\"2\"] [data-do=delete]", "")
        .await?;
    scene
        .click("[data-version=\"2\"] [data-do=delete]", "")
        .await?;
    let gone = eventually("the deletion", Duration::from_secs(20), || async {
        let model = scene.model().await?;
        Ok((model["versions"].as_array().map(Vec::len) == Some(1)).then_some(()))
    });
    gone.await?;
    scene.browser.close().await?;
    scene.hindcast.stop().await
}
