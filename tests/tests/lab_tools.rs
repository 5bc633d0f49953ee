//! The Lab's tools: whatever is taken back, opened, linked or imported shows what the fold computes for it.

use std::time::Duration;

use anyhow::{Result, ensure};
use hindcast_shared::api::ReplaySummary;
use hindcast_tests::{
    Api, Browser, Hindcast, History, Prometheus, Script, Setup, checkout, now_ms, replayed,
};
use serde_json::{Value, json};

const HOUR_MS: i64 = 3_600_000;
const PATIENCE: Duration = Duration::from_mins(4);

/// A quiet week with bumps from barely visible to a catastrophe.
fn week() -> History {
    let mut week = checkout::quiet_week();
    for (hours_ago, by) in [(61, 5.0), (52, 8.0), (43, 12.0), (34, 20.0), (25, 40.0)] {
        week = week.with_bump(hours_ago * 60, 6, by);
    }
    week
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_when_taken_back_kept_linked_or_sent_late_then_show_what_the_fold_computes()
-> Result<()> {
    let prometheus = Prometheus::start_still(&[week()]).await?;
    let setup = Setup::new()?.with_prometheus(&prometheus.url());
    let mut hindcast = setup.start().await?;
    let api = hindcast.api()?;
    let created = api.post("/api/v1/rules", &checkout::rule()).await?;
    ensure!(created.status.is_success(), "{}", created.text());
    let to_ms = (now_ms() / HOUR_MS) * HOUR_MS - HOUR_MS;
    let from_ms = to_ms - 72 * HOUR_MS;
    let fold = replayed(&api, "checkout", from_ms, to_ms).await?;
    let (low, high) = (2.5, 9.0);
    let fired = |threshold| Ok::<_, anyhow::Error>(fold.at_threshold(threshold)?.fired.len());
    let at = json!({ "first": fired(4.0)?, "low": fired(low)?, "high": fired(high)? });
    ensure!(at["low"] != at["high"] && at["first"] != at["high"], "{at}");

    let path = format!("/lab?rule=checkout&from={from_ms}&to={to_ms}");
    let args = json!({ "url": hindcast.url(), "path": path, "low": low, "high": high, "at": at });
    let mut browser = Browser::start(Script::LabTools, &args)?;

    let history = browser.hear("history", PATIENCE).await?;
    ensure!(
        history["dragged"] == at["high"]
            && history["again"] == at["low"]
            && history["undone"] == json!([at["high"], "9"])
            && history["atFirst"] == json!([at["first"], "4"])
            && history["noMore"] == true
            && history["redone"] == json!([at["low"], "2.5"]),
        "{history}, and not {at}"
    );
    let tools = browser.hear("tools", PATIENCE).await?;
    let missing = tools["missing"].as_str().unwrap_or_default();
    ensure!(
        missing.contains("the server does not answer") && tools["alerts"] == 0,
        "{tools}"
    );
    let drafts = browser.hear("drafts", PATIENCE).await?;
    ensure!(
        drafts["opened"] == at["low"] && drafts["gone"] == 0 && drafts["back"] == "lower",
        "{drafts}"
    );
    let replay = fold.at_threshold(low)?;
    let link = browser.hear("link", PATIENCE).await?;
    let over = link["over"].as_str().unwrap_or_default();
    let digits = |text: &str| {
        text.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
    };
    ensure!(
        link["count"] == at["low"]
            && link["pressed"] == "true"
            && digits(over) == replay.over_threshold.to_string()
            && link["hidden"] == false
            && link["same"] == true,
        "{link}, and not {at} with {}",
        replay.over_threshold
    );
    let first = fold.at_threshold(4.0)?;
    let kept = replay
        .fired
        .iter()
        .filter(|fired| {
            first.fired.iter().any(|other| {
                other.anomaly.start_ms <= fired.anomaly.end_ms
                    && fired.anomaly.start_ms <= other.anomaly.end_ms
            })
        })
        .count();
    let changes = link["changes"].as_str().unwrap_or_default();
    ensure!(
        changes.contains(&format!("= {kept} "))
            && changes.contains(&format!("+ {} ", replay.fired.len() - kept)),
        "{changes}, and not {kept} of {}",
        replay.fired.len()
    );

    let files = files_tell_the_same(&mut browser, &api, &replay, (low, &at)).await?;
    command_writes_the_same(&hindcast, &files, low, (from_ms, to_ms))?;
    behind_clicks(&mut browser, first.over_threshold).await?;
    saving_waits(&mut browser, &api, (low, &at)).await?;
    browser.order(&Value::Null).await?;
    let end = browser.hear("end", Duration::from_secs(20)).await?;
    ensure!(
        end["reports"] == json!([]) && end["complaints"] == json!([]),
        "{end}"
    );
    browser.close().await?;
    hindcast.stop().await
}

/// What is written to files and read back is what the fold computed.
async fn files_tell_the_same(
    browser: &mut Browser,
    api: &Api,
    replay: &ReplaySummary,
    (low, at): (f64, &Value),
) -> Result<Value> {
    let files = browser.hear("files", PATIENCE).await?;
    let text = |name: &str| files[name].as_str().unwrap_or_default().to_owned();
    let read = api
        .send(
            api.request(reqwest::Method::POST, "/api/v1/rules/parse")
                .body(text("yaml")),
        )
        .await?;
    ensure!(read.status.is_success(), "{}", read.text());
    let read: Value = read.json()?;
    ensure!(read["rule"]["decision"]["threshold"] == low, "{read}");
    ensure!(text("alert").contains("alert: Checkout"), "{files}");
    ensure!(
        text("anomalies").lines().count() == replay.fired.len() + 1,
        "{}",
        text("anomalies")
    );
    let scores = text("scores");
    let highest = scores
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').nth(2)?.parse::<f64>().ok())
        .fold(0.0, f64::max);
    let peak = replay.fired.iter().map(|fired| fired.anomaly.peak_score());
    ensure!(
        highest.to_bits() == peak.fold(0.0, f64::max).to_bits(),
        "{highest}"
    );
    ensure!(
        scores.lines().count() as u64 == replay.samples + 1
            && files["times"] == replay.samples
            && files["imported"] == at["high"],
        "{} lines, {} samples",
        scores.lines().count(),
        replay.samples
    );
    ensure!(
        files["refused"]
            .as_str()
            .is_some_and(|said| said.contains("Line 2")),
        "{files}"
    );
    Ok(files)
}

/// What stages let go, queries that were asked, help and commands: all of it is fetched by the first who asks.
async fn behind_clicks(browser: &mut Browser, over: u64) -> Result<()> {
    let stages = browser.hear("stages", PATIENCE).await?;
    ensure!(
        over > 0
            && stages["confirm"] == over
            && stages["decide"].as_u64() >= Some(over)
            && stages["hidden"] == true,
        "{stages}, and {over} over the threshold"
    );
    let queries = browser.hear("queries", PATIENCE).await?;
    let other = "nothing_of_the_kind";
    ensure!(
        queries["remembered"] == json!([queries["first"], other])
            && queries["kept"] == other
            && queries["left"] == json!([queries["first"]]),
        "{queries}"
    );
    let front = browser.hear("front", PATIENCE).await?;
    ensure!(
        front["keys"].as_u64() > Some(10) && front["hours"] == 144.0,
        "help lists the keys, and a command doubles the range: {front}"
    );
    Ok(())
}

/// `hindcast export` writes what the Lab has written, to the last letter.
fn command_writes_the_same(
    hindcast: &Hindcast,
    files: &Value,
    low: f64,
    (from_ms, to_ms): (i64, i64),
) -> Result<()> {
    let mut draft = checkout::rule();
    draft["decision"]["threshold"] = json!(low);
    let file = hindcast.dir().join("draft.json");
    std::fs::write(&file, draft.to_string())?;
    let (file, from, to) = (
        file.display().to_string(),
        from_ms.to_string(),
        to_ms.to_string(),
    );
    let export = |what: &str, format: &str| -> Result<String> {
        let words = [
            "export", what, "--rule", &file, "--from", &from, "--to", &to, "--format", format,
        ];
        let output = hindcast.run(&words)?;
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(output.status.success(), "{why}");
        Ok(String::from_utf8(output.stdout)?)
    };
    for (what, name) in [("scores", "scores"), ("anomalies", "anomalies")] {
        let (ours, theirs) = (
            export(what, "csv")?,
            files[name].as_str().unwrap_or_default(),
        );
        let differs = ours
            .lines()
            .zip(theirs.lines())
            .find(|(ours, theirs)| ours != theirs);
        ensure!(differs.is_none(), "{what}: {differs:?}");
        ensure!(
            ours == theirs,
            "{what}: {} and {} letters",
            ours.len(),
            theirs.len()
        );
    }
    let lists: Value = serde_json::from_str(&export("scores", "json")?)?;
    ensure!(lists["time"] == files["lists"]["time"], "the times differ");
    let fired: Value = serde_json::from_str(&export("anomalies", "json")?)?;
    let lines = files["anomalies"]
        .as_str()
        .map_or(0, |text| text.lines().count());
    ensure!(fired.as_array().map_or(0, Vec::len) + 1 == lines, "{fired}");
    Ok(())
}

/// A change that is saved while the server is away goes out later, over what somebody else saved meanwhile.
async fn saving_waits(browser: &mut Browser, api: &Api, (low, at): (f64, &Value)) -> Result<()> {
    let away = browser.hear("away", PATIENCE).await?;
    ensure!(away["away"] == at["low"], "{away}");
    // Meanwhile somebody else saves.
    let mut theirs = checkout::rule();
    theirs["decision"]["threshold"] = json!(7.0);
    let request = api
        .request(reqwest::Method::PUT, "/api/v1/rules/checkout")
        .header("If-Match", "\"1\"")
        .json(&theirs);
    let saved = api.send(request).await?;
    ensure!(saved.status.is_success(), "{}", saved.text());
    browser.order(&json!({ "online": true })).await?;
    browser.hear("saved", PATIENCE).await?;
    let stored: Value = api.get("/api/v1/rules/checkout").await?.json()?;
    ensure!(
        stored["version"] == 3 && stored["rule"]["decision"]["threshold"] == low,
        "{stored}"
    );
    Ok(())
}
