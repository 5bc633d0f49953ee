//! Local regression over a grid: the smoother of the trend and of the low-pass filter.
//!
//! Cleveland, Robust Locally Weighted Regression and Smoothing Scatterplots, JASA 1979, with the
//! neighbourhoods, cut-offs and interpolation of the STL program. Away from the ends every point has the
//! same tricube weights; there a smooth is a plain filter, and a long one goes through the Fourier
//! transform. Only the points near the ends need weights of their own.

use super::filter::Filter;

/// A weighted line through the neighbours of a point, as sums over their weights `w`, distances `d` from
/// the point and values `y`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Moments {
    pub(super) w: f64,
    pub(super) wd: f64,
    pub(super) wdd: f64,
    pub(super) wy: f64,
    pub(super) wdy: f64,
}

impl Moments {
    /// The height of the line at the point; nothing if nobody has weight. A slope needs neighbours that
    /// are spread over more than `least_spread`.
    #[inline]
    pub(super) fn height(&self, has_slope: bool, least_spread: f64) -> Option<f64> {
        if self.w <= 0.0 {
            return None;
        }
        let level = self.wy / self.w;
        let mean = self.wd / self.w;
        let variance = self.wdd / self.w - mean * mean;
        if !has_slope || variance.max(0.0).sqrt() <= least_spread {
            return Some(level);
        }
        Some(level - mean / variance * (self.wdy / self.w - mean * level))
    }
}

/// The tricube weight at a distance, with the cut-offs of the STL program.
#[inline]
pub(super) fn tricube(distance: f64, reach: f64) -> f64 {
    let share = distance / reach;
    let rest = 1.0 - share * share * share;
    let weight = rest * rest * rest;
    let weight = if distance <= 0.001 * reach {
        1.0
    } else {
        weight
    };
    if distance <= 0.999 * reach {
        weight
    } else {
        0.0
    }
}

/// Who takes part at a point: the first neighbour, how many, and how far weights reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Neighbours {
    pub(super) first: usize,
    pub(super) count: usize,
    pub(super) reach: f64,
}

/// What one smooth over `len` values is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shape {
    pub(super) len: usize,
    /// How many neighbours, an odd number.
    pub(super) span: usize,
    pub(super) has_slope: bool,
    /// Every so many points are computed, the others lie on straight lines between them.
    pub(super) jump: usize,
}

impl Shape {
    /// The neighbours of `at`, which may lie one before the first value or one after the last.
    pub(super) fn neighbours(&self, at: f64) -> Neighbours {
        let half = (self.span / 2) as f64;
        let room = self.len.saturating_sub(self.span) as f64;
        self.window((at - half).clamp(0.0, room), at)
    }

    /// The neighbours from `first` on.
    pub(super) fn window(&self, first: f64, at: f64) -> Neighbours {
        let count = self.span.min(self.len);
        let mut reach = (at - first).max(first + count as f64 - 1.0 - at);
        reach += (self.span.saturating_sub(self.len) / 2) as f64;
        Neighbours {
            first: first as usize,
            count,
            reach,
        }
    }

    /// The points that are computed, and whether the very last one is computed out of turn.
    pub(super) fn knots(&self) -> impl Iterator<Item = usize> + use<> {
        (0..self.len).step_by(self.step())
    }

    /// The distance of the points that are computed.
    pub(super) fn step(&self) -> usize {
        self.jump.min(self.len.saturating_sub(1)).max(1)
    }

    /// The neighbours of the last value when it is computed out of turn: those of the last point in turn.
    pub(super) fn last_neighbours(&self) -> Neighbours {
        let step = self.step();
        let last_knot = (self.len - 1) / step * step;
        let first = self.neighbours(last_knot as f64).first;
        self.window(first as f64, (self.len - 1) as f64)
    }

    pub(super) fn least_spread(&self) -> f64 {
        0.001 * (self.len as f64 - 1.0)
    }
}

/// A smoother that is used many times over series of one length.
#[derive(Debug)]
pub(super) struct Loess {
    shape: Shape,
    /// The tricube weights of a point away from the ends; empty if there is none.
    kernel: Vec<f64>,
    filter: Option<Filter>,
}

/// Up to this many multiplications for each value of the transform, sums are faster than transforms.
const SUMS_BEAT_TRANSFORMS: usize = 64;

/// A point whose neighbours have less than this share of their weight left is computed by itself:
/// transforms round at the height of the largest value.
const LEAST_WEIGHT: f64 = 1e-4;

impl Loess {
    pub(super) fn new(shape: Shape) -> Self {
        let (half, mut kernel) = (shape.span / 2, Vec::new());
        let mut filter = None;
        if shape.len > shape.span {
            kernel.extend(
                (0..shape.span)
                    .map(|index| tricube((index as f64 - half as f64).abs(), half as f64)),
            );
            let inner = (shape.len - shape.span) / shape.step() + 1;
            if inner * shape.span > SUMS_BEAT_TRANSFORMS * shape.len.next_power_of_two() {
                filter = Some(Filter::new(&kernel, shape.len));
            }
        }
        Self {
            shape,
            kernel,
            filter,
        }
    }

    /// Smooths `values`, each counted with its weight.
    pub(super) fn smooth(&self, values: &[f64], weights: Option<&[f64]>, out: &mut [f64]) {
        let shape = self.shape;
        if shape.len < 2 {
            out.copy_from_slice(values);
            return;
        }
        let half = shape.span / 2;
        let inner = if self.kernel.is_empty() {
            0..0
        } else {
            half..shape.len - half
        };
        let filtered = self
            .filter
            .as_ref()
            .map(|filter| filter.run(values, weights));
        let full: f64 = self.kernel.iter().sum();
        for at in shape.knots() {
            let sums = match &filtered {
                Some(filtered) if inner.contains(&at) => Some(filtered.moments(at, full)),
                _ => None,
            };
            let sums = match sums {
                Some(sums) if sums.w >= LEAST_WEIGHT * full => sums,
                _ if inner.contains(&at) => self.inner(values, weights, at, full),
                _ => moments(values, weights, shape.neighbours(at as f64), at as f64),
            };
            out[at] = sums
                .height(shape.has_slope, shape.least_spread())
                .unwrap_or(values[at]);
        }
        self.join(values, weights, out);
    }

    /// Draws the lines between the points that were computed.
    fn join(&self, values: &[f64], weights: Option<&[f64]>, out: &mut [f64]) {
        let (shape, step) = (self.shape, self.shape.step());
        if step == 1 {
            return;
        }
        let last = shape.len - 1;
        let last_knot = last / step * step;
        for from in (0..last_knot).step_by(step) {
            line(&mut out[from..=from + step]);
        }
        if last_knot != last {
            out[last] = moments(values, weights, shape.last_neighbours(), last as f64)
                .height(shape.has_slope, shape.least_spread())
                .unwrap_or(values[last]);
            line(&mut out[last_knot..]);
        }
    }

    fn inner(&self, values: &[f64], weights: Option<&[f64]>, at: usize, full: f64) -> Moments {
        let half = self.shape.span / 2;
        let range = at - half..=at + half;
        let values = &values[range.clone()];
        match weights {
            // The mean distance is zero, and so the slope does not matter.
            None => Moments {
                w: full,
                wy: dot(&self.kernel, values),
                ..Moments::default()
            },
            Some(weights) => weighted(&self.kernel, values, &weights[range], half as f64),
        }
    }
}

/// Fills what lies between the ends of a slice.
fn line(points: &mut [f64]) {
    let steps = points.len() - 1;
    let from = points[0];
    let slope = (points[steps] - from) / steps as f64;
    for (index, point) in points[..steps].iter_mut().enumerate() {
        *point = from + slope * index as f64;
    }
}

/// How many sums run side by side.
const LANES: usize = 4;

fn fold(lanes: [f64; LANES]) -> f64 {
    (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])
}

/// Scalar product in eight fixed lanes.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    let (a_chunks, b_chunks) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest = a_chunks.remainder().iter().zip(b_chunks.remainder());
    for (a, b) in a_chunks.zip(b_chunks) {
        for lane in 0..8 {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    for (lane, (a, b)) in lanes.iter_mut().zip(rest) {
        *lane += a * b;
    }
    ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3]))
        + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]))
}

/// The sums over one neighbourhood; weights are computed on the way.
pub(super) fn moments(
    values: &[f64],
    weights: Option<&[f64]>,
    near: Neighbours,
    at: f64,
) -> Moments {
    let range = near.first..near.first + near.count;
    let start = near.first as f64 - at;
    let values = &values[range.clone()];
    let weight = |index: usize| tricube((start + index as f64).abs(), near.reach);
    match weights {
        None => accumulate(values, start, weight),
        Some(weights) => {
            let weights = &weights[range];
            accumulate(values, start, |index| weight(index) * weights[index])
        }
    }
}

fn weighted(kernel: &[f64], values: &[f64], weights: &[f64], half: f64) -> Moments {
    accumulate(values, -half, |index| kernel[index] * weights[index])
}

#[inline]
fn accumulate(values: &[f64], start: f64, weight: impl Fn(usize) -> f64) -> Moments {
    let mut sums = [[0.0; LANES]; 5];
    let mut add = |lane: usize, index: usize| {
        let (w, d, y) = (weight(index), start + index as f64, values[index]);
        let wd = w * d;
        sums[0][lane] += w;
        sums[1][lane] += wd;
        sums[2][lane] += wd * d;
        sums[3][lane] += w * y;
        sums[4][lane] += wd * y;
    };
    let whole = values.len() / LANES * LANES;
    for from in (0..whole).step_by(LANES) {
        for lane in 0..LANES {
            add(lane, from + lane);
        }
    }
    for index in whole..values.len() {
        add(index - whole, index);
    }
    let [w, wd, wdd, wy, wdy] = sums.map(fold);
    Moments {
        w,
        wd,
        wdd,
        wy,
        wdy,
    }
}
