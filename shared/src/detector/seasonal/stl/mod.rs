//! Season, trend and the rest: a series taken apart by local regression.
//!
//! Cleveland, Cleveland, `McRae` and Terpenning, STL: A Seasonal-Trend Decomposition Procedure Based on
//! Loess, Journal of Official Statistics 1990. Two rounds are nested: the inner one smooths each phase of
//! the period over the cycles, takes the low frequencies out of that, and smooths what is left as the
//! trend; the outer one gives values that fit badly less weight.

mod cycles;
mod filter;
mod loess;

use cycles::Cycles;
use loess::{Loess, Shape};

use super::gaps::bridged;
use crate::math::stats::median_mut;

/// How a series is taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stl {
    /// Length of a cycle in samples, at least 2.
    pub period: u32,
    /// Over the season, the trend and the low frequencies of the season.
    pub seasonal: Smoother,
    /// The trend's smoother; its span must be longer than the period.
    pub trend: Smoother,
    /// The smoother that takes low frequencies out of the season; its span must be longer than the period.
    pub low_pass: Smoother,
    /// Rounds between season and trend.
    pub inner_rounds: u32,
    /// Rounds that give less weight to values that fit badly; 0 = not robust.
    pub outer_rounds: u32,
}

/// One local regression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Smoother {
    /// How many neighbours, in samples (of the season: in cycles); rounded up to an odd number, at least 3.
    pub span: u32,
    /// Whether a line is fitted, and not a level.
    pub has_slope: bool,
    /// Every so many points are computed and joined by straight lines; 1 = every point.
    pub jump: u32,
}

impl Smoother {
    /// A smoother that fits lines at every point.
    pub fn new(span: u32) -> Self {
        Self {
            span,
            has_slope: true,
            jump: 1,
        }
    }

    fn shape(self, len: usize) -> Shape {
        Shape {
            len,
            span: odd(self.span) as usize,
            has_slope: self.has_slope,
            jump: self.jump.max(1) as usize,
        }
    }
}

/// A series taken apart: `values = seasonal + trend + residual` at every point.
#[derive(Debug, Clone, PartialEq)]
pub struct Decomposition {
    /// What repeats.
    pub seasonal: Vec<f64>,
    /// What changes slowly.
    pub trend: Vec<f64>,
    /// What is left over.
    pub residual: Vec<f64>,
    /// How much each value counted, 0 to 1.
    pub weights: Vec<f64>,
}

/// A decomposition without what is left over.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) seasonal: Vec<f64>,
    pub(super) trend: Vec<f64>,
    /// Nothing where every value counts in full.
    weights: Option<Vec<f64>>,
}

/// The smallest odd number that is at least this one, and at least 3.
fn odd(span: u32) -> u32 {
    span.max(3) | 1
}

impl Stl {
    /// The paper's settings for a period: the season smoothed over 7 cycles, every point, not robust.
    pub fn new(period: u32) -> Self {
        Self::with_seasonal(period, 7)
    }

    /// The paper's settings for a period and the span of the season in cycles.
    pub fn with_seasonal(period: u32, seasonal: u32) -> Self {
        let (period, seasonal) = (period.max(2), odd(seasonal));
        let trend = 1.5 * f64::from(period) / (1.0 - 1.5 / f64::from(seasonal));
        Self {
            period,
            seasonal: Smoother::new(seasonal),
            trend: Smoother::new(odd(libm::ceil(trend) as u32)),
            low_pass: Smoother::new(odd(period.saturating_add(1))),
            inner_rounds: 5,
            outer_rounds: 0,
        }
    }

    /// The same, computing only every tenth of each span, as the authors advise for long series.
    #[must_use]
    pub fn with_jumps(mut self) -> Self {
        for smoother in [&mut self.seasonal, &mut self.trend, &mut self.low_pass] {
            smoother.jump = odd(smoother.span).div_ceil(10);
        }
        self
    }

    /// The same, with 15 rounds in which values that fit badly lose weight.
    #[must_use]
    pub fn robust(mut self) -> Self {
        (self.inner_rounds, self.outer_rounds) = (2, 15);
        self
    }

    /// Takes a series apart; gaps (NaN) are bridged by straight lines. Nothing if there are fewer than two
    /// cycles.
    pub fn decompose(&self, values: &[f64]) -> Option<Decomposition> {
        let period = self.period.max(2) as usize;
        if values.len() < 2 * period {
            return None;
        }
        let values = bridged(values)?;
        let Found {
            seasonal,
            trend,
            weights,
        } = self.run(&values);
        let parts = values.iter().zip(&seasonal).zip(&trend);
        Some(Decomposition {
            residual: parts
                .map(|((value, season), trend)| value - season - trend)
                .collect(),
            weights: weights.unwrap_or_else(|| vec![1.0; values.len()]),
            seasonal,
            trend,
        })
    }

    /// Season and trend of values that are known and enough.
    pub(super) fn run(&self, values: &[f64]) -> Found {
        let (n, period) = (values.len(), self.period.max(2) as usize);
        let cycles = Cycles {
            period,
            span: odd(self.seasonal.span) as usize,
            has_slope: self.seasonal.has_slope,
            jump: self.seasonal.jump.max(1) as usize,
        };
        let trend_loess = Loess::new(self.trend.shape(n));
        let low_pass_loess = Loess::new(self.low_pass.shape(n));
        let (mut seasonal, mut trend) = (vec![0.0; n], vec![0.0; n]);
        let mut weights: Option<Vec<f64>> = None;
        let (mut rest, mut low) = (vec![0.0; n], vec![0.0; n]);
        let mut extended = vec![0.0; n + 2 * period];
        let mut averages = Averages::default();
        for round in 0..=self.outer_rounds {
            for _ in 0..self.inner_rounds.max(1) {
                subtract(values, &trend, &mut rest);
                cycles.smooth(&rest, weights.as_deref(), &mut extended);
                let slow = averages.low_pass(&extended, period);
                low_pass_loess.smooth(slow, None, &mut low);
                subtract(&extended[period..], &low, &mut seasonal);
                subtract(values, &seasonal, &mut rest);
                trend_loess.smooth(&rest, weights.as_deref(), &mut trend);
            }
            if round < self.outer_rounds {
                subtract(&rest, &trend, &mut low);
                weights = Some(bisquare(&low));
            }
        }
        Found {
            seasonal,
            trend,
            weights,
        }
    }
}

fn subtract(from: &[f64], what: &[f64], out: &mut [f64]) {
    for ((out, from), what) in out.iter_mut().zip(from).zip(what) {
        *out = from - what;
    }
}

/// Weights by how badly values fit, in units of six median distances.
fn bisquare(residual: &[f64]) -> Vec<f64> {
    let mut distances: Vec<f64> = residual.iter().map(|value| value.abs()).collect();
    let reach = 6.0 * median_mut(&mut distances);
    if reach == 0.0 {
        return vec![1.0; residual.len()];
    }
    let weight = |value: &f64| {
        let distance = value.abs();
        let rest = 1.0 - (distance / reach) * (distance / reach);
        match distance {
            near if near <= 0.001 * reach => 1.0,
            middle if middle <= 0.999 * reach => rest * rest,
            _ => 0.0,
        }
    };
    residual.iter().map(weight).collect()
}

/// Moving averages, one over another.
#[derive(Default)]
struct Averages {
    once: Vec<f64>,
    thrice: Vec<f64>,
}

impl Averages {
    /// Averages over a period, over a period and over three; two periods shorter than `values`.
    ///
    /// All three move on together: each waits for its own sum, and the processor works on the others meanwhile.
    fn low_pass(&mut self, values: &[f64], period: usize) -> &[f64] {
        let len = values.len() - 2 * period;
        let (once, thrice) = (&mut self.once, &mut self.thrice);
        once.resize(len + period + 1, 0.0);
        thrice.resize(len, 0.0);
        let mut first = Average::of(&values[..period]);
        once[0] = first.mean();
        for at in 1..period + 2 {
            once[at] = first.moved(values[at + period - 1], values[at - 1]);
        }
        let mut second = Average::of(&once[..period]);
        let mut twice = [second.mean(), 0.0, 0.0];
        for at in 1..3 {
            twice[at] = second.moved(once[at + period - 1], once[at - 1]);
        }
        let mut third = Average::of(&twice);
        thrice[0] = third.mean();
        // A period at a time, so that what comes and what goes lie apart.
        for from in (1..len).step_by(period) {
            let (known, next) = once.split_at_mut(from + period + 1);
            let came = values[from + 2 * period..].iter().zip(&mut *next);
            let went = values[from + period..].iter().zip(&known[from + 1..]);
            let moves = came.zip(went).zip(&mut thrice[from..]);
            for (((came, next), (went, gone)), out) in moves {
                *next = first.moved(*came, *went);
                let new = second.moved(*next, *gone);
                *out = third.moved(new, twice[0]);
                twice = [twice[1], twice[2], new];
            }
        }
        thrice
    }
}

/// The mean of a window that moves on.
struct Average {
    sum: f64,
    /// 1 / the width of the window: a product is there three times sooner than a quotient.
    share: f64,
}

impl Average {
    fn of(window: &[f64]) -> Self {
        Self {
            sum: window.iter().sum(),
            share: 1.0 / window.len() as f64,
        }
    }

    fn mean(&self) -> f64 {
        self.sum * self.share
    }

    /// One value comes and one goes.
    fn moved(&mut self, new: f64, old: f64) -> f64 {
        self.sum += new - old;
        self.mean()
    }
}

#[cfg(test)]
mod tests;
