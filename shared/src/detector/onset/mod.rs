//! Onsets: the few moments of a stream at which something new begins, for paging.
//!
//! A score says how odd a moment is and stays high for as long as the oddity lasts. An onset speaks once,
//! with its strength, and is then quiet until something stronger comes or the memory of it has faded: more
//! than 1.0 is worth a page.
#![doc = include_str!("measured.md")]

mod channels;
mod layout;
mod quiet;
mod table;

use serde::{Deserialize, Serialize};

use channels::Channels;
use layout::Tables;
use quiet::Quiet;

/// Most rows of a frame.
const LONGEST_FRAME: u32 = 750;
/// Fewest rows of a frame.
const SHORTEST_FRAME: u32 = 16;
/// Rows over which the rate of news is averaged, in frames.
const HORIZON: f64 = 20.0;
/// Strength on the scale of the tables, for each row of the frame, that is worth a page.
///
/// What happens once has the strength of the rows so far, so a longer frame makes everything stronger.
const PAGE_PER_ROW: f64 = 0.0033;
/// Larger values count as gaps, as everywhere.
const MAX_MAGNITUDE: f64 = 1e150;

/// What can be set, though nothing need be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnsetParams {
    /// Rows from which the layout of the bins is learned and within which nothing is reported, 16 to 750.
    /// It is also the stream's idea of time: a detection is followed by a quiet of about half as long.
    pub frame_rows: u32,
}

impl Default for OnsetParams {
    fn default() -> Self {
        Self {
            frame_rows: LONGEST_FRAME,
        }
    }
}

/// The onsets of one stream, value by value, in at most 16 kB.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Onset {
    frame_rows: u32,
    /// The first values, until there are enough for a frame.
    first: Vec<f64>,
    channels: Channels,
    tables: Option<Tables>,
    quiet: Quiet,
    /// Rows counted, faded over the horizon.
    seen: f64,
    /// What is left of a row of the past after each new one.
    keep: f64,
}

impl Onset {
    /// A stream that knows nothing yet.
    pub fn new(params: OnsetParams) -> Self {
        let frame_rows = params.frame_rows.clamp(SHORTEST_FRAME, LONGEST_FRAME);
        Self {
            frame_rows,
            first: Vec::new(),
            channels: Channels::default(),
            tables: None,
            quiet: Quiet::new(frame_rows),
            seen: 0.0,
            keep: libm::exp(-1.0 / (HORIZON * f64::from(frame_rows))),
        }
    }

    /// Forgets everything and learns a history, oldest first (NaN is a gap); the same as stepping through it.
    pub fn fit(&mut self, history: &[f64]) {
        *self = Self::new(OnsetParams {
            frame_rows: self.frame_rows,
        });
        for &value in history {
            self.step(value);
        }
    }

    /// Whether the frame is still being learned; onsets are 0 until then.
    pub fn is_learning(&self) -> bool {
        self.tables.is_none()
    }

    /// The strength of the onset at the next value: 0 while learning, in the quiet period and in a gap,
    /// over 1.0 where it is worth a page. Never NaN, never negative.
    pub fn step(&mut self, value: f64) -> f64 {
        if value.is_nan() || value.abs() > MAX_MAGNITUDE {
            // Time passes for the quiet period, and nothing else.
            self.quiet.hear(0.0);
            return 0.0;
        }
        if self.tables.is_none() {
            self.first.push(value);
            if self.first.len() >= self.frame_rows as usize {
                self.lay_out();
            }
            return 0.0;
        }
        self.listen(value)
    }

    fn listen(&mut self, value: f64) -> f64 {
        let row = self.channels.push(value);
        let Some(tables) = &mut self.tables else {
            return 0.0;
        };
        let strength =
            tables.visit(&row, self.seen, self.keep) / (PAGE_PER_ROW * f64::from(self.frame_rows));
        self.seen = self.seen * self.keep + 1.0;
        self.quiet.hear(strength)
    }

    /// Lays the bins out for the first values and counts these in.
    fn lay_out(&mut self) {
        let first = std::mem::take(&mut self.first);
        let mut channels = Channels::default();
        let rows: Vec<_> = first.iter().map(|&value| channels.push(value)).collect();
        self.tables = Tables::lay_out(&rows);
        for value in first {
            self.listen(value);
        }
    }
}

/// The onsets of a whole series, one strength a point, causally. The first `train_rows` points are history:
/// they are learned from and have none. `0` stands for 15 % of the series, as NAB's probation has it.
pub fn onsets(values: &[f64], train_rows: usize) -> Vec<f64> {
    let train = match train_rows {
        0 => values.len() * 3 / 20,
        rows => rows,
    };
    let mut onset = Onset::new(OnsetParams {
        frame_rows: u32::try_from(train).unwrap_or(u32::MAX),
    });
    values
        .iter()
        .enumerate()
        .map(|(row, &value)| {
            let strength = onset.step(value);
            if row < train { 0.0 } else { strength }
        })
        .collect()
}

#[cfg(test)]
mod tests;
