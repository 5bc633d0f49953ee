//! Several seasons, trend and the rest.
//!
//! Bandara, Hyndman and Bergmeir, MSTL: A Seasonal-Trend Decomposition Algorithm for Time Series with
//! Multiple Seasonal Patterns, 2021: from the shortest period to the longest, each season is taken out by
//! [`Stl`] while the others are held fixed, twice over.

use super::gaps::bridged;
use super::stl::Stl;

/// How a series with several seasons is taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mstl {
    parts: Vec<Stl>,
}

/// A series taken apart: `values = Σ seasonal + trend + residual` at every point.
#[derive(Debug, Clone, PartialEq)]
pub struct Seasons {
    /// What repeats: one a period, from the shortest to the longest.
    pub seasonal: Vec<Vec<f64>>,
    /// What changes slowly.
    pub trend: Vec<f64>,
    /// What is left over.
    pub residual: Vec<f64>,
}

/// How often each season is refined if there is more than one.
const ROUNDS: u32 = 2;

impl Mstl {
    /// The paper's settings: seasons smoothed over 11, 15, 19, … cycles, every point, not robust.
    pub fn new(periods: &[u32]) -> Self {
        let mut periods = periods.to_vec();
        periods.sort_unstable();
        periods.dedup();
        let span = |index: usize| 7 + 4 * (index as u32 + 1);
        Self {
            parts: periods
                .iter()
                .enumerate()
                .map(|(index, period)| Stl::with_seasonal(*period, span(index)))
                .collect(),
        }
    }

    /// The same, computing only every tenth of each span.
    #[must_use]
    pub fn with_jumps(mut self) -> Self {
        self.parts = self.parts.into_iter().map(Stl::with_jumps).collect();
        self
    }

    /// The same, with rounds in which values that fit badly lose weight.
    #[must_use]
    pub fn robust(mut self) -> Self {
        self.parts = self.parts.into_iter().map(Stl::robust).collect();
        self
    }

    /// The same, each phase smoothed by a level and not by a line: with few cycles a line follows an outlier.
    #[must_use]
    pub fn steady(mut self) -> Self {
        for stl in &mut self.parts {
            stl.seasonal.has_slope = false;
        }
        self
    }

    /// Takes a series apart; gaps (NaN) are bridged by straight lines. Periods of which there are not more
    /// than two cycles are left out; nothing if none is left.
    pub fn decompose(&self, values: &[f64]) -> Option<Seasons> {
        let mut rest = bridged(values)?;
        let fits = |stl: &&Stl| stl.period >= 2 && 2 * u64::from(stl.period) < values.len() as u64;
        let parts: Vec<&Stl> = self.parts.iter().filter(fits).collect();
        let mut seasonal = vec![vec![0.0; values.len()]; parts.len()];
        let mut trend = Vec::new();
        for _ in 0..if parts.len() > 1 { ROUNDS } else { 1 } {
            for (stl, season) in parts.iter().zip(&mut seasonal) {
                for (rest, season) in rest.iter_mut().zip(season.iter()) {
                    *rest += season;
                }
                let found = stl.run(&rest);
                for (rest, season) in rest.iter_mut().zip(&found.seasonal) {
                    *rest -= season;
                }
                (*season, trend) = (found.seasonal, found.trend);
            }
        }
        if trend.is_empty() {
            return None;
        }
        let residual = rest
            .iter()
            .zip(&trend)
            .map(|(rest, trend)| rest - trend)
            .collect();
        Some(Seasons {
            seasonal,
            trend,
            residual,
        })
    }
}
