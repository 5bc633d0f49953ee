//! The page of full models in a browser, held against what the API says.

#[path = "models_page/scene.rs"]
mod scene;

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hindcast_tests::eventually;
use serde_json::{Value, json};

use self::scene::{Scene, is_told, spec};

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
    scene.look("models").await?;

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
    scene.hindcast.api()?.train(&asked).await?;

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
    let points_told = points.as_str().map(str::parse);
    ensure!(points_told == Some(Ok(losses.len())), "{points} {metrics}");
    // Newest first: the round, the loss on the validation part, that on the training part.
    let rows = scene.cells(&format!("{kept} .data-table")).await?;
    ensure!(rows.len() == losses.len(), "{rows:?}");
    let best = metrics["best_epoch"].to_string();
    for (row, loss) in rows.iter().zip(losses.iter().rev()) {
        ensure!(
            row[0].parse().ok() == loss["epoch"].as_u64(),
            "{row:?} {loss}"
        );
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
    scene.look("model-curve").await?;
    scene.browser.close().await?;
    scene.hindcast.stop().await
}

#[tokio::test]
async fn models_page_when_a_window_is_explained_and_figures_are_drawn_then_has_the_numbers_of_the_api()
-> Result<()> {
    let mut scene = Scene::start().await?;
    let mut asked = spec("load", "pca");
    asked["lags_samples"] = json!([1, 5]);
    scene.hindcast.api()?.train(&asked).await?;
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
    let told = api.explain_odd(at_ms).await?;
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
        map["samples"].as_str().map(str::parse) == Some(Ok(heat.len())) && map["columns"] == "3",
        "{map}"
    );
    let rows = scene.cells(".model-heat .data-table").await?;
    ensure!(rows.len() == heat.len(), "{rows:?}");
    let mut drawn: Vec<&String> = rows[0][1..].iter().collect();
    for cell in heat[heat.len() - 1].as_array().context("a sample")? {
        let at = drawn.iter().position(|text| is_told(text, cell));
        drawn.remove(at.with_context(|| format!("{cell} in {rows:?}"))?);
    }
    scene.look("model-explained").await?;
    scene.browser.close().await?;
    scene.hindcast.stop().await
}

#[tokio::test]
async fn models_page_when_a_file_is_imported_and_a_model_deleted_then_says_what_came_and_what_goes()
-> Result<()> {
    let mut scene = Scene::start().await?;
    scene
        .hindcast
        .api()?
        .train(&spec("load", "k_means"))
        .await?;
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
    scene.look("model-farewell").await?;
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
async fn models_page_when_a_training_fails_then_says_why_and_is_begun_again_as_it_was_asked_for()
-> Result<()> {
    let mut scene = Scene::start().await?;
    let open = json!({ "do": "open", "path": "/models", "ready": "#new-model" });
    scene.order(open).await?;
    scene.click("#new-model", "#model-name").await?;
    for (field, value) in [
        ("#model-name", "nobody"),
        ("#model-source", "table"),
        ("#model-query", "nothing"),
        ("#model-history", "2d"),
        ("#model-window", "8"),
        ("#model-lags", "1, 60"),
    ] {
        let fill = json!({ "do": "fill", "selector": field, "value": value });
        scene.order(fill).await?;
    }
    for (field, value) in [
        ("#model-layout", "joint"),
        ("#model-features", "samples"),
        ("#model-drifts", "inputs"),
    ] {
        let choose = json!({ "do": "choose", "selector": field, "value": value });
        scene.order(choose).await?;
    }
    scene.look("model-form").await?;
    let failed = "[data-job][data-state=failed]";
    scene.click("#train", failed).await?;
    let jobs = async |scene: &Scene| -> Result<Vec<Value>> {
        let api = scene.hindcast.api()?;
        let page: Value = api.get("/api/v1/jobs").await?.json()?;
        Ok(page["items"].as_array().context("jobs")?.clone())
    };
    let first = jobs(&scene).await?;
    let [job] = &first[..] else {
        anyhow::bail!("{first:?}");
    };
    let spec = &job["spec"];
    ensure!(spec["layout"] == "joint", "{spec}");
    ensure!(spec["features"] == "samples", "{spec}");
    ensure!(spec["lags_samples"] == json!([1, 60]), "{spec}");
    let drifts = json!({ "drift": "adwin", "column_drift": "adwin" });
    ensure!(spec["retrain"] == drifts, "{spec}");
    let message = job["message"].as_str().context("a reason")?;
    let told = scene.text(failed).await?;
    ensure!(told.contains(message), "{told} {message}");

    scene
        .click(
            &format!("{failed} [data-do=retry]"),
            "[data-job]:nth-child(2)",
        )
        .await?;
    let again = jobs(&scene).await?;
    ensure!(again.len() == 2 && again[0]["spec"] == *spec, "{again:?}");
    scene.browser.close().await?;
    scene.hindcast.stop().await
}

#[tokio::test]
async fn models_page_when_the_server_goes_away_then_keeps_what_it_knew_and_comes_back_by_itself()
-> Result<()> {
    let mut scene = Scene::start().await?;
    scene
        .hindcast
        .api()?
        .train(&spec("load", "k_means"))
        .await?;
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
