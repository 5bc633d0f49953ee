//! The scores of a heat map, and which colour each pixel of a window onto them has.
//!
//! Knows no canvas: it makes pixels out of scores.

use crate::chart::Pixel;

/// Scores of all series, a row each.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in super::super) struct Cells {
    pub(super) rows: u32,
    pub(super) columns: u32,
    scores: Vec<f32>,
    /// The same as steps of the scale of colours.
    levels: Vec<u8>,
}

/// Steps at which the scale has its named colours: nothing known, calm, nearly over, over, critical, worst.
const NEAR: u8 = 128;
const OVER: u8 = 129;
const HIGH: u8 = 192;

/// The score at which the scale ends.
pub(super) const WORST: f64 = 6.0;

/// The step of a score.
fn level(score: f64) -> u8 {
    if score.is_nan() {
        0
    } else if score <= 1.0 {
        // By its square: what is calm recedes, what comes near the threshold does not.
        1 + (score.max(0.0) * score.max(0.0) * 127.0) as u8
    } else if score <= 2.0 {
        OVER + ((score - 1.0) * 63.0) as u8
    } else {
        HIGH + (((score - 2.0) / (WORST - 2.0)).min(1.0) * 63.0) as u8
    }
}

/// The colours that a style sheet names, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stops {
    pub(super) unknown: [u8; 3],
    pub(super) calm: [u8; 3],
    pub(super) near: [u8; 3],
    pub(super) over: [u8; 3],
    pub(super) high: [u8; 3],
    pub(super) worst: [u8; 3],
}

/// A colour for each step, as a canvas wants it.
pub(super) fn palette(stops: &Stops) -> [Pixel; 256] {
    let mut palette = [pixel(stops.unknown); 256];
    for step in 1..=u8::MAX {
        let (from, to, first, last) = match step {
            1..=NEAR => (stops.calm, stops.near, 1, NEAR),
            OVER..HIGH => (stops.over, stops.high, OVER, HIGH),
            _ => (stops.high, stops.worst, HIGH, u8::MAX),
        };
        let share = f64::from(step - first) / f64::from(last - first);
        let mixed = [0, 1, 2].map(|channel| {
            let (from, to) = (f64::from(from[channel]), f64::from(to[channel]));
            (from + (to - from) * share).round() as u8
        });
        palette[usize::from(step)] = pixel(mixed);
    }
    palette
}

/// A colour at full opacity.
fn pixel([red, green, blue]: [u8; 3]) -> Pixel {
    [red, green, blue, 255]
}

/// The part that is seen, in rows and columns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct View {
    pub(super) top: f64,
    pub(super) rows: f64,
    pub(super) left: f64,
    pub(super) columns: f64,
}

impl View {
    /// Everything.
    pub(super) fn whole(rows: u32, columns: u32) -> Self {
        Self {
            top: 0.0,
            rows: f64::from(rows),
            left: 0.0,
            columns: f64::from(columns),
        }
    }

    /// The same within bounds.
    #[must_use]
    pub(super) fn within(self, rows: u32, columns: u32) -> Self {
        let (all_rows, all_columns) = (f64::from(rows), f64::from(columns));
        let rows = self.rows.clamp(all_rows.min(4.0), all_rows);
        let columns = self.columns.clamp(all_columns.min(8.0), all_columns);
        Self {
            top: self.top.clamp(0.0, all_rows - rows),
            rows,
            left: self.left.clamp(0.0, all_columns - columns),
            columns,
        }
    }

    /// Larger or smaller by a factor, with a point staying where it is (as shares of the view).
    #[must_use]
    pub(super) fn zoomed(self, factor: f64, x: f64, y: f64) -> Self {
        let (rows, columns) = (self.rows * factor, self.columns * factor);
        Self {
            top: self.top + (self.rows - rows) * y,
            rows,
            left: self.left + (self.columns - columns) * x,
            columns,
        }
    }
}

/// First and last-but-one of what `count` pixels show of `[from, from + length)`, never empty.
fn spread(from: f64, length: f64, count: u32, most: u32) -> Vec<(u32, u32)> {
    let step = length / f64::from(count.max(1));
    (0..count)
        .map(|pixel| {
            let first = (from + f64::from(pixel) * step) as u32;
            let after = (from + f64::from(pixel + 1) * step).ceil() as u32;
            let first = first.min(most.saturating_sub(1));
            // Where cells are larger than pixels a pixel shows the one that it lies in.
            let after = if step <= 1.0 { first + 1 } else { after };
            (first, after.clamp(first + 1, most.max(first + 1)))
        })
        .collect()
}

impl Cells {
    /// Makes room; what was there stays if the shape does.
    pub(in super::super) fn resize(&mut self, rows: u32, columns: u32) {
        if (self.rows, self.columns) != (rows, columns) {
            let count = rows as usize * columns as usize;
            *self = Self {
                rows,
                columns,
                scores: vec![f32::NAN; count],
                levels: vec![0; count],
            };
        }
    }

    /// Takes in some rows.
    pub(in super::super) fn put(&mut self, first: u32, scores: &[f64]) {
        let from = first as usize * self.columns as usize;
        let room = self.scores.iter_mut().skip(from);
        let levels = self.levels.iter_mut().skip(from);
        for ((score, kept), step) in scores.iter().zip(room).zip(levels) {
            *kept = *score as f32;
            *step = level(*score);
        }
    }

    /// A score; NaN where nothing is known.
    pub(super) fn score(&self, row: u32, column: u32) -> f64 {
        let at = row as usize * self.columns as usize + column as usize;
        let known = self.scores.get(at).filter(|_| column < self.columns);
        known.map_or(f64::NAN, |score| f64::from(*score))
    }

    /// Whether there is nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.scores.is_empty()
    }

    /// The pixels of a window, row by row; of all cells in a pixel the highest counts, so that none vanishes.
    pub(super) fn pixels(
        &self,
        order: &[u32],
        view: View,
        (width, height): (u32, u32),
        palette: &[Pixel; 256],
        out: &mut Vec<Pixel>,
    ) {
        out.clear();
        out.reserve(width as usize * height as usize);
        let columns = spread(view.left, view.columns, width, self.columns);
        let lines = spread(view.top, view.rows, height, order.len() as u32);
        let mut highest = vec![0_u8; self.columns as usize];
        let mut before = None;
        for line in lines {
            if before == Some(line) {
                let from = out.len() - width as usize;
                out.extend_from_within(from..);
                continue;
            }
            before = Some(line);
            highest.fill(0);
            for place in order.get(line.0 as usize..line.1 as usize).unwrap_or(&[]) {
                let from = *place as usize * self.columns as usize;
                let row = self.levels.get(from..from + self.columns as usize);
                for (highest, step) in highest.iter_mut().zip(row.unwrap_or(&[])) {
                    *highest = (*highest).max(*step);
                }
            }
            out.extend(columns.iter().map(|(first, after)| {
                let seen = highest.get(*first as usize..*after as usize);
                let step = seen.unwrap_or(&[]).iter().fold(0, |a, b| a.max(*b));
                palette[usize::from(step)]
            }));
        }
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    const STOPS: Stops = Stops {
        unknown: [1, 1, 1],
        calm: [0, 0, 0],
        near: [0, 0, 100],
        over: [100, 0, 0],
        high: [200, 0, 0],
        worst: [255, 0, 0],
    };

    #[test]
    fn level_when_a_score_is_the_threshold_then_is_not_over_it() {
        assert_eq!(level(f64::NAN), 0);
        assert_eq!(level(-1.0), 1);
        assert_eq!(level(1.0), NEAR);
        assert_eq!(level(1.000_001), OVER);
        assert_eq!(level(2.5).max(HIGH), level(2.5));
        assert_eq!(level(1e9), 255);
    }

    #[test]
    fn pixels_when_many_cells_share_one_then_show_the_highest() {
        let mut cells = Cells::default();
        cells.resize(100, 100);
        let mut row = vec![0.0; 100];
        row[57] = 50.0;
        cells.put(33, &row);
        let (palette, mut out) = (palette(&STOPS), Vec::new());
        let order: Vec<u32> = (0..100).collect();
        cells.pixels(&order, View::whole(100, 100), (7, 3), &palette, &mut out);
        assert_eq!(out.len(), 21);
        let worst = palette[255];
        assert_eq!(out.iter().filter(|pixel| **pixel == worst).count(), 4);
        let seen = View::whole(100, 100).zoomed(0.1, 0.57, 0.33);
        cells.pixels(&order, seen.within(100, 100), (40, 40), &palette, &mut out);
        assert_eq!(out.iter().filter(|pixel| **pixel == worst).count(), 16);
    }

    #[test]
    fn view_when_moved_too_far_then_stays_within() {
        let far = View {
            top: 90.0,
            rows: 40.0,
            left: -5.0,
            columns: 1.0,
        };
        let view = far.within(100, 50);
        assert_eq!((view.top, view.left, view.columns), (60.0, 0.0, 8.0));
        assert_eq!(View::whole(2, 3).within(2, 3), View::whole(2, 3));
    }
}
