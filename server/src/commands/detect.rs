//! `hindcast detect`: the rules without the server, by their schedules or once.
//!
//! Not beside a running server: both would fold the same rules, and one would find its work done.

use std::process::ExitCode;
use std::sync::Arc;

use hindcast_shared::time::Clock;

use super::{load_config, open_store, print};
use crate::cli::ConfigArgs;
use crate::clock::SystemClock;
use crate::detection::{Detection, Instruments};
use crate::lifecycle::Lifecycle;
use crate::metrics::Metrics;
use crate::models::registry::Registry;
use crate::schedule::Timetable;
use crate::sources::{SampleStore, configured};
use crate::store::Store;
use crate::{http_client, reload, telemetry};

pub(super) async fn run(args: &ConfigArgs, once: bool) -> anyhow::Result<ExitCode> {
    let config = load_config(args)?;
    telemetry::init(&config.log)?;
    http_client::install_crypto();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let store = open_store(&config, true).await?;
    reload::provision(&store, &config, clock.now_ms()).await?;
    let samples: Arc<dyn SampleStore> = Arc::new(store.clone());
    let models = Registry::of(&config, store.clone());
    let made = configured(&config.sources, &samples, &models, clock.clone())?;
    let detection = Detection::open(
        store.clone(),
        Arc::new(made.sources),
        clock.clone(),
        None,
        Instruments::of(&Metrics::default()),
    )
    .await?;
    let code = if once {
        run_once(&store, &detection, &*clock).await?
    } else {
        let lifecycle = Lifecycle::default();
        lifecycle.listen_to_signals()?;
        for host in made.hosts {
            lifecycle.spawn("host samples", host.run(clock.clone(), lifecycle.soft()));
        }
        lifecycle.spawn("rules", Arc::new(detection).follow(lifecycle.soft()));
        lifecycle.drained().await;
        ExitCode::SUCCESS
    };
    store.close().await;
    Ok(code)
}

/// Runs every enabled rule at its last nominal time; fails if any of them does.
async fn run_once(
    store: &Store,
    detection: &Detection,
    clock: &dyn Clock,
) -> anyhow::Result<ExitCode> {
    let mut failed = 0;
    for stored in store.rules().list().await? {
        let rule = stored.rule;
        if !rule.enabled {
            continue;
        }
        let Some(nominal_ms) = Timetable::new(&rule.schedule)?.last_until(clock.now_ms()) else {
            continue;
        };
        match Box::pin(detection.tick(&rule.id, nominal_ms)).await {
            Ok(report) => print::line(format_args!(
                "ok    {}: {} samples in {} series, {} transitions",
                rule.id, report.samples, report.series, report.transitions
            ))?,
            Err(error) => {
                failed += 1;
                print::line(format_args!("BAD   {}: {error}", rule.id))?;
            }
        }
    }
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
