//! `hindcast export`: what a rule makes of a range of the past, as the Lab writes it to a file.

use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use hindcast_shared::replay::{
    Columns, Replay, SCORES_HEAD, anomalies_csv, cell, replay, scores_csv,
};
use hindcast_shared::series::Series;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::backtest::{Asked, Gathered, gather};
use super::print;
use crate::cli::{ConfigArgs, ExportArgs, ExportForm, ExportWhat};

pub(super) async fn run(args: &ConfigArgs, export: &ExportArgs) -> anyhow::Result<ExitCode> {
    let gathered = gather(args, Asked::Named(&export.rule), &export.range).await?;
    let (what, form, series) = (export.what, export.format, export.series.clone());
    let work = move || written(&gathered, what, form, series.as_deref());
    print::text(tokio::task::spawn_blocking(work).await??)?;
    Ok(ExitCode::SUCCESS)
}

fn written(
    gathered: &Gathered,
    what: ExportWhat,
    form: ExportForm,
    series: Option<&str>,
) -> anyhow::Result<String> {
    let Gathered {
        rule,
        version,
        range,
        data,
        ticks,
        meanwhile,
        ..
    } = gathered;
    let mut replay = replay(rule, *version, data, *range, ticks, meanwhile.people());
    match what {
        ExportWhat::Anomalies => {
            let fired = &mut replay.summary.fired;
            fired.retain(|one| series.is_none_or(|name| one.anomaly.series == name));
            Ok(match form {
                ExportForm::Csv => anomalies_csv(fired, instant),
                ExportForm::Json => serde_json::to_string_pretty(fired)? + "\n",
            })
        }
        ExportWhat::Scores => scores(&chosen(gathered, &replay, series)?, form),
    }
}

/// The series that are wanted, with their names.
fn chosen<'a>(
    gathered: &'a Gathered,
    replay: &'a Replay,
    wanted: Option<&str>,
) -> anyhow::Result<Vec<(String, &'a Series, &'a Columns)>> {
    let all = gathered.data.series.iter();
    let found: Vec<_> = all
        .filter_map(|(key, series)| {
            let name = series.labels.to_string();
            let is_wanted = wanted.is_none_or(|wanted| wanted == name);
            is_wanted.then_some((name, series, replay.columns.get(key)?))
        })
        .collect();
    if let Some(wanted) = wanted
        && found.is_empty()
    {
        bail!("--series {wanted}: there is no such series in this range");
    }
    ensure!(!found.is_empty(), "there are no series in this range");
    Ok(found)
}

fn scores(chosen: &[(String, &Series, &Columns)], form: ExportForm) -> anyhow::Result<String> {
    let one = chosen.len() == 1;
    match form {
        ExportForm::Csv if one => {
            let (_, series, columns) = chosen[0];
            Ok(SCORES_HEAD.to_owned() + &scores_csv(series, columns, instant))
        }
        ExportForm::Csv => {
            let mut text = format!("series,{SCORES_HEAD}");
            for (name, series, columns) in chosen {
                let name = cell(name);
                for line in scores_csv(series, columns, instant).lines() {
                    text.push_str(&name);
                    text.push(',');
                    text.push_str(line);
                    text.push('\n');
                }
            }
            Ok(text)
        }
        ExportForm::Json => {
            let mut all = Map::new();
            for (name, series, columns) in chosen {
                all.insert(name.clone(), lists(&scores_csv(series, columns, instant))?);
            }
            let all = Value::Object(all);
            let told = match (one, all) {
                (true, Value::Object(all)) => all.into_iter().next().map(|(_, lists)| lists),
                (_, all) => Some(all),
            };
            Ok(told.context("a series")?.to_string() + "\n")
        }
    }
}

/// The columns of a table, a list for each.
fn lists(csv: &str) -> anyhow::Result<Value> {
    let names: Vec<&str> = SCORES_HEAD.trim_end().split(',').collect();
    let mut lists = vec![Vec::new(); names.len()];
    for line in csv.lines() {
        for (at, (list, text)) in lists.iter_mut().zip(line.split(',')).enumerate() {
            list.push(match text {
                "" => Value::Null,
                text if at == 0 => json!(text),
                text => json!(text.parse::<f64>().context("a number")?),
            });
        }
    }
    let lists = names.iter().zip(lists);
    let lists = lists.map(|(name, list)| ((*name).to_owned(), Value::Array(list)));
    Ok(Value::Object(lists.collect()))
}

/// As a browser writes it.
pub(super) fn instant(at_ms: i64) -> String {
    let at = Timestamp::from_millisecond(at_ms).unwrap_or_default();
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instant_when_written_then_is_as_a_browser_writes_it() {
        assert_eq!(instant(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(instant(1_700_000_000_123), "2023-11-14T22:13:20.123Z");
    }

    #[test]
    fn table_when_made_lists_then_a_cell_without_a_number_is_null() {
        let lists = lists("2026-01-01T00:00:00.000Z,1.5,,2,,\n").expect("lists");
        assert_eq!(lists["value"], json!([1.5]));
        assert_eq!(lists["score"], json!([null]));
        assert_eq!(lists["time"], json!(["2026-01-01T00:00:00.000Z"]));
    }
}
