//! Labels from a table: one interval a row, or one point a row.

use std::ops::Range;

use super::{Interval, instant, is_end, is_start};
use crate::sources::csv::parse::{CsvError, Row, Sheet, is_time_name, number, sheet};

/// Distance of rows without times.
const ROW_MS: i64 = 60_000;

/// Names of a column with a label for each point.
const LABEL_NAMES: [&str; 4] = ["label", "is_anomaly", "anomaly", "labels"];

/// Kinds of labels that say "something was wrong".
const INCIDENTS: [&str; 3] = ["incident", "anomaly", ""];

/// Kinds that say something else.
const OTHERS: [&str; 2] = ["normal", "exclude"];

pub(super) fn read(bytes: &[u8]) -> Result<Vec<Interval>, CsvError> {
    let sheet = sheet(bytes)?;
    let find = |is: &dyn Fn(&str) -> bool| sheet.header.iter().position(|name| is(name));
    if let (Some(start), Some(end)) = (find(&is_start), find(&is_end)) {
        return intervals(&sheet, start, end);
    }
    let named = |name: &str| LABEL_NAMES.contains(&name.to_ascii_lowercase().as_str());
    let Some(label) = find(&named) else {
        let message = "expected columns `start` and `end`, or a column `label` with 0 or 1 a row";
        return Err(CsvError::new(1, message));
    };
    points(&sheet, label, find(&is_time_name))
}

/// Whether a label of this kind says that something was wrong; none if nobody knows the kind.
pub(super) fn is_incident(kind: &str) -> Option<bool> {
    let kind = kind.to_ascii_lowercase();
    if INCIDENTS.contains(&kind.as_str()) {
        return Some(true);
    }
    OTHERS.contains(&kind.as_str()).then_some(false)
}

fn intervals(sheet: &Sheet, start: usize, end: usize) -> Result<Vec<Interval>, CsvError> {
    let called = |names: &[&str]| {
        let is = |name: &String| names.contains(&name.to_ascii_lowercase().as_str());
        sheet.header.iter().position(is)
    };
    let (series, kind) = (called(&["series", "pattern"]), called(&["kind"]));
    let mut intervals = Vec::new();
    for (line, cells) in &sheet.rows {
        let span = at(sheet, *line, cells, start)?..at(sheet, *line, cells, end)?;
        if span.is_empty() {
            return Err(CsvError::new(*line, "the start must be before the end"));
        }
        let kind = kind.map_or("", |column| &cells[column]);
        let incident = is_incident(kind).ok_or_else(|| {
            let message = format!("`{kind}` is not a kind: incident, normal or exclude");
            CsvError::new(*line, message)
        })?;
        if incident {
            let series = series
                .map(|column| cells[column].clone())
                .filter(|series| !series.is_empty());
            intervals.push(Interval { span, series });
        }
    }
    Ok(intervals)
}

fn at(sheet: &Sheet, line: u64, cells: &[String], column: usize) -> Result<i64, CsvError> {
    let (name, cell) = (&sheet.header[column], &cells[column]);
    instant(name, cell).ok_or_else(|| {
        let message = format!("`{cell}` in column `{name}` is not a time");
        CsvError::new(line, message)
    })
}

fn points(sheet: &Sheet, label: usize, time: Option<usize>) -> Result<Vec<Interval>, CsvError> {
    let mut rows = Vec::with_capacity(sheet.rows.len());
    for (index, row) in sheet.rows.iter().enumerate() {
        let (line, cells) = row;
        let at_ms = match time {
            Some(column) => at(sheet, *line, cells, column)?,
            None => index as i64 * ROW_MS,
        };
        if rows.last().is_some_and(|(before, _)| *before >= at_ms) {
            let message = "the row before it is not earlier";
            return Err(CsvError::new(*line, message));
        }
        rows.push((at_ms, is_labelled(sheet, label, row)?));
    }
    let step = median_step(&rows);
    let mut intervals: Vec<Interval> = Vec::new();
    let mut open: Option<Range<i64>> = None;
    for (index, (at_ms, labelled)) in rows.iter().enumerate() {
        let next_ms = rows.get(index + 1).map_or(at_ms + step, |next| next.0);
        if *labelled {
            let start = open.take().map_or(*at_ms, |span| span.start);
            open = Some(start..next_ms);
        } else {
            intervals.extend(open.take().map(|span| Interval { span, series: None }));
        }
    }
    intervals.extend(open.map(|span| Interval { span, series: None }));
    Ok(intervals)
}

fn is_labelled(sheet: &Sheet, label: usize, (line, cells): &Row) -> Result<bool, CsvError> {
    let cell = &cells[label];
    match number(cell) {
        Some(0.0) => Ok(false),
        Some(1.0) => Ok(true),
        _ if cell.eq_ignore_ascii_case("false") => Ok(false),
        _ if cell.eq_ignore_ascii_case("true") => Ok(true),
        _ => {
            let name = &sheet.header[label];
            let message = format!("`{cell}` in column `{name}` is not 0 or 1");
            Err(CsvError::new(*line, message))
        }
    }
}

fn median_step(rows: &[(i64, bool)]) -> i64 {
    let mut steps: Vec<i64> = rows.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    steps.sort_unstable();
    steps.get(steps.len() / 2).copied().unwrap_or(ROW_MS)
}
