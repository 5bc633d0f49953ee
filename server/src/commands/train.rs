//! `hindcast train`: learns a model here and now, for schedulers of one's own and for a first look.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use hindcast_shared::api::{ModelMetadata, ModelSpec};
use hindcast_shared::error::from_json;
use hindcast_shared::time::{Clock, Edge, TimeRange, UtcOffsets, parse_instant};
use serde_json::{Map, Value, json};

use super::{load_config, open_store, print};
use crate::cli::{ConfigArgs, TrainArgs};
use crate::clock::SystemClock;
use crate::http_client;
use crate::models::gather::gather;
use crate::models::registry::Registry;
use crate::models::{ModelError, Watch, train};
use crate::sources::{SampleStore, configured};
use crate::store::Standing;

/// Who trains, where nobody signs in.
const ACTOR: &str = "command line";

pub(super) async fn run(args: &ConfigArgs, asked: &TrainArgs) -> anyhow::Result<ExitCode> {
    let spec = spec(asked)?;
    if let Some(device) = asked.device {
        device.check().context("--device")?;
    }
    let config = load_config(args)?;
    http_client::install_crypto();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let now_ms = clock.now_ms();
    let to_ms = parse_instant(&asked.to, now_ms, Edge::To, &UtcOffsets::utc())
        .map_err(anyhow::Error::msg)
        .context("--to")?;
    let range = TimeRange {
        from_ms: to_ms - spec.history.ms(),
        to_ms,
    };
    let store = open_store(&config, true).await?;
    let samples: Arc<dyn SampleStore> = Arc::new(store.clone());
    let registry = Registry::of(&config, store.clone());
    let sources = configured(&config.sources, &samples, &registry, clock)?.sources;
    let material = gather(Some(&store), &sources, &spec, range).await?;
    let mut means = config.models.means();
    if let Some(device) = asked.device {
        means.device = device;
    }
    let work = move || train(&spec, &material, now_ms, means, &Watch::nobody());
    let artifact = match tokio::task::spawn_blocking(work).await? {
        Err(error) if is_too_little(&error) => {
            eprintln!("hindcast: {error}");
            return Ok(ExitCode::from(super::TOO_LITTLE));
        }
        other => other?,
    };
    let mut metadata = artifact.metadata.clone();
    if let Some(folder) = &asked.output {
        artifact.write(folder)?;
        print::line(format_args!("wrote {}", folder.display()))?;
    } else {
        let standing = if asked.promote {
            Standing::Live
        } else {
            Standing::Candidate
        };
        let kept = registry.add(artifact, &standing, ACTOR, now_ms);
        metadata.version = kept.await?;
    }
    print::text(told(&metadata, asked))?;
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Whether it is the data that is wanting, and not the program or the words.
fn is_too_little(error: &ModelError) -> bool {
    matches!(
        error,
        ModelError::NoData { .. } | ModelError::TooFewWindows { .. }
    )
}

/// The specification from a file or from the words, with what else was given.
fn spec(asked: &TrainArgs) -> anyhow::Result<ModelSpec> {
    let mut written: Map<String, Value> = match &asked.spec {
        Some(path) => {
            let named = || format!("--spec {}", path.display());
            let text = std::fs::read_to_string(path).with_context(named)?;
            serde_json::from_str(&text).with_context(named)?
        }
        None => Map::new(),
    };
    let words = [
        ("name", &asked.name),
        ("kind", &asked.kind),
        ("source", &asked.source),
        ("query", &asked.query),
    ];
    for (key, word) in words {
        if let Some(word) = word {
            written.insert(key.to_owned(), json!(word));
        }
    }
    for (key, text) in &asked.with {
        // What is no number, list or truth is a word.
        let value = serde_json::from_str(text).unwrap_or_else(|_| json!(text));
        written.insert(key.clone(), value);
    }
    let spec: ModelSpec = from_json(Value::Object(written))?;
    spec.check()?;
    Ok(spec)
}

fn told(metadata: &ModelMetadata, asked: &TrainArgs) -> String {
    let (data, thresholds) = (&metadata.data, &metadata.thresholds);
    let state = match (&asked.output, asked.promote) {
        (Some(_), _) => String::new(),
        (None, true) => format!(" version {}, live", metadata.version),
        (None, false) => format!(
            " version {}, a candidate: promote it to use it",
            metadata.version
        ),
    };
    let mut text = format!(
        "{}{state}\n{} windows learned, {} set the thresholds, {} left out; {} series, {} numbers a window\n\
         p95 {:.4}, p99 {:.4}; {:.1} s\n",
        metadata.spec.name,
        data.training_windows,
        data.validation_windows,
        data.left_out_windows,
        metadata.inputs.series.len(),
        metadata.inputs.width(),
        thresholds.p95,
        thresholds.p99,
        metadata.training_seconds,
    );
    for note in &metadata.notes {
        text.push_str(note);
        text.push('\n');
    }
    text
}
