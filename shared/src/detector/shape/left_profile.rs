//! The left matrix profile of a stream: the newest window against the last `history` points, in O(history) a point.
//!
//! One covariance a lag follows the stream by the recurrence of `matrix_profile` (Yeh et al., "Matrix Profile I",
//! ICDM 2016, call it STAMPI); every `ANCHOR` points all of them are computed anew, so that the rounding of one
//! huge value does not stay for ever. It knows nothing of rules.

use serde::{Deserialize, Serialize};

use super::matrix_profile::{LANES, NOBODY, covariance, exclusion, greater, to_distance};
use super::windows::reciprocal;
use crate::error::FieldError;
use crate::sum::sum_by;

/// Points between two fresh starts.
const ANCHOR: u32 = 256;

/// The left profile of a stream, one distance a point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeftProfile {
    window: u32,
    history: u32,
    /// Points since the covariances were computed afresh.
    age: u32,
    values: Vec<f64>,
    /// Of the windows that end at each value; unused before the first whole window.
    means: Vec<f64>,
    reciprocals: Vec<f64>,
    halves: Vec<f64>,
    sums: Vec<f64>,
    /// Of the newest window with the one that starts so many points earlier, beginning with the nearest allowed.
    covariances: Vec<f64>,
}

impl LeftProfile {
    /// A stream without points, of which the last `history` (at least three windows) will be remembered.
    ///
    /// # Errors
    /// [`FieldError`] that names the parameter.
    pub fn new(window: u32, history: u32) -> Result<Self, FieldError> {
        if !(3..=65_536).contains(&window) {
            return Err(FieldError::new(
                "window",
                format!("must be from 3 to 65536, not {window}"),
            ));
        }
        if history < window.saturating_mul(3) || history > 1 << 20 {
            return Err(FieldError::new(
                "history",
                format!("must be from three windows to {}, not {history}", 1 << 20),
            ));
        }
        Ok(Self {
            window,
            history,
            age: 0,
            values: Vec::new(),
            means: Vec::new(),
            reciprocals: Vec::new(),
            halves: Vec::new(),
            sums: Vec::new(),
            covariances: Vec::new(),
        })
    }

    /// Forgets all points.
    pub fn clear(&mut self) {
        self.age = 0;
        for column in self.columns() {
            column.clear();
        }
        self.covariances.clear();
    }

    /// Points remembered.
    pub fn len(&self) -> usize {
        self.values.len().min(self.history as usize)
    }

    /// Whether no point is remembered.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Bytes on the heap.
    pub fn memory(&self) -> usize {
        (5 * self.values.capacity() + self.covariances.capacity()) * 8
    }

    /// Takes a finite value in; the distance of the newest window to its nearest earlier neighbour, from 0 to
    /// 2 √window, as soon as there is one.
    pub fn push(&mut self, value: f64) -> Option<f64> {
        let window = self.window as usize;
        self.make_room();
        self.append(value);
        let end = self.values.len();
        // The newest window starts `end - window`; a neighbour must start `apart` earlier, within the history.
        let apart = exclusion(self.window) as usize + 1;
        let oldest = end.saturating_sub(self.history as usize);
        let lags = (end + 1)
            .checked_sub(window + apart + oldest)
            .filter(|&lags| end >= window && lags > 0)?;
        if self.age == 0 {
            self.covariances.clear();
            for lag in 0..lags {
                let fresh = self.afresh(end - apart - lag);
                self.covariances.push(fresh);
            }
        } else {
            self.follow(apart);
            self.covariances.truncate(lags);
            while self.covariances.len() < lags {
                let fresh = self.afresh(end - apart - self.covariances.len());
                self.covariances.push(fresh);
            }
        }
        self.age = (self.age + 1) % ANCHOR;
        Some(to_distance(self.nearest(apart), window))
    }

    /// What [`LeftProfile::push`] would answer, without taking the value in.
    pub fn peek(&mut self, value: f64) -> Option<f64> {
        let (age, covariances) = (self.age, self.covariances.clone());
        let found = self.push(value);
        for column in self.columns() {
            column.pop();
        }
        self.age = age;
        self.covariances.clear();
        self.covariances.extend_from_slice(&covariances);
        found
    }

    /// The newest window will be nobody's neighbour.
    pub fn disown(&mut self) {
        /// Not constant, and like nothing.
        const UNLIKE: f64 = 1e-300;
        if let Some(newest) = self.reciprocals.last_mut() {
            *newest = UNLIKE;
        }
    }

    /// What is remembered of each point.
    fn columns(&mut self) -> [&mut Vec<f64>; 5] {
        [
            &mut self.values,
            &mut self.means,
            &mut self.reciprocals,
            &mut self.halves,
            &mut self.sums,
        ]
    }

    /// Drops what is too old, a quarter of the history at a time.
    fn make_room(&mut self) {
        let history = self.history as usize;
        let limit = history + history / 4 + 1;
        if self.values.capacity() < limit {
            for column in self.columns() {
                column.reserve_exact(limit - column.len());
            }
            self.covariances.reserve_exact(history);
        }
        if self.values.len() == limit {
            let surplus = limit - history;
            for column in self.columns() {
                column.drain(..surplus);
            }
        }
    }

    fn append(&mut self, value: f64) {
        let window = self.window as usize;
        self.values.push(value);
        let end = self.values.len();
        let (mut mean, mut reciprocal_length, mut half, mut total) = (0.0, 0.0, 0.0, 0.0);
        if end >= window {
            let part = &self.values[end - window..];
            mean = sum_by(part, |value| value / window as f64);
            let squares = sum_by(part, |value| (value - mean) * (value - mean));
            reciprocal_length = reciprocal(squares, mean, window);
        }
        if end > window {
            let leaving = self.values[end - window - 1];
            half = 0.5 * (value - leaving);
            total = (value - mean) + (leaving - self.means[end - 2]);
        }
        self.means.push(mean);
        self.reciprocals.push(reciprocal_length);
        self.halves.push(half);
        self.sums.push(total);
    }

    /// The covariance of the newest window with the one that ends before `end`.
    fn afresh(&self, end: usize) -> f64 {
        let (window, newest) = (self.window as usize, self.values.len());
        covariance(
            &self.values[end - window..end],
            self.means[end - 1],
            &self.values[newest - window..],
            self.means[newest - 1],
        )
    }

    /// Moves every covariance one point on.
    fn follow(&mut self, apart: usize) {
        let newest = self.values.len() - 1;
        let (half, total) = (self.halves[newest], self.sums[newest]);
        let lags = self.covariances.len().min(newest + 1 - apart);
        let from = newest + 1 - apart - lags;
        let halves = self.halves[from..from + lags].iter().rev();
        let sums = self.sums[from..from + lags].iter().rev();
        for ((covariance, other_half), other_total) in
            self.covariances.iter_mut().zip(halves).zip(sums)
        {
            *covariance += half * other_total + other_half * total;
        }
    }

    /// The greatest correlation of the newest window with an earlier one.
    fn nearest(&self, apart: usize) -> f64 {
        let newest = self.values.len() - 1;
        let own = self.reciprocals[newest];
        let lags = self.covariances.len();
        let from = newest + 1 - apart - lags;
        let others = &self.reciprocals[from..from + lags];
        let meets_constant = others.iter().any(|&other| other <= 0.0);
        if own <= 0.0 {
            return if meets_constant { 1.0 } else { 0.5 };
        }
        let mut lanes = [NOBODY; LANES];
        let mut covariances = self.covariances.chunks_exact(LANES);
        let mut reciprocals = others.rchunks_exact(LANES);
        for (covariances, others) in (&mut covariances).zip(&mut reciprocals) {
            for lane in 0..LANES {
                let correlation = covariances[lane] * others[LANES - 1 - lane] * own;
                lanes[lane] = greater(correlation, lanes[lane]);
            }
        }
        let rest = covariances
            .remainder()
            .iter()
            .zip(reciprocals.remainder().iter().rev());
        let rest = rest.fold(NOBODY, |best, (covariance, other)| {
            greater(covariance * other * own, best)
        });
        let best = lanes.into_iter().fold(rest, greater);
        if meets_constant {
            greater(best, 0.5)
        } else {
            best
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::matrix_profile::{Neighbours, distances};
    use super::super::samples::{awkward, wave};
    use super::*;

    fn all(stream: &mut LeftProfile, values: &[f64]) -> Vec<Option<f64>> {
        values.iter().map(|value| stream.push(*value)).collect()
    }

    #[test]
    fn stream_when_all_is_remembered_then_equals_the_batch_form() {
        let values = wave(1000);
        let batch = distances(&values, 24, Neighbours::Earlier).expect("a window that fits");
        let mut stream = LeftProfile::new(24, 1000).expect("good parameters");
        for (at, found) in all(&mut stream, &values).into_iter().enumerate() {
            if let Some(found) = found {
                assert!((found - batch[at - 23]).abs() < 1e-9);
            } else {
                assert!(at < 23 + 7);
            }
        }
    }

    #[test]
    fn stream_when_it_is_long_then_equals_the_batch_form_of_its_last_part() {
        let values = wave(1500);
        let mut stream = LeftProfile::new(20, 200).expect("good parameters");
        let found = all(&mut stream, &values);
        for end in [700, 1100, 1500] {
            let part = distances(&values[end - 200..end], 20, Neighbours::Earlier);
            let last = *part.expect("a window that fits").last().expect("a window");
            assert!((found[end - 1].expect("history") - last).abs() < 1e-9);
        }
        assert_eq!(stream.len(), 200);
    }

    #[test]
    fn stream_when_saved_and_loaded_then_goes_on_with_equal_bits() {
        let values = wave(700);
        let mut one = LeftProfile::new(16, 150).expect("good parameters");
        all(&mut one, &values[..333]);
        let bytes = postcard::to_allocvec(&one).expect("a state");
        let mut other: LeftProfile = postcard::from_bytes(&bytes).expect("the same state");
        let (one, other) = (
            all(&mut one, &values[333..]),
            all(&mut other, &values[333..]),
        );
        let bits = |found: &[Option<f64>]| -> Vec<_> {
            found.iter().map(|f| f.map(f64::to_bits)).collect()
        };
        assert_eq!(bits(&one), bits(&other));
    }

    #[test]
    fn stream_when_a_huge_value_has_gone_by_then_is_exact_again() {
        let mut values = wave(2000);
        values[300] = 1e12;
        let mut stream = LeftProfile::new(16, 200).expect("good parameters");
        let found = all(&mut stream, &values);
        let part = distances(&values[1800..], 16, Neighbours::Earlier).expect("a window that fits");
        assert!((found[1999].expect("history") - part[part.len() - 1]).abs() < 1e-9);
    }

    #[test]
    fn stream_when_awkward_then_stays_finite() {
        for values in awkward() {
            let mut stream = LeftProfile::new(8, 60).expect("good parameters");
            let finite: Vec<f64> = values
                .into_iter()
                .filter(|value| value.abs() <= 1e150)
                .collect();
            assert!(
                all(&mut stream, &finite)
                    .into_iter()
                    .flatten()
                    .all(f64::is_finite)
            );
        }
    }

    #[test]
    fn new_when_a_parameter_is_wrong_then_names_it() {
        let field = |window, history| {
            LeftProfile::new(window, history)
                .map_err(|error| error.field)
                .err()
        };
        assert_eq!(field(0, 100).as_deref(), Some("window"));
        assert_eq!(field(50, 100).as_deref(), Some("history"));
        assert_eq!(field(u32::MAX, 100).as_deref(), Some("window"));
        assert_eq!(field(30, 100), None);
    }
}
