//! Full models from outside: trained by a command and by the server, used by a rule, and never half there.

use std::process::Output;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hindcast_tests::{Wave, eventually};
use serde_json::{Value, json};

const MINUTE_MS: i64 = 60_000;

/// Trains on all but the last 200 minutes.
fn train(wave: &Wave, kind: &str, more: &[&str]) -> Result<Output> {
    let (to, words) = (wave.at(1_800), ["train", "--kind", kind, "--to"]);
    let words = words.into_iter().chain([to.as_str()]).chain(SPEC);
    let words: Vec<&str> = words.chain(more.iter().copied()).collect();
    wave.setup.run(&words)
}

const SPEC: [&str; 12] = [
    "--name",
    "load",
    "--source",
    "table",
    "--query",
    "load",
    "--with",
    "window_samples=8",
    "--with",
    "history=2d",
    "--with",
    "seed=3",
];

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test]
async fn model_when_trained_by_a_command_then_finds_the_odd_stretch_and_nothing_else() -> Result<()>
{
    let asked = Wave::new()?;
    for kind in [
        "isolation_forest",
        "one_class_svm",
        "pca",
        "k_means",
        "dbscan",
    ] {
        let done = train(&asked, kind, &["--promote"])?;
        ensure!(done.status.success(), "{kind}: {}", text(&done.stderr));
        let file = asked.setup.dir().join("anomalies.json");
        let path = file.display().to_string();
        let (from, to) = (asked.at(1_800), asked.at(2_000));
        let words = [
            "detect",
            "--once",
            "--model",
            "load",
            "--from",
            &from,
            "--to",
            &to,
            "--threshold",
            "1.1",
            "--output",
            &path,
            "--fail-on-anomalies",
        ];
        let found = asked.setup.run(&words)?;
        ensure!(
            found.status.code() == Some(4),
            "{kind}: {}",
            text(&found.stderr)
        );
        let anomalies: Value = serde_json::from_slice(&std::fs::read(&file)?)?;
        let anomalies = anomalies.as_array().context("a list")?;
        let hits = anomalies.iter().filter(|one| {
            let at = |key: &str| one["anomaly"][key].as_i64().unwrap_or_default() - asked.first_ms;
            at("start_ms") <= 1_904 * MINUTE_MS && at("end_ms") >= 1_900 * MINUTE_MS
        });
        ensure!(hits.count() == 1, "{kind}: {anomalies:?}");
        ensure!(
            anomalies.len() <= 3,
            "{kind}: {} anomalies",
            anomalies.len()
        );
    }
    Ok(())
}

#[tokio::test]
async fn commands_when_something_is_wrong_then_say_so_by_their_exit_codes() -> Result<()> {
    let asked = Wave::new()?;
    let none = train(&asked, "pca", &["--with", "query=nothing"])?;
    ensure!(none.status.code() == Some(3), "{:?}", none.status);
    ensure!(
        text(&none.stderr).contains("populate the source"),
        "{}",
        text(&none.stderr)
    );
    let few = train(&asked, "pca", &["--with", "history=1h"])?;
    ensure!(few.status.code() == Some(3) && text(&few.stderr).contains("too few windows"));
    let wrong = train(&asked, "pca", &["--with", "window_samples=0"])?;
    ensure!(wrong.status.code() == Some(1), "{:?}", wrong.status);
    ensure!(
        text(&wrong.stderr).contains("window_samples"),
        "{}",
        text(&wrong.stderr)
    );
    let unknown = train(&asked, "oracle", &[])?;
    ensure!(unknown.status.code() == Some(1) && text(&unknown.stderr).contains("kind"));
    let words = asked.setup.run(&["train", "--name", "load"])?;
    ensure!(words.status.code() == Some(2), "{:?}", words.status);
    // A file in the way of a folder.
    let blocked = asked.setup.dir().join("blocked");
    std::fs::write(&blocked, "")?;
    let path = blocked.join("model").display().to_string();
    let full = train(&asked, "pca", &["--output", &path])?;
    ensure!(full.status.code() == Some(1), "{:?}", full.status);
    ensure!(
        text(&full.stderr).contains("nothing was replaced"),
        "{}",
        text(&full.stderr)
    );
    let path = blocked.join("anomalies.csv").display().to_string();
    let words = [
        "detect", "--once", "--from", "0", "--model", "load", "--output", &path,
    ];
    let nowhere = asked.setup.run(&words)?;
    ensure!(nowhere.status.code() == Some(1), "{:?}", nowhere.status);
    let words = ["detect", "--once", "--from", "0", "--model", "load"];
    let nobody = asked.setup.run(&words)?;
    ensure!(
        text(&nobody.stderr).contains("no model `load`"),
        "{}",
        text(&nobody.stderr)
    );
    Ok(())
}

#[tokio::test]
async fn server_when_it_trains_then_promotes_reverts_exports_and_scores() -> Result<()> {
    let asked = Wave::new()?;
    let first = train(&asked, "pca", &["--promote"])?;
    ensure!(first.status.success(), "{}", text(&first.stderr));
    let first_ms = asked.first_ms;
    let mut server = asked.setup.start().await?;
    let api = server.api()?;
    let scores = "/api/v1/series?source=models&query=model_score&from=now-3h&to=now&step=1m";
    let scores: Value = api.get(scores).await?.json()?;
    ensure!(
        scores.to_string().contains("\"model\":\"load\""),
        "{scores}"
    );

    let second = api.train(&Wave::spec("k_means")).await?;
    ensure!(second["version"] == 2, "{second}");
    let model: Value = api.get("/api/v1/models/load").await?.json()?;
    ensure!(
        model["live_version"] == 2 && model["former_version"] == 1,
        "{model}"
    );
    let back: Value = api
        .post("/api/v1/models/load/revert", &json!({}))
        .await?
        .json()?;
    ensure!(back["live_version"] == 1, "{back}");
    api.explain_odd(first_ms + 1_902 * MINUTE_MS).await?;

    // A kill while it trains leaves the live one, and the job is taken up again.
    let job = api.ask_training(&Wave::spec("k_means")).await?;
    server.kill()?;
    server.restart().await?;
    let again = server.api()?.job_over(&job["id"]).await?;
    ensure!(again["state"] == "done", "{again}");
    let model: Value = server.api()?.get("/api/v1/models/load").await?.json()?;
    ensure!(model["live_version"] == again["version"], "{model}");
    server.stop().await
}

#[tokio::test]
async fn model_when_its_plan_comes_due_then_is_looked_at_trained_anew_and_held_against_the_live_one()
-> Result<()> {
    let asked = Wave::new()?;
    let (from, to) = (1_900 * MINUTE_MS, 1_905 * MINUTE_MS);
    let until = asked.at(1_800);
    let mut server = asked.setup.start().await?;
    let incident = json!({
        "source": "table", "pattern": "load", "kind": "incident",
        "start_ms": asked.first_ms + from, "end_ms": asked.first_ms + to,
    });
    let made = server.api()?.post("/api/v1/labels", &incident).await?;
    ensure!(made.status == 201, "{}", made.text());
    server.stop().await?;
    // Every minute: each makes one version, and the next comes when this test is over.
    let plan = ["--promote", "--with", r#"retrain={"cron":"* * * * *"}"#];
    let words = ["train", "--kind", "pca", "--to", until.as_str()];
    let words: Vec<&str> = words.into_iter().chain(SPEC).chain(plan).collect();
    let trained = server.run(&words)?;
    ensure!(trained.status.success(), "{}", text(&trained.stderr));

    server.restart().await?;
    let api = server.api()?;
    let checks = eventually("a look", Duration::from_mins(1), || async {
        let checks: Value = api.get("/api/v1/models/load/checks").await?.json()?;
        Ok(checks["items"].get(0).is_some().then_some(checks))
    });
    let check = checks.await?["items"][0].clone();
    let figures = &check["figures"];
    ensure!(
        check["version"] == 1 && figures["incidents"] == 1,
        "{check}"
    );
    ensure!(figures["found"] == 1 && figures["recall"] == 1.0, "{check}");
    ensure!(
        figures["auc_pr"].as_f64().is_some_and(|area| area > 0.3),
        "{check}"
    );
    ensure!(check["auto"]["incidents"] == 1, "{check}");

    let second = eventually("a second version", Duration::from_mins(2), || async {
        let model: Value = api.get("/api/v1/models/load").await?.json()?;
        Ok((model["versions"][0]["version"] == 2).then_some(model))
    });
    let model = second.await?;
    let trial = &model["versions"][0]["trial"];
    ensure!(trial["against"] == 1, "{model}");
    ensure!(trial["challenger"]["incidents"] == 1, "{trial}");
    let passed = trial["verdict"] == "no_worse";
    ensure!(
        model["live_version"] == if passed { 2 } else { 1 },
        "{model}"
    );
    let jobs: Value = api.get("/api/v1/jobs").await?.json()?;
    ensure!(jobs["items"][0]["cause"] == "cron", "{jobs}");
    ensure!(jobs["items"][0]["promote"] == "if_no_worse", "{jobs}");

    let pair = json!({ "champion": 1, "challenger": 2 });
    let beside = api.post("/api/v1/models/load/compare", &pair).await?;
    let beside: Value = beside.json()?;
    ensure!(
        beside["champion"]["version"] == 1 && beside["challenger"]["version"] == 2,
        "{beside}"
    );
    let (told, kept) = (&beside["trial"]["champion"], &trial["champion"]);
    ensure!(
        told["auc_pr"] == kept["auc_pr"] && told["found"] == 1,
        "{beside}"
    );
    server.stop().await
}

#[tokio::test]
async fn challenger_when_it_finds_less_then_stays_a_candidate_and_the_journal_says_so() -> Result<()>
{
    let asked = Wave::new()?;
    let trained = train(&asked, "pca", &["--promote"])?;
    ensure!(trained.status.success(), "{}", text(&trained.stderr));
    let mut server = asked.setup.start().await?;
    let api = server.api()?;
    let incident = json!({
        "source": "table", "pattern": "load", "kind": "incident",
        "start_ms": asked.first_ms + 1_900 * MINUTE_MS, "end_ms": asked.first_ms + 1_905 * MINUTE_MS,
    });
    ensure!(api.post("/api/v1/labels", &incident).await?.status == 201);
    // A window of two hours and a half stays odd for as long after five odd minutes.
    let worse = json!({
        "promote": "if_no_worse",
        "spec": {
            "name": "load", "kind": "pca", "source": "table", "query": "load",
            "history": "2d", "window_samples": 150, "step": "1m",
        },
    });
    let made: Value = api.post("/api/v1/jobs", &worse).await?.json()?;
    let job = api.job_over(&made["id"]).await?;
    ensure!(job["state"] == "done" && job["version"] == 2, "{job}");
    let model: Value = api.get("/api/v1/models/load").await?.json()?;
    ensure!(model["live_version"] == 1, "{model}");
    ensure!(
        model["versions"][0]["trial"]["verdict"] == "finds_less",
        "{model}"
    );
    let journal: Value = api.get("/api/v1/journal?kind=model_held").await?.json()?;
    ensure!(
        journal["items"][0]["payload"]["verdict"] == "finds_less",
        "{journal}"
    );
    let scores = "/api/v1/series?source=models&query=model_score&from=now-3h&to=now&step=1m";
    ensure!(api.get(scores).await?.status == 200);
    let metrics = api.get("/metrics").await?.text();
    ensure!(
        metrics.contains("hindcast_model_answers_total{model=\"load\"} 1"),
        "{metrics}"
    );
    server.stop().await
}
