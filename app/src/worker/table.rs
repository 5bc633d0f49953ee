//! A table that somebody dropped on the page, as series: read here, kept here, sent to nobody.
//!
//! The rules are the ones of the server's CSV source: a column of times, words are labels, numbers are metrics.

use std::collections::BTreeMap;

use hindcast_shared::api::columns::Head;
use hindcast_shared::map::Map;
use hindcast_shared::pipeline::Dataset;
use hindcast_shared::series::{Labels, Series, SeriesKey};
use hindcast_shared::time::{MINUTE_MS, TimeRange, UtcOffsets};

use super::dropped::{TABLE, TableRead};
use crate::i18n::{key, t, tf};

/// Longest row of samples of one series, and of all of them.
const MOST_SAMPLES: usize = 5_000_000;
const MOST_SERIES: usize = 1_000;
/// Smaller numbers are seconds, others milliseconds.
const SECONDS_BELOW: f64 = 1e11;
const GAPS: [&str; 6] = ["", "nan", "null", "na", "n/a", "-"];
const TIMES: [&str; 6] = ["time", "timestamp", "ts", "datetime", "date", "at"];

/// A row with its line, from 1.
type Row = (u32, Vec<String>);

/// What was read.
pub(super) struct Table {
    pub(super) data: Dataset,
    pub(super) names: Vec<SeriesKey>,
    pub(super) head: Head,
    pub(super) read: TableRead,
}

fn is_gap(cell: &str) -> bool {
    GAPS.iter().any(|gap| cell.eq_ignore_ascii_case(gap))
}

fn number(cell: &str) -> Option<f64> {
    cell.parse().ok().filter(|value: &f64| value.is_finite())
}

fn is_time_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let stem = name.strip_suffix("_ms").or_else(|| name.strip_suffix("_s"));
    TIMES.contains(&stem.unwrap_or(&name))
}

/// RFC 3339; a date and time without an offset, which counts as UTC; seconds or milliseconds since 1970.
fn time(cell: &str, parse: fn(&str) -> f64) -> Option<i64> {
    if let Some(number) = number(cell) {
        let ms = if number.abs() < SECONDS_BELOW {
            number * 1_000.0
        } else {
            number
        };
        return Some(ms.round() as i64);
    }
    let clock = cell.get(10..).unwrap_or_default();
    let has_zone = clock.contains(['Z', 'z', '+', '-']);
    let text = match clock {
        // A date alone is UTC already.
        "" => cell.to_owned(),
        _ if has_zone => cell.replacen(' ', "T", 1),
        _ => format!("{}Z", cell.replacen(' ', "T", 1)),
    };
    Some(parse(&text))
        .filter(|ms| ms.is_finite())
        .map(|ms| ms as i64)
}

/// Lines and cells; quotes may hold separators, line ends and doubled quotes.
fn rows(text: &str) -> Result<Vec<Row>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let first = text.lines().next().unwrap_or_default();
    let count = |separator: char| first.matches(separator).count();
    let mut separator = ',';
    for other in ['\t', ';'] {
        if count(other) > count(separator) {
            separator = other;
        }
    }
    let mut rows: Vec<Row> = Vec::new();
    let (mut cells, mut cell, mut line, mut began) = (Vec::new(), String::new(), 1_u32, 1_u32);
    let mut quoted = false;
    let mut chars = text.chars().chain(['\n']).peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if cell.trim().is_empty() => {
                cell.clear();
                quoted = true;
            }
            '\n' if quoted && chars.peek().is_none() => {
                return Err(tf(
                    "line {line}: a quote is never closed",
                    &[("line", &began.to_string())],
                ));
            }
            c if quoted => {
                line += u32::from(c == '\n');
                cell.push(c);
            }
            c if c == separator => cells.push(std::mem::take(&mut cell).trim().to_owned()),
            '\n' => {
                cells.push(std::mem::take(&mut cell).trim().to_owned());
                let row = std::mem::take(&mut cells);
                if row.len() > 1 || row.iter().any(|cell| !cell.is_empty()) {
                    rows.push((began, row));
                }
                line += 1;
                began = line;
            }
            c => cell.push(c),
        }
    }
    Ok(rows)
}

/// The distance between samples that occurs most often.
fn step_of(samples: &BTreeMap<i64, f64>) -> Option<i64> {
    let mut counts: BTreeMap<i64, u32> = BTreeMap::new();
    let times = samples.keys().zip(samples.keys().skip(1));
    for (before, after) in times.take(10_000) {
        *counts.entry(after - before).or_default() += 1;
    }
    let mut best = None;
    for (step_ms, count) in counts {
        if best.is_none_or(|(_, most)| count > most) {
            best = Some((step_ms, count));
        }
    }
    best.map(|(step_ms, _)| step_ms)
}

/// Reads a table.
///
/// # Errors
/// A sentence that names line and column.
pub(super) fn read(name: &str, text: &str, parse: fn(&str) -> f64) -> Result<Table, String> {
    let mut rows = rows(text)?.into_iter();
    let (_, header) = rows
        .next()
        .ok_or_else(|| t("line 1: expected the names of the columns"))?;
    for (at, column) in header.iter().enumerate() {
        if column.is_empty() {
            let at = (at + 1).to_string();
            return Err(tf("line 1: column {n} has no name", &[("n", &at)]));
        }
        if header[..at].contains(column) {
            return Err(tf(
                "line 1: two columns are called `{column}`",
                &[("column", column)],
            ));
        }
    }
    let rows: Vec<Row> = rows.collect();
    for (line, cells) in &rows {
        if cells.len() != header.len() {
            return Err(tf(
                "line {line}: expected {all} cells as in the first line, found {n}",
                &[
                    ("line", &line.to_string()),
                    ("all", &header.len().to_string()),
                    ("n", &cells.len().to_string()),
                ],
            ));
        }
    }
    let filled = |at: usize| {
        let mut cells = rows.iter().map(|(_, cells)| cells[at].as_str());
        cells.find(|cell| !is_gap(cell))
    };
    let looks_like_time = |at: &usize| {
        filled(*at).is_some_and(|cell| match number(cell) {
            Some(number) => number >= 1e9,
            None => time(cell, parse).is_some(),
        })
    };
    let named = header.iter().position(|name| is_time_name(name));
    let at_time = named
        .or_else(|| (0..header.len()).find(looks_like_time))
        .ok_or_else(|| t("line 1: no column holds times; call it `time`"))?;
    let is_value: Vec<bool> = (0..header.len())
        .map(|at| at != at_time && filled(at).is_some_and(|cell| number(cell).is_some()))
        .collect();
    let mut found: BTreeMap<Labels, BTreeMap<i64, f64>> = BTreeMap::new();
    for (line, cells) in &rows {
        let wrong = |at: usize, told: &'static str| {
            tf(
                told,
                &[
                    ("line", &line.to_string()),
                    ("column", &header[at]),
                    ("cell", &cells[at]),
                ],
            )
        };
        let at_ms = time(&cells[at_time], parse).ok_or_else(|| {
            wrong(
                at_time,
                key("line {line}, column `{column}`: `{cell}` is not a time"),
            )
        })?;
        let words =
            (0..header.len()).filter(|at| *at != at_time && !is_value[*at] && !is_gap(&cells[*at]));
        let labels: BTreeMap<String, String> = words
            .map(|at| (header[at].clone(), cells[at].clone()))
            .collect();
        for at in (0..header.len()).filter(|at| is_value[*at] && !is_gap(&cells[*at])) {
            let value = number(&cells[at]).ok_or_else(|| {
                wrong(
                    at,
                    key("line {line}, column `{column}`: `{cell}` is not a number"),
                )
            })?;
            let mut labels = labels.clone();
            let is_plain = header[at].eq_ignore_ascii_case("value");
            let given = labels.remove("metric").filter(|_| is_plain);
            labels.insert(
                "__name__".to_owned(),
                given.unwrap_or_else(|| header[at].clone()),
            );
            found
                .entry(Labels(labels))
                .or_default()
                .insert(at_ms, value);
            if found.len() > MOST_SERIES {
                return Err(tf(
                    "line {line}: more than {most} series",
                    &[
                        ("line", &line.to_string()),
                        ("most", &MOST_SERIES.to_string()),
                    ],
                ));
            }
        }
    }
    gridded(name, &found)
}

/// The samples on one grid.
fn gridded(name: &str, found: &BTreeMap<Labels, BTreeMap<i64, f64>>) -> Result<Table, String> {
    let times = || found.values().flat_map(BTreeMap::keys).copied();
    let (Some(first_ms), Some(last_ms)) = (times().min(), times().max()) else {
        return Err(t("line 1: no column holds numbers").to_owned());
    };
    let steps = found.values().filter_map(step_of);
    let step_ms = steps.min().unwrap_or(MINUTE_MS).max(1);
    let start_ms = first_ms.div_euclid(step_ms) * step_ms;
    let len = usize::try_from((last_ms - start_ms) / step_ms + 1).unwrap_or(usize::MAX);
    if len.saturating_mul(found.len()) > MOST_SAMPLES {
        return Err(tf(
            "one sample every {ms} ms over the whole table is more than {most} samples",
            &[
                ("ms", &step_ms.to_string()),
                ("most", &MOST_SAMPLES.to_string()),
            ],
        ));
    }
    let range = TimeRange {
        from_ms: start_ms,
        to_ms: last_ms + step_ms,
    };
    let mut data = Dataset::new(step_ms);
    data.offsets = UtcOffsets::new(vec![(i64::MIN, 0)]);
    let (mut names, mut samples) = (Vec::new(), 0_u32);
    for (labels, row) in found {
        let mut values = vec![f64::NAN; len];
        for (at_ms, value) in row {
            let at = usize::try_from((at_ms - start_ms) / step_ms).unwrap_or(0);
            if let Some(place) = values.get_mut(at) {
                *place = *value;
            }
        }
        samples += row.len() as u32;
        let key = SeriesKey::new(&TABLE.into(), labels);
        let series = Series {
            labels: labels.clone(),
            unit: String::new(),
            start_ms,
            step_ms,
            values,
        };
        data.insert(key, series);
        names.push(key);
    }
    let read = TableRead {
        name: name.to_owned(),
        series: names.len() as u32,
        samples,
        range,
        step_ms,
    };
    let head = Head {
        range,
        series: Vec::new(),
        warnings: Vec::new(),
        offsets: data.offsets.clone(),
        excluded: Map::new(),
        as_of_seq: 0,
    };
    Ok(Table {
        data,
        names,
        head,
        read,
    })
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn parse(_: &str) -> f64 {
        f64::NAN
    }

    #[test]
    fn table_when_it_is_wide_then_each_column_is_a_series() {
        let text = "ts;host;\"cpu; %\";mem\n60;a;1;2\n120;a;3;\n180;b;5;6\n";
        let table = read("x.csv", text, parse).expect("a table");
        assert_eq!((table.read.series, table.read.samples), (4, 5));
        assert_eq!(table.read.step_ms, 60_000);
        assert_eq!(table.read.range.from_ms, 60_000);
        assert_eq!(table.read.range.to_ms, 240_000);
        let texts: Vec<String> = table
            .data
            .series
            .values()
            .map(|series| series.labels.to_string())
            .collect();
        assert!(texts.contains(&"mem{host=\"b\"}".to_owned()), "{texts:?}");
    }

    #[test]
    fn table_when_a_cell_is_wrong_then_line_and_column_are_named() {
        for (text, said) in [
            (
                "time,a\n1,2\nx,3\n",
                "line 3, column `time`: `x` is not a time",
            ),
            (
                "time,a\n1,2\n2,b\n",
                "line 3, column `a`: `b` is not a number",
            ),
            (
                "time,a\n1,2\n\n2\n",
                "line 4: expected 2 cells as in the first line, found 1",
            ),
            ("time,a,a\n", "line 1: two columns are called `a`"),
            (
                "a,b\nx,y\n",
                "line 1: no column holds times; call it `time`",
            ),
            ("time,a\n1,\"2\n", "line 2: a quote is never closed"),
        ] {
            assert_eq!(read("x.csv", text, parse).err().as_deref(), Some(said));
        }
    }
}
