//! `hindcast doctor`: looks at everything that the server needs, and says what to do about what is missing.

use std::fmt;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use hindcast_shared::api::{CalendarRecord, SourceState};
use hindcast_shared::time::{Clock as _, civil};

use super::{open_store, print};
use crate::assets::Assets;
use crate::auth::read_keys_file;
use crate::calendar::holidays_exact_until;
use crate::cli::ConfigArgs;
use crate::clock::SystemClock;
use crate::config::{Config, load};
use crate::sources::configured_remotes;

/// Longest wait for one source.
const SOURCE_TIMEOUT: Duration = Duration::from_secs(20);

/// What was found, one line a thing.
#[derive(Debug, Default)]
struct Findings {
    fine: usize,
    notes: usize,
    bad: usize,
}

impl Findings {
    fn fine(&mut self, what: &str, detail: &str) {
        self.fine += 1;
        tell(format_args!("ok    {what}: {detail}"));
    }

    fn note(&mut self, what: &str, detail: &str) {
        self.notes += 1;
        tell(format_args!("note  {what}: {detail}"));
    }

    fn bad(&mut self, what: &str, detail: &str, advice: &str) {
        self.bad += 1;
        tell(format_args!("BAD   {what}: {detail}\n      {advice}"));
    }
}

/// The exit code says it too, so a line that cannot be written is let go.
fn tell(text: fmt::Arguments<'_>) {
    print::line(text).ok();
}

pub(super) async fn run(args: &ConfigArgs) -> anyhow::Result<ExitCode> {
    let mut findings = Findings::default();
    let config = match load(&args.inputs()) {
        Ok(config) => config,
        Err(errors) => {
            findings.bad(
                "configuration",
                &errors.to_string(),
                "`hindcast config schema` prints what is allowed.",
            );
            return Ok(ExitCode::FAILURE);
        }
    };
    let counts = format!(
        "{} sources, {} rules",
        config.sources.len(),
        config.rules.len()
    );
    findings.fine("configuration", &counts);
    check_store(&config, &mut findings).await;
    check_listener(&config, &mut findings);
    check_keys(&config, &mut findings);
    check_tls(&config, &mut findings);
    check_assets(&config, &mut findings);
    check_sources(&config, &mut findings).await;
    let Findings { fine, notes, bad } = findings;
    tell(format_args!(
        "{fine} fine, {notes} to know, {bad} to put right."
    ));
    Ok(if bad == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn check_store(config: &Config, findings: &mut Findings) {
    let path = &config.store.path;
    let name = format!("store {}", path.display());
    if !path.exists() {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        // The nearest folder that exists is where the others would be made.
        let writable = folder
            .ancestors()
            .map(|folder| {
                if folder.as_os_str().is_empty() {
                    Path::new(".")
                } else {
                    folder
                }
            })
            .find_map(|folder| std::fs::metadata(folder).ok())
            .is_some_and(|metadata| !metadata.permissions().readonly());
        if writable {
            findings.note(&name, "not there yet; it is made at the first start");
        } else {
            findings.bad(
                &name,
                "its folder cannot be written to",
                "Set store.path to a place that can.",
            );
        }
        return;
    }
    match open_store(config, false).await {
        Ok(store) => {
            match store.ping().await {
                Ok(()) => findings.fine(&name, &format!("journal at {}", store.head())),
                Err(error) => findings.bad(
                    &name,
                    &error.to_string(),
                    "Is the disk full, or the file not writable?",
                ),
            }
            match store.journal().verify_chain().await {
                Ok(_) => findings.fine("journal", "the chain of hashes is whole"),
                Err(error) => findings.bad(
                    "journal",
                    &error.to_string(),
                    "Somebody changed the file by other means; restore a backup.",
                ),
            }
            match store.calendars().list().await {
                Ok(calendars) => check_holidays(&calendars, SystemClock.now_ms(), findings),
                Err(error) => findings.bad("calendars", &error.to_string(), "Restore a backup."),
            }
            store.close().await;
        }
        Err(error) => findings.bad(
            &name,
            &format!("{error:#}"),
            "`hindcast migrate` brings older files up to date.",
        ),
    }
}

/// Days off that are decreed a year at a time are known for some years only.
fn check_holidays(calendars: &[CalendarRecord], now_ms: i64, findings: &mut Findings) {
    let this_year = civil(now_ms).year;
    for one in calendars {
        let Some(year) = holidays_exact_until(&one.calendar) else {
            continue;
        };
        let name = format!("calendar {}", one.id);
        let known = format!("public holidays are exact up to {year}");
        if i64::from(year) >= this_year {
            findings.fine(&name, &known);
        } else {
            let detail = format!(
                "{known}; days off that were decreed since are missing, add them as events"
            );
            findings.note(&name, &detail);
        }
    }
}

fn check_listener(config: &Config, findings: &mut Findings) {
    let bind = config.http.bind;
    let name = format!("http.bind {bind}");
    match std::net::TcpListener::bind(bind) {
        Ok(_) => findings.fine(&name, "free"),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            findings.note(
                &name,
                "in use; by a running Hindcast, if `hindcast healthcheck` says so",
            );
        }
        Err(error) => findings.bad(
            &name,
            &error.to_string(),
            "Set http.bind to an address of this machine.",
        ),
    }
}

fn check_keys(config: &Config, findings: &mut Findings) {
    let Some(path) = &config.auth.keys_file else {
        findings.note("auth", "no keys_file; keys of `hindcast token` count, and without any only this machine may ask");
        return;
    };
    match read_keys_file(path) {
        Ok(keys) => {
            let oldest = keys.iter().map(|key| key.created.as_str()).min();
            let detail = format!(
                "{} keys, the oldest of {}",
                keys.len(),
                oldest.unwrap_or("-")
            );
            findings.fine("auth.keys_file", &detail);
            if readable_by_others(path) {
                findings.bad("auth.keys_file", "other users can read it", "chmod 600 it.");
            }
        }
        Err(error) => findings.bad(
            "auth.keys_file",
            &format!("{error:#}"),
            "One key a line: name:role:created:key.",
        ),
    }
}

#[cfg(unix)]
fn readable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;

    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn readable_by_others(_: &Path) -> bool {
    false
}

fn check_tls(config: &Config, findings: &mut Findings) {
    let Some(tls) = &config.http.tls else {
        return;
    };
    for (name, path) in [("http.tls.cert", &tls.cert), ("http.tls.key", &tls.key)] {
        match std::fs::read(path) {
            Ok(_) => findings.fine(name, &path.display().to_string()),
            Err(error) => findings.bad(
                name,
                &format!("{}: {error}", path.display()),
                "Give the path of a PEM file.",
            ),
        }
    }
}

fn check_assets(config: &Config, findings: &mut Findings) {
    let assets = Assets::open(config);
    if assets.is_there() {
        findings.fine("app", &assets.origin());
    } else {
        findings.bad(
            "app",
            &format!("not there; looked {}", assets.origin()),
            "`cargo xtask build --release` makes a binary with the app inside.",
        );
    }
}

async fn check_sources(config: &Config, findings: &mut Findings) {
    let sources = match configured_remotes(&config.sources, Arc::new(SystemClock)) {
        Ok(sources) => sources,
        Err(error) => {
            findings.bad(
                "sources",
                &format!("{error:#}"),
                "Look at its keys in the configuration.",
            );
            return;
        }
    };
    if tokio::time::timeout(SOURCE_TIMEOUT, sources.probe_unknown())
        .await
        .is_err()
    {
        findings.note("sources", "some did not answer in time");
    }
    for (name, _, state) in sources.states() {
        let name = format!("source {name}");
        match state {
            SourceState::Up { .. } => findings.fine(&name, "it answers"),
            SourceState::Unknown => findings.bad(
                &name,
                "no answer in time",
                "Is it running and reachable from here?",
            ),
            SourceState::Down { why, .. } => {
                findings.bad(&name, &why, "Is it running and reachable from here?");
            }
        }
    }
}
