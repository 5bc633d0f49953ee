//! Reduction of long columns to what a screen can show, without hiding what matters.
//!
//! Contract: of each pixel column the first, last, smallest and largest value survive (M4, Jugel et al., VLDB 2014),
//! each instant that the caller wants kept survives, and between two neighbouring finite points of the result
//! there was no gap: where there was one, a NaN stands between them.
//! For drawing only: scores are computed on raw columns.

use crate::series::Series;
use crate::time::TimeRange;

/// Values on a grid, without labels.
#[derive(Debug, Clone, Copy)]
pub struct Column<'a> {
    /// Instant of the first value.
    pub start_ms: i64,
    /// Distance between two values; positive.
    pub step_ms: i64,
    /// The values; NaN is a gap.
    pub values: &'a [f64],
}

impl<'a> From<&'a Series> for Column<'a> {
    fn from(series: &'a Series) -> Self {
        Self {
            start_ms: series.start_ms,
            step_ms: series.step_ms,
            values: &series.values,
        }
    }
}

impl Column<'_> {
    fn at_ms(&self, index: usize) -> i64 {
        self.start_ms + index as i64 * self.step_ms
    }

    /// Indices of the grid instants in the range.
    fn indices(&self, range: TimeRange) -> std::ops::Range<usize> {
        let index = |at_ms: i64| {
            let steps = (at_ms - self.start_ms + self.step_ms - 1).div_euclid(self.step_ms);
            usize::try_from(steps).unwrap_or(0).min(self.values.len())
        };
        let from = index(range.from_ms);
        from..index(range.to_ms).max(from)
    }
}

/// Points at instants that are no longer regular; NaN breaks the line.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reduced {
    /// Instants, ascending.
    pub times_ms: Vec<i64>,
    /// Their values.
    pub values: Vec<f64>,
}

impl Reduced {
    fn push(&mut self, at_ms: i64, value: f64) {
        self.times_ms.push(at_ms);
        self.values.push(value);
    }
}

/// The pixel column of an instant.
pub fn pixel_column(at_ms: i64, range: TimeRange, columns: u32) -> i64 {
    (at_ms - range.from_ms) * i64::from(columns.max(1)) / range.duration_ms().max(1)
}

/// A point that survives, and the newest gap before it.
#[derive(Debug, Clone, Copy)]
struct Survivor {
    index: usize,
    gap: Option<usize>,
}

/// The survivors of one pixel column.
#[derive(Debug, Default)]
struct Bucket {
    first: Option<Survivor>,
    smallest: Option<Survivor>,
    largest: Option<Survivor>,
    last: Option<Survivor>,
    kept: Vec<Survivor>,
}

impl Bucket {
    fn see(&mut self, survivor: Survivor, values: &[f64], keep: bool) {
        let value = values[survivor.index];
        self.first.get_or_insert(survivor);
        if self.smallest.is_none_or(|old| value < values[old.index]) {
            self.smallest = Some(survivor);
        }
        if self.largest.is_none_or(|old| value > values[old.index]) {
            self.largest = Some(survivor);
        }
        self.last = Some(survivor);
        if keep {
            self.kept.push(survivor);
        }
    }

    /// Hands the survivors over in the order of time, each once, with a NaN for each gap between two.
    fn flush(&mut self, column: &Column<'_>, previous: &mut Option<usize>, out: &mut Reduced) {
        // `kept` is in order already; the others find their places from the end.
        let mut survivors = std::mem::take(&mut self.kept);
        let extremes = [self.first, self.smallest, self.largest, self.last];
        for survivor in extremes.into_iter().flatten() {
            let before = survivors
                .iter()
                .rposition(|other| other.index <= survivor.index);
            match before {
                Some(at) if survivors[at].index == survivor.index => {}
                _ => survivors.insert(before.map_or(0, |at| at + 1), survivor),
            }
        }
        for survivor in survivors {
            if let Some(gap) = survivor.gap
                && previous.is_none_or(|previous| previous < gap)
            {
                out.push(column.at_ms(gap), f64::NAN);
            }
            out.push(column.at_ms(survivor.index), column.values[survivor.index]);
            *previous = Some(survivor.index);
        }
        *self = Self::default();
    }
}

/// Reduces the part of a column that lies in `range` to at most four points a pixel column, plus gaps and what is kept.
///
/// `keep_ms` are instants that must survive, ascending: the peaks and edges of anomalies.
pub fn m4<'a>(
    column: impl Into<Column<'a>>,
    range: TimeRange,
    columns: u32,
    keep_ms: &[i64],
) -> Reduced {
    let column = column.into();
    let mut out = Reduced::default();
    let mut bucket = Bucket::default();
    let mut current = i64::MIN;
    let (mut gap, mut previous) = (None, None);
    let mut keep_ms = keep_ms.iter().copied().peekable();
    let indices = column.indices(range);
    for index in indices.clone() {
        let at_ms = column.at_ms(index);
        if !column.values[index].is_finite() {
            gap = Some(index);
            continue;
        }
        let pixel = pixel_column(at_ms, range, columns);
        if pixel != current {
            bucket.flush(&column, &mut previous, &mut out);
            current = pixel;
        }
        while keep_ms.next_if(|keep| *keep < at_ms).is_some() {}
        let keep = keep_ms.peek() == Some(&at_ms);
        bucket.see(Survivor { index, gap }, column.values, keep);
    }
    bucket.flush(&column, &mut previous, &mut out);
    if let Some(gap) = gap.filter(|gap| previous.is_none_or(|previous| previous < *gap)) {
        // Silence up to the end is shown as silence up to the end.
        out.push(column.at_ms(gap.max(indices.end - 1)), f64::NAN);
    }
    out
}

/// The expected band, one point a pixel column: never narrower than any band that it stands for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Envelope {
    /// Instants, ascending.
    pub times_ms: Vec<i64>,
    /// Smallest lower edge; NaN where there is no band.
    pub lower: Vec<f64>,
    /// Largest upper edge; NaN where there is no band.
    pub upper: Vec<f64>,
    /// The last expected value; NaN where there is none.
    pub expected: Vec<f64>,
}

/// Runs of indices that share a pixel column, from left to right.
fn pixels(
    column: Column<'_>,
    range: TimeRange,
    columns: u32,
) -> impl Iterator<Item = std::ops::Range<usize>> {
    let indices = column.indices(range);
    let (duration_ms, count) = (range.duration_ms().max(1), i64::from(columns.max(1)));
    let mut next = indices.start;
    std::iter::from_fn(move || {
        let from = next;
        if from >= indices.end {
            return None;
        }
        // One division a column and none a value: the first instant of the next column, and its place on the grid.
        let pixel = pixel_column(column.at_ms(from), range, columns) + 1;
        let later_ms = range.from_ms + (pixel * duration_ms + count - 1).div_euclid(count);
        let steps = (later_ms - column.start_ms + column.step_ms - 1).div_euclid(column.step_ms);
        next = usize::try_from(steps)
            .unwrap_or(0)
            .clamp(from + 1, indices.end);
        Some(from..next)
    })
}

/// What is lower, or higher, than nothing yet.
const NO_LOWEST: f64 = f64::INFINITY;
const NO_HIGHEST: f64 = f64::NEG_INFINITY;

/// The lower one of two, and never a NaN. `f64::min` would do, but in Wasm it is a call.
fn lower_of(lowest: f64, value: f64) -> f64 {
    if value < lowest { value } else { lowest }
}

/// The higher one of two, and never a NaN.
fn higher_of(highest: f64, value: f64) -> f64 {
    if value > highest { value } else { highest }
}

/// Reduces a band to at most one point a pixel column; the three columns share one grid.
pub fn envelope(
    lower: Column<'_>,
    upper: &[f64],
    expected: &[f64],
    range: TimeRange,
    columns: u32,
) -> Envelope {
    let at = |values: &[f64], index: usize| values.get(index).copied().unwrap_or(f64::NAN);
    let edges = |index| (lower.values[index], at(upper, index));
    envelope_by(lower, edges, expected, range, columns)
}

/// The same, with a function that says what the edges are; only the grid of `column` counts.
pub fn envelope_by(
    column: Column<'_>,
    edges: impl Fn(usize) -> (f64, f64),
    expected: &[f64],
    range: TimeRange,
    columns: u32,
) -> Envelope {
    let mut out = Envelope::default();
    for run in pixels(column, range, columns) {
        out.times_ms.push(column.at_ms(run.start));
        let (mut lower, mut upper) = (NO_LOWEST, NO_HIGHEST);
        for index in run.clone() {
            let (low, high) = edges(index);
            (lower, upper) = (lower_of(lower, low), higher_of(upper, high));
        }
        let mut values = run
            .rev()
            .filter_map(|index| expected.get(index).filter(|value| value.is_finite()));
        out.lower
            .push(if lower == NO_LOWEST { f64::NAN } else { lower });
        out.upper
            .push(if upper == NO_HIGHEST { f64::NAN } else { upper });
        out.expected
            .push(values.next().copied().unwrap_or(f64::NAN));
    }
    out
}

/// The largest value of each pixel column, at the instant of the column's first point; for score ribbons.
pub fn maxima(column: Column<'_>, range: TimeRange, columns: u32) -> Reduced {
    let mut out = Reduced::default();
    for run in pixels(column, range, columns) {
        let highest = column.values[run.clone()]
            .iter()
            .fold(NO_HIGHEST, |highest, value| higher_of(highest, *value));
        let known = highest != NO_HIGHEST;
        out.push(
            column.at_ms(run.start),
            if known { highest } else { f64::NAN },
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STEP_MS: i64 = 60;

    fn column(values: &[f64]) -> Column<'_> {
        Column {
            start_ms: 0,
            step_ms: STEP_MS,
            values,
        }
    }

    fn range_over(values: &[f64]) -> TimeRange {
        TimeRange {
            from_ms: 0,
            to_ms: (values.len() as i64).max(1) * STEP_MS,
        }
    }

    fn samples() -> impl Strategy<Value = Vec<f64>> {
        let value = prop_oneof![
            6 => -1e6..1e6_f64,
            1 => Just(f64::NAN),
            1 => Just(f64::INFINITY),
        ];
        proptest::collection::vec(value, 0..400)
    }

    fn finite_indices(values: &[f64]) -> Vec<usize> {
        (0..values.len())
            .filter(|index| values[*index].is_finite())
            .collect()
    }

    #[test]
    fn m4_when_there_are_few_points_then_keeps_every_one() {
        let values = [1.0, 5.0, f64::NAN, 2.0];
        let reduced = m4(column(&values), range_over(&values), 100, &[]);
        assert_eq!(reduced.times_ms, [0, 60, 120, 180]);
        assert!(reduced.values[2].is_nan());
        assert_eq!(reduced.values[..2], [1.0, 5.0]);
        assert_eq!(reduced.values[3..], [2.0]);
    }

    #[test]
    fn m4_when_all_is_silence_then_says_so() {
        let values = [f64::NAN; 5];
        let reduced = m4(column(&values), range_over(&values), 2, &[]);
        assert_eq!(reduced.times_ms, [240]);
        assert!(reduced.values[0].is_nan());
    }

    #[test]
    fn envelope_when_points_share_a_column_then_is_as_wide_as_the_widest() {
        let (lower, upper, expected) = (
            [3.0, 1.0, f64::NAN],
            [4.0, 9.0, f64::NAN],
            [3.5, 5.0, f64::NAN],
        );
        let range = TimeRange {
            from_ms: 0,
            to_ms: 180,
        };
        let band = envelope(column(&lower), &upper, &expected, range, 1);
        assert_eq!(
            (band.lower[0], band.upper[0], band.expected[0]),
            (1.0, 9.0, 5.0)
        );
        assert_eq!(maxima(column(&upper), range, 1).values, [9.0]);
    }

    proptest! {
        #[test]
        fn m4_when_reduced_then_every_value_is_a_raw_one_and_time_ascends(values in samples(), columns in 1_u32..40) {
            let reduced = m4(column(&values), range_over(&values), columns, &[]);
            prop_assert!(reduced.times_ms.windows(2).all(|pair| pair[0] < pair[1]));
            for (at_ms, value) in reduced.times_ms.iter().zip(&reduced.values) {
                let raw = values[usize::try_from(at_ms / STEP_MS).expect("inside")];
                prop_assert!(value.to_bits() == raw.to_bits() || (value.is_nan() && !raw.is_finite()));
            }
            let finite = reduced.values.iter().filter(|value| value.is_finite()).count();
            prop_assert!(finite <= 4 * columns as usize);
        }

        #[test]
        fn m4_when_reduced_then_each_pixel_column_keeps_its_extent(values in samples(), columns in 1_u32..40) {
            let range = range_over(&values);
            let reduced = m4(column(&values), range, columns, &[]);
            for pixel in 0..i64::from(columns) {
                let raw: Vec<f64> = finite_indices(&values).into_iter()
                    .filter(|index| pixel_column(*index as i64 * STEP_MS, range, columns) == pixel)
                    .map(|index| values[index]).collect();
                let kept: Vec<f64> = reduced.times_ms.iter().zip(&reduced.values)
                    .filter(|(at_ms, value)| value.is_finite() && pixel_column(**at_ms, range, columns) == pixel)
                    .map(|(_, value)| *value).collect();
                let extent = |values: &[f64]| (
                    values.iter().copied().fold(f64::NAN, f64::min).to_bits(),
                    values.iter().copied().fold(f64::NAN, f64::max).to_bits(),
                    values.first().map(|value| value.to_bits()),
                    values.last().map(|value| value.to_bits()),
                );
                prop_assert_eq!(extent(&raw), extent(&kept));
            }
        }

        #[test]
        fn pixels_when_walked_then_are_the_columns_of_the_instants(
            values in samples(), columns in 1_u32..60, start_ms in -500_i64..500, from_ms in -400_i64..400, duration_ms in 1_i64..20_000,
        ) {
            let column = Column { start_ms, ..column(&values) };
            let range = TimeRange { from_ms, to_ms: from_ms + duration_ms };
            let pixel = |index: usize| pixel_column(column.at_ms(index), range, columns);
            let mut next = column.indices(range).start;
            for run in pixels(column, range, columns) {
                prop_assert_eq!(run.start, next);
                prop_assert!(run.clone().all(|index| pixel(index) == pixel(run.start)));
                prop_assert!(run.end == column.indices(range).end || pixel(run.end) > pixel(run.start));
                next = run.end;
            }
            prop_assert_eq!(next, column.indices(range).end);
        }

        #[test]
        fn m4_when_there_is_a_gap_then_no_line_crosses_it(values in samples(), columns in 1_u32..40) {
            let reduced = m4(column(&values), range_over(&values), columns, &[]);
            for (pair, times) in reduced.values.windows(2).zip(reduced.times_ms.windows(2)) {
                if pair.iter().all(|value| value.is_finite()) {
                    let between = usize::try_from(times[0] / STEP_MS).expect("inside")..usize::try_from(times[1] / STEP_MS).expect("inside");
                    prop_assert!(values[between].iter().all(|value| value.is_finite()));
                }
            }
        }

        #[test]
        fn m4_when_an_instant_is_to_be_kept_then_it_survives(values in samples(), columns in 1_u32..10, picks in proptest::collection::vec(any::<proptest::sample::Index>(), 0..20)) {
            let finite = finite_indices(&values);
            prop_assume!(!finite.is_empty());
            let mut keep: Vec<i64> = picks.iter().map(|pick| finite[pick.index(finite.len())] as i64 * STEP_MS).collect();
            keep.sort_unstable();
            keep.dedup();
            let reduced = m4(column(&values), range_over(&values), columns, &keep);
            for at_ms in keep {
                prop_assert!(reduced.times_ms.binary_search(&at_ms).is_ok());
            }
        }
    }
}
