//! Figures of accuracy over time: a committed list, the newest entry last, and the rule that none gets worse.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::{Map, Value, json};

use crate::figures::Figure;

/// Figures with this in their names guard the default detector; the others are kept for the record.
const GUARDED: &str = "_vus_pr_";

/// How much a guarded figure may fall: what a different order of sums or a different seed can do.
const SLACK: f64 = 0.005;

/// Compares with the newest entry.
///
/// # Errors
/// Names every guarded figure that got worse, or is not measured any more.
pub(crate) fn guard(path: &Path, measured: &[Figure]) -> Result<()> {
    let entries = read(path)?;
    let Some(before) = entries
        .last()
        .and_then(|entry| entry["figures"].as_object())
    else {
        return Ok(());
    };
    let worse: Vec<String> = before
        .iter()
        .filter(|(name, _)| name.contains(GUARDED))
        .filter_map(|(name, before)| {
            let before = before.as_f64()?;
            match measured.iter().find(|figure| figure.name == *name) {
                None => Some(format!("{name} is not measured any more")),
                Some(now) if now.value < before - SLACK => {
                    Some(format!("{name} fell from {before} to {}", now.value))
                }
                Some(_) => None,
            }
        })
        .collect();
    if worse.is_empty() {
        return Ok(());
    }
    bail!(
        "{}; if that was meant, HINDCAST_BLESS=1 writes it down",
        worse.join("; ")
    );
}

/// Adds an entry.
pub(crate) fn append(path: &Path, date: &str, commit: &str, measured: &[Figure]) -> Result<()> {
    let mut entries = read(path)?;
    let figures: Map<String, Value> = measured
        .iter()
        .map(|figure| (figure.name.clone(), json!(figure.value)))
        .collect();
    entries.push(json!({ "date": date, "commit": commit, "figures": figures }));
    let mut text = serde_json::to_string_pretty(&entries)?;
    text.push('\n');
    fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
}

fn read(path: &Path) -> Result<Vec<Value>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = fs::read_to_string(path)?;
    serde_json::from_str(&text).with_context(|| format!("{} is no list", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(name: &str, value: f64) -> Figure {
        Figure {
            name: name.to_owned(),
            value,
        }
    }

    #[test]
    fn guard_when_a_figure_falls_by_more_than_the_slack_then_names_it() -> Result<()> {
        let path = std::env::temp_dir().join(format!("history-{}.json", std::process::id()));
        let first = [figure("a_vus_pr_mean", 0.5), figure("nab", 70.0)];
        guard(&path, &first)?;
        append(&path, "2026-01-01", "abc", &first)?;
        let outcome = (|| {
            guard(&path, &[figure("a_vus_pr_mean", 0.496), figure("nab", 1.0)])?;
            let fallen = guard(&path, &[figure("a_vus_pr_mean", 0.494)]).err();
            let gone = guard(&path, &[]).err();
            Ok::<_, anyhow::Error>((fallen, gone))
        })();
        fs::remove_file(&path)?;
        let (fallen, gone) = outcome?;
        let text = |error: Option<anyhow::Error>| error.map(|error| error.to_string());
        assert!(text(fallen).is_some_and(|text| text.contains("from 0.5 to 0.494")));
        assert!(text(gone).is_some_and(|text| text.contains("not measured")));
        Ok(())
    }
}
