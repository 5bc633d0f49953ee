//! What the tests of the page of models have in common: a table with something odd in it, and orders to a browser.

use std::time::Duration;

use anyhow::{Result, ensure};
use hindcast_tests::{Browser, Hindcast, Script, Wave};
use serde_json::{Value, json};

const MINUTE_MS: i64 = 60_000;

/// A server with a table and an incident in it, and a browser.
pub(super) struct Scene {
    pub(super) hindcast: Hindcast,
    pub(super) browser: Browser,
}

impl Scene {
    pub(super) async fn start() -> Result<Self> {
        let Wave { setup, first_ms } = Wave::new()?;
        let hindcast = setup.start().await?;
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

    pub(super) async fn order(&mut self, order: Value) -> Result<Value> {
        let limit = Duration::from_secs(45);
        self.browser.carry_out(&order, limit).await
    }

    pub(super) async fn click(&mut self, selector: &str, until: &str) -> Result<()> {
        let order = json!({ "do": "click", "selector": selector, "until": until });
        self.order(order).await.map(drop)
    }

    pub(super) async fn text(&mut self, selector: &str) -> Result<String> {
        let told = self.order(json!({ "do": "text", "selector": selector }));
        Ok(told.await?["text"].as_str().unwrap_or_default().to_owned())
    }

    pub(super) async fn data(&mut self, selector: &str) -> Result<Value> {
        let told = self.order(json!({ "do": "data", "selector": selector }));
        Ok(told.await?["data"].clone())
    }

    /// The cells of a table, row by row.
    pub(super) async fn cells(&mut self, selector: &str) -> Result<Vec<Vec<String>>> {
        let told = self.order(json!({ "do": "cells", "selector": selector }));
        Ok(serde_json::from_value(told.await?["rows"].clone())?)
    }

    /// Nothing is wider than the screen, and everybody can read it, in both themes and on a phone.
    pub(super) async fn look(&mut self, name: &str) -> Result<()> {
        for (theme, width) in [
            ("light", 1280),
            ("dark", 1920),
            ("light", 390),
            ("dark", 390),
        ] {
            let look = json!({ "do": "look", "name": name, "theme": theme, "width": width });
            let looked = self.order(look).await?;
            ensure!(
                looked["violations"] == json!([]) && looked["wide"] == 0,
                "{name} {theme} {width}: {looked}"
            );
        }
        Ok(())
    }

    pub(super) async fn model(&self) -> Result<Value> {
        self.hindcast
            .api()?
            .get("/api/v1/models/load")
            .await?
            .json()
    }

    /// Fills the form in and trains by it; waits until the page shows the version.
    pub(super) async fn train(&mut self, window: &str, version: u32) -> Result<()> {
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

/// Whether a number of the page, told with three digits, is one of the API.
pub(super) fn is_told(text: &str, value: &Value) -> bool {
    let text = text.replace('\u{2212}', "-");
    let number = text.split(' ').next().unwrap_or_default();
    let (Ok(told), Some(value)) = (number.parse::<f64>(), value.as_f64()) else {
        return false;
    };
    (told - value).abs() <= 0.006 * value.abs().max(1e-9)
}

/// What is to be trained on the table.
pub(super) fn spec(name: &str, kind: &str) -> Value {
    let mut spec = Wave::spec(kind);
    spec["name"] = json!(name);
    spec
}
