//! `hindcast backtest --frontier`, `--budget` and `--characteristics`: what the Lab works out, on the command line.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use hindcast_shared::replay::needs_from_ms;
use hindcast_shared::rule::Rule;
use hindcast_shared::study::{
    Answer, Budget, Endless, Found, Frontier, Incidents, Outcome, Scene, Search, Walk,
};
use hindcast_shared::time::{Millis, TimeRange};
use serde::Serialize;

use super::backtest::Gathered;
use super::print;
use crate::cli::{BacktestArgs, Format};
use crate::study::{OfSeries, written};

pub(super) async fn run(gathered: Gathered, backtest: &BacktestArgs) -> anyhow::Result<()> {
    let (study, format) = (&backtest.study, backtest.format);
    let (frontier, budget) = (study.frontier, study.budget);
    let work = move || -> anyhow::Result<String> {
        if let Some(most) = frontier {
            let frontier = walked(&gathered, most)?;
            return told(format, &frontier, || table(&frontier));
        }
        if let Some(most_pages_per_week) = budget {
            let found = searched(
                &gathered,
                Budget {
                    most_pages_per_week,
                },
            )?;
            let answer = Answer::from(found.clone());
            return told(format, &answer, || in_words(&gathered.rule, &found));
        }
        let all = profiled(&gathered);
        told(format, &all, || profiles(&all))
    };
    let text = tokio::task::spawn_blocking(work).await??;
    print::text(text)?;
    Ok(())
}

fn told(
    format: Format,
    value: &impl Serialize,
    text: impl FnOnce() -> String,
) -> anyhow::Result<String> {
    Ok(match format {
        Format::Json => serde_json::to_string_pretty(value)? + "\n",
        Format::Table => text(),
    })
}

fn incidents(gathered: &Gathered) -> Incidents {
    let range = gathered.range.from_ms..gathered.range.to_ms;
    let labels = gathered.labels.iter();
    let of = |labels: &crate::labels::Labels| -> Incidents {
        let series = gathered.data.series.iter();
        series
            .map(|(key, series)| (*key, labels.of(&series.labels.to_string(), &range)))
            .collect()
    };
    labels.map(of).next().unwrap_or_default()
}

fn scene<'a>(gathered: &'a Gathered, incidents: &'a Incidents) -> Scene<'a> {
    Scene {
        data: &gathered.data,
        range: gathered.range,
        ticks: &gathered.ticks,
        people: gathered.meanwhile.people(),
        incidents,
        required: None,
        normal: None,
        patience: &Endless,
    }
}

pub(super) fn walked(gathered: &Gathered, most: f64) -> anyhow::Result<Frontier> {
    let incidents = incidents(gathered);
    let mut walk = Walk::new(scene(gathered, &incidents), &gathered.rule, most)?;
    while walk.step()? {}
    Ok(walk.finish()?)
}

fn searched(gathered: &Gathered, budget: Budget) -> anyhow::Result<Found> {
    let incidents = incidents(gathered);
    let mut search = Search::new(scene(gathered, &incidents), &gathered.rule, budget)?;
    while search.step()? {}
    Ok(search.finish())
}

pub(super) fn profiled(gathered: &Gathered) -> BTreeMap<String, OfSeries> {
    // With all the history that the detector looks back on: a week shows in two weeks, not in one.
    let range = TimeRange {
        from_ms: needs_from_ms(&gathered.rule, gathered.range.from_ms),
        ..gathered.range
    };
    let series = gathered.data.series.values();
    series
        .map(|series| (series.labels.to_string(), OfSeries::of(series, range)))
        .collect()
}

fn table(frontier: &Frontier) -> String {
    let mut text = format!(
        "{:>12} {:>10} {:>8} {:>9} {:>6} {:>10}  BEST\n",
        "THRESHOLD", "PAGES/WEEK", "FOUND", "PRECISION", "FALSE", "DELAY"
    );
    for point in &frontier.points {
        writeln!(
            text,
            "{:>12} {}{}",
            point.threshold,
            row(&point.outcome),
            if point.best { "  *" } else { "" }
        )
        .ok();
    }
    let now = frontier
        .threshold
        .map_or_else(|| "as it is".to_owned(), |at| at.to_string());
    writeln!(
        text,
        "The rule ({now}):\n{:>12} {}",
        now,
        row(&frontier.current)
    )
    .ok();
    if !frontier.is_complete {
        text.push_str("There are more thresholds than can be told.\n");
    }
    text
}

fn row(outcome: &Outcome) -> String {
    let precision = outcome
        .precision
        .map_or_else(|| "-".to_owned(), |share| format!("{:.0}%", share * 100.0));
    let delay = outcome
        .median_delay_ms
        .map_or_else(|| "-".to_owned(), |ms| Millis::new(ms).to_string());
    let found = format!("{}/{}", outcome.found, outcome.incidents);
    format!(
        "{:>10.1} {found:>8} {precision:>9} {:>6} {delay:>10}",
        outcome.pages_per_week, outcome.false_alarms
    )
}

fn in_words(rule: &Rule, found: &Found) -> String {
    let mut text = String::new();
    let head = match &found.best {
        Some(best) if best.fits => "This setting does it:",
        Some(_) => "No setting does it; this one comes nearest:",
        None => "No detector says anything about these samples.",
    };
    writeln!(text, "{head}").ok();
    if let Some(best) = &found.best {
        let detector = serde_json::to_string(&best.rule.detector).unwrap_or_default();
        let (threshold, samples) = (best.rule.decision.threshold, best.rule.confirm_samples().0);
        writeln!(
            text,
            "  detector: {detector}\n  threshold: {threshold}\n  for: {samples}"
        )
        .ok();
    }
    let after = found.best.as_ref().map(|best| best.after);
    writeln!(
        text,
        "{:>12} {:>10} {:>8} {:>9} {:>6} {:>10}",
        "", "PAGES/WEEK", "FOUND", "PRECISION", "FALSE", "DELAY"
    )
    .ok();
    writeln!(text, "{:>12} {}", "before", row(&found.before)).ok();
    if let Some(after) = after {
        writeln!(text, "{:>12} {}", "after", row(&after)).ok();
    }
    writeln!(
        text,
        "Settings of {} that were tried: {}",
        rule.name, found.tried
    )
    .ok();
    text
}

fn profiles(all: &BTreeMap<String, OfSeries>) -> String {
    let mut text = String::new();
    for (name, of) in all {
        writeln!(text, "{name}").ok();
        for said in &of.said {
            writeln!(text, "  {said}").ok();
        }
        for advice in &of.advice {
            let (title, why) = (advice.kind.about().title, advice.why.told(written));
            let params = serde_json::Value::Object(advice.params.clone());
            writeln!(
                text,
                "  Try {title} ({} {params}): {why}",
                advice.kind.as_str()
            )
            .ok();
        }
    }
    text
}
