//! What the Lab works out, held against what the command line works out and replays.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hindcast_shared::api::{LabelRecord, ListPage, RuleRecord};
use hindcast_shared::time::{DAY_MS, HOUR_MS};
use hindcast_tests::{Api, Browser, Hindcast, Script, Setup, eventually, key_of, now_ms};
use serde_json::{Value, json};

#[path = "study/suggested.rs"]
mod suggested;
#[path = "study/written.rs"]
mod written;

use written::{encoded, found, merge, pages, short, without_the_oldest_incident};

struct Scene {
    hindcast: Hindcast,
    browser: Browser,
    rule: RuleRecord,
    patch: Value,
    from_ms: i64,
    to_ms: i64,
}

impl Scene {
    /// The Lab on a rule of the demo, changed by a patch.
    async fn start(patch: Value) -> Result<Self> {
        let hindcast = Setup::new()?.with_keys()?.start().await?;
        let api = hindcast.api_as("operator")?;
        let rules: ListPage<RuleRecord> = api.get("/api/v1/rules").await?.json()?;
        let of_demo = |rule: &RuleRecord| rule.rule.query.contains("demo_checkout_latency");
        let rule = rules.items.into_iter().find(of_demo);
        let rule = rule.context("the demo's rule about the checkout")?;
        let to_ms = (now_ms() / HOUR_MS) * HOUR_MS - HOUR_MS;
        let from_ms = to_ms - 7 * DAY_MS;
        let id = rule.rule.id.clone().context("an id")?;
        let shots = std::env::temp_dir().join("hindcast-study");
        std::fs::create_dir_all(&shots)?;
        println!("the screenshots are in {}", shots.display());
        let arguments = json!({
            "url": hindcast.url(), "shots": shots,
            "path": format!("/lab?rule={id}&from={from_ms}&to={to_ms}&patch={}", encoded(&patch)),
        });
        let browser = Browser::start(Script::Study, &arguments)?;
        let mut scene = Self {
            hindcast,
            browser,
            rule,
            patch,
            from_ms,
            to_ms,
        };
        eventually("the demo's own labels", Duration::from_mins(1), || async {
            let labels = labels(&api, &scene).await?;
            Ok((!labels.is_empty()).then_some(labels))
        })
        .await
        .and_then(|labels| scene.write("labels.json", &json!({ "items": labels })))?;
        scene
            .order(json!({ "do": "load", "key": key_of("operator") }))
            .await?;
        Ok(scene)
    }

    fn write(&self, name: &str, value: &Value) -> Result<()> {
        Ok(std::fs::write(
            self.hindcast.dir().join(name),
            serde_json::to_vec(value)?,
        )?)
    }

    /// What the command says about the rule, changed by a patch.
    fn command(&self, patch: &Value, more: &[&str]) -> Result<Value> {
        let mut rule = serde_json::to_value(&self.rule.rule)?;
        merge(&mut rule, &self.patch);
        merge(&mut rule, patch);
        self.write("rule.json", &rule)?;
        let place = |name: &str| self.hindcast.dir().join(name).display().to_string();
        let (rule, labels) = (place("rule.json"), place("labels.json"));
        let (from, to) = (self.from_ms.to_string(), self.to_ms.to_string());
        let mut words = vec![
            "backtest", "--rule", &rule, "--from", &from, "--to", &to, "--labels", &labels,
            "--format", "json",
        ];
        words.extend(more);
        let output = self.hindcast.run(&words)?;
        ensure!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    async fn order(&mut self, order: Value) -> Result<Value> {
        self.browser.carry_out(&order, Duration::from_mins(2)).await
    }

    /// The page must come to show what a replay says, and that nothing has changed since.
    async fn shows(&mut self, replayed: &Value) -> Result<()> {
        let fired = replayed["fired"].as_array().map_or(0, Vec::len);
        let shown = self
            .order(json!({ "do": "expect", "fired": fired }))
            .await?;
        let fits = shown["fired"].as_u64() == Some(fired as u64) && shown["status"] == "";
        ensure!(fits, "{fired} and not {shown}");
        Ok(())
    }

    /// In light and dark, at a desk and on a phone.
    async fn look(&mut self, name: &str, work: Value) -> Result<()> {
        for (how, theme, width) in [
            ("light", "light", 1280),
            ("dark", "dark", 1280),
            ("phone", "light", 390),
        ] {
            self.order(json!({ "do": "load", "theme": theme, "width": width }))
                .await?;
            self.order(work.clone()).await?;
            let seen = self
                .order(json!({ "do": "look", "name": format!("{name}-{how}") }))
                .await?;
            ensure!(
                seen["violations"] == json!([]) && seen["wide"].as_i64() <= Some(0),
                "{name} {how}: {seen}"
            );
        }
        self.order(json!({ "do": "load", "theme": "light", "width": 1280 }))
            .await?;
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
}

async fn labels(api: &Api, scene: &Scene) -> Result<Vec<LabelRecord>> {
    let (from_ms, to_ms) = (scene.from_ms, scene.to_ms);
    let id = scene.rule.rule.id.as_deref().unwrap_or_default();
    let path = format!("/api/v1/series?rule={id}&from={from_ms}&to={to_ms}");
    let series: Value = api.get(&path).await?.json()?;
    let key = series["series"][0]["series_key"]
        .as_str()
        .context("a key")?;
    let path = format!("/api/v1/labels?from={from_ms}&to={to_ms}&source=demo&series_key={key}");
    let page: ListPage<LabelRecord> = api.get(&path).await?.json()?;
    Ok(page.items)
}

#[tokio::test(flavor = "multi_thread")]
async fn frontier_when_asked_for_then_is_the_commands_and_a_key_takes_a_threshold() -> Result<()> {
    // What learns everything is fitted once for all thresholds, so that the walk ends before the page's patience.
    let mut scene = Scene::start(json!({ "learn_from_anomalies": true })).await?;
    let told = scene.command(&json!({}), &["--frontier", "1"])?;
    ensure!(told["current"]["incidents"].as_u64() > Some(0), "{told}");

    let drawn = scene
        .order(json!({ "do": "work", "what": "frontier" }))
        .await?;
    println!("the frontier took {} ms in the page", drawn["took_ms"]);
    let now = told["current"]["pages_per_week"].as_f64().unwrap_or(0.0);
    let most = (now.max(2.0) + 3.0).to_string();
    let told = scene.command(&json!({}), &["--frontier", &most])?;
    let points = told["points"].as_array().context("points")?;
    // A slow machine may not come to the end, and says so; what is there is the same.
    let is_whole = !drawn["head"]
        .as_str()
        .is_some_and(|head| head.contains("no time"));
    let dots = drawn["dots"].as_u64().unwrap_or_default() as usize;
    ensure!(
        dots == points.len() || (!is_whole && dots < points.len()),
        "{drawn} {}",
        points.len()
    );
    let best: Vec<Value> = points
        .iter()
        .filter(|point| point["best"] == true)
        .map(|point| {
            let outcome = &point["outcome"];
            json!([
                short(point["threshold"].as_f64().unwrap_or(0.0)),
                pages(&outcome["pages_per_week"]),
                found(outcome),
                outcome["false_alarms"].to_string(),
            ])
        })
        .collect();
    let rows = drawn["rows"].as_array().context("rows")?.iter();
    let rows: Vec<Value> = rows
        .map(|row| json!([row[0], row[1], row[2], row[4]]))
        .collect();
    let best = &best[..best
        .len()
        .min(if is_whole { usize::MAX } else { rows.len() })];
    ensure!(rows == best, "the page has {rows:?}, the command {best:?}");

    // With keys to the last of the best, and taken: the page replays what the command replays.
    let walked = scene
        .order(json!({ "do": "keys", "keys": ["Home", "PageUp", "PageUp", "Enter"] }))
        .await?;
    let at = walked["at"][0].as_u64().context("a place")? as usize - 1;
    let threshold = &points[at]["threshold"];
    let patch: Value = serde_json::from_str(walked["patch"].as_str().unwrap_or_default())?;
    ensure!(
        patch["decision"]["threshold"] == *threshold,
        "{patch} and not {threshold}"
    );
    let replayed = scene.command(&patch, &[])?;
    let outcome = &points[at]["outcome"];
    let event = &replayed["report"]["event"];
    ensure!(
        event["found"] == outcome["found"] && event["alarms"] == outcome["anomalies"],
        "{event} {outcome}"
    );
    ensure!(replayed["pages_sent"] == outcome["pages"], "{outcome}");
    scene.shows(&replayed).await?;

    let stopped = scene
        .order(json!({ "do": "stop", "what": "budget" }))
        .await?;
    ensure!(
        stopped["busy"] == false && stopped["trouble"] == "",
        "{stopped}"
    );
    scene
        .look("frontier", json!({ "do": "work", "what": "frontier" }))
        .await?;
    scene.end().await
}

#[tokio::test(flavor = "multi_thread")]
async fn budget_when_a_setting_is_taken_then_the_command_replays_what_it_promised() -> Result<()> {
    let mut scene = Scene::start(json!({})).await?;
    let asked = scene
        .order(json!({ "do": "work", "what": "budget", "pages": 12 }))
        .await?;
    println!(
        "the search took {} ms in the page: {}",
        asked["took_ms"], asked["head"]
    );
    let figure = |name: &str, column: usize| {
        let rows = asked["rows"].as_array().map_or(&[][..], Vec::as_slice);
        let row = rows.iter().find(|row| row[0] == name);
        row.map(|row| row[column].clone()).unwrap_or_default()
    };
    let before = scene.command(&json!({}), &[])?;
    ensure!(
        figure("Pages a week", 1) == pages(&before["pages_per_week"]),
        "{asked}"
    );
    let taken = scene
        .order(json!({ "do": "click", "selector": "#study-take" }))
        .await?;
    let patch: Value = serde_json::from_str(taken["patch"].as_str().unwrap_or_default())?;
    let after = scene.command(&patch, &[])?;
    ensure!(
        figure("Pages a week", 2) == pages(&after["pages_per_week"]),
        "{asked} {after}"
    );
    let event = &after["report"]["event"];
    ensure!(
        figure("Incidents found", 2) == format!("{} of {}", event["found"], event["events"]),
        "{asked} {event}"
    );
    ensure!(
        figure("False alarms", 2)
            .as_str()
            .and_then(|text| text.parse().ok())
            == event["false_alarms"].as_u64(),
        "{asked} {event}"
    );
    let kept = after["pages_per_week"].as_f64() <= Some(12.0) && event["found"] == event["events"];
    ensure!((asked["fits"] == "true") == kept, "{asked} {event}");
    scene.shows(&after).await?;

    // The oldest incident need not be found any more: the others are counted as the command counts without its label.
    scene.order(json!({ "do": "untick", "at": 0 })).await?;
    let let_go = scene
        .order(json!({ "do": "work", "what": "budget", "pages": 12 }))
        .await?;
    let rows = let_go["rows"].as_array().context("rows")?;
    let named = rows.iter().find(|row| row[0] == "Never to be missed");
    let named = named.with_context(|| format!("what must be found, in {let_go}"))?[2].clone();
    let taken = scene
        .order(json!({ "do": "click", "selector": "#study-take" }))
        .await?;
    let patch: Value = serde_json::from_str(taken["patch"].as_str().unwrap_or_default())?;
    let all = std::fs::read(scene.hindcast.dir().join("labels.json"))?;
    let all: Value = serde_json::from_slice(&all)?;
    scene.write("labels.json", &without_the_oldest_incident(&all)?)?;
    let without = scene.command(&patch, &[])?;
    scene.write("labels.json", &all)?;
    let event = &without["report"]["event"];
    ensure!(
        named == format!("{} of {}", event["found"], event["events"])
            && event["events"].as_u64() < after["report"]["event"]["events"].as_u64(),
        "{let_go} {event}"
    );

    // What nobody can do is said plainly.
    let never = scene
        .order(json!({ "do": "work", "what": "budget", "pages": 0 }))
        .await?;
    ensure!(
        never["fits"] == "false"
            && never["head"]
                .as_str()
                .is_some_and(|head| head.contains("No setting finds all")),
        "{never}"
    );
    scene
        .look(
            "budget",
            json!({ "do": "work", "what": "budget", "pages": 12 }),
        )
        .await?;
    scene.end().await
}

#[tokio::test(flavor = "multi_thread")]
async fn profile_when_asked_for_then_says_what_the_command_says_and_a_detector_can_be_tried()
-> Result<()> {
    let mut scene = Scene::start(json!({})).await?;
    let all = scene.command(&json!({}), &["--characteristics"])?;
    let (_, told) = all
        .as_object()
        .and_then(|all| all.iter().next())
        .context("a series")?;
    let asked = scene
        .order(json!({ "do": "work", "what": "profile" }))
        .await?;
    let sentences: Vec<&str> = asked["sentences"]
        .as_array()
        .context("sentences")?
        .iter()
        .filter_map(Value::as_str)
        .collect();
    ensure!(
        sentences.len() == told["said"].as_array().map_or(0, Vec::len),
        "{asked} {told}"
    );
    let season = &told["shape"]["seasons"][0];
    let ms = season["ms"].as_i64().unwrap_or_default();
    ensure!((ms - DAY_MS).abs() < DAY_MS / 100, "{told}");
    let share = format!(
        "It repeats itself every 1 d: {:.0}%",
        season["strength"].as_f64().unwrap_or(0.0) * 100.0
    );
    ensure!(
        sentences.iter().any(|said| said.starts_with(&share)),
        "{sentences:?} {share}"
    );
    let kinds: Vec<&Value> = told["advice"]
        .as_array()
        .context("advice")?
        .iter()
        .map(|advice| &advice["kind"])
        .collect();
    ensure!(asked["tries"] == json!(kinds), "{asked} {kinds:?}");

    // The command suggests what the first button tries, and says why in the same words.
    let suggested = scene.suggested()?;
    let kind = kinds.first().and_then(|kind| kind.as_str());
    let line = format!("kind: {}\n", kind.context("a kind")?);
    let why = "It repeats itself every 1d";
    ensure!(
        suggested.contains(&line) && suggested.contains(why),
        "{suggested}"
    );

    let tried = scene
        .order(json!({ "do": "click", "selector": "[data-try='0']" }))
        .await?;
    let patch: Value = serde_json::from_str(tried["patch"].as_str().unwrap_or_default())?;
    ensure!(patch["detector"]["kind"] == *kinds[0], "{patch}");
    let replayed = scene.command(&patch, &[])?;
    scene.shows(&replayed).await?;
    scene
        .look("profile", json!({ "do": "work", "what": "profile" }))
        .await?;
    scene.end().await
}
