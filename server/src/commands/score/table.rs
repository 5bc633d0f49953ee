//! The rows to score: a column of numbers on a regular grid, found in a table.

use hindcast_shared::time::Millis;
use jiff::Timestamp;

use crate::sources::csv::parse::{CsvError, Sheet, is_gap, is_time_name, number, sheet, time};

/// Distance of rows without times.
const ROW_MS: i64 = 60_000;

/// At most this share of the grid may be missing; beyond it the rows themselves are the grid, because a
/// detector would mostly meet gaps.
const MOST_GAPS: f64 = 0.1;

/// How far local times may run back: an hour, when clocks are put back.
const CLOCK_CHANGE_MS: i64 = 3_600_000;

/// A column on a grid.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rows {
    /// One value a place of the grid; NaN is a gap.
    pub(super) values: Vec<f64>,
    /// For each row of the table its place on the grid, ascending.
    pub(super) places: Vec<usize>,
    /// Instant of the first place.
    pub(super) start_ms: i64,
    /// Distance of places.
    pub(super) step_ms: i64,
    /// What somebody should know about how the times were read.
    pub(super) notes: Vec<String>,
}

impl Rows {
    /// Places of the grid that the first `rows` rows take.
    pub(super) fn grid_rows(&self, rows: usize) -> usize {
        rows.checked_sub(1).map_or(0, |last| self.places[last] + 1)
    }
}

/// Reads the table.
///
/// # Errors
/// What is wrong, with its line.
pub(super) fn read(
    bytes: &[u8],
    column: Option<&str>,
    time_column: Option<&str>,
) -> Result<Rows, CsvError> {
    let sheet = sheet(bytes)?;
    if sheet.rows.is_empty() {
        return Err(CsvError::new(
            1,
            "there are no rows below the names of the columns",
        ));
    }
    let value = match column {
        Some(name) => find(&sheet, name)?,
        None => guess(&sheet)?,
    };
    let values = values(&sheet, value)?;
    let Some(name) = time_column else {
        return Ok(regular(values, 0, ROW_MS, Vec::new()));
    };
    place(values, &times(&sheet, find(&sheet, name)?)?)
}

fn find(sheet: &Sheet, name: &str) -> Result<usize, CsvError> {
    let found = sheet.header.iter().position(|known| known == name);
    found.ok_or_else(|| {
        let known = sheet.header.join(", ");
        CsvError::new(
            1,
            format!("no column is called `{name}`; there are {known}"),
        )
    })
}

/// The first column of numbers that is neither the time nor a label.
fn guess(sheet: &Sheet) -> Result<usize, CsvError> {
    let filled = |column: usize| {
        sheet
            .rows
            .iter()
            .map(|(_, cells)| cells[column].as_str())
            .find(|cell| !is_gap(cell))
    };
    (0..sheet.header.len())
        .find(|&column| {
            let name = &sheet.header[column];
            !is_time_name(name)
                && !name.eq_ignore_ascii_case("label")
                && filled(column).is_some_and(|cell| number(cell).is_some())
        })
        .ok_or_else(|| CsvError::new(1, "no column holds numbers; name one with --column"))
}

fn values(sheet: &Sheet, column: usize) -> Result<Vec<f64>, CsvError> {
    let read = |(line, cells): &(u64, Vec<String>)| {
        let cell = &cells[column];
        if is_gap(cell) {
            return Ok(f64::NAN);
        }
        let Ok(value) = cell.parse::<f64>() else {
            let name = &sheet.header[column];
            let message = format!("`{cell}` in column `{name}` is not a number");
            return Err(CsvError::new(*line, message));
        };
        // An infinity is a division by zero somewhere, not a measurement.
        Ok(if value.is_finite() { value } else { f64::NAN })
    };
    sheet.rows.iter().map(read).collect()
}

/// A row's line, its instant, and whether it was written without an offset from UTC.
type Moment = (u64, i64, bool);

fn times(sheet: &Sheet, column: usize) -> Result<Vec<Moment>, CsvError> {
    let read = |(line, cells): &(u64, Vec<String>)| {
        let cell = &cells[column];
        let at_ms = time(cell).ok_or_else(|| {
            let name = &sheet.header[column];
            let message = format!(
                "`{cell}` in column `{name}` is not a time; use RFC 3339, or seconds or milliseconds since 1970"
            );
            CsvError::new(*line, message)
        })?;
        let local = number(cell).is_none() && cell.parse::<Timestamp>().is_err();
        Ok((*line, at_ms, local))
    };
    sheet.rows.iter().map(read).collect()
}

fn place(values: Vec<f64>, moments: &[Moment]) -> Result<Rows, CsvError> {
    let mut steps = Vec::with_capacity(moments.len());
    let mut repeats = 0;
    for pair in moments.windows(2) {
        let (_, before_ms, _) = pair[0];
        let (line, at_ms, local) = pair[1];
        let step = at_ms - before_ms;
        if step > 0 {
            steps.push(step);
        } else if local && -step <= CLOCK_CHANGE_MS {
            repeats += 1;
        } else {
            let how = if step == 0 {
                "the same time as"
            } else {
                "earlier than"
            };
            let message = format!("is {how} the row before it");
            return Err(CsvError::new(line, message));
        }
    }
    steps.sort_unstable();
    let step_ms = steps.get(steps.len() / 2).copied().unwrap_or(ROW_MS);
    let start_ms = moments[0].1;
    let told = |why: &str| {
        let step = Millis::new(step_ms);
        format!("{why}: every row counts as one step of {step}, in the order of the file")
    };
    if repeats > 0 {
        let note = told(&format!("{repeats} local times repeat or run back"));
        return Ok(regular(values, start_ms, step_ms, vec![note]));
    }
    let places: Vec<usize> = moments
        .iter()
        .map(|(_, at_ms, _)| ((at_ms - start_ms + step_ms / 2) / step_ms) as usize)
        .collect();
    let len = places.last().map_or(0, |last| last + 1);
    let collide = places.windows(2).any(|pair| pair[0] == pair[1]);
    if collide || (len - places.len()) as f64 > MOST_GAPS * len as f64 {
        let note = told("times are too irregular for a grid");
        return Ok(regular(values, start_ms, step_ms, vec![note]));
    }
    let mut grid = vec![f64::NAN; len];
    for (place, value) in places.iter().zip(values) {
        grid[*place] = value;
    }
    Ok(Rows {
        values: grid,
        places,
        start_ms,
        step_ms,
        notes: Vec::new(),
    })
}

fn regular(values: Vec<f64>, start_ms: i64, step_ms: i64, notes: Vec<String>) -> Rows {
    Rows {
        places: (0..values.len()).collect(),
        values,
        start_ms,
        step_ms,
        notes,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn rows(text: &str, time: Option<&str>) -> Rows {
        read(text.as_bytes(), None, time).expect("rows")
    }

    #[test]
    fn rows_when_there_are_no_times_lie_a_minute_apart() {
        let rows = rows("Data,Label\n1,0\n,0\ninf,1\n", None);
        assert_eq!(rows.places, [0, 1, 2]);
        assert_eq!((rows.start_ms, rows.step_ms), (0, 60_000));
        assert!(rows.values[1].is_nan() && rows.values[2].is_nan());
    }

    #[test]
    fn rows_when_one_is_missing_leave_a_gap_on_the_grid() {
        let mut text = "time,x\n".to_owned();
        for minute in (0..20).filter(|minute| *minute != 7) {
            writeln!(text, "{},{minute}", 600 + minute * 60).expect("text takes all");
        }
        let rows = rows(&text, Some("time"));
        assert_eq!((rows.start_ms, rows.step_ms), (600_000, 60_000));
        assert_eq!((rows.values.len(), rows.places.len()), (20, 19));
        assert!(rows.values[7].is_nan());
        assert_eq!(rows.places[7], 8);
        assert_eq!(rows.grid_rows(0), 0);
        assert_eq!(rows.grid_rows(8), 9);
    }

    #[test]
    fn rows_when_clocks_are_put_back_keep_their_order_and_say_so() {
        let text = "t,x\n2026-10-25 02:00:00,1\n2026-10-25 02:30:00,2\n2026-10-25 02:00:00,3\n2026-10-25 02:30:00,4\n2026-10-25 03:00:00,5\n";
        let rows = rows(text, Some("t"));
        assert_eq!(rows.values, [1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(rows.step_ms, 1_800_000);
        assert!(rows.notes[0].contains("run back"), "{:?}", rows.notes);
    }

    #[test]
    fn rows_when_times_are_irregular_are_the_grid() {
        let rows = rows("t,x\n0,1\n60,2\n120,3\n9000,4\n", Some("t"));
        assert_eq!(rows.values.len(), 4);
        assert_eq!(rows.notes.len(), 1);
    }

    #[rstest]
    #[case("t,x\n", 1, "no rows")]
    #[case("t,x\n60,1\n60,2\n", 3, "the same time")]
    #[case("t,x\n60,1\n2026-01-01T00:00:00Z,2\n120,2\n", 4, "earlier")]
    #[case("t,x\n60,1\nsoon,2\n", 3, "`soon`")]
    #[case("t,x\n60,1\n120,fast\n", 3, "`fast`")]
    #[case("t\na\n", 1, "no column holds numbers")]
    fn rows_when_broken_name_the_line(
        #[case] text: &str,
        #[case] line: u64,
        #[case] message: &str,
    ) {
        let column = text.starts_with("t,x").then_some("x");
        let error = read(text.as_bytes(), column, Some("t")).expect_err("broken");
        assert_eq!(error.line, line, "{error}");
        assert!(error.message.contains(message), "{error}");
    }

    proptest! {
        #[test]
        fn rows_when_any_cells_never_panic(text in "t,x\n([0-9\\-.:TZe]{0,6},[0-9a-z\\-.]{0,4}\n){0,20}") {
            if let Ok(rows) = read(text.as_bytes(), Some("x"), Some("t")) {
                prop_assert!(rows.places.iter().all(|place| *place < rows.values.len()));
                prop_assert!(rows.places.windows(2).all(|pair| pair[0] < pair[1]));
            }
        }
    }
}
