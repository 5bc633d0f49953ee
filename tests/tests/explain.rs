//! What people are told about an anomaly: on its page, in the Lab, and by `auto` in both of its forms.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hindcast_tests::{Browser, Script, Setup, eventually};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn anomaly_when_looked_at_then_its_reason_is_told_and_auto_says_in_which_form_it_speaks()
-> Result<()> {
    let mut hindcast = Setup::new()?.start().await?;
    let api = hindcast.api()?;
    let anomaly = eventually("an incident", Duration::from_mins(1), || async {
        let found = api.anomalies("from=now-14d&source=demo").await?.items;
        Ok(found.into_iter().find(|anomaly| anomaly.peak.is_some()))
    })
    .await?;
    let rule = api
        .get(&format!("/api/v1/rules/{}", anomaly.rule_id))
        .await?;
    let rule: Value = rule.json()?;
    let query = rule["rule"]["query"].as_str().or(rule["query"].as_str());
    let patch = json!({ "source": "demo", "query": query.context("a query")?, "step": "1m" });
    let shots = std::env::temp_dir().join("hindcast-explain");
    std::fs::create_dir_all(&shots)?;
    let arguments = json!({
        "url": hindcast.url(), "shots": shots,
        "anomaly": format!("/anomalies/{}", anomaly.id),
        "lab": format!("/lab?rule={}&from=now-14d&to=now", anomaly.rule_id),
        "auto": format!("/lab?from=now-7d&to=now&patch={}", patch.to_string().replace('"', "%22")),
    });
    let mut browser = Browser::start(Script::Explain, &arguments)?;
    let page = browser.hear("anomaly", Duration::from_secs(90)).await?;
    let words = page["words"].as_str().unwrap_or_default();
    ensure!(
        words.contains("Quiet if") && words.contains("Judged by"),
        "{page}"
    );
    ensure!(page["steps"].as_u64() >= Some(2), "{page}");

    let lab = browser.hear("lab", Duration::from_mins(3)).await?;
    ensure!(
        lab["words"]
            .as_str()
            .is_some_and(|words| words.contains("Quiet if")),
        "{lab}"
    );
    ensure!(lab["pressed"] == 1, "one anomaly is explained: {lab}");
    ensure!(
        lab["opened"] == 0 && lab["closed"] == 0,
        "only who asks is told: {lab}"
    );
    println!("the Lab is {} px wide on a phone", lab["wide"]);
    ensure!(lab["focused"] == "lab-why", "{lab}");
    let requests = |when: &str| lab[when].to_string();
    ensure!(
        !requests("atFirst").contains("full_worker"),
        "nobody asked why yet: {lab}"
    );
    ensure!(
        requests("clicked").contains("full_worker") && requests("clicked").contains("/series"),
        "a click starts a worker of its own: {lab}"
    );
    ensure!(
        lab["again"] == json!([]),
        "both workers know their samples already: {lab}"
    );
    ensure!(lab["violations"] == json!([]), "{lab}");

    let whole = browser.hear("whole", Duration::from_mins(5)).await?;
    let has = |key: &str, title: &str| {
        let titles = whole[key].as_array().into_iter().flatten();
        titles.into_iter().any(|each| each == title)
    };
    for key in ["live", "stopped", "back"] {
        ensure!(has(key, "Score, auto (live)"), "{key}: {whole}");
    }
    ensure!(has("full", "Score, auto (full)"), "{whole}");
    ensure!(
        whole["progress"] == true,
        "nobody saw how far it was: {whole}"
    );
    ensure!(
        whole["spoke"].to_string().contains(", by "),
        "nothing is said of the parts: {whole}"
    );
    ensure!(whole["violations"] == json!([]), "{whole}");
    let took_s = whole["tookS"].as_f64().context("a time")?;
    println!("measured lab_auto_full_s {took_s:.1}");
    let end = browser.hear("end", Duration::from_secs(30)).await?;
    ensure!(
        end["reports"] == json!([]) && end["complaints"] == json!([]),
        "{end}"
    );
    println!("the screenshots are in {}", shots.display());
    browser.close().await?;
    hindcast.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn reason_when_read_in_russian_then_is_russian_whether_page_or_worker_writes_it() -> Result<()>
{
    let mut hindcast = Setup::new()?.start().await?;
    let api = hindcast.api()?;
    let anomaly = eventually("an incident", Duration::from_mins(1), || async {
        let found = api.anomalies("from=now-14d&source=demo").await?.items;
        Ok(found.into_iter().find(|anomaly| anomaly.peak.is_some()))
    })
    .await?;
    let told = api
        .get(&format!("/api/v1/anomalies/{}/explanation", anomaly.id))
        .await?;
    let told: Value = told.json()?;
    let score = told["score"].as_f64().context("a score")?;
    let shots = std::env::temp_dir().join("hindcast-explain");
    std::fs::create_dir_all(&shots)?;
    let arguments = json!({
        "url": hindcast.url(), "shots": shots,
        "anomaly": format!("/anomalies/{}", anomaly.id),
        "lab": format!("/lab?rule={}&from=now-14d&to=now", anomaly.rule_id),
    });
    let mut browser = Browser::start(Script::Words, &arguments)?;
    let page = browser.hear("anomaly", Duration::from_secs(90)).await?;
    ensure!(page["language"] == "ru", "{page}");
    is_russian(&page)?;
    let words = page["words"].as_str().unwrap_or_default();
    ensure!(
        words.contains(&format!("оценка {score:.2}").replace('.', ",")),
        "not the score {score} of the server: {page}"
    );
    let lab = browser.hear("lab", Duration::from_mins(3)).await?;
    is_russian(&lab)?;
    let detectors = lab["detectors"].to_string();
    ensure!(
        detectors.contains("Пределы и уровни") && !detectors.contains("Limits"),
        "{lab}"
    );
    ensure!(lab["title"] == "Лаборатория · Hindcast", "{lab}");
    let end = browser.hear("end", Duration::from_secs(30)).await?;
    ensure!(
        end["reports"] == json!([]) && end["complaints"] == json!([]),
        "{end}"
    );
    browser.close().await?;
    hindcast.stop().await
}

/// Whether sentences and steps are in Russian, each of them.
fn is_russian(told: &Value) -> Result<()> {
    let words = told["words"].as_str().unwrap_or_default();
    let english = ["Quiet", "Judged", "expected", "above", "threshold"];
    ensure!(
        words.contains("Судил") || words.contains("судил"),
        "nobody judged in Russian: {told}"
    );
    ensure!(
        !english.iter().any(|word| words.contains(word)),
        "English is left: {told}"
    );
    let steps = told["steps"].to_string();
    let is_point = |letters: &[u8]| {
        letters[0].is_ascii_digit() && letters[1] == b'.' && letters[2].is_ascii_digit()
    };
    for text in [words, &steps] {
        ensure!(
            !text.as_bytes().windows(3).any(is_point),
            "a number is written as in English: {told}"
        );
    }
    ensure!(
        !steps.contains("left over") && !steps.contains("the value"),
        "English is left in the steps: {told}"
    );
    Ok(())
}
