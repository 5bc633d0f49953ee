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

    async fn data(&mut self, selector: &str) -> Result<Value> {
        let told = self.order(json!({ "do": "data", "selector": selector }));
        Ok(told.await?["data"].clone())
    }

    /// The cells of a table, row by row.
    async fn cells(&mut self, selector: &str) -> Result<Vec<Vec<String>>> {
        let told = self.order(json!({ "do": "cells", "selector": selector }));
        Ok(serde_json::from_value(told.await?["rows"].clone())?)
    }

    /// Trains by the API and waits for the version.
    async fn trained(&self, spec: &Value) -> Result<Value> {
        let api = self.hindcast.api()?;
        let asked = json!({ "promote": "always", "spec": spec });
        let made: Value = api.post("/api/v1/jobs", &asked).await?.json()?;
        let path = format!("/api/v1/jobs/{}", made["id"]);
        let job = eventually("the training", Duration::from_mins(2), || async {
            let job: Value = api.get(&path).await?.json()?;
            let waits = ["waiting", "running"].contains(&job["state"].as_str().unwrap_or_default());
            Ok((!waits).then_some(job))
        });
        let job = job.await?;
        ensure!(job["state"] == "done", "{job}");
        Ok(job)
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

/// Whether a number of the page, told with three digits, is one of the API.
fn is_told(text: &str, value: &Value) -> bool {
    let text = text.replace('\u{2212}', "-");
    let number = text.split(' ').next().unwrap_or_default();
    let (Ok(told), Some(value)) = (number.parse::<f64>(), value.as_f64()) else {
        return false;
    };
    (told - value).abs() <= 0.006 * value.abs().max(1e-9)
}

fn spec(name: &str, kind: &str) -> Value {
    json!({
        "name": name, "kind": kind, "source": "table", "query": "load",
        "history": "2d", "window_samples": 8, "step": "1m",
    })
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

#[tokio::test]
async fn models_page_when_a_network_learns_then_draws_each_round_as_the_stream_tells_it_and_keeps_the_curve()
-> Result<()> {
    let mut scene = Scene::start().await?;
    let open = json!({ "do": "open", "path": "/models", "ready": "#new-model" });
    scene.order(open).await?;
    let follow = json!({ "do": "follow", "selector": ".job-curve .curve" });
    let since = scene.order(follow).await?["requests"].clone();
    let mut asked = spec("net", "autoencoder");
    asked["epochs"] = json!(40);
    asked["window_samples"] = json!(24);
    scene.trained(&asked).await?;

    let kept = "[data-model=net] [data-version=\"1\"] .curve";
    let points = scene.data(kept).await?["points"].clone();
    let model: Value = scene
        .hindcast
        .api()?
        .get("/api/v1/models/net")
        .await?
        .json()?;
    let metrics = &model["versions"][0]["metrics"];
    let losses = metrics["losses"].as_array().context("losses")?.clone();
    ensure!(points == losses.len().to_string(), "{points} {metrics}");
    // Newest first: the round, the loss on the validation part, that on the training part.
    let rows = scene.cells(&format!("{kept} .data-table")).await?;
    ensure!(rows.len() == losses.len(), "{rows:?}");
    let best = metrics["best_epoch"].to_string();
    for (row, loss) in rows.iter().zip(losses.iter().rev()) {
        ensure!(row[0] == loss["epoch"].to_string(), "{row:?} {loss}");
        ensure!(is_told(&row[1], &loss["validation"]), "{row:?} {loss}");
        ensure!(is_told(&row[2], &loss["training"]), "{row:?} {loss}");
        ensure!(
            (row[3] == "best round") == (row[0] == best),
            "{row:?} {best}"
        );
    }
    let words = scene
        .text("[data-model=net] [data-version=\"1\"] .fold summary")
        .await?;
    ensure!(words.contains(&format!("round {best}")), "{words}");

    // More drawings than lists were asked for: the rounds came by the stream.
    let followed = json!({ "do": "followed", "since": since, "address": "/api/v1/jobs" });
    let followed = scene.order(followed).await?;
    let (seen, lists) = (
        &followed["seen"],
        followed["asked"].as_u64().unwrap_or(u64::MAX),
    );
    let drawn = seen.as_array().map_or(0, Vec::len) as u64;
    ensure!(drawn > lists, "{followed}");
    scene.browser.close().await?;
    scene.hindcast.stop().await
}

#[tokio::test]
async fn models_page_when_a_window_is_explained_and_figures_are_drawn_then_has_the_numbers_of_the_api()
-> Result<()> {
    let mut scene = Scene::start().await?;
    let mut asked = spec("load", "pca");
    asked["lags_samples"] = json!([1, 5]);
    scene.trained(&asked).await?;
    let api = scene.hindcast.api()?;
    let checks = eventually("a look", Duration::from_mins(2), || async {
        let checks: Value = api.get("/api/v1/models/load/checks").await?.json()?;
        Ok(checks["items"].get(0).is_some().then_some(checks))
    });
    let check = checks.await?["items"][0].clone();
    let open = json!({ "do": "open", "path": "/models", "ready": ".model-figures .curve" });
    scene.order(open).await?;
    let area = scene
        .cells(".model-figures .curve:nth-of-type(1) .data-table")
        .await?;
    ensure!(
        is_told(&area[0][1], &check["figures"]["auc_pr"]),
        "{area:?} {check}"
    );
    ensure!(
        is_told(&area[0][2], &check["auto"]["auc_pr"]),
        "{area:?} {check}"
    );
    let alarms = scene
        .cells(".model-figures .curve:nth-of-type(2) .data-table")
        .await?;
    ensure!(
        is_told(&alarms[0][1], &check["figures"]["precision"]),
        "{alarms:?} {check}"
    );
    ensure!(
        is_told(&alarms[0][2], &check["figures"]["recall"]),
        "{alarms:?} {check}"
    );
    let less = scene.order(json!({ "do": "count", "selector": "[data-less]",
        "wanted": u32::from(check["finds_less_than_auto"] == true) }));
    less.await?;

    scene
        .click("[data-do=explain]", ".odd-windows [data-window]")
        .await?;
    scene
        .click(".odd-windows [data-window]", ".explained .why-steps")
        .await?;
    let at_ms: i64 = scene.data(".explained").await?["at"]
        .as_str()
        .context("an instant")?
        .parse()?;
    let told = json!({ "at_ms": at_ms });
    let told: Value = api
        .post("/api/v1/models/load/explain", &told)
        .await?
        .json()?;
    ensure!(
        told["score"].as_f64().is_some_and(|score| score > 1.0),
        "{told}"
    );
    let steps = scene.cells(".explained .why-steps").await?;
    let parts = told["parts"].as_array().context("parts")?;
    ensure!(steps.len() == parts.len() + 2, "{steps:?} {told}");
    ensure!(is_told(&steps[0][2], &told["base"]), "{steps:?} {told}");
    ensure!(
        is_told(&steps[steps.len() - 1][2], &told["score"]),
        "{steps:?} {told}"
    );
    for part in parts {
        let drawn = steps.iter().find(|step| step[0] == part["column"]);
        let drawn = drawn.with_context(|| format!("{part} in {steps:?}"))?;
        let number = drawn[2].trim_start_matches('+');
        ensure!(is_told(number, &part["part"]), "{drawn:?} {part}");
    }
    let map = scene.data(".model-heat").await?;
    let heat = told["heat"].as_array().context("a map")?;
    ensure!(
        map["samples"] == heat.len().to_string() && map["columns"] == "3",
        "{map}"
    );
    let rows = scene.cells(".model-heat .data-table").await?;
    ensure!(rows.len() == heat.len(), "{rows:?}");
    let mut drawn: Vec<&String> = rows[0][1..].iter().collect();
    for cell in heat[heat.len() - 1].as_array().context("a sample")? {
        let at = drawn.iter().position(|text| is_told(text, cell));
        drawn.remove(at.with_context(|| format!("{cell} in {rows:?}"))?);
    }
    for (theme, width) in [("light", 1280), ("dark", 1920), ("light", 390)] {
        let look =
            json!({ "do": "look", "name": "model-explained", "theme": theme, "width": width });
        let looked = scene.order(look).await?;
        ensure!(
            looked["violations"] == json!([]) && looked["wide"] == 0,
            "{looked}"
        );
    }
    scene.browser.close().await?;
    scene.hindcast.stop().await
}

#[tokio::test]
async fn models_page_when_a_file_is_imported_and_a_model_deleted_then_says_what_came_and_what_goes()
-> Result<()> {
    let mut scene = Scene::start().await?;
    scene.trained(&spec("load", "k_means")).await?;
    let api = scene.hindcast.api()?;
    let file = api.get("/api/v1/models/load/versions/1/export").await?.body;
    let folder = scene.hindcast.dir().to_owned();
    let (whole, cut) = (
        folder.join("whole.hindcast-model"),
        folder.join("cut.hindcast-model"),
    );
    std::fs::write(&whole, &file)?;
    std::fs::write(&cut, &file[..file.len() - 9])?;
    let open = json!({ "do": "open", "path": "/models?lang=ko", "ready": "[data-model=load]" });
    scene.order(open).await?;
    let choose = json!({ "do": "file", "selector": "#model-file", "file": cut, "until": "[data-import=refused]" });
    scene.order(choose).await?;
    let refused = scene.text("[data-import=refused]").await?;
    ensure!(
        refused.contains("체크섬") && !refused.contains("checksum"),
        "{refused}"
    );
    ensure!(scene.model().await?["versions"].as_array().map(Vec::len) == Some(1));

    let open = json!({ "do": "open", "path": "/models?lang=en", "ready": "[data-model=load]" });
    scene.order(open).await?;
    let choose = json!({ "do": "file", "selector": "#model-file", "file": whole, "until": "[data-import=done]" });
    scene.order(choose).await?;
    let done = scene.text("[data-import=done]").await?;
    ensure!(done.contains("version 2 of load"), "{done}");
    let model = scene.model().await?;
    ensure!(
        model["versions"][0]["version"] == 2 && model["live_version"] == 1,
        "{model}"
    );

    scene
        .click(
            "[data-version=\"2\"] [data-do=promote]",
            "[data-version=\"2\"][data-live=true]",
        )
        .await?;
    scene
        .click(
            ".section-head [data-do=revert]",
            "[data-version=\"1\"][data-live=true]",
        )
        .await?;
    ensure!(scene.model().await?["live_version"] == 1);

    scene.click("[data-do=delete-model]", ".farewell").await?;
    let goes = scene.text(".farewell").await?;
    ensure!(
        goes.contains("2 versions") && goes.contains("cannot be undone"),
        "{goes}"
    );
    let gone = api.get("/api/v1/models/load").await?;
    ensure!(gone.status == 200, "one click deletes nothing");
    scene
        .click("[data-do=delete-model-for-good]", ".models-none")
        .await?;
    let gone = api.get("/api/v1/models/load").await?;
    ensure!(gone.status == 404, "{}", gone.text());
    scene.browser.close().await?;
    scene.hindcast.stop().await
}

#[tokio::test]
async fn models_page_when_the_server_goes_away_then_keeps_what_it_knew_and_comes_back_by_itself()
-> Result<()> {
    let mut scene = Scene::start().await?;
    scene.trained(&spec("load", "k_means")).await?;
    let open = json!({ "do": "open", "path": "/models", "ready": "[data-model=load]" });
    scene.order(open).await?;
    scene.hindcast.kill()?;
    let state = scene.text(".models-stale").await?;
    ensure!(
        state.contains("does not answer") && state.contains("What follows was so"),
        "{state}"
    );
    scene
        .order(json!({ "do": "count", "selector": "[data-model=load]", "wanted": 1 }))
        .await?;
    scene.hindcast.restart().await?;
    scene
        .order(json!({ "do": "count", "selector": ".models-stale", "wanted": 0 }))
        .await?;
    scene.browser.close().await?;
    scene.hindcast.stop().await
}
