//! The smoother of the season: every phase of the period is a series of its own over the cycles.
//!
//! All phases are smoothed side by side, a row a cycle: the weights of a cycle are the same for every
//! phase, and the rows lie side by side in memory.

use super::loess::{Moments, Neighbours, Shape, tricube};

/// How the season is smoothed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cycles {
    pub(super) period: usize,
    pub(super) span: usize,
    pub(super) has_slope: bool,
    pub(super) jump: usize,
}

/// A column of the table: phases that have been seen equally often.
struct Table<'a> {
    values: &'a [f64],
    weights: Option<&'a [f64]>,
    period: usize,
    phases: std::ops::Range<usize>,
    shape: Shape,
}

impl Cycles {
    /// Smooths each phase and goes on for one cycle on either side: `out` is two periods longer.
    pub(super) fn smooth(&self, values: &[f64], weights: Option<&[f64]>, out: &mut [f64]) {
        let (whole, longer) = (values.len() / self.period, values.len() % self.period);
        for (cycles, phases) in [(whole + 1, 0..longer), (whole, longer..self.period)] {
            if phases.is_empty() || cycles == 0 {
                continue;
            }
            let shape = Shape {
                len: cycles,
                span: self.span,
                has_slope: self.has_slope,
                jump: self.jump,
            };
            let table = Table {
                values,
                weights,
                period: self.period,
                phases,
                shape,
            };
            table.smooth(out);
        }
    }
}

impl Table<'_> {
    fn smooth(&self, out: &mut [f64]) {
        let (shape, step) = (self.shape, self.shape.step());
        let last = shape.len - 1;
        let mut weights = Vec::new();
        if shape.len < 2 {
            let range = self.place(1);
            out[range].copy_from_slice(&self.values[self.place(0)]);
        } else {
            for at in shape.knots() {
                let near = shape.neighbours(at as f64);
                self.row(out, at as f64, near, self.place(at), &mut weights);
            }
            let last_knot = last / step * step;
            for from in (0..last_knot).step_by(step) {
                self.join(out, from, from + step);
            }
            if last_knot != last {
                let near = shape.last_neighbours();
                self.row(out, last as f64, near, self.place(last), &mut weights);
                self.join(out, last_knot, last);
            }
        }
        // One cycle before the first and one after the last.
        for (at, beside) in [(-1.0, 0), (shape.len as f64, last)] {
            let room = shape.len.saturating_sub(shape.span);
            let near = shape.window(if at < 0.0 { 0.0 } else { room as f64 }, at);
            let fallback = out[self.place(beside + 1)].to_vec();
            self.extend(out, at, near, &fallback, &mut weights);
        }
    }

    /// Where the phases of a cycle lie.
    fn place(&self, cycle: usize) -> std::ops::Range<usize> {
        cycle * self.period + self.phases.start..cycle * self.period + self.phases.end
    }

    fn row(
        &self,
        out: &mut [f64],
        at: f64,
        near: Neighbours,
        own: std::ops::Range<usize>,
        weights: &mut Vec<f64>,
    ) {
        let values = self.values;
        self.extend(out, at, near, &values[own], weights);
    }

    /// Computes one row; a phase whose neighbours have no weight takes its value from `fallback`.
    fn extend(
        &self,
        out: &mut [f64],
        at: f64,
        near: Neighbours,
        fallback: &[f64],
        weights: &mut Vec<f64>,
    ) {
        weights.clear();
        let distance = |index: usize| (near.first + index) as f64 - at;
        weights.extend((0..near.count).map(|index| tricube(distance(index).abs(), near.reach)));
        let target = self.place((at + 1.0) as usize);
        let out = &mut out[target];
        if let Some(robust) = self.weights {
            for (phase, (out, fallback)) in out.iter_mut().zip(fallback).enumerate() {
                let mut sums = Moments::default();
                for (index, weight) in weights.iter().enumerate() {
                    let place = self.place(near.first + index).start + phase;
                    let (w, d, y) = (weight * robust[place], distance(index), self.values[place]);
                    let wd = w * d;
                    sums.w += w;
                    sums.wd += wd;
                    sums.wdd += wd * d;
                    sums.wy += w * y;
                    sums.wdy += wd * y;
                }
                *out = sums
                    .height(self.shape.has_slope, self.shape.least_spread())
                    .unwrap_or(*fallback);
            }
            return;
        }
        let mut sums = Moments::default();
        for (index, weight) in weights.iter().enumerate() {
            let wd = weight * distance(index);
            sums.w += weight;
            sums.wd += wd;
            sums.wdd += wd * distance(index);
        }
        if sums.w <= 0.0 {
            out.copy_from_slice(fallback);
            return;
        }
        // The height is linear in the values: the share of each is the height of a value of 1 at its place.
        for (index, weight) in weights.iter_mut().enumerate() {
            sums.wy = *weight;
            sums.wdy = *weight * distance(index);
            *weight = sums
                .height(self.shape.has_slope, self.shape.least_spread())
                .unwrap_or(0.0);
        }
        out.fill(0.0);
        for (index, share) in weights.iter().enumerate() {
            let values = &self.values[self.place(near.first + index)];
            for (out, value) in out.iter_mut().zip(values) {
                *out += share * value;
            }
        }
    }

    /// Draws lines between the rows of two cycles.
    fn join(&self, out: &mut [f64], from: usize, to: usize) {
        let (steps, width) = ((to - from) as f64, self.phases.len());
        for cycle in from + 1..to {
            let (before, rest) = out.split_at_mut(self.place(cycle + 1).start);
            let (row, after) = rest.split_at_mut(width);
            let start = &before[self.place(from + 1)];
            let end = &after[(to - cycle) * self.period - width..];
            let step = (cycle - from) as f64;
            for ((out, start), end) in row.iter_mut().zip(start).zip(end) {
                *out = start + (end - start) / steps * step;
            }
        }
    }
}
