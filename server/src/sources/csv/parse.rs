//! From the bytes of a table to sampled series; every refusal names its line.

use std::collections::BTreeMap;

use csv::{ByteRecord, ReaderBuilder};
use hindcast_shared::series::Labels;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use crate::sources::SampledSeries;

/// Why a table cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub(crate) struct CsvError {
    /// Line, from 1.
    pub(crate) line: u64,
    /// What is wrong there.
    pub(crate) message: String,
}

impl CsvError {
    pub(crate) fn new(line: u64, message: impl Into<String>) -> Self {
        Self {
            line,
            message: message.into(),
        }
    }
}

/// Names that say "this is the time", before any suffix `_ms` or `_s`.
const TIME_NAMES: [&str; 6] = ["time", "timestamp", "ts", "datetime", "date", "at"];

/// Numbers below this are seconds (until the year 5138), others milliseconds (since March 1973).
const SECONDS_BELOW: f64 = 1e11;

/// Cells that mean "no value".
const GAPS: [&str; 6] = ["", "nan", "null", "na", "n/a", "-"];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Column {
    Time,
    Value,
    Label,
    /// Nothing but gaps so far.
    Undecided,
}

/// Reads a table; see the rules at the head of [`super`].
///
/// # Errors
/// [`CsvError`] with the first line that is wrong.
pub(crate) fn parse(
    bytes: &[u8],
    time_column: Option<&str>,
) -> Result<Vec<SampledSeries>, CsvError> {
    let Sheet { header, rows } = sheet(bytes)?;
    let columns = columns(&header, &rows, time_column)?;
    collect(&header, &columns, &rows)
}

/// A table before anybody knows what its columns mean.
pub(crate) struct Sheet {
    /// Names of the columns; none is empty, no two are equal.
    pub(crate) header: Vec<String>,
    /// The rows with their lines; each has as many cells as the header.
    pub(crate) rows: Vec<Row>,
}

/// Reads lines and cells.
///
/// # Errors
/// [`CsvError`] with the first line that is wrong.
pub(crate) fn sheet(bytes: &[u8]) -> Result<Sheet, CsvError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(bytes))
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let mut rows = Vec::new();
    for record in reader.byte_records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(1, csv::Position::line);
            CsvError::new(line, error.to_string())
        })?;
        rows.push(cells(&record, bytes)?);
    }
    let mut rows = rows.into_iter();
    let Some((_, header)) = rows
        .next()
        .filter(|(_, header)| header.iter().any(|name| !name.is_empty()))
    else {
        return Err(CsvError::new(
            1,
            "expected a first line with the names of the columns",
        ));
    };
    check_header(&header)?;
    let rows: Vec<Row> = rows.collect();
    for (line, cells) in &rows {
        if cells.len() != header.len() {
            let message = format!(
                "has {} cells, the first line has {}",
                cells.len(),
                header.len()
            );
            return Err(CsvError::new(*line, message));
        }
    }
    Ok(Sheet { header, rows })
}

/// A row's line in the file, from 1, and its cells.
pub(crate) type Row = (u64, Vec<String>);

fn cells(record: &ByteRecord, bytes: &[u8]) -> Result<Row, CsvError> {
    let line = record.position().map_or(1, |position| {
        // The reader's position lies before the empty lines that it skips.
        let start = usize::try_from(position.byte())
            .unwrap_or(0)
            .min(bytes.len());
        let skipped = bytes[start..]
            .iter()
            .take_while(|byte| matches!(byte, b'\n' | b'\r'))
            .filter(|byte| **byte == b'\n')
            .count();
        position.line() + skipped as u64
    });
    let cells = record
        .iter()
        .map(|cell| {
            std::str::from_utf8(cell)
                .map(str::to_owned)
                .map_err(|_| CsvError::new(line, "is not UTF-8 text"))
        })
        .collect::<Result<_, _>>()?;
    Ok((line, cells))
}

/// The separator that occurs most often in the first line.
fn delimiter(bytes: &[u8]) -> u8 {
    let mut counts = [(0_u32, b';'), (0, b'\t'), (0, b',')];
    for byte in bytes.iter().take_while(|byte| **byte != b'\n') {
        for (count, _) in counts.iter_mut().filter(|(_, separator)| separator == byte) {
            *count += 1;
        }
    }
    counts
        .into_iter()
        .max_by_key(|(count, _)| *count)
        .map_or(b',', |(_, separator)| separator)
}

fn check_header(header: &[String]) -> Result<(), CsvError> {
    for (index, name) in header.iter().enumerate() {
        if name.is_empty() {
            return Err(CsvError::new(
                1,
                format!("column {} has no name", index + 1),
            ));
        }
        if header[..index].contains(name) {
            return Err(CsvError::new(1, format!("two columns are called `{name}`")));
        }
    }
    Ok(())
}

fn columns(
    header: &[String],
    rows: &[Row],
    time_column: Option<&str>,
) -> Result<Vec<Column>, CsvError> {
    let filled = |index: usize| {
        rows.iter()
            .map(|(_, cells)| cells[index].as_str())
            .find(|cell| !is_gap(cell))
    };
    let wanted =
        |name: &String| time_column.map_or_else(|| is_time_name(name), |time| name == time);
    let named = header.iter().position(wanted);
    if let (None, Some(time_column)) = (named, time_column) {
        return Err(CsvError::new(
            1,
            format!("no column is called `{time_column}`"),
        ));
    }
    let time = named
        .or_else(|| (0..header.len()).find(|index| filled(*index).is_some_and(looks_like_a_time)))
        .ok_or_else(|| CsvError::new(1, "no column holds times; call it `time`"))?;
    let kind = |index: usize| match filled(index) {
        _ if index == time => Column::Time,
        None => Column::Undecided,
        Some(cell) if number(cell).is_some() => Column::Value,
        Some(_) => Column::Label,
    };
    let columns: Vec<Column> = (0..header.len()).map(kind).collect();
    if !rows.is_empty() && !columns.contains(&Column::Value) {
        return Err(CsvError::new(1, "no column holds numbers"));
    }
    Ok(columns)
}

fn collect(
    header: &[String],
    columns: &[Column],
    rows: &[Row],
) -> Result<Vec<SampledSeries>, CsvError> {
    let mut series: BTreeMap<Labels, BTreeMap<i64, f64>> = BTreeMap::new();
    for (line, cells) in rows {
        let at = |wanted: Column| (0..cells.len()).filter(move |index| columns[*index] == wanted);
        let mut at_ms = 0;
        for index in at(Column::Time) {
            at_ms = time(&cells[index]).ok_or_else(|| {
                CsvError::new(
                    *line,
                    format!(
                        "`{}` in column `{}` is not a time; use RFC 3339, or seconds or milliseconds since 1970",
                        cells[index], header[index]
                    ),
                )
            })?;
        }
        let labels: BTreeMap<String, String> = at(Column::Label)
            .filter(|index| !cells[*index].is_empty())
            .map(|index| (header[index].clone(), cells[index].clone()))
            .collect();
        for index in at(Column::Value) {
            if is_gap(&cells[index]) {
                continue;
            }
            let value = number(&cells[index]).ok_or_else(|| {
                let message = format!(
                    "`{}` in column `{}` is not a number",
                    cells[index], header[index]
                );
                CsvError::new(*line, message)
            })?;
            series
                .entry(name_series(&header[index], labels.clone()))
                .or_default()
                .insert(at_ms, value);
        }
    }
    let sampled = |(labels, samples): (Labels, BTreeMap<i64, f64>)| SampledSeries {
        labels,
        unit: String::new(),
        samples: samples.into_iter().collect(),
    };
    Ok(series.into_iter().map(sampled).collect())
}

/// The labels of a cell's series: the metric is the column, or what the row calls it.
fn name_series(column: &str, mut labels: BTreeMap<String, String>) -> Labels {
    let given = if column.eq_ignore_ascii_case("value") {
        labels.remove("metric").or_else(|| labels.remove("name"))
    } else {
        None
    };
    let name = given.unwrap_or_else(|| column.to_owned());
    labels.insert("__name__".to_owned(), name);
    Labels(labels)
}

/// Whether a cell means "no value".
pub(crate) fn is_gap(cell: &str) -> bool {
    GAPS.iter().any(|gap| cell.eq_ignore_ascii_case(gap))
}

/// Whether a column of this name holds times.
pub(crate) fn is_time_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let stem = name
        .strip_suffix("_ms")
        .or_else(|| name.strip_suffix("_s"))
        .unwrap_or(&name);
    TIME_NAMES.contains(&stem)
}

/// Small numbers could be anything; a time without a telling name must be a date or from after 2001.
fn looks_like_a_time(cell: &str) -> bool {
    match number(cell) {
        Some(number) => number >= 1e9,
        None => time(cell).is_some(),
    }
}

/// A finite number.
pub(crate) fn number(cell: &str) -> Option<f64> {
    cell.parse().ok().filter(|value: &f64| value.is_finite())
}

/// RFC 3339; a date and time without an offset, which counts as UTC; seconds or milliseconds since 1970.
pub(crate) fn time(cell: &str) -> Option<i64> {
    if let Some(number) = number(cell) {
        let ms = if number.abs() < SECONDS_BELOW {
            number * 1_000.0
        } else {
            number
        };
        return Timestamp::from_millisecond(ms.round() as i64)
            .ok()
            .map(Timestamp::as_millisecond);
    }
    if let Ok(timestamp) = cell.parse::<Timestamp>() {
        return Some(timestamp.as_millisecond());
    }
    let civil: DateTime = cell.parse().ok()?;
    Offset::UTC
        .to_timestamp(civil)
        .ok()
        .map(Timestamp::as_millisecond)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn texts(series: &[SampledSeries]) -> Vec<String> {
        series
            .iter()
            .map(|series| series.labels.to_string())
            .collect()
    }

    #[rstest]
    #[case("time,cpu\n2026-01-15T10:20:30Z,1\n")]
    #[case("cpu;when\n1;2026-01-15T11:20:30+01:00\n")]
    #[case("when\tcpu\r\n1768472430\t1\r\n")]
    #[case("\u{feff}cpu,ts_ms\n1,1768472430000\n")]
    #[case("cpu,time\n1,2026-01-15 10:20:30\n")]
    fn table_when_times_have_any_known_form_then_reads_them(#[case] text: &str) {
        let series = parse(text.as_bytes(), None).expect("a table");
        assert_eq!(texts(&series), ["cpu"]);
        assert_eq!(series[0].samples, [(1_768_472_430_000, 1.0)]);
    }

    #[test]
    fn table_when_it_has_words_and_several_numbers_then_makes_labels_and_metrics() {
        let text = "time,host,\"cpu %\",mem\n60,a,1,2\n60,b,3,\n120,a,NaN,5\n";
        let series = parse(text.as_bytes(), None).expect("a table");
        assert_eq!(
            texts(&series),
            ["cpu %{host=\"a\"}", "cpu %{host=\"b\"}", "mem{host=\"a\"}"]
        );
        assert_eq!(series[2].samples, [(60_000, 2.0), (120_000, 5.0)]);
    }

    #[test]
    fn table_when_it_is_long_then_takes_the_metric_from_its_column() {
        let text = "metric,time,value\nqueue,60,1\nerrors,60,2\n";
        let series = parse(text.as_bytes(), None).expect("a table");
        assert_eq!(texts(&series), ["errors", "queue"]);
    }

    #[test]
    fn table_when_the_time_column_is_named_then_takes_it() {
        let text = "time,seen,cpu\n1,60,5\n";
        let series = parse(text.as_bytes(), Some("seen")).expect("a table");
        assert_eq!(texts(&series), ["cpu", "time"]);
        assert_eq!(series[0].samples, [(60_000, 5.0)]);
        assert!(parse(text.as_bytes(), Some("when")).is_err());
    }

    #[rstest]
    #[case("", 1, "first line")]
    #[case("time,,cpu\n", 1, "column 2 has no name")]
    #[case("time,cpu,cpu\n", 1, "two columns")]
    #[case("a,b\n1,2\n", 1, "no column holds times")]
    #[case("time,a\n1,x\n", 1, "no column holds numbers")]
    #[case("time,cpu\n60,1\n120\n", 3, "has 1 cells")]
    #[case("time,cpu\n60,1\n\n120,2,3\n", 4, "has 3 cells")]
    #[case("time,cpu\n60,1\n120,fast\n", 3, "`fast` in column `cpu`")]
    #[case("time,cpu\n60,1\nsoon,2\n", 3, "`soon` in column `time`")]
    fn table_when_broken_then_names_the_line(
        #[case] text: &str,
        #[case] line: u64,
        #[case] message: &str,
    ) {
        let error = parse(text.as_bytes(), None).expect_err("a broken table");
        assert_eq!(error.line, line, "{error}");
        assert!(error.message.contains(message), "{error}");
    }

    #[test]
    fn table_when_not_utf8_then_names_the_line() {
        let error = parse(b"time,cpu\n60,1\n120,\xff\n", None).expect_err("not text");
        assert_eq!(error.line, 3);
    }

    proptest! {
        #[test]
        fn table_when_any_bytes_then_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _outcome = parse(&bytes, None);
        }

        #[test]
        fn table_when_any_cells_then_never_panics(text in "time,a,b\n([0-9a-z\"\\-.T:Z]{0,6}[,\n]){0,20}") {
            let _outcome = parse(text.as_bytes(), None);
        }
    }
}
