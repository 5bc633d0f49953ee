//! The empirical tails of each column, which ECOD and COPOD share: how few values lie as low, or as high?

use serde::{Deserialize, Serialize};

use super::column;
use crate::math::stats::mean;
use crate::sum::sum_by;

/// Rows that are kept at most; beyond them every so-manieth is taken, which changes no tail noticeably.
const MOST_ROWS: usize = 16_384;

/// Up to so many values are counted one by one, which needs no guess of the processor.
const FEW: usize = 8;

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
    #[serde(skip)]
    aid: Aid,
}

/// What makes a column quick and follows from it; a restored one goes without until it is warmed.
#[derive(Debug, Clone, PartialEq, Default)]
struct Aid {
    /// `−ln(k / (n + 1))` by k.
    logs: Vec<f64>,
    /// The first value of each of as many equal steps as there are values, and one more.
    starts: Vec<u32>,
    /// Steps in one unit.
    inverse: f64,
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
            column.fill_aid();
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
            aid: Aid::default(),
        };
        column.fill_aid();
        Some(column)
    }

    fn fill_aid(&mut self) {
        let count = self.sorted.len();
        let total = count as f64 + 1.0;
        let range = self.sorted[count - 1] - self.sorted[0];
        let mut aid = Aid {
            logs: (0..=count + 1)
                .map(|count| -libm::log(count.max(1) as f64 / total))
                .collect(),
            starts: vec![0; count + 1],
            inverse: if range > 0.0 {
                (count as f64 / range).min(f64::MAX)
            } else {
                0.0
            },
        };
        for &value in &self.sorted {
            let step = self.step_of(&aid, value);
            aid.starts[step + 1] += 1;
        }
        let mut sum = 0;
        for start in &mut aid.starts {
            sum += *start;
            *start = sum;
        }
        self.aid = aid;
    }

    /// Larger values are never in a smaller step, so the steps before that of a value hold smaller ones only.
    #[inline]
    fn step_of(&self, aid: &Aid, value: f64) -> usize {
        (((value - self.sorted[0]) * aid.inverse) as usize).min(self.sorted.len() - 1)
    }

    #[inline]
    fn log(&self, count: usize) -> f64 {
        match self.aid.logs.get(count) {
            Some(&log) => log,
            None => -libm::log(count.max(1) as f64 / (self.sorted.len() as f64 + 1.0)),
        }
    }

    /// The part of the values that may be equal to this one: those before it are smaller, those after it larger.
    #[inline]
    fn around(&self, value: f64) -> (usize, usize) {
        if self.aid.starts.is_empty() {
            return (0, self.sorted.len());
        }
        let step = self.step_of(&self.aid, value);
        (
            self.aid.starts[step] as usize,
            self.aid.starts[step + 1] as usize,
        )
    }

    /// How many values are at most this one, and how many at least.
    #[inline]
    fn counts(&self, value: f64) -> (usize, usize) {
        let (from, to) = self.around(value);
        let near = &self.sorted[from..to];
        let (mut smaller, mut through) = (0, 0);
        if near.len() <= FEW {
            for each in near {
                smaller += usize::from(*each < value);
                through += usize::from(*each <= value);
            }
        } else {
            smaller = near.partition_point(|each| *each < value);
            through = smaller + near[smaller..].partition_point(|each| *each <= value);
        }
        (from + through, self.sorted.len() - from - smaller)
    }
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
