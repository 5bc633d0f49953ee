//! `hindcast backtest`: what a rule would have fired, on the command line.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use hindcast_shared::api::ReplaySummary;
use hindcast_shared::evaluate::Report;
use hindcast_shared::evaluate::report::Names;
use hindcast_shared::pipeline::{Dataset, PageVerdict};
use hindcast_shared::replay::{Replay, needs_from_ms, replay};
use hindcast_shared::rule::{Rule, Ticks};
use hindcast_shared::time::{Clock, Edge, Millis, TimeRange, UtcOffsets, parse_instant};
use jiff::Timestamp;
use serde::Serialize;

use super::{classification, load_config, open_store, print, study};
use crate::cli::{BacktestArgs, ConfigArgs, Format, RangeArgs};
use crate::clock::SystemClock;
use crate::config::{Config, load_rule};
use crate::detection::{Meanwhile, history};
use crate::labels::{self, Labels};
use crate::models::registry::Registry;
use crate::sources::{SampleStore, configured, configured_remotes};
use crate::store::Store;
use crate::{defaults, http_client, schedule};

/// More than people can do to one rule's anomalies in any range that is looked at.
const MOST_COMMANDS: u32 = 100_000;

pub(super) async fn run(args: &ConfigArgs, backtest: &BacktestArgs) -> anyhow::Result<ExitCode> {
    if backtest.study.is_asked() {
        study::run(gathered(args, backtest).await?, backtest).await?;
        return Ok(ExitCode::SUCCESS);
    }
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

/// Everything that a replay needs.
pub(super) struct Gathered {
    pub(super) rule: Rule,
    pub(super) version: u32,
    pub(super) range: TimeRange,
    pub(super) data: Dataset,
    pub(super) ticks: Ticks,
    pub(super) meanwhile: Meanwhile,
    pub(super) labels: Option<Labels>,
}

/// Which rule a command is about.
#[derive(Debug, Clone)]
pub(super) enum Asked<'a> {
    /// A file, or an id.
    Named(&'a str),
    /// This one.
    Given(Box<Rule>),
}

async fn gathered(args: &ConfigArgs, backtest: &BacktestArgs) -> anyhow::Result<Gathered> {
    let labels = read_labels(backtest)?;
    let asked = Asked::Named(&backtest.rule);
    let gathered = gather(args, asked, &backtest.range).await?;
    Ok(Gathered { labels, ..gathered })
}

/// Reads what a replay of a rule needs from its source and the store.
pub(super) async fn gather(
    args: &ConfigArgs,
    asked: Asked<'_>,
    range_args: &RangeArgs,
) -> anyhow::Result<Gathered> {
    let config = load_config(args)?;
    http_client::install_crypto();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let range = range(range_args, clock.now_ms())?;
    // Without a store there are only sources that keep nothing here, and no stored rules.
    let store = if config.store.path.exists() {
        Some(open_store(&config, false).await?)
    } else {
        None
    };
    let sources = match &store {
        Some(store) => {
            let samples: Arc<dyn SampleStore> = Arc::new(store.clone());
            let models = Registry::of(&config, store.clone());
            configured(&config.sources, &samples, &models, clock)?.sources
        }
        None => configured_remotes(&config.sources, clock)?,
    };
    let (rule, version) = match asked {
        Asked::Named(name) => find_rule(name, &config, store.as_ref()).await?,
        Asked::Given(rule) => (*rule, 1),
    };
    let needed = TimeRange {
        from_ms: needs_from_ms(&rule, range.from_ms),
        ..range
    };
    let data = history::load(store.as_ref(), &sources, &rule, needed)
        .await
        .with_context(|| format!("source {}", rule.source))?;
    let ticks = schedule::ticks(&rule, needed)?;
    let meanwhile = match &store {
        Some(store) => Meanwhile::load(store, &rule, needed, MOST_COMMANDS).await?,
        None => Meanwhile::default(),
    };
    Ok(Gathered {
        rule,
        version,
        range,
        data,
        ticks,
        meanwhile,
        labels: None,
    })
}

/// The rule, what it would have done, and how good that is if there are labels.
async fn tell(
    args: &ConfigArgs,
    backtest: &BacktestArgs,
) -> anyhow::Result<(Rule, Replay, Option<Report>)> {
    let gathered = gathered(args, backtest).await?;
    let work = move || {
        let Gathered {
            rule,
            version,
            range,
            data,
            ticks,
            meanwhile,
            labels,
        } = gathered;
        let replay = replay(&rule, version, &data, range, &ticks, meanwhile.people());
        let names: Names = data
            .series
            .iter()
            .map(|(key, series)| (*key, series.labels.to_string()))
            .collect();
        let report = labels.map(|labels| {
            Report::of(&replay, &names, |series| {
                labels.of(series, &(range.from_ms..range.to_ms))
            })
        });
        (rule, replay, report)
    };
    Ok(tokio::task::spawn_blocking(work).await?)
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

pub(super) fn range(asked: &RangeArgs, now_ms: i64) -> anyhow::Result<TimeRange> {
    let instant = |flag: &str, text: &str, edge| {
        parse_instant(text, now_ms, edge, &UtcOffsets::utc())
            .map_err(anyhow::Error::msg)
            .with_context(|| format!("--{flag}"))
    };
    let from_ms = instant("from", &asked.from, Edge::From)?;
    let to_ms = instant("to", &asked.to, Edge::To)?;
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
    use crate::cli::Cli;

    /// Two stretches and one sample over the limit; two labels, of which one has nothing in it.
    struct Files {
        folder: tempfile::TempDir,
    }

    impl Files {
        fn new() -> Self {
            let files = Self {
                folder: tempfile::tempdir().expect("a folder"),
            };
            let mut samples = "time,cpu\n".to_owned();
            for minute in 0..600 {
                let high = (300..310).contains(&minute) || minute == 500;
                let value = if high {
                    95 + minute % 3
                } else {
                    40 + minute % 7
                };
                writeln!(samples, "{},{value}", minute * 60).expect("text takes all");
            }
            let samples = files.write("samples.csv", &samples);
            let store = files.folder.path().join("none.db");
            files.write(
                "hindcast.yaml",
                &format!(
                    "store: {{ path: {} }}\nsources: [{{ name: table, kind: csv, path: {samples} }}]\n",
                    store.display()
                ),
            );
            files.rule(90.0);
            // 300 to 310 is found, 400 to 405 is not, 500 is an alarm for nothing.
            files.write("labels.json", "[[18000, 18600], [24000, 24300]]");
            files
        }

        fn path(&self, name: &str) -> String {
            self.folder.path().join(name).display().to_string()
        }

        fn write(&self, name: &str, text: &str) -> String {
            std::fs::write(self.path(name), text).expect("written");
            self.path(name)
        }

        fn rule(&self, threshold: f64) {
            let rule = format!(
                "{{ name: cpu, source: table, query: cpu, step: 1m, for: 1, detector: {{ kind: threshold }}, decision: {{ threshold: {threshold} }} }}"
            );
            self.write("rule.yaml", &rule);
        }

        fn asked(&self, more: &[&str]) -> (ConfigArgs, BacktestArgs) {
            let (config, rule, labels) = (
                self.path("hindcast.yaml"),
                self.path("rule.yaml"),
                self.path("labels.json"),
            );
            let words = [
                "hindcast", "backtest", "--config", &config, "--rule", &rule, "--from", "0",
                "--to", "36000000", "--labels", &labels,
            ];
            let words = words.iter().chain(more);
            let (args, command) = Cli::try_parse_from(words).expect("words").into_command();
            let crate::cli::Command::Backtest(backtest) = command else {
                panic!("{command:?}");
            };
            (args, backtest)
        }
    }

    #[tokio::test]
    async fn frontier_when_a_threshold_is_replayed_then_has_the_figures_of_the_report() {
        let files = Files::new();
        let (args, asked) = files.asked(&["--frontier", "1000"]);
        let gathered = gathered(&args, &asked).await.expect("samples");
        let frontier = study::walked(&gathered, 1_000.0).expect("a frontier");
        assert!(frontier.points.len() > 2 && frontier.is_complete);
        for point in &frontier.points {
            files.rule(point.threshold);
            let (_, replay, report) = tell(&args, &asked).await.expect("a replay");
            let event = report.expect("a report").event;
            let outcome = point.outcome;
            assert_eq!(
                (
                    outcome.incidents,
                    outcome.found,
                    outcome.anomalies,
                    outcome.false_alarms
                ),
                (event.events, event.found, event.alarms, event.false_alarms),
                "{point:?}"
            );
            assert_eq!(outcome.median_delay_ms, event.median_delay_ms);
            assert_eq!(
                (outcome.precision, outcome.recall),
                (event.rates.precision, event.rates.recall)
            );
            assert_eq!(outcome.pages, replay.summary.pages_sent);
        }
    }

    #[tokio::test]
    async fn backtest_when_there_are_labels_then_reports_how_good_the_rule_is() {
        let files = Files::new();
        let (args, backtest) = files.asked(&[]);
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
