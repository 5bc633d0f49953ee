//! Rules, mutes and the journal in a browser, held against what the API says.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hindcast_shared::api::{
    JournalChain, JournalEntry, ListPage, MuteRecord, ReplaySummary, RuleRecord,
};
use hindcast_tests::{Api, Browser, Hindcast, Script, Setup, Tour};
use serde_json::{Value, json};

struct Scene {
    hindcast: Hindcast,
    api: Api,
    browser: Browser,
}

impl Scene {
    async fn start() -> Result<Self> {
        let tour = Tour::start(Setup::new()?).await?;
        let hindcast = tour.hindcast;
        let shots = std::env::temp_dir().join("hindcast-rulebook");
        std::fs::create_dir_all(&shots)?;
        println!("the screenshots are in {}", shots.display());
        let arguments = json!({ "url": hindcast.url(), "shots": shots });
        Ok(Self {
            api: hindcast.api()?,
            browser: Browser::start(Script::Rulebook, &arguments)?,
            hindcast,
        })
    }

    async fn order(&mut self, order: Value) -> Result<Value> {
        self.browser
            .carry_out(&order, Duration::from_secs(45))
            .await
    }

    async fn tell(&mut self, order: Value) -> Result<()> {
        self.order(order).await.map(drop)
    }

    async fn open(&mut self, path: &str, ready: &str) -> Result<()> {
        let order = json!({ "do": "open", "path": path, "ready": ready });
        self.tell(order).await
    }

    async fn fill(&mut self, selector: &str, value: &str) -> Result<()> {
        let order = json!({ "do": "fill", "selector": selector, "value": value });
        self.tell(order).await
    }

    async fn click(&mut self, selector: &str, until: &str) -> Result<()> {
        let order = json!({ "do": "click", "selector": selector, "until": until });
        self.tell(order).await
    }

    async fn rule(&self, id: &str) -> Result<RuleRecord> {
        self.api.get(&format!("/api/v1/rules/{id}")).await?.json()
    }

    /// As somebody sees it in both themes and on a phone: accessible, and no wider than the window.
    async fn look(&mut self, name: &str) -> Result<()> {
        for (theme, width) in [("light", 1280), ("dark", 1280), ("light", 390)] {
            let seen = self
                .order(json!({ "do": "look", "name": name, "theme": theme, "width": width }))
                .await?;
            ensure!(
                seen["violations"] == json!([]) && seen["wide"].as_i64() <= Some(0),
                "{name} {theme} {width}: {seen}"
            );
        }
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

/// Numbers of the list by rule: open, anomalies of the week, pages of the week.
async fn numbers(api: &Api) -> Result<Vec<(String, Value)>> {
    let rules: ListPage<RuleRecord> = api.get("/api/v1/rules").await?.json()?;
    let stats: Value = api.get("/api/v1/anomalies/stats?hours=168").await?.json()?;
    let numbers = rules.items.into_iter().map(|rule| {
        let id = rule.rule.id.unwrap_or_default();
        let anomalies = stats["by_rule"][&id].as_u64().unwrap_or(0);
        let told = json!({ "open": rule.open_anomalies, "anomalies": anomalies, "pages": rule.pages_last_week });
        (id, told)
    });
    Ok(numbers.collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_when_listed_then_say_what_the_api_counts_and_are_found_sorted_and_walked()
-> Result<()> {
    let mut scene = Scene::start().await?;
    let (mut wanted, mut told) = (Vec::new(), Value::Null);
    // The demo goes on: what the page has read counts only where nothing has changed meanwhile.
    for _ in 0..10 {
        wanted = numbers(&scene.api).await?;
        scene.open("/rules", ".rules tbody tr").await?;
        told = scene.order(json!({ "do": "rows" })).await?;
        if wanted == numbers(&scene.api).await? {
            break;
        }
    }
    let rows = told["rows"].as_array().context("rows")?.clone();
    ensure!(rows.len() == wanted.len(), "{told}");
    ensure!(
        wanted.iter().any(|(_, numbers)| numbers["anomalies"] != 0),
        "the demo has found nothing"
    );
    for (id, numbers) in &wanted {
        let row = rows.iter().find(|row| row["rule"] == **id).context("row")?;
        for key in ["open", "anomalies", "pages"] {
            ensure!(
                row[key] == numbers[key],
                "{row}, but the API says {numbers}"
            );
        }
    }
    scene.look("rules").await?;
    scene
        .click("[data-sort=anomalies]", "th[aria-sort=descending]")
        .await?;
    let told = scene.order(json!({ "do": "rows" })).await?;
    let sorted: Vec<u64> = told["rows"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|row| row["anomalies"].as_u64())
        .collect();
    ensure!(sorted.is_sorted_by(|a, b| a >= b), "{told}");
    scene.fill("input[type=search]", "host cpu").await?;
    let told = scene.order(json!({ "do": "rows" })).await?;
    ensure!(told["rows"][0]["rule"] == "host-cpu", "{told}");
    ensure!(told["rows"].as_array().map(Vec::len) == Some(1), "{told}");
    let query = told["query"].as_str().unwrap_or_default();
    ensure!(
        query.contains("q=host%20cpu") && query.contains("sort=anomalies"),
        "{query}"
    );
    let walked = scene.order(json!({ "do": "press", "keys": ["j"] })).await?;
    ensure!(walked["focus"] == "host-cpu", "{walked}");
    scene
        .click(".rules .rule-name:focus", "[data-week=saved] .funnel")
        .await?;
    // What the last week was, as a replay of the API says it; the demo goes on, so that it may be asked again.
    let busiest = wanted
        .iter()
        .max_by_key(|(_, numbers)| numbers["anomalies"].as_u64());
    let (id, _) = busiest.context("no rule")?;
    let asked = json!({ "from": "now-7d", "to": "now" });
    let (mut said, mut counted) = (Value::Null, Value::Null);
    for _ in 0..10 {
        let path = format!("/api/v1/rules/{id}/replay");
        let week: ReplaySummary = scene.api.post(&path, &asked).await?.json()?;
        counted = json!([week.fired.len().to_string(), week.pages_sent.to_string()]);
        scene
            .open(&format!("/rules/{id}"), "[data-week=saved] .funnel")
            .await?;
        let told = scene.order(json!({ "do": "week" })).await?;
        said = json!([told["anomalies"], told["pages"]]);
        if said == counted {
            break;
        }
    }
    ensure!(
        said == counted && said[0] != "0",
        "the page says {said}, the API {counted}"
    );
    scene.look("rule").await?;
    scene.end().await
}

#[expect(clippy::too_many_lines, reason = "one walk in front of one browser")]
#[tokio::test(flavor = "multi_thread")]
async fn rule_when_written_by_form_and_yaml_then_is_what_the_api_has_and_goes_back() -> Result<()> {
    let mut scene = Scene::start().await?;
    scene.open("/rules/new", "#rule-name").await?;
    scene.fill("#rule-name", "Slow checkout").await?;
    scene
        .order(json!({ "do": "choose", "selector": "#rule-source", "value": "demo" }))
        .await?;
    scene
        .fill("#rule-query", "demo_checkout_latency_ms")
        .await?;
    scene
        .order(json!({ "do": "choose", "selector": "#rule-detector", "value": "mad" }))
        .await?;
    scene.fill("#rule-detector-window_samples", "3").await?;
    let wrong = scene.order(json!({ "do": "checked" })).await?;
    ensure!(
        wrong["field"] == "detector.window_samples" && wrong["enabled"] == false,
        "{wrong}"
    );
    scene.look("rule-wrong").await?;
    scene.fill("#rule-detector-window_samples", "60").await?;
    scene.fill("#rule-decision-threshold", "6.5").await?;
    scene.fill("#rule-for", "3 of 5").await?;
    scene.fill("#rule-labels", "team=shop").await?;
    let saved = scene.order(json!({ "do": "save" })).await?;
    ensure!(saved["place"] == "/rules/slow-checkout", "{saved}");
    let rule = scene.rule("slow-checkout").await?.rule;
    let said = serde_json::to_value(&rule)?;
    for (path, value) in [
        ("/source", json!("demo")),
        ("/query", json!("demo_checkout_latency_ms")),
        ("/detector/kind", json!("mad")),
        ("/detector/window_samples", json!(60)),
        ("/decision/threshold", json!(6.5)),
        ("/for", json!({ "count": 3, "of": 5 })),
        ("/labels", json!({ "team": "shop" })),
    ] {
        ensure!(said.pointer(path) == Some(&value), "{path}: {said}");
    }

    // The same as YAML, kept over a reload, refused at its line, and saved.
    scene
        .open("/rules/slow-checkout?view=yaml", "#rule-yaml")
        .await?;
    let now = scene.order(json!({ "do": "checked" })).await?;
    let text = now["yaml"].as_str().context("a text")?.to_owned();
    ensure!(text.contains("threshold: 6.5\n"), "{text}");
    let broken = text.replace("threshold: 6.5", "treshold: 6.5");
    scene.fill("#rule-yaml", &broken).await?;
    let wrong = scene.order(json!({ "do": "checked" })).await?;
    let mut lines = text.lines();
    let line = lines.position(|line| line.contains("threshold: 6.5"));
    let line = line.context("a line")? + 1;
    ensure!(wrong["line"] == format!("▲ {line}"), "{wrong}");
    scene.look("rule-yaml-wrong").await?;
    let changed = text.replace("threshold: 6.5", "threshold: 7.5");
    scene.fill("#rule-yaml", &changed).await?;
    let fine = scene.order(json!({ "do": "checked" })).await?;
    ensure!(fine["errors"] == json!([]), "{fine}");
    let kept = scene
        .order(json!({ "do": "reload", "ready": "#rule-yaml" }))
        .await?;
    ensure!(kept["notice"] == 1 && kept["yaml"] == changed, "{kept}");
    let lab = scene.order(json!({ "do": "lab" })).await?;
    let href = lab["href"].as_str().unwrap_or_default();
    ensure!(
        href.starts_with("lab?rule=slow-checkout&patch=") && href.contains("7.5"),
        "{lab}"
    );

    // Somebody else saves first.
    let mut other = serde_json::to_value(&rule)?;
    other["unit"] = json!("ms");
    scene.api.put("/api/v1/rules/slow-checkout", &other).await?;
    let saved = scene.order(json!({ "do": "save" })).await?;
    ensure!(saved["conflict"] == true, "{saved}");
    scene.look("rule-conflict").await?;
    scene.click("#take-both", "#save:enabled").await?;
    let saved = scene.order(json!({ "do": "save" })).await?;
    ensure!(saved["conflict"] == false, "{saved}");
    let both = scene.rule("slow-checkout").await?;
    ensure!(
        both.rule.unit == "ms" && both.rule.decision.threshold == Some(7.5) && both.version == 3,
        "{both:?}"
    );

    // Line by line, and back to the first.
    scene
        .open(
            "/rules/slow-checkout?view=versions&from=1&to=3",
            ".diff-line",
        )
        .await?;
    let told = scene.order(json!({ "do": "difference" })).await?;
    ensure!(
        told["versions"] == json!([3, 2, 1])
            && told["lines"] == json!(["+unit: ms", "−  threshold: 6.5", "+  threshold: 7.5"]),
        "{told}"
    );
    ensure!(told["what"] == "Threshold: 6.5 → 7.5", "{told}");
    scene.look("rule-versions").await?;
    let newest = "tr[data-version='4']";
    scene.click("[data-revert='1']", newest).await?;
    let back = scene.rule("slow-checkout").await?;
    ensure!(back.version == 4 && back.rule == rule, "{back:?}");
    // Away, and back again.
    scene.open("/rules", "[data-rule=slow-checkout]").await?;
    scene
        .click("[data-rule=slow-checkout] [data-do=delete]", "#undo")
        .await?;
    scene
        .order(json!({ "do": "count", "selector": "[data-rule=slow-checkout]", "wanted": 0 }))
        .await?;
    let gone = scene.api.get("/api/v1/rules/slow-checkout").await?;
    ensure!(gone.status == 404, "{gone:?}");
    scene.click("#undo", "[data-rule=slow-checkout]").await?;
    ensure!(scene.rule("slow-checkout").await?.rule == rule);
    scene
        .click(
            "[data-rule=slow-checkout] [role=switch]",
            "[data-rule=slow-checkout][data-state=off]",
        )
        .await?;
    ensure!(!scene.rule("slow-checkout").await?.rule.enabled);
    scene.end().await
}

#[tokio::test(flavor = "multi_thread")]
async fn mutes_when_made_and_ended_then_the_api_and_the_journal_have_them() -> Result<()> {
    let mut scene = Scene::start().await?;
    scene.open("/mutes", "#new-mute").await?;
    scene.click("#new-mute", "#mute-rule").await?;
    scene.fill("#mute-rule", "demo-*").await?;
    scene.fill("#mute-comment", "moving the shop").await?;
    let rules: ListPage<RuleRecord> = scene.api.get("/api/v1/rules").await?.json()?;
    let of_demo = |rule: &&RuleRecord| {
        let id = rule.rule.id.as_deref().unwrap_or_default();
        id.starts_with("demo-")
    };
    let fits = rules.items.iter().filter(of_demo).count();
    let reach = scene
        .order(json!({ "do": "text", "selector": "#mute-reach" }))
        .await?;
    let (said, shown) = (format!("{fits} rules fit"), reach["text"].as_str());
    ensure!(shown.unwrap_or_default().starts_with(&said), "{reach}");
    scene.look("mute-form").await?;
    let active = "[data-phase=active] .mute";
    scene.click("#save-mute", active).await?;
    let mutes: ListPage<MuteRecord> = scene.api.get("/api/v1/mutes").await?.json()?;
    let mute = mutes.items.first().context("no mute")?;
    ensure!(
        mute.rule == "demo-*" && mute.comment == "moving the shop" && mute.version == 1,
        "{mute:?}"
    );
    scene.click("[data-do=edit]", "#mute-comment").await?;
    scene.fill("#mute-comment", "still moving the shop").await?;
    let changed = "[data-phase=active] .mute-comment:text('still moving')";
    scene.click("#save-mute", changed).await?;
    let told = scene
        .order(json!({ "do": "text", "selector": "[data-phase=active] .mute-comment" }))
        .await?;
    ensure!(told["text"] == "still moving the shop", "{told}");
    let ended = "[data-phase=ended] .mute";
    scene.click("[data-do=end]", ended).await?;
    scene.look("mutes").await?;
    let mutes: ListPage<MuteRecord> = scene.api.get("/api/v1/mutes?from=now-1h").await?.json()?;
    ensure!(
        mutes.items.iter().all(|mute| mute.ended_at_ms.is_some()),
        "{mutes:?}"
    );
    let all = ".journal tbody tr";
    scene.open("/journal?kind=mutes", all).await?;
    let told = scene.order(json!({ "do": "journal" })).await?;
    ensure!(
        told["kinds"] == json!(["mute_ended", "mute_saved", "mute_saved"]),
        "{told}"
    );
    scene.look("journal-mutes").await?;
    let path = "/api/v1/journal?from=now-7d&order=newest&kind=mute_saved&kind=mute_ended";
    let entries: ListPage<JournalEntry> = scene.api.get(path).await?.json()?;
    let seqs: Vec<i64> = entries.items.iter().map(|entry| entry.seq).collect();
    ensure!(
        told["seqs"] == json!(seqs),
        "{told}, but the API has {seqs:?}"
    );
    let exported = scene.order(json!({ "do": "export" })).await?;
    ensure!(
        exported["name"] == "journal.jsonl" && exported["seqs"] == json!(seqs),
        "{exported}"
    );
    // Everything, page by page, and tied together.
    scene.open("/journal?from=now-30d&to=now", "#older").await?;
    scene.look("journal").await?;
    let all = scene.order(json!({ "do": "older", "more": 100 })).await?;
    let seqs: Vec<i64> = all["seqs"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_i64)
        .collect();
    ensure!(
        seqs.windows(2).all(|pair| pair[1] == pair[0] - 1),
        "an entry is missing or there twice: {seqs:?}"
    );
    let chain = scene.order(json!({ "do": "chain" })).await?;
    let head: JournalChain = scene.api.get("/api/v1/journal/chain").await?.json()?;
    let counted = chain["entries"].as_str().unwrap_or_default();
    let counted: i64 = counted.parse().context("a number")?;
    ensure!(
        chain["holds"] == "true" && head.holds && (0..50).contains(&(head.entries - counted)),
        "{chain}, but the API has {head:?}"
    );
    scene.end().await
}
