//! What a running server takes over from a changed configuration: rules, log level and keys; all of it or nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::Context as _;
use hindcast_shared::rule::Rule;

use crate::config::{Config, Inputs, load};
use crate::state::App;
use crate::store::Store;
use crate::{defaults, telemetry};

/// Waits for SIGHUP and reloads, until the end.
pub(crate) async fn run(app: Arc<App>, inputs: Inputs) {
    let soft = app.lifecycle.soft();
    loop {
        tokio::select! {
            () = soft.cancelled() => return,
            () = app.lifecycle.reload_requested() => {}
        }
        match reload(&app, &inputs).await {
            Ok(()) => tracing::info!("the configuration was read again"),
            Err(error) => tracing::error!(
                error = format!("{error:#}"),
                "the configuration was not taken over; everything stays as it was"
            ),
        }
    }
}

/// Reads everything first and changes something only when all of it is valid.
async fn reload(app: &App, inputs: &Inputs) -> anyhow::Result<()> {
    let mut config = load(inputs)?;
    if app.clock.speed() > 1 {
        config.keep_fast_sources();
    }
    let restart = needs_restart(&app.config, &config);
    let keys = app.auth.read_keys().await.context("auth.keys_file")?;
    telemetry::check_level(&config.log)?;
    // The one step that can fail and changes something: a transaction. What comes after it cannot fail.
    provision(&app.store, &config, app.clock.now_ms()).await?;
    app.auth.take_over(keys);
    telemetry::set_level(&config.log)?;
    if !restart.is_empty() {
        let sections = restart.join(", ");
        tracing::warn!(
            sections,
            "these sections have changed and need a restart: {sections}"
        );
    }
    Ok(())
}

/// Makes the provisioned rules those of the file.
pub(crate) async fn provision(store: &Store, config: &Config, now_ms: i64) -> anyhow::Result<()> {
    let mut rules: Vec<Rule> = config
        .rules
        .iter()
        .map(|provisioned| provisioned.rule.clone())
        .collect();
    if config.default_sources {
        // A rule of the file takes the place of a shipped one with its id.
        let named: BTreeSet<_> = rules.iter().map(|rule| rule.id.clone()).collect();
        let mut shipped = defaults::rules();
        shipped.retain(|rule| {
            let there = config
                .sources
                .iter()
                .any(|source| source.name == rule.source);
            there && !named.contains(&rule.id)
        });
        rules.extend(shipped);
    }
    let changed = store
        .calendars()
        .provision(&config.calendars, now_ms)
        .await?;
    if changed > 0 {
        tracing::info!(changed, "calendars were taken over from the configuration");
    }
    let outcome = store.rules().provision(&rules, now_ms).await?;
    for id in &outcome.saved {
        let listed = config.rules.iter().find(|listed| listed.rule.id == *id);
        let place = listed.map_or("the defaults", |listed| &listed.place);
        tracing::info!(rule = %id, place, "rule `{id}` was taken over from {place}");
    }
    for id in &outcome.disabled {
        tracing::info!(rule = %id, "rule `{id}` is not in the configuration any more; it is switched off");
    }
    Ok(())
}

/// Sections that are only read at start, and are different now.
fn needs_restart(old: &Config, new: &Config) -> Vec<&'static str> {
    let sources = |config: &Config| format!("{:?}", config.sources);
    let notify = |config: &Config| format!("{:?}", config.notify);
    let sections = [
        ("http", old.http != new.http),
        ("auth", old.auth != new.auth),
        ("limits", old.limits != new.limits),
        ("store", old.store != new.store),
        ("embed", old.embed != new.embed),
        ("notify", notify(old) != notify(new)),
        ("log.format", old.log.format != new.log.format),
        ("sources", sources(old) != sources(new)),
    ];
    let changed = sections.iter().filter(|(_, changed)| *changed);
    changed.map(|(name, _)| *name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_when_they_differ_then_are_named() {
        let mut new = Config::default();
        assert!(needs_restart(&Config::default(), &new).is_empty());
        new.limits.body_mib = 9;
        new.log.level = "debug".to_owned();
        assert_eq!(needs_restart(&Config::default(), &new), ["limits"]);
    }
}
