//! Proposals for a draft in the Lab: asked for in words, applied, declined and taken back; what they say is what a
//! backtest says.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hindcast_tests::day::{day, load, push};
use hindcast_tests::{Browser, Script, Setup, Sink, SinkReply, now_ms};
use serde_json::{Value, json};

/// What the model answers: two changes that can be replayed, and one with a number of its own.
fn proposals() -> String {
    let cards = json!([
        {"title": "Wait a while", "why": "Short highs are over before.", "edits": [{"field": "for", "value": 5}]},
        {"title": "Judge later", "why": "Only what is higher counts.", "edits": [{"field": "decision.threshold", "value": 99.0}]},
        {"title": "Trust me", "why": "It saves 1234 pages.", "edits": [{"field": "for", "value": 7}]},
    ]);
    let content = json!({ "cards": cards }).to_string();
    json!({"message": {"role": "assistant", "content": content}, "done": true}).to_string()
}

struct Page(Browser);

impl Page {
    async fn order(&mut self, order: Value) -> Result<Value> {
        self.0.carry_out(&order, Duration::from_secs(90)).await
    }

    async fn click(&mut self, selector: &str, until: &str) -> Result<()> {
        let order = json!({ "do": "click", "selector": selector, "until": until });
        self.order(order).await.map(drop)
    }

    async fn text(&mut self, selector: &str) -> Result<String> {
        let told = self.order(json!({ "do": "text", "selector": selector }));
        Ok(told.await?["text"].as_str().unwrap_or_default().to_owned())
    }

    /// Pages a week of the draft, once the Lab shows this many.
    async fn paged(&mut self, per_week: f64) -> Result<()> {
        let words = format!("{per_week:.0} a week");
        let order = json!({ "do": "wait", "selector": "[data-stage=page] output", "text": words });
        self.order(order).await.map(drop)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn proposals_when_asked_for_then_are_applied_declined_and_taken_back_with_a_backtests_figures()
-> Result<()> {
    let model = Sink::start(|_| SinkReply::Json(proposals()))?;
    let words = json!({"ollama": {"url": model.url(), "model": "small", "timeout": "20s"}});
    let mut hindcast = Setup::new()?
        .with_push()
        .with("words", words)
        .start()
        .await?;
    let api = hindcast.api()?;
    let now = now_ms();
    let (samples, labels) = day(now);
    push(&api, samples).await?;
    for (start_ms, end_ms, kind) in labels {
        let label = json!({"source": "push", "pattern": "load*", "kind": kind, "start_ms": start_ms, "end_ms": end_ms});
        ensure!(api.post("/api/v1/labels", &label).await?.status == 201);
    }
    let mut patient = load();
    (patient["id"], patient["name"]) = (json!("patient"), json!("Patient"));
    patient["for"] = json!(5);
    for rule in [load(), patient] {
        ensure!(api.post("/api/v1/rules", &rule).await?.status == 201);
    }
    let (from, to) = ((now - 86_400_000).to_string(), now.to_string());
    let replayed = |rule: &str| -> Result<f64> {
        let words = [
            "backtest", "--rule", rule, "--from", &from, "--to", &to, "--format", "json",
        ];
        let done = hindcast.run(&words)?;
        ensure!(done.status.success(), "{done:?}");
        let told: Value = serde_json::from_slice(&done.stdout)?;
        told["pages_per_week"].as_f64().context("pages")
    };
    let (before, after) = (replayed("load")?, replayed("patient")?);
    ensure!(after > 0.0 && after < before, "{before} {after}");

    let shots = std::env::temp_dir().join("hindcast-ask");
    std::fs::create_dir_all(&shots)?;
    println!("the screenshots are in {}", shots.display());
    let arguments = json!({ "url": hindcast.url(), "shots": shots });
    let mut page = Page(Browser::start(Script::Rulebook, &arguments)?);
    let path = format!("/lab?rule=load&from={from}&to={to}");
    let open = json!({ "do": "open", "path": path, "ready": ".fired-count[data-count]" });
    page.order(open).await?;
    page.paged(before).await?;
    page.click("#ask summary", "#ask-wish").await?;
    let wish = json!({ "do": "fill", "selector": "#ask-wish", "value": "Fewer pages, but miss nothing that lasts" });
    page.order(wish).await?;
    let first = ".ask-card[data-origin=model]";
    page.click("#ask-send", first).await?;
    let asked: Value = serde_json::from_str(&model.received().first().context("a question")?.body)?;
    let told = asked.to_string();
    ensure!(
        told.contains("miss nothing that lasts") && told.contains("threshold"),
        "{asked}"
    );
    let card = page.text(first).await?;
    ensure!(
        card.contains("Wait a while") && card.contains(&format!("{after:.0} a week")),
        "{card}, and a backtest says {after}"
    );
    let dropped = page.text(".ask-dropped summary").await?;
    ensure!(dropped == "1 proposal is not shown", "{dropped}");
    for (theme, width) in [("light", 1280), ("dark", 1280), ("light", 390)] {
        let look = json!({ "do": "look", "name": "ask", "theme": theme, "width": width });
        let looked = page.order(look).await?;
        ensure!(
            looked["violations"] == json!([]) && looked["wide"] == 0,
            "{looked}"
        );
    }

    page.click(
        &format!("{first} [data-do=apply]"),
        &format!("{first}[data-fate=applied]"),
    )
    .await?;
    page.paged(after).await?;
    page.click(
        &format!("{first}[data-fate=open] [data-do=decline]"),
        &format!("{first}[data-fate=declined]"),
    )
    .await?;
    page.click("#undo", ".fired-count[data-count]").await?;
    page.paged(before).await?;
    page.0.order(&Value::Null).await?;
    let end = page.0.hear("end", Duration::from_secs(30)).await?;
    ensure!(
        end["reports"] == json!([]) && end["complaints"] == json!([]),
        "{end}"
    );
    page.0.close().await?;
    hindcast.stop().await
}
