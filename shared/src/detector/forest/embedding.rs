//! From a series to rows: the newest value, its change, and earlier values.

use serde::{Deserialize, Serialize};

use super::super::ParamSpec;

pub(crate) const LAGS: ParamSpec = ParamSpec::integer(
    "lags",
    "Lags",
    "How many earlier values are looked at beside the newest one and its change.",
    "samples",
    (0, 16, 2),
);

/// What a row is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Embedding {
    lags: u32,
}

/// Names of the columns.
const NAMES: [&str; 18] = [
    "value",
    "change",
    "1 earlier",
    "2 earlier",
    "3 earlier",
    "4 earlier",
    "5 earlier",
    "6 earlier",
    "7 earlier",
    "8 earlier",
    "9 earlier",
    "10 earlier",
    "11 earlier",
    "12 earlier",
    "13 earlier",
    "14 earlier",
    "15 earlier",
    "16 earlier",
];

impl Embedding {
    pub(crate) fn new(lags: u32) -> Self {
        Self { lags }
    }

    /// Values that make a row.
    pub(crate) fn span(self) -> usize {
        self.lags.max(1) as usize + 1
    }

    /// Columns of a row.
    pub(crate) fn dims(self) -> usize {
        self.lags as usize + 2
    }

    /// Appends the row of the newest of at least [`Embedding::span`] values.
    pub(crate) fn append(self, recent: &[f64], rows: &mut Vec<f64>) {
        let newest = recent.len() - 1;
        rows.push(recent[newest]);
        rows.push(recent[newest] - recent[newest - 1]);
        rows.extend((1..=self.lags as usize).map(|lag| recent[newest - lag]));
    }

    /// The rows of all places of a series where no value is missing.
    pub(crate) fn rows(self, series: &[f64]) -> Vec<f64> {
        let mut rows = Vec::with_capacity(series.len() * self.dims());
        for part in series.windows(self.span()) {
            if part.iter().all(|value| value.is_finite()) {
                self.append(part, &mut rows);
            }
        }
        rows
    }

    /// The name of a column.
    pub(crate) fn name(column: usize) -> &'static str {
        NAMES.get(column).copied().unwrap_or("earlier")
    }
}
