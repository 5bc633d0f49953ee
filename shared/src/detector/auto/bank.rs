//! A small bank of windows on one rate, and how far the window that ends now is from it: in single precision,
//! because memory is what an online detector is short of.
//!
//! The product of the newest window with each of the bank is updated from the product of the windows one
//! value before (as in `join`); every [`ANCHOR`] values they are made anew from the values, so that rounding
//! cannot build up, and so that a restored bank, which keeps no products, gets equal bits.

use serde::{Deserialize, Serialize};

/// Rows between two beginnings from the values themselves.
const ANCHOR: usize = 64;
/// Values of a stretch, where a history is too long to be kept whole.
const STRETCH: usize = 256;
const LANES: usize = 8;
/// Further than any distance.
const FAR: f32 = 1e30;

/// Distances of a window in units, root of the mean square: around the means, and with them.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Said {
    pub(super) pattern: f32,
    pub(super) level: f32,
}

/// The bank, and the newest values.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Bank {
    len: u32,
    /// One stretch after the other, each of `stretch` values.
    values: Vec<f32>,
    stretch: u32,
    /// The newest values: a window at the last anchor and what came since.
    recent: Vec<f32>,
    #[serde(skip)]
    made: Option<Made>,
}

/// What is made from the values.
#[derive(Debug, Clone)]
struct Made {
    /// Products of the newest window; a diagonal keeps its place, so they begin one earlier every row.
    products: Vec<f32>,
    /// NaN where a window would lie across two stretches: it is never the nearer one.
    means: Vec<f32>,
    /// Sums of squares; NaN likewise.
    squares: Vec<f32>,
}

impl Bank {
    /// From a history, of which at most `most` values are kept: all, or stretches that lie evenly spread and
    /// end with its end. The newest window is its last.
    pub(super) fn of(history: &[f32], len: usize, most: usize) -> Self {
        let (values, stretch) = if history.len() <= most {
            (history.to_vec(), history.len())
        } else {
            let stretches = (most / STRETCH).max(1);
            let last = history.len() - STRETCH.min(most);
            let start = |stretch: usize| match stretches {
                1 => last,
                _ => last * stretch / (stretches - 1),
            };
            let each = (0..stretches).flat_map(|at| &history[start(at)..start(at) + STRETCH]);
            (each.copied().collect(), STRETCH)
        };
        Self {
            len: len as u32,
            values,
            stretch: stretch as u32,
            recent: history[history.len().saturating_sub(len)..].to_vec(),
            made: None,
        }
    }

    /// The values, and the length of the stretches that they come from.
    pub(super) fn values(&self) -> (&[f32], usize) {
        (&self.values, self.stretch as usize)
    }

    /// Forgets the newest values: the window begins anew.
    pub(super) fn restart(&mut self) {
        self.recent.clear();
    }

    /// How far the window that ends with `value` is from the nearest; nothing while it is not complete.
    pub(super) fn judge(&mut self, value: f32) -> Option<Said> {
        let len = self.len as usize;
        if self.recent.len() + 1 < len || self.values.len() < len {
            return None;
        }
        self.make();
        let made = self.made.as_ref()?;
        let mut window = [0.0; MOST_LEN];
        let window = &mut window[..len];
        let from = self.recent.len() + 1 - len;
        window[..len - 1].copy_from_slice(&self.recent[from..]);
        window[len - 1] = value;
        let (mean, square) = moments(window);
        let lengths = [len as f32, mean];
        let mut least = Least::new();
        if self.begins_anew() {
            for (at, other) in self.values.windows(len).enumerate() {
                least.take(
                    0,
                    product(window, other),
                    made.means[at],
                    made.squares[at],
                    lengths,
                );
            }
        } else {
            let first = product(window, &self.values[..len]);
            least.take(0, first, made.means[0], made.squares[0], lengths);
            let offset = self.offset() - 1;
            let count = self.values.len() - len;
            let products = &made.products[offset + 1..=offset + count];
            let went = self.recent[from - 1];
            least.row(
                products,
                (&self.values[..count], &self.values[len..]),
                (went, value),
                (&made.means[1..], &made.squares[1..]),
                lengths,
            );
        }
        Some(least.said(square, len))
    }

    /// Takes a value into the newest ones.
    pub(super) fn push(&mut self, value: f32) {
        let len = self.len as usize;
        if self.recent.len() < len || self.values.len() < len {
            if self.recent.len() >= len {
                self.recent.remove(0);
            }
            self.recent.push(value);
            self.made = None;
            return;
        }
        if self.begins_anew() {
            self.recent.drain(..=ANCHOR);
            self.recent.push(value);
            if self.made.is_some() {
                self.anchor();
            }
            return;
        }
        self.make();
        self.recent.push(value);
        self.advance(self.recent.len() - len);
    }

    /// Whether the next value begins a new anchor.
    fn begins_anew(&self) -> bool {
        let len = self.len as usize;
        self.recent.len() + 1 == len || self.recent.len() == len + ANCHOR
    }

    /// Where the products of the newest row begin.
    fn offset(&self) -> usize {
        ANCHOR - (self.recent.len() - self.len as usize)
    }

    /// Makes what is derived, as it was before it was lost.
    fn make(&mut self) {
        let len = self.len as usize;
        if self.made.is_some() || self.values.len() < len {
            return;
        }
        let stretch = (self.stretch as usize).max(1);
        let (mut means, mut squares) = (Vec::new(), Vec::new());
        for (at, window) in self.values.windows(len).enumerate() {
            let is_whole = at % stretch + len <= stretch;
            let (mean, square) = if is_whole {
                moments(window)
            } else {
                (f32::NAN, f32::NAN)
            };
            means.push(mean);
            squares.push(square);
        }
        self.made = Some(Made {
            products: vec![0.0; means.len() + ANCHOR],
            means,
            squares,
        });
        if self.recent.len() < len {
            return;
        }
        self.anchor();
        for row in 1..=self.recent.len() - len {
            self.advance(row);
        }
    }

    /// Products from the values, for the first window of the newest values.
    fn anchor(&mut self) {
        let len = self.len as usize;
        if let Some(made) = &mut self.made {
            let window = &self.recent[..len];
            let products = &mut made.products[ANCHOR..];
            for (into, other) in products.iter_mut().zip(self.values.windows(len)) {
                *into = product(window, other);
            }
        }
    }

    /// Products of the window `row` values after the anchor.
    fn advance(&mut self, row: usize) {
        let len = self.len as usize;
        if let Some(made) = &mut self.made {
            let (went, came) = (self.recent[row - 1], self.recent[row - 1 + len]);
            let count = self.values.len() - len;
            let products = &mut made.products[ANCHOR - row..=ANCHOR - row + count];
            products[0] = product(&self.recent[row..row + len], &self.values[..len]);
            let others = self.values[..count].iter().zip(&self.values[len..]);
            for (product, (before, after)) in products[1..].iter_mut().zip(others) {
                *product = (*product - went * before) + came * after;
            }
        }
    }
}

/// The longest window of a bank.
pub(super) const MOST_LEN: usize = 64;

/// Mean and sum of squares, in fixed lanes.
fn moments(window: &[f32]) -> (f32, f32) {
    let (mut sums, mut squares) = ([0.0_f32; LANES], [0.0_f32; LANES]);
    for chunk in window.chunks(LANES) {
        for ((sum, square), value) in sums.iter_mut().zip(&mut squares).zip(chunk) {
            *sum += value;
            *square += value * value;
        }
    }
    (tree(sums) / window.len() as f32, tree(squares))
}

/// The product of two windows, in fixed lanes.
fn product(left: &[f32], right: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    let (mut lefts, mut rights) = (left.chunks_exact(LANES), right.chunks_exact(LANES));
    for (left, right) in lefts.by_ref().zip(rights.by_ref()) {
        for ((lane, left), right) in lanes.iter_mut().zip(left).zip(right) {
            *lane += left * right;
        }
    }
    let rest = lefts.remainder().iter().zip(rights.remainder());
    for (lane, (left, right)) in lanes.iter_mut().zip(rest) {
        *lane += left * right;
    }
    tree(lanes)
}

fn tree(lanes: [f32; LANES]) -> f32 {
    ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3]))
        + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]))
}

/// The smallest squares so far, without the newest window's own.
struct Least {
    pattern: [f32; LANES],
    level: [f32; LANES],
}

impl Least {
    fn new() -> Self {
        Self {
            pattern: [FAR; LANES],
            level: [FAR; LANES],
        }
    }

    #[inline]
    fn take(
        &mut self,
        lane: usize,
        product: f32,
        other_mean: f32,
        square: f32,
        [len, mean]: [f32; 2],
    ) {
        let level = square - 2.0 * product;
        let lift = other_mean - mean;
        let pattern = level - len * (lift * lift);
        self.level[lane] = less(self.level[lane], level);
        self.pattern[lane] = less(self.pattern[lane], pattern);
    }

    /// All windows but the first, from the products of the row before. By itself it keeps to the registers.
    #[inline(never)]
    fn row(
        &mut self,
        products: &[f32],
        (before, after): (&[f32], &[f32]),
        (went, came): (f32, f32),
        (means, squares): (&[f32], &[f32]),
        lengths: [f32; 2],
    ) {
        let whole = products.len() / LANES * LANES;
        for at in (0..whole).step_by(LANES) {
            let end = at + LANES;
            let products = &products[at..end];
            let (before, after) = (&before[at..end], &after[at..end]);
            let (means, squares) = (&means[at..end], &squares[at..end]);
            for lane in 0..LANES {
                let product = (products[lane] - went * before[lane]) + came * after[lane];
                self.take(lane, product, means[lane], squares[lane], lengths);
            }
        }
        for at in whole..products.len() {
            let product = (products[at] - went * before[at]) + came * after[at];
            self.take(0, product, means[at], squares[at], lengths);
        }
    }

    fn said(&self, square: f32, len: usize) -> Said {
        let root = |lanes: [f32; LANES], own: f32| {
            let least = lanes.into_iter().fold(FAR, less);
            if least >= FAR {
                return 0.0;
            }
            ((own + least).max(0.0) / len as f32).sqrt()
        };
        // Around the means, the own square counts as with them: level and lift have both in them.
        Said {
            pattern: root(self.pattern, square),
            level: root(self.level, square),
        }
    }
}

/// The lesser of two, which the right one is not if it is NaN: one instruction, unlike `f32::min`.
#[inline]
fn less(left: f32, right: f32) -> f32 {
    if right < left { right } else { left }
}
