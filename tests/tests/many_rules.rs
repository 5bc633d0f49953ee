//! Three hundred rules: the list has a row for each that the API has, finds and sorts them, and leaves a row alone while
//! only its figures change.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hindcast_shared::api::{ListPage, RuleRecord};
use hindcast_tests::{Browser, Script, Setup};
use serde_json::{Value, json};

const RULES: usize = 300;

fn rule(number: usize) -> Value {
    let kind = ["threshold", "zscore", "mad"][number % 3];
    json!({
        "name": format!("Service {number:03} of {}", ["checkout", "search", "mail"][number / 100]),
        "source": "push", "query": format!("load{{service=\"{number}\"}}"), "step": "1m", "window": "1d",
        "enabled": !number.is_multiple_of(10), "detector": { "kind": kind },
        "decision": { "threshold": 5.0, "direction": "above" }, "for": 1, "no_data": "off"
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_when_there_are_three_hundred_then_all_are_listed_found_and_kept() -> Result<()> {
    let rules: Vec<Value> = (0..RULES).map(rule).collect();
    let setup = Setup::new()?.with_push().with("rules", json!(rules));
    let mut hindcast = setup.start().await?;
    let api = hindcast.api()?;
    let stored: ListPage<RuleRecord> = api.get("/api/v1/rules").await?.json()?;
    ensure!(stored.items.len() == RULES, "{}", stored.items.len());
    let mut browser = Browser::start(Script::ManyRules, &json!({ "url": hindcast.url() }))?;
    let seen = browser.hear("seen", Duration::from_mins(2)).await?;
    let count =
        |fits: &dyn Fn(&RuleRecord) -> bool| stored.items.iter().filter(|rule| fits(rule)).count();
    ensure!(seen["rows"] == RULES, "{seen}");
    let mut names: Vec<&str> = stored
        .items
        .iter()
        .map(|rule| rule.rule.name.as_str())
        .collect();
    names.sort_unstable();
    ensure!(
        seen["up"] == names[0] && seen["down"] == *names.last().context("names")?,
        "{seen}"
    );
    let found = |word: &str| count(&|rule| rule.rule.name.to_lowercase().contains(word));
    ensure!(
        seen["mail"] == found("mail") && seen["twelve"] == found("012"),
        "{seen}"
    );
    let off = count(&|rule| !rule.rule.enabled);
    ensure!(
        seen["off"] == off && seen["off_said"] == *off.to_string(),
        "{seen}"
    );
    ensure!(
        seen["line"]
            .as_str()
            .is_some_and(|line| line.contains(&format!("{off} of {RULES}"))),
        "{seen}"
    );
    // The list was fetched again meanwhile, and the row that had the focus is the same one.
    ensure!(
        seen["again"].as_u64() > Some(0) && seen["kept"] == true && seen["focus"] == true,
        "{seen}"
    );
    ensure!(seen["complaints"] == json!([]), "{seen}");
    println!("measured rules_list_300_ms {}", seen["list_ms"]);
    println!("measured rules_filter_300_ms {}", seen["filter_ms"]);
    browser.close().await?;
    hindcast.stop().await
}
