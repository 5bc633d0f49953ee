//! Samples as a model sees them: a table with a row for each instant, and windows that are slices of it.

use hindcast_shared::time::TimeRange;

/// A table on a regular grid; every number is finite.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Frame {
    /// Which series of the model's inputs it is of; the first of several.
    pub(crate) series: usize,
    /// Instant of the first row.
    pub(crate) start_ms: i64,
    /// Distance between two rows.
    pub(crate) step_ms: i64,
    /// Numbers of a row.
    pub(crate) columns: usize,
    /// Row by row.
    pub(crate) values: Vec<f64>,
    /// Share of the series that had no value, a row.
    pub(super) missing: Vec<f64>,
    /// Whether somebody took the row out.
    pub(super) left_out: Vec<bool>,
}

/// A window by the frame that it is in and its last row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) frame: u32,
    pub(crate) end: u32,
}

/// Windows of some frames, in the order of frames and times.
#[derive(Debug, Clone)]
pub(crate) struct Windows<'a> {
    frames: &'a [Frame],
    length: usize,
    places: &'a [Place],
}

impl Frame {
    /// Rows.
    pub(crate) fn len(&self) -> usize {
        self.missing.len()
    }

    /// The instant of a row.
    pub(crate) fn at_ms(&self, row: usize) -> i64 {
        self.start_ms + row as i64 * self.step_ms
    }

    /// Marks what lies in the ranges as taken out.
    pub(super) fn leave_out(&mut self, ranges: &[TimeRange]) {
        for row in 0..self.len() {
            let at_ms = self.at_ms(row);
            if ranges.iter().any(|range| range.contains(at_ms)) {
                self.left_out[row] = true;
            }
        }
    }

    /// Windows of `length` rows, each with whether it may be learned: nothing in it was taken out and no more than
    /// half of it is missing.
    pub(super) fn windows(
        &self,
        length: usize,
        stride: usize,
    ) -> impl Iterator<Item = (usize, bool)> + '_ {
        let mut taken_out = vec![0_u32];
        let mut missing = vec![0.0];
        for row in 0..self.len() {
            taken_out.push(taken_out[row] + u32::from(self.left_out[row]));
            missing.push(missing[row] + self.missing[row]);
        }
        let first = length - 1;
        (first..self.len()).step_by(stride).map(move |end| {
            let from = end + 1 - length;
            let gone = (missing[end + 1] - missing[from]) / length as f64;
            (end, taken_out[end + 1] == taken_out[from] && gone <= 0.5)
        })
    }

    /// Whether a window that ends in this row can be judged: there is a value now, and half of the window is there.
    pub(super) fn can_be_judged(&self, end: usize, length: usize) -> bool {
        let Some(from) = (end + 1).checked_sub(length) else {
            return false;
        };
        let gone = self.missing[from..=end].iter().sum::<f64>() / length as f64;
        self.missing[end] < 1.0 && gone <= 0.5
    }
}

impl<'a> Windows<'a> {
    pub(crate) fn new(frames: &'a [Frame], length: usize, places: &'a [Place]) -> Self {
        Self {
            frames,
            length,
            places,
        }
    }

    /// How many.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// Numbers of a window.
    pub(crate) fn width(&self) -> usize {
        self.length * self.frames.first().map_or(0, |frame| frame.columns)
    }

    /// A window: its rows one after the other, the newest last.
    pub(crate) fn row(&self, index: usize) -> &'a [f64] {
        let place = self.places[index];
        let frame = &self.frames[place.frame as usize];
        let to = (place.end as usize + 1) * frame.columns;
        &frame.values[to - self.length * frame.columns..to]
    }

    /// All of them as one row-major table.
    pub(crate) fn table(&self) -> Vec<f64> {
        self.chunk(0, self.len())
    }

    /// Some of them as one row-major table.
    pub(crate) fn chunk(&self, from: usize, to: usize) -> Vec<f64> {
        let mut table = Vec::with_capacity((to - from) * self.width());
        for index in from..to {
            table.extend_from_slice(self.row(index));
        }
        table
    }
}
