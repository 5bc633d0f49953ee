//! `hindcast config suggest --query`: the rule that fits the series of a query, with the reasons as comments.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context as _, ensure};
use hindcast_shared::profile::Advice;
use hindcast_shared::rule::Rule;
use hindcast_shared::rule::export::rule_yaml;
use serde_json::{Value, json};

use super::backtest::{Asked, gather};
use super::study::profiled;
use crate::cli::{ConfigArgs, SuggestArgs};
use crate::study::{OfSeries, written};

/// A part of a configuration file, for the series of a query.
pub(super) async fn suggest(
    args: &ConfigArgs,
    asked: &SuggestArgs,
    source: &str,
    query: &str,
) -> anyhow::Result<String> {
    let draft = json!({
        "name": name_of(query), "source": source, "query": query, "step": asked.step,
        "detector": { "kind": "auto" },
    });
    let rule = Rule::from_json(draft.clone())
        .map_err(|error| anyhow::anyhow!("--{}: {}", error.field, error.message))?;
    let gathered = gather(args, Asked::Given(Box::new(rule)), &asked.range).await?;
    let all = tokio::task::spawn_blocking(move || profiled(&gathered)).await?;
    ensure!(!all.is_empty(), "the query finds no series in this range");
    told(draft, &all)
}

/// The rule with the detector that fits most of the series best.
fn told(mut draft: Value, all: &BTreeMap<String, OfSeries>) -> anyhow::Result<String> {
    let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
    for of in all.values() {
        if let Some(best) = of.advice.first() {
            *votes.entry(best.kind.as_str()).or_default() += 1;
        }
    }
    let most = votes.values().max().copied();
    let most = most.context("there is nothing to judge in this range: no value, or too few")?;
    // The first series that speaks for it is the example.
    let (name, of) = all
        .iter()
        .find(|(_, of)| {
            let best = of.advice.first();
            best.is_some_and(|best| votes.get(best.kind.as_str()) == Some(&most))
        })
        .context("a series")?;
    let best = of.advice.first().context("advice")?;
    apply(best, &mut draft);
    Rule::from_json(draft.clone())
        .map_err(|error| anyhow::anyhow!("{}: {}", error.field, error.message))?;
    let mut text = "rules:\n".to_owned();
    let mut note = |line: &str| writeln!(text, "  # {}", line.replace('\n', " "));
    note(name)?;
    for said in &of.said {
        note(&format!("  {said}"))?;
    }
    note(&format!(
        "{}: {}",
        best.kind.about().title,
        best.why.told(written)
    ))?;
    if all.len() > 1 {
        note(&format!("It fits {most} of {} series best.", all.len()))?;
    }
    for other in of.advice.iter().skip(1) {
        let params = Value::Object(other.params.clone());
        note(&format!(
            "Also worth trying: {} {params}: {}",
            other.kind.as_str(),
            other.why.told(written)
        ))?;
    }
    for (at, line) in rule_yaml(&draft).lines().enumerate() {
        writeln!(text, "  {} {line}", if at == 0 { "-" } else { " " })?;
    }
    Ok(text)
}

/// What *Try it* in the Lab does to a draft.
fn apply(advice: &Advice, draft: &mut Value) {
    let mut detector = advice.params.clone();
    detector.insert("kind".to_owned(), json!(advice.kind.as_str()));
    draft["detector"] = Value::Object(detector);
    draft["for"] = json!(advice.samples.unwrap_or(3));
}

/// A name for people; the query itself where it is short enough.
fn name_of(query: &str) -> String {
    query.chars().take(60).collect::<String>().trim().to_owned()
}
