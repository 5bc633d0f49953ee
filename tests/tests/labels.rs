//! Labels drawn in the Lab: saved for everybody, taken back step by step, and counted as the command line counts them.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hindcast_shared::api::{LabelKind, LabelRecord, ListPage, RuleRecord};
use hindcast_tests::{Api, Browser, Hindcast, Script, Setup, eventually, key_of, now_ms};
use serde_json::{Value, json};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// What is looked at: one of the demo's rules over some days.
struct Scene {
    hindcast: Hindcast,
    api: Api,
    browser: Browser,
    rule: RuleRecord,
    from_ms: i64,
    to_ms: i64,
}

/// What the command says.
struct Told {
    fired: u64,
    grade: Vec<String>,
    /// The longest of what fired: first and last sample.
    longest: (i64, i64),
}

impl Scene {
    async fn start() -> Result<Self> {
        let hindcast = Setup::new()?.with_keys()?.start().await?;
        let api = hindcast.api_as("operator")?;
        let rules: ListPage<RuleRecord> = api.get("/api/v1/rules").await?.json()?;
        let of_demo = |rule: &RuleRecord| rule.rule.query.contains("demo_checkout_latency");
        let rule = rules.items.into_iter().find(of_demo);
        let rule = rule.context("the demo's rule about the checkout")?;
        let to_ms = (now_ms() / HOUR_MS) * HOUR_MS - HOUR_MS;
        let from_ms = to_ms - 8 * DAY_MS;
        let id = rule.rule.id.clone().context("an id")?;
        let shots = std::env::temp_dir().join("hindcast-labels");
        std::fs::create_dir_all(&shots)?;
        println!("the screenshots are in {}", shots.display());
        let arguments = json!({
            "url": hindcast.url(), "shots": shots,
            "path": format!("/lab?rule={id}&from={from_ms}&to={to_ms}"),
        });
        let browser = Browser::start(Script::Labels, &arguments)?;
        let scene = Self {
            hindcast,
            api,
            browser,
            rule,
            from_ms,
            to_ms,
        };
        eventually("the demo's own labels", Duration::from_mins(1), || async {
            Ok((!scene.labels().await?.is_empty()).then_some(()))
        })
        .await?;
        Ok(scene)
    }

    /// What the server has of the range, of this series.
    async fn labels(&self) -> Result<Vec<LabelRecord>> {
        let (from_ms, to_ms) = (self.from_ms, self.to_ms);
        let path = format!(
            "/api/v1/series?rule={}&from={from_ms}&to={to_ms}",
            self.id()
        );
        let series: Value = self.api.get(&path).await?.json()?;
        let key = series["series"][0]["series_key"]
            .as_str()
            .context("a key")?;
        let path = format!("/api/v1/labels?from={from_ms}&to={to_ms}&source=demo&series_key={key}");
        let page: ListPage<LabelRecord> = self.api.get(&path).await?.json()?;
        Ok(page.items)
    }

    fn id(&self) -> &str {
        self.rule.rule.id.as_deref().unwrap_or_default()
    }

    /// The newest label of one's own.
    async fn own(&self) -> Result<LabelRecord> {
        let labels = self.labels().await?.into_iter().rev();
        let own = |label: &LabelRecord| label.author == "operator";
        labels
            .into_iter()
            .find(own)
            .context("nobody has labelled anything")
    }

    /// A stretch of the range in which nothing is labelled, as shares of it.
    async fn calm(&self) -> Result<(f64, f64)> {
        let labels = self.labels().await?;
        let at_ms = |share: f64| self.from_ms + ((self.to_ms - self.from_ms) as f64 * share) as i64;
        let is_calm = |from: &f64| {
            let (from_ms, to_ms) = (at_ms(from - 0.01), at_ms(from + 0.05));
            labels
                .iter()
                .all(|label| label.end_ms < from_ms || label.start_ms > to_ms)
        };
        let mut shares = (2..16).map(|twentieth| f64::from(twentieth) / 20.0);
        let from = shares.find(is_calm).context("incidents everywhere")?;
        Ok((from, from + 0.04))
    }

    /// As somebody sees it: accessible, and no wider than the window.
    async fn look(&mut self, how: Value) -> Result<()> {
        let (theme, width) = (&how["theme"], &how["width"]);
        self.order(json!({ "do": "load", "theme": theme, "width": width }))
            .await?;
        self.agree(None).await?;
        let seen = self
            .order(json!({ "do": "look", "name": how["name"] }))
            .await?;
        ensure!(
            seen["violations"] == json!([]) && seen["wide"].as_i64() <= Some(0),
            "{how}: {seen}"
        );
        Ok(())
    }

    async fn end(mut self) -> Result<()> {
        self.browser.order(&Value::Null).await?;
        let end = self.browser.hear("end", Duration::from_secs(30)).await?;
        ensure!(
            end["reports"] == json!([]) && end["complaints"] == json!([]),
            "{end}"
        );
        self.browser.close().await?;
        self.hindcast.stop().await
    }

    async fn order(&mut self, order: Value) -> Result<Value> {
        self.browser.carry_out(&order, Duration::from_mins(2)).await
    }

    /// The page must come to show what the command computes.
    async fn agree(&mut self, threshold: Option<f64>) -> Result<Told> {
        let labels = self.labels().await?;
        let told = self.backtest(&labels, threshold)?;
        let order = json!({ "do": "expect", "fired": told.fired, "grade": told.grade, "labels": labels.len() });
        let shown = self.order(order.clone()).await?;
        ensure!(
            shown["fits"] == true,
            "the page shows {shown}, and not {order}"
        );
        Ok(told)
    }

    fn backtest(&self, labels: &[LabelRecord], threshold: Option<f64>) -> Result<Told> {
        let file = self.hindcast.dir().join("labels.json");
        std::fs::write(&file, serde_json::to_vec(&json!({ "items": labels }))?)?;
        let mut rule = self.id().to_owned();
        if let Some(threshold) = threshold {
            let mut draft = serde_json::to_value(&self.rule.rule)?;
            draft["decision"]["threshold"] = json!(threshold);
            let file = self.hindcast.dir().join("rule.json");
            std::fs::write(&file, serde_json::to_vec(&draft)?)?;
            rule = file.display().to_string();
        }
        let (from, to) = (self.from_ms.to_string(), self.to_ms.to_string());
        let output = self.hindcast.run(&[
            "backtest",
            "--rule",
            &rule,
            "--from",
            &from,
            "--to",
            &to,
            "--labels",
            &file.display().to_string(),
            "--format",
            "json",
        ])?;
        ensure!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let told: Value = serde_json::from_slice(&output.stdout)?;
        let fired = told["fired"].as_array().context("a list")?;
        let span = |fired: &Value| {
            let at = |key: &str| fired["anomaly"][key].as_i64().unwrap_or_default();
            (at("start_ms"), at("end_ms"))
        };
        let event = &told["report"]["event"];
        let number = |key: &str| event[key].as_u64().unwrap_or_default();
        let (alarms, events) = (number("alarms"), number("events"));
        let named = |count: u64, one: &str, many: &str| {
            format!("{count} {}", if count == 1 { one } else { many })
        };
        let f1 = event["f1"].as_f64();
        let mut grade = vec![
            format!(
                "{} of {}",
                alarms - number("false_alarms"),
                named(alarms, "anomaly", "anomalies")
            ),
            format!(
                "{} of {}",
                number("found"),
                named(events, "incident", "incidents")
            ),
            f1.map_or_else(|| "–".to_owned(), |f1| format!("{f1:.2}")),
        ];
        if let Some(delay_ms) = event["median_delay_ms"].as_i64().filter(|ms| *ms < HOUR_MS) {
            grade.push(format!("{} min median", delay_ms / 60_000));
        }
        Ok(Told {
            fired: fired.len() as u64,
            grade,
            longest: fired
                .iter()
                .map(span)
                .max_by_key(|(start_ms, end_ms)| end_ms - start_ms)
                .context("something fires")?,
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_when_drawn_in_the_lab_then_count_as_the_command_counts_and_can_be_taken_back()
-> Result<()> {
    let mut scene = Scene::start().await?;
    let loaded = scene
        .order(json!({ "do": "load", "key": key_of("operator") }))
        .await?;
    ensure!(loaded["writes"] == true, "{loaded}");
    let first = scene.agree(None).await?;

    // An incident, drawn with the mouse.
    let (from, to) = scene.calm().await?;
    let drawn = scene
        .order(json!({ "do": "draw", "kind": "incident", "from": from, "to": to }))
        .await?;
    let own = scene.own().await?;
    ensure!(
        own.kind == LabelKind::Incident && drawn["range"] == json!([own.start_ms, own.end_ms]),
        "{drawn} is saved as {own:?}"
    );
    let drawn = scene.agree(None).await?;
    ensure!(
        drawn.grade[1] != first.grade[1],
        "there is more to be found"
    );

    // Every move of a slider counts anew.
    scene
        .order(json!({ "do": "slide", "slider": "threshold", "value": 12 }))
        .await?;
    let moved = scene.agree(Some(12.0)).await?;
    println!(
        "grades: {:?}, {:?}, {:?}",
        first.grade, drawn.grade, moved.grade
    );
    scene.order(json!({ "do": "load" })).await?;

    // Changed, and taken back: the next version each time.
    scene
        .order(json!({ "do": "change", "kind": "normal" }))
        .await?;
    let changed = scene.own().await?;
    ensure!(
        (changed.kind, changed.version) == (LabelKind::Normal, 2),
        "{changed:?}"
    );
    ensure!(
        scene.agree(None).await?.grade == first.grade,
        "calm is no incident"
    );
    scene.order(json!({ "do": "undo" })).await?;
    let back = scene.own().await?;
    ensure!(
        (back.kind, back.version) == (LabelKind::Incident, 3),
        "{back:?}"
    );

    // Deleted, and taken back: the same under another name, of which the step before knows.
    scene.order(json!({ "do": "remove" })).await?;
    ensure!(scene.own().await.is_err(), "it is deleted");
    scene.order(json!({ "do": "undo" })).await?;
    let again = scene.own().await?;
    ensure!(
        again.id != back.id && again.start_ms == back.start_ms,
        "{again:?}"
    );
    ensure!(scene.agree(None).await?.grade == drawn.grade, "as before");

    // Not to be learned, by fields: gone at once, here and for the command.
    let (start_ms, end_ms) = drawn.longest;
    scene
        .order(json!({ "do": "type", "kind": "exclude", "from": start_ms, "to": end_ms + 60_000 }))
        .await?;
    let without = scene.agree(None).await?;
    ensure!(
        without.fired < drawn.fired,
        "{} fire, and {} did before",
        without.fired,
        drawn.fired
    );
    for look in [
        json!({ "name": "light" }),
        json!({ "name": "dark", "theme": "dark" }),
        json!({ "name": "phone", "theme": "light", "width": 390 }),
    ] {
        scene.look(look).await?;
    }
    scene.order(json!({ "do": "load", "width": 1280 })).await?;
    ensure!(
        scene.agree(None).await?.fired == without.fired,
        "loaded again, it stays so"
    );
    scene.end().await
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_when_the_server_is_away_wait_and_without_the_role_are_only_seen() -> Result<()> {
    let mut scene = Scene::start().await?;
    scene
        .order(json!({ "do": "load", "key": key_of("operator") }))
        .await?;
    let first = scene.agree(None).await?;
    scene
        .order(json!({ "do": "keys", "kind": "exclude" }))
        .await?;
    scene.agree(None).await?;
    scene.order(json!({ "do": "undo" })).await?;
    ensure!(scene.agree(None).await?.grade == first.grade, "as before");

    let (from_ms, to_ms) = (scene.from_ms + HOUR_MS, scene.from_ms + 2 * HOUR_MS);
    let waited = scene
        .order(json!({ "do": "offline", "from": from_ms, "to": to_ms }))
        .await?;
    ensure!(
        waited["alert"]
            .as_str()
            .is_some_and(|alert| alert.contains("Not saved")),
        "{waited}"
    );
    ensure!(
        waited["range"] == json!([from_ms, to_ms]),
        "nothing is lost: {waited}"
    );
    let own = scene.own().await?;
    ensure!((own.start_ms, own.end_ms) == (from_ms, to_ms), "{own:?}");

    let seen = scene
        .order(json!({ "do": "load", "key": key_of("viewer") }))
        .await?;
    ensure!(seen["writes"] == false, "{seen}");
    ensure!(seen["labels"].to_string().contains("by operator"), "{seen}");
    scene.agree(None).await?;
    scene.end().await
}
