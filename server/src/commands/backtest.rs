//! `hindcast backtest`: what a rule would have fired, on the command line.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use hindcast_shared::api::ReplaySummary;
use hindcast_shared::evaluate::Report;
use hindcast_shared::evaluate::report::Names;
use hindcast_shared::pipeline::PageVerdict;
use hindcast_shared::replay::{Replay, needs_from_ms, replay};
use hindcast_shared::rule::Rule;
use hindcast_shared::time::{Clock, Edge, Millis, TimeRange, UtcOffsets, parse_instant};
use jiff::Timestamp;
use serde::Serialize;

use super::{classification, load_config, open_store, print};
use crate::cli::{BacktestArgs, ConfigArgs, Format};
use crate::clock::SystemClock;
use crate::config::{Config, load_rule};
use crate::detection::{Meanwhile, history};
use crate::labels::{self, Labels};
use crate::sources::{SampleStore, Sources, configured, configured_remotes};
use crate::store::Store;
use crate::{defaults, http_client, schedule};

/// More than people can do to one rule's anomalies in any range that is looked at.
const MOST_COMMANDS: u32 = 100_000;

pub(super) async fn run(args: &ConfigArgs, backtest: &BacktestArgs) -> anyhow::Result<ExitCode> {
    let (rule, replay, report) = tell(args, backtest).await?;
    let told = Told {
        summary: &replay.summary,
        report,
    };
    match backtest.format {
        Format::Json => print::line(serde_json::to_string_pretty(&told)?)?,
        Format::Table => {
            print::text(table(&rule, told.summary))?;
            if let Some(report) = &told.report {
                print::text(format_args!("\n{}", classification::text(report)))?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The rule, what it would have done, and how good that is if there are labels.
async fn tell(
    args: &ConfigArgs,
    backtest: &BacktestArgs,
) -> anyhow::Result<(Rule, Replay, Option<Report>)> {
    let config = load_config(args)?;
    http_client::install_crypto();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let range = range(backtest, clock.now_ms())?;
    // Without a store there are only sources that keep nothing here, and no stored rules.
    let store = if config.store.path.exists() {
        Some(open_store(&config, false).await?)
    } else {
        None
    };
    let sources = match &store {
        Some(store) => {
            let samples: Arc<dyn SampleStore> = Arc::new(store.clone());
            configured(&config.sources, &samples, clock)?.sources
        }
        None => configured_remotes(&config.sources, clock)?,
    };
    let (rule, version) = find_rule(&backtest.rule, &config, store.as_ref()).await?;
    let labels = read_labels(backtest)?;
    let (replay, names) = fold(&rule, version, range, store.as_ref(), &sources).await?;
    let report = labels.map(|labels| {
        Report::of(&replay, &names, |series| {
            labels.of(series, &(range.from_ms..range.to_ms))
        })
    });
    Ok((rule, replay, report))
}

/// What a program is told.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    summary: &'a ReplaySummary,
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<Report>,
}

fn read_labels(backtest: &BacktestArgs) -> anyhow::Result<Option<Labels>> {
    let Some(path) = &backtest.labels else {
        return Ok(None);
    };
    let named = || format!("--labels {}", path.display());
    let bytes = std::fs::read(path).with_context(named)?;
    let labels = labels::read(&bytes, backtest.labels_entry.as_deref()).with_context(named)?;
    Ok(Some(labels))
}

fn range(backtest: &BacktestArgs, now_ms: i64) -> anyhow::Result<TimeRange> {
    let instant = |flag: &str, text: &str, edge| {
        parse_instant(text, now_ms, edge, &UtcOffsets::utc())
            .map_err(anyhow::Error::msg)
            .with_context(|| format!("--{flag}"))
    };
    let from_ms = instant("from", &backtest.from, Edge::From)?;
    let to_ms = instant("to", &backtest.to, Edge::To)?;
    TimeRange::new(from_ms, to_ms).context("--from must be before --to")
}

/// A file, or a rule that is stored, configured, or shipped.
async fn find_rule(
    given: &str,
    config: &Config,
    store: Option<&Store>,
) -> anyhow::Result<(Rule, u32)> {
    if Path::new(given).is_file() {
        return Ok((load_rule(Path::new(given))?, 1));
    }
    let Ok(id) = given.parse() else {
        bail!("--rule {given}: there is no such file, and it is not the id of a rule");
    };
    if let Some(store) = store
        && let Some(stored) = store.rules().get(&id).await?
    {
        return Ok((stored.rule, stored.version));
    }
    let configured = config
        .rules
        .iter()
        .map(|provisioned| provisioned.rule.clone());
    let shipped = config.default_sources.then(defaults::rules);
    configured
        .chain(shipped.into_iter().flatten())
        .find(|rule| rule.id == id)
        .map(|rule| (rule, 1))
        .with_context(|| format!("--rule {given}: there is no such file and no such rule"))
}

async fn fold(
    rule: &Rule,
    version: u32,
    range: TimeRange,
    store: Option<&Store>,
    sources: &Sources,
) -> anyhow::Result<(Replay, Names)> {
    let needed = TimeRange {
        from_ms: needs_from_ms(rule, range.from_ms),
        ..range
    };
    let data = history::load(store, sources, rule, needed)
        .await
        .with_context(|| format!("source {}", rule.source))?;
    let ticks = schedule::ticks(rule, needed)?;
    let meanwhile = match store {
        Some(store) => Meanwhile::load(store, rule, needed, MOST_COMMANDS).await?,
        None => Meanwhile::default(),
    };
    let rule = rule.clone();
    let names = data
        .series
        .iter()
        .map(|(key, series)| (*key, series.labels.to_string()))
        .collect();
    let work = move || {
        let people = meanwhile.people();
        replay(&rule, version, &data, range, &ticks, people)
    };
    Ok((tokio::task::spawn_blocking(work).await?, names))
}

fn table(rule: &Rule, summary: &ReplaySummary) -> String {
    let mut text = String::new();
    let mut line = |parts: [&str; 7]| {
        let [start, length, severity, score, value, pages, series] = parts;
        writeln!(
            text,
            "{start:<20} {length:>9} {severity:<8} {score:>7} {value:>12} {pages:<5} {series}"
        )
        .ok();
    };
    if !summary.fired.is_empty() {
        line([
            "START (UTC)",
            "LASTED",
            "SEVERITY",
            "SCORE",
            "PEAK",
            "PAGES",
            "SERIES",
        ]);
    }
    for fired in &summary.fired {
        let anomaly = &fired.anomaly;
        let start = Timestamp::from_millisecond(anomaly.start_ms).unwrap_or_default();
        let lasted = Millis::new(anomaly.end_ms - anomaly.start_ms + rule.step.ms());
        let sent = fired
            .pages
            .iter()
            .filter(|page| page.verdict == PageVerdict::Sent);
        line([
            &start.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            &lasted.to_string(),
            anomaly.severity.as_str(),
            &format!("{:.2}", anomaly.peak_score()),
            &anomaly
                .peak
                .map_or_else(|| "-".to_owned(), |peak| format!("{:.2}", peak.value)),
            &sent.count().to_string(),
            &anomaly.series,
        ]);
    }
    writeln!(
        text,
        "{} would have fired {} times over {} in {} series ({} samples): {} pages, {:.1} a week; {} suppressed",
        rule.name,
        summary.fired.len(),
        Millis::new(summary.range.duration_ms()),
        summary.series,
        summary.samples,
        summary.pages_sent,
        summary.pages_per_week,
        summary.pages_suppressed,
    )
    .ok();
    text
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::{Cli, Command};

    #[tokio::test]
    async fn backtest_when_there_are_labels_then_reports_how_good_the_rule_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("written");
            path.display().to_string()
        };
        let mut samples = "time,cpu\n".to_owned();
        for minute in 0..600 {
            let high = (300..310).contains(&minute) || minute == 500;
            let value = if high { 95 } else { 40 + minute % 7 };
            writeln!(samples, "{},{value}", minute * 60).expect("text takes all");
        }
        let samples = write("samples.csv", &samples);
        let config = write(
            "hindcast.yaml",
            &format!(
                "store: {{ path: {}/none.db }}\nsources: [{{ name: table, kind: csv, path: {samples} }}]\n",
                folder.path().display()
            ),
        );
        let rule = write(
            "rule.yaml",
            "{ name: cpu, source: table, query: cpu, step: 1m, for: 1, detector: { kind: threshold }, decision: { threshold: 90 } }",
        );
        // 300 to 310 is found, 400 to 405 is not, 500 is an alarm for nothing.
        let labels = write("labels.json", "[[18000, 18600], [24000, 24300]]");
        let words = [
            "hindcast", "backtest", "--config", &config, "--rule", &rule, "--from", "0", "--to",
            "36000000", "--labels", &labels,
        ];
        let (args, command) = Cli::try_parse_from(words).expect("words").into_command();
        let Command::Backtest(backtest) = command else {
            panic!("{command:?}");
        };
        let (_, _, report) = tell(&args, &backtest).await.expect("a replay");
        let report = report.expect("a report");
        let event = report.event;
        assert_eq!((event.events, event.found), (2, 1));
        assert_eq!((event.alarms, event.false_alarms), (2, 1));
        // The newest sample of a minute is judged with the next one.
        assert_eq!(event.median_delay_ms, Some(60_000));
        let counts = report.point.counts;
        assert_eq!(
            (counts.hits, counts.false_alarms, counts.misses),
            (10, 1, 5)
        );
        let text = classification::text(&report);
        assert!(
            text.contains("1 of 2 events found; 1 of 2 anomalies false"),
            "{text}"
        );
    }
}
