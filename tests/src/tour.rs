//! A walk over every page: what it is called, its address, and what is there when it has been drawn.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::{Hindcast, Setup, eventually};

/// The product on its own defaults with something to show, and its pages.
#[derive(Debug)]
pub struct Tour {
    /// The server.
    pub hindcast: Hindcast,
    /// An anomaly of the demo.
    pub anomaly: String,
    /// The rule that found it.
    pub rule: String,
    /// A window of the model that was trained, by the instant at which it ends.
    pub window_ms: Option<i64>,
}

/// The model of the tour.
const MODEL: &str = "demo-network";

impl Tour {
    /// Starts a server and waits for its first anomaly.
    ///
    /// # Errors
    /// When either does not come.
    pub async fn start(setup: Setup) -> Result<Self> {
        let hindcast = setup.start().await?;
        let api = hindcast.api()?;
        let anomaly = eventually("an incident", Duration::from_mins(1), || async {
            Ok(api
                .anomalies("from=now-14d&rule=demo-database-connections")
                .await?
                .items
                .into_iter()
                .next())
        })
        .await?;
        Ok(Self {
            anomaly: anomaly.id.to_string(),
            rule: anomaly.rule_id.to_string(),
            window_ms: None,
            hindcast,
        })
    }

    /// Trains a small network, so that the page of models has something to show.
    ///
    /// # Errors
    /// When no version comes of it.
    pub async fn train(&mut self) -> Result<()> {
        let api = self.hindcast.api()?;
        let spec = json!({
            "name": MODEL, "kind": "autoencoder", "source": "demo", "query": "demo_cache_hit_percent",
            "history": "1d", "window_samples": 24, "step": "1m", "lags_samples": [1], "epochs": 12,
        });
        api.train(&spec).await?;
        let version: Value = api
            .get(&format!("/api/v1/models/{MODEL}/versions/1"))
            .await?
            .json()?;
        let to_ms = version["data"]["to_ms"].as_i64().context("an instant")?;
        self.window_ms = Some(to_ms - 10 * 60_000);
        Ok(())
    }

    /// Writes mutes and calendars, so that their pages have something to show.
    ///
    /// # Errors
    /// When one is refused.
    pub async fn write(&self) -> Result<()> {
        let api = self.hindcast.api()?;
        let (now_ms, hour_ms) = (crate::now_ms(), 3_600_000);
        let written = [
            (
                "mutes",
                json!({ "rule": "demo-*", "max_severity": "warning", "end_ms": now_ms + 6 * hour_ms,
                "comment": "the fleet is moved to the new rack" }),
            ),
            (
                "mutes",
                json!({ "series": "demo_cache*", "start_ms": now_ms + 20 * hour_ms, "end_ms": now_ms + 26 * hour_ms,
                "comment": "caches are emptied for the release" }),
            ),
            (
                "calendars",
                json!({ "name": "Backups", "time_zone": "Europe/Berlin", "effects": { "skip_paging": true },
                "events": [{ "start": "2026-01-03T02:00", "length": "2h", "rrule": "FREQ=WEEKLY;BYDAY=SA", "title": "weekly backup" }] }),
            ),
            (
                "calendars",
                json!({ "name": "Holidays", "holidays": "kr", "effects": { "scale_threshold": 1.5 } }),
            ),
        ];
        for (what, body) in written {
            let made = api.post(&format!("/api/v1/{what}"), &body).await?;
            ensure!(made.status.is_success(), "{what}: {}", made.text());
        }
        Ok(())
    }

    /// Every page of the app, with one that does not exist.
    pub fn pages(&self) -> Vec<Value> {
        let Self { anomaly, rule, .. } = self;
        let small = json!({ "width": 200, "height": 120 });
        let mut pages = self.pages_of_models();
        pages.extend([
            json!({ "name": "overview", "path": "/", "ready": "main canvas" }),
            json!({ "name": "lab", "path": format!("/lab?rule={rule}&from=now-7d&to=now"), "ready": ".fired-count[data-count]" }),
            json!({ "name": "series", "path": "/lab/series?source=demo&query=demo_fleet_cpu_percent", "ready": "main:has(.many-state[data-state=done]) .many-row[data-place] .spark" }),
            json!({ "name": "series-heat", "path": "/lab/series?source=demo&query=demo_fleet_cpu_percent&view=heat", "ready": "main:has(.many-state[data-state=done]) .heat-cells[width]" }),
            json!({ "name": "rules", "path": "/rules", "ready": "main tbody tr" }),
            json!({ "name": "rule", "path": format!("/rules/{rule}"), "ready": ".week .funnel" }),
            json!({ "name": "rule-yaml", "path": format!("/rules/{rule}?view=yaml"), "ready": "#rule-yaml" }),
            json!({ "name": "rule-versions", "path": format!("/rules/{rule}?view=versions"), "ready": ".versions tbody tr" }),
            json!({ "name": "rule-new", "path": "/rules/new", "ready": "#rule-name" }),
            json!({ "name": "rule-unknown", "path": "/rules/nobody", "ready": "main [role=alert]" }),
            json!({ "name": "mutes", "path": "/mutes", "ready": "#new-mute" }),
            json!({ "name": "notifications", "path": "/notifications", "ready": "#notifications" }),
            json!({ "name": "tuning", "path": "/tuning", "ready": "[data-pages]" }),
            json!({ "name": "calendars", "path": "/calendars", "ready": "#new-calendar" }),
            json!({ "name": "journal", "path": "/journal", "ready": ".journal tbody tr" }),
            json!({ "name": "anomaly", "path": format!("/anomalies/{anomaly}"), "ready": ".why-lead" }),
            json!({ "name": "login", "path": "/login", "ready": "main input" }),
            json!({ "name": "kiosk", "path": "/kiosk", "ready": ".kiosk-sentence" }),
            json!({ "name": "embed", "path": format!("/embed/panel?rule={rule}&from=now-6h&to=now"),
                    "ready": ".embed-chart canvas", "viewport": small }),
            json!({ "name": "embed-unknown", "path": "/embed/panel?rule=unknown",
                    "ready": ".embed-message[role=alert]", "viewport": small }),
            json!({ "name": "anomaly-unknown", "path": "/anomalies/01JH0000000000000000000000", "ready": "[role=alert]" }),
            json!({ "name": "docs", "path": "/docs/", "ready": ".swagger-ui .opblock", "axe": false, "keyboard": false, "aria": false }),
        ]);
        pages
    }

    /// The page of models: empty, or with the model that was trained and one of its windows explained.
    fn pages_of_models(&self) -> Vec<Value> {
        let Some(at_ms) = self.window_ms else {
            return vec![
                json!({ "name": "models-none", "path": "/models", "ready": ".models-none" }),
            ];
        };
        // What a curve and a map say of themselves is data.
        let varies = [".chart-frame", ".model-heat-frame"];
        let path = format!("/models?model={MODEL}&at={at_ms}");
        vec![
            json!({ "name": "models", "path": "/models", "ready": "[data-model] .curve canvas[data-drawn]", "varies": varies }),
            json!({ "name": "models-explained", "path": path, "ready": ".explained .model-heat", "varies": varies }),
        ]
    }
}
