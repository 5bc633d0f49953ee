//! `hindcast detect --once --from --to`: what the rules, or a model, find in a range of the past.
//!
//! It is a replay: nothing is stored and nobody is told, so a scheduler may call it as often as it likes.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use hindcast_shared::api::WouldHaveFired;
use hindcast_shared::replay::{anomalies_csv, needs_from_ms, replay};
use hindcast_shared::rule::Rule;
use hindcast_shared::time::{Clock, TimeRange};
use serde_json::json;

use super::backtest::{Asked, Gathered, gather};
use super::{export, load_config, open_store, print};
use crate::cli::{ConfigArgs, LookArgs, RangeArgs};
use crate::clock::SystemClock;
use crate::detection::history;
use crate::models::registry::Registry;
use crate::sources::model::{ModelSource, query_of};
use crate::sources::{SampleStore, Sources, configured};
use crate::{defaults, http_client, schedule};

pub(super) async fn run(args: &ConfigArgs, look: &LookArgs) -> anyhow::Result<ExitCode> {
    let range = RangeArgs {
        from: look.from.clone().unwrap_or_default(),
        to: look.to.clone(),
    };
    if let Some(path) = &look.output {
        // Before the work, so that nothing is computed in vain.
        writable(path)?;
    }
    let (found, samples) = match &look.model {
        Some(model) => by_model(args, model, look.threshold, &range).await?,
        None => by_rules(args, &range).await?,
    };
    if samples == 0 {
        eprintln!(
            "hindcast: there are no samples in the range: populate the source, or take another range"
        );
        return Ok(ExitCode::from(super::TOO_LITTLE));
    }
    let as_json = look
        .output
        .as_ref()
        .is_some_and(|path| path.extension().is_some_and(|it| it == "json"));
    let text = if as_json {
        serde_json::to_string_pretty(&found)? + "\n"
    } else {
        anomalies_csv(&found, export::instant)
    };
    match &look.output {
        Some(path) => {
            let named = || path.display().to_string();
            replace(path, &text).with_context(named)?;
            print::line(format_args!("{} anomalies in {}", found.len(), named()))?;
        }
        None => print::text(text)?,
    }
    Ok(if look.fail_on_anomalies && !found.is_empty() {
        ExitCode::from(super::FOUND)
    } else {
        ExitCode::SUCCESS
    })
}

/// Every enabled rule that is stored, configured or shipped.
async fn by_rules(
    args: &ConfigArgs,
    range: &RangeArgs,
) -> anyhow::Result<(Vec<WouldHaveFired>, u64)> {
    let config = load_config(args)?;
    let mut rules: Vec<Rule> = config.rules.iter().map(|one| one.rule.clone()).collect();
    if config.default_sources {
        rules.extend(defaults::rules());
    }
    if config.store.path.exists() {
        let store = open_store(&config, false).await?;
        for stored in store.rules().list().await? {
            rules.retain(|rule| rule.id != stored.rule.id);
            rules.push(stored.rule);
        }
        store.close().await;
    }
    let (mut found, mut samples) = (Vec::new(), 0);
    for rule in rules.into_iter().filter(|rule| rule.enabled) {
        let named = format!("rule {}", rule.id);
        let asked = Asked::Given(Box::new(rule));
        let gathered = gather(args, asked, range).await.context(named)?;
        let (mut fired, seen) = tokio::task::spawn_blocking(move || told(&gathered)).await?;
        found.append(&mut fired);
        samples += seen;
    }
    found.sort_by(|a, b| {
        let key = |one: &WouldHaveFired| (one.anomaly.start_ms, one.anomaly.id.to_string());
        key(a).cmp(&key(b))
    });
    Ok((found, samples))
}

fn told(gathered: &Gathered) -> (Vec<WouldHaveFired>, u64) {
    let people = gathered.meanwhile.people();
    let replay = replay(
        &gathered.rule,
        gathered.version,
        &gathered.data,
        gathered.range,
        &gathered.ticks,
        people,
    );
    (replay.summary.fired, replay.summary.samples)
}

/// The scores of a model, over its threshold for one sample; anomalies are what the pipeline makes of them.
async fn by_model(
    args: &ConfigArgs,
    model: &str,
    threshold: f64,
    range: &RangeArgs,
) -> anyhow::Result<(Vec<WouldHaveFired>, u64)> {
    ensure!(threshold > 0.0, "--threshold must be over 0");
    let config = load_config(args)?;
    http_client::install_crypto();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let range = super::backtest::range(range, clock.now_ms())?;
    let store = open_store(&config, true).await?;
    let samples: Arc<dyn SampleStore> = Arc::new(store.clone());
    let registry = Registry::of(&config, store.clone());
    let ready = registry.live(model).await?;
    let spec = &ready.metadata.spec;
    let rule = Rule::from_json(json!({
        "name": spec.name,
        "source": "models",
        "query": query_of(model),
        "step": spec.step,
        "window": "1d",
        "for": 1,
        "detector": { "kind": "threshold" },
        "decision": { "threshold": threshold, "direction": "above" },
    }))?;
    let sources = configured(&config.sources, &samples, &registry, clock.clone())?.sources;
    let source = Arc::new(ModelSource::new(registry, sources));
    let sources = Sources::new(
        [("models".into(), source as Arc<dyn crate::sources::Source>)],
        clock,
    );
    let needed = TimeRange {
        from_ms: needs_from_ms(&rule, range.from_ms),
        ..range
    };
    let data = history::load(None, &sources, &rule, needed)
        .await
        .with_context(|| format!("source {}", spec.source))?;
    let ticks = schedule::ticks(&rule, needed)?;
    store.close().await;
    let gathered = Gathered {
        rule,
        version: 1,
        range,
        data,
        ticks,
        meanwhile: crate::detection::Meanwhile::default(),
        labels: None,
    };
    Ok(tokio::task::spawn_blocking(move || told(&gathered)).await?)
}

/// Fails where a file cannot be made, and changes nothing.
fn writable(path: &Path) -> anyhow::Result<()> {
    let folder = folder(path);
    let probe = tempfile_in(folder);
    std::fs::write(&probe, b"").with_context(|| format!("--output {}", path.display()))?;
    std::fs::remove_file(&probe)?;
    Ok(())
}

/// Writes a file beside its place and renames it into it: readers see the old one or the new one.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let beside = tempfile_in(folder(path));
    let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        std::fs::remove_file(&beside).ok();
    }
    written
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn tempfile_in(folder: &Path) -> std::path::PathBuf {
    folder.join(format!(".hindcast.{}.new", std::process::id()))
}
