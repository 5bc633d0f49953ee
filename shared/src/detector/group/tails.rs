//! The empirical tails of each column, which ECOD and COPOD share: how few values lie as low, or as high?

use serde::{Deserialize, Serialize};

use super::column;
use crate::math::stats::mean;
use crate::sum::sum_by;

/// Rows that are kept at most; beyond them every so-manieth is taken, which changes no tail noticeably.
const MOST_ROWS: usize = 16_384;

/// Which tail an asymmetric column is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Skew {
    Left,
    None,
    Right,
}

/// One column: its values in ascending order, and its skewness' sign.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Column {
    sorted: Vec<f64>,
    skew: Skew,
    /// `−ln(k / (n + 1))` by k; rebuilt when first needed after a restore.
    #[serde(skip)]
    logs: Vec<f64>,
}

/// Both tails of a value, as `−ln` of the share of values that lie there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tail {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) skew: Skew,
}

impl Tail {
    /// The tail on the side where the column is long, both together if it is symmetric.
    pub(super) fn by_skew(self) -> f64 {
        match self.skew {
            Skew::Left => self.left,
            Skew::None => self.left + self.right,
            Skew::Right => self.right,
        }
    }
}

/// All columns of a training set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Tails {
    columns: Vec<Column>,
}

impl Tails {
    /// Learns `rows` of `dims` values each (NaN is missing); nothing if a column has fewer than two values.
    pub(super) fn fit(rows: &[f64], dims: usize) -> Option<Self> {
        let columns: Option<Vec<Column>> = (0..dims)
            .map(|member| Column::fit(column(rows, dims, member)))
            .collect();
        let columns = columns?;
        (!columns.is_empty()).then_some(Self { columns })
    }

    pub(super) fn dims(&self) -> usize {
        self.columns.len()
    }

    /// Fills in what a restore leaves out; the results are the same without it, only slower.
    pub(super) fn warm(&mut self) {
        for column in &mut self.columns {
            column.fill_logs();
        }
    }

    /// The tails of a new value among the learned ones and itself. A value at a learned one counts as there.
    #[inline]
    pub(super) fn of_new(&self, member: usize, value: f64) -> Tail {
        let column = &self.columns[member];
        let (below, above) = column.counts(value);
        Tail {
            left: column.log(below + 1),
            right: column.log(above + 1),
            skew: column.skew,
        }
    }

    /// The tails of a value that is one of the learned ones.
    pub(super) fn of_known(&self, member: usize, value: f64) -> Tail {
        let column = &self.columns[member];
        let (below, above) = column.counts(value);
        let total = column.sorted.len() as f64;
        Tail {
            left: -libm::log(below.max(1) as f64 / total),
            right: -libm::log(above.max(1) as f64 / total),
            skew: column.skew,
        }
    }
}

impl Column {
    fn fit(mut values: Vec<f64>) -> Option<Self> {
        if values.len() > MOST_ROWS {
            let every = values.len().div_ceil(MOST_ROWS);
            values = values.into_iter().step_by(every).collect();
        }
        if values.len() < 2 {
            return None;
        }
        let skew = skew(&values);
        values.sort_unstable_by(f64::total_cmp);
        let mut column = Self {
            sorted: values,
            skew,
            logs: Vec::new(),
        };
        column.fill_logs();
        Some(column)
    }

    fn fill_logs(&mut self) {
        if self.logs.is_empty() {
            let total = self.sorted.len() as f64 + 1.0;
            self.logs = (0..=self.sorted.len() + 1)
                .map(|count| -libm::log(count.max(1) as f64 / total))
                .collect();
        }
    }

    #[inline]
    fn log(&self, count: usize) -> f64 {
        match self.logs.get(count) {
            Some(&log) => log,
            None => -libm::log(count.max(1) as f64 / (self.sorted.len() as f64 + 1.0)),
        }
    }

    /// How many values are at most this one, and how many at least.
    #[inline]
    fn counts(&self, value: f64) -> (usize, usize) {
        let below = first(&self.sorted, |each| each < value);
        let mut through = below;
        // Equal values are rare; where they are many, the search is as quick as the first.
        if self.sorted.get(below).is_some_and(|each| *each <= value) {
            through = below + first(&self.sorted[below..], |each| each <= value);
        }
        (through, self.sorted.len() - below)
    }
}

/// The first index at which `holds` does not, by a search without branches.
#[inline]
fn first(sorted: &[f64], holds: impl Fn(f64) -> bool) -> usize {
    let mut base = 0;
    let mut size = sorted.len();
    while size > 1 {
        let half = size / 2;
        base = if holds(sorted[base + half - 1]) {
            base + half
        } else {
            base
        };
        size -= half;
    }
    base + usize::from(size == 1 && holds(sorted[base]))
}

/// The sign of the third central moment; none where the values hardly differ.
fn skew(values: &[f64]) -> Skew {
    let largest = values.iter().fold(0.0_f64, |most, v| most.max(v.abs()));
    if largest <= 0.0 {
        return Skew::None;
    }
    // Scaled, so that no cube can overflow.
    let scaled: Vec<f64> = values.iter().map(|value| value / largest).collect();
    let centre = mean(&scaled);
    let count = scaled.len() as f64;
    let second = sum_by(&scaled, |v| (v - centre) * (v - centre)) / count;
    let third = sum_by(&scaled, |v| (v - centre) * (v - centre) * (v - centre)) / count;
    let rounding = f64::EPSILON * centre;
    if second <= rounding * rounding {
        Skew::None
    } else if third > 0.0 {
        Skew::Right
    } else if third < 0.0 {
        Skew::Left
    } else {
        Skew::None
    }
}
