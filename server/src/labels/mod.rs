//! Labels from files: what a person says was wrong, and when. For backtests; the store's labels live there.
//!
//! Read as they are:
//! - a table (CSV) of intervals: columns `start` and `end` (or `from` and `to`, `start_ms` and `end_ms`), the
//!   end exclusive, and if there are any, `series` (a text form or a glob over it) and `kind` (only `incident`
//!   counts);
//! - a table of points with a column `Label` (or `is_anomaly`): 0 or 1 a row, as TSB-AD writes it; with a time
//!   column, or else on the grid of one minute from 1970 that `hindcast score` gives such a file;
//! - JSON: a list of `{"start": …, "end": …}` or `[start, end]`, a list of labels as the API writes it, or
//!   NAB's windows, `{"file.csv": [[first, last], …]}`, whose ends belong to them.
//!
//! Times are RFC 3339, dates with times in UTC, or seconds or milliseconds since 1970.

mod json;
mod table;

use std::ops::Range;

use hindcast_shared::evaluate::merged;
use wildmatch::WildMatch;

use crate::sources::csv::parse::{CsvError, number, time};

/// A labelled stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Interval {
    /// First instant, and the first after it; never empty.
    pub(crate) span: Range<i64>,
    /// Glob over the text form of the series it speaks of; none for all.
    pub(crate) series: Option<String>,
}

/// What a file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Labels {
    /// In the order of the file.
    pub(crate) intervals: Vec<Interval>,
}

impl Labels {
    /// What is labelled in a series: in order, apart, and only within `range`.
    pub(crate) fn of(&self, series: &str, range: &Range<i64>) -> Vec<Range<i64>> {
        let spans = self.intervals.iter().filter(|interval| {
            interval
                .series
                .as_ref()
                .is_none_or(|glob| glob == series || WildMatch::new(glob).matches(series))
        });
        let clipped = spans
            .map(|interval| interval.span.start.max(range.start)..interval.span.end.min(range.end));
        merged(clipped.filter(|span| !span.is_empty()).collect())
    }
}

/// Reads labels; `entry` picks one of NAB's files.
///
/// # Errors
/// What is wrong, with its line.
pub(crate) fn read(bytes: &[u8], entry: Option<&str>) -> Result<Labels, CsvError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    let intervals = if matches!(first, Some(b'{' | b'[')) {
        json::read(bytes, entry)?
    } else if entry.is_some() {
        let message = "a table has no entries to choose from; only JSON as NAB writes it has";
        return Err(CsvError::new(1, message));
    } else {
        table::read(bytes)?
    };
    Ok(Labels { intervals })
}

/// An instant from a cell; the name of its column or key may say in which unit it is.
fn instant(name: &str, cell: &str) -> Option<i64> {
    let name = name.to_ascii_lowercase();
    let factor = if name.ends_with("_ms") {
        1.0
    } else if name.ends_with("_s") {
        1_000.0
    } else {
        return time(cell);
    };
    number(cell)
        .map(|number| (number * factor).round() as i64)
        .or_else(|| time(cell))
}

fn is_start(name: &str) -> bool {
    stem(name, &["start", "from", "begin"])
}

fn is_end(name: &str) -> bool {
    stem(name, &["end", "to", "until"])
}

fn stem(name: &str, stems: &[&str]) -> bool {
    let name = name.to_ascii_lowercase();
    let name = ["_ms", "_s", "_time"]
        .iter()
        .find_map(|suffix| name.strip_suffix(suffix))
        .unwrap_or(&name);
    stems.contains(&name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn spans(text: &str, entry: Option<&str>) -> Vec<Range<i64>> {
        let labels = read(text.as_bytes(), entry).expect("labels");
        labels.of("cpu", &(i64::MIN..i64::MAX))
    }

    #[rstest]
    #[case("start,end\n1970-01-01T00:01:00Z,1970-01-01 00:02:00\n")]
    #[case("from;to;why\n60;120;disk full\n")]
    #[case("end_ms,start_ms,series\n120000,60000,c*\n120000,60000,other\n")]
    #[case("start,end,kind\n60,120,incident\n300,400,normal\n")]
    #[case("[[60, 120]]")]
    #[case("[{\"start\": \"1970-01-01T00:01:00Z\", \"end\": 120}]")]
    #[case(
        "{\"items\":[{\"id\":\"x\",\"start_ms\":60000,\"end_ms\":120000,\"kind\":\"incident\",\"pattern\":null}],\"as_of_seq\":3}"
    )]
    fn labels_when_intervals_have_any_known_form_then_reads_them(#[case] text: &str) {
        assert_eq!(spans(text, None), vec![60_000..120_000]);
    }

    #[test]
    fn labels_when_written_as_by_nab_then_the_last_instant_belongs_to_them() {
        let one = "{\"a.csv\": [[\"1970-01-01 00:01:00.000000\", \"1970-01-01 00:02:00.000000\"]]}";
        assert_eq!(spans(one, None), vec![60_000..120_001]);
        let two = "{\"a.csv\": [], \"b.csv\": [[60, 120]]}";
        assert_eq!(spans(two, Some("b.csv")), vec![60_000..120_001]);
        assert!(spans(two, Some("a.csv")).is_empty());
        let error = read(two.as_bytes(), None).expect_err("which one?");
        assert!(error.message.contains("a.csv, b.csv"), "{error}");
        assert!(read(two.as_bytes(), Some("c.csv")).is_err());
    }

    #[test]
    fn labels_when_written_as_by_tsb_ad_then_lie_on_the_minutes_since_1970() {
        let text = "Data,Label\n0.5,0\n0.7,1\n9,1\n1,0\n";
        assert_eq!(spans(text, None), vec![60_000..180_000]);
    }

    #[test]
    fn labels_when_points_have_times_then_reach_to_the_next_row() {
        let text = "time,value,label\n600,1,0\n900,2,1\n1200,3,0\n1500,3,1\n";
        assert_eq!(
            spans(text, None),
            vec![900_000..1_200_000, 1_500_000..1_800_000]
        );
    }

    #[rstest]
    #[case("", 1, "first line")]
    #[case("a,b\n1,2\n", 1, "`start` and `end`")]
    #[case("start,end\n60,120\nsoon,200\n", 3, "`soon` in column `start`")]
    #[case("start,end\n60,120\n300,200\n", 3, "must be before")]
    #[case("start,end,kind\n60,120,odd\n", 2, "`odd`")]
    #[case("Data,Label\n1,0\n2,maybe\n", 3, "0 or 1")]
    #[case("time,label\n60,0\n60,1\n", 3, "before it")]
    #[case("[\n[60, 120],\n[60, \"soon\"]\n]", 3, "`soon`")]
    #[case("[\n{\"start\": 60}\n]", 2, "end")]
    #[case("[[60, 50]]", 1, "must be before")]
    #[case("{\"a\": [", 1, "EOF")]
    fn labels_when_broken_then_name_the_line(
        #[case] text: &str,
        #[case] line: u64,
        #[case] message: &str,
    ) {
        let error = read(text.as_bytes(), None).expect_err("broken labels");
        assert_eq!(error.line, line, "{error}");
        assert!(error.message.contains(message), "{error}");
    }

    proptest! {
        #[test]
        fn labels_when_any_text_then_never_panics(text in "(start,end|Data,Label|time,label|\\[|\\{)\n?([0-9a-z\"\\-.:{}\\[\\]T]{0,6}[,\n]){0,20}") {
            let _outcome = read(text.as_bytes(), None);
        }
    }
}
