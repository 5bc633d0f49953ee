//! Which tables there are, how the bins of each are laid out, and how much each has to say.
//!
//! The layout is learned once, from the first rows of a stream: a robust centre and scale of every channel,
//! the range of its signed logarithm, and from them widths of bins. Knows no counts.

use serde::{Deserialize, Serialize};

use super::channels::{CHANNELS, DEVIATION, HIGH, LOW, MEAN, MIDDLE, RESIDUAL};
use super::table::{Bins, Table};
use crate::sum::sum;

/// How a channel is bent before it is binned: logarithmically beyond so many scales from its centre.
const LATE: f64 = 6.0;
const SOON: f64 = 2.0;

/// One group of tables that share a weight.
struct Group {
    channels: std::ops::Range<usize>,
    reach: f64,
    /// Bins between the lowest and the highest place of the first rows.
    bins: &'static [f64],
    /// Weight of the group; its tables share it.
    weight: f64,
}

/// The value speaks loudest, then where short windows end up, then how far slow means are left behind.
const GROUPS: [Group; 8] = [
    Group {
        channels: 0..1,
        reach: LATE,
        bins: &[8.0, 11.0, 14.0, 18.0, 24.0],
        weight: 1.0,
    },
    Group {
        channels: 0..1,
        reach: SOON,
        bins: &[8.0, 11.0, 14.0, 18.0, 24.0],
        weight: 1.0,
    },
    Group {
        channels: RESIDUAL..MEAN,
        reach: SOON,
        bins: &[10.0, 14.0, 20.0],
        weight: 0.5,
    },
    Group {
        channels: MEAN..DEVIATION,
        reach: SOON,
        bins: &[5.0, 8.0, 12.0],
        weight: 0.25,
    },
    Group {
        channels: DEVIATION..LOW,
        reach: SOON,
        bins: &[5.0, 8.0, 12.0],
        weight: 0.25,
    },
    Group {
        channels: LOW..MIDDLE,
        reach: SOON,
        bins: &[7.0, 12.0],
        weight: 0.9,
    },
    Group {
        channels: MIDDLE..HIGH,
        reach: SOON,
        bins: &[6.0, 10.0],
        weight: 0.25,
    },
    Group {
        channels: HIGH..CHANNELS,
        reach: SOON,
        bins: &[7.0, 12.0],
        weight: 0.8,
    },
];

/// Tables of the largest group.
const MOST_TABLES: usize = 12;

/// How far inside its bin the lowest value is, in bins.
const INSET: f64 = 0.02;

/// Bins in one bent scale of a channel that has not moved.
const STILL_DENSITY: f64 = 4.0;

/// Centre and scale of a channel.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Frame {
    centre: f64,
    /// Positive.
    scale: f64,
}

impl Frame {
    /// `sorted`: the channel over the first rows, not empty.
    fn of(sorted: &[f64]) -> Self {
        let last = sorted.len() - 1;
        let at = |hundredths: usize| sorted[(sorted.len() * hundredths / 100).min(last)];
        let centre = at(50);
        let mut scale = (at(75) - at(25)).max((at(95) - at(5)) / 3.0);
        if scale <= 0.0 {
            scale = (sorted[last] - sorted[0]) / 4.0;
        }
        if scale <= 0.0 {
            scale = (centre.abs() * 0.01).max(1e-9);
        }
        Self { centre, scale }
    }

    #[inline]
    fn bent(self, value: f64, reach: f64) -> f64 {
        let off = (value - self.centre) / self.scale;
        let size = libm::log1p(off.abs() / reach) * reach;
        if off < 0.0 { -size } else { size }
    }
}

/// All tables of a stream.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Tables {
    frames: Vec<Frame>,
    tables: Vec<Table>,
}

impl Tables {
    /// Empty tables laid out for these first rows; nothing if there is none.
    pub(super) fn lay_out(rows: &[[f64; CHANNELS]]) -> Option<Self> {
        if rows.is_empty() {
            return None;
        }
        let columns: Vec<Vec<f64>> = (0..CHANNELS)
            .map(|channel| {
                let mut column: Vec<f64> = rows.iter().map(|row| row[channel]).collect();
                column.sort_unstable_by(f64::total_cmp);
                column
            })
            .collect();
        let frames: Vec<Frame> = columns.iter().map(|column| Frame::of(column)).collect();
        let mut tables = Vec::new();
        for group in &GROUPS {
            for channel in group.channels.clone() {
                let (column, frame) = (&columns[channel], frames[channel]);
                let low = frame.bent(column[0], group.reach);
                let high = frame.bent(column[column.len() - 1], group.reach);
                for bins in group.bins {
                    let density = bins / (high - low);
                    let density = if density.is_finite() {
                        density
                    } else {
                        STILL_DENSITY
                    };
                    // Both ends of the range lie well inside a bin: no rounding moves them into another.
                    let low = low - INSET / density;
                    tables.push(Table::new(Bins { low, density }));
                }
            }
        }
        Some(Self { frames, tables })
    }

    /// Counts a row in and tells how new it is. `seen`, `keep`: see [`Table::visit`].
    ///
    /// The tables are pooled by the mean of the eighth roots of their strengths, between a geometric mean
    /// (all must agree) and an arithmetic one (one suffices).
    pub(super) fn visit(&mut self, row: &[f64; CHANNELS], seen: f64, keep: f64) -> f64 {
        let mut tables = self.tables.iter_mut();
        let (mut pooled, mut weights) = (0.0, 0.0);
        for group in &GROUPS {
            let mut strengths = [0.0; MOST_TABLES];
            let mut slots = strengths.iter_mut();
            for channel in group.channels.clone() {
                let place = self.frames[channel].bent(row[channel], group.reach);
                for (table, slot) in tables.by_ref().zip(slots.by_ref()).take(group.bins.len()) {
                    *slot = table.visit(place, seen, keep);
                }
            }
            let count = group.channels.len() * group.bins.len();
            let strengths = &mut strengths[..count];
            for strength in strengths.iter_mut() {
                *strength = strength.sqrt().sqrt().sqrt();
            }
            pooled += group.weight * sum(strengths) / count as f64;
            weights += group.weight;
        }
        let root = pooled / weights;
        let square = root * root;
        let fourth = square * square;
        fourth * fourth
    }
}
