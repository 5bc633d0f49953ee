//! The last values of a series, gaps and all.

use serde::{Deserialize, Serialize};

/// At most so many of the last values; NaN is a gap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tape {
    capacity: u32,
    values: Vec<f64>,
}

impl Tape {
    pub(crate) fn new(capacity: u32) -> Self {
        Self {
            capacity: capacity.max(1),
            values: Vec::new(),
        }
    }

    pub(crate) fn clear(&mut self) {
        self.values.clear();
    }

    pub(crate) fn push(&mut self, value: f64) {
        let capacity = self.capacity as usize;
        // What is too old goes an eighth at a time.
        let limit = capacity + capacity / 8 + 1;
        if self.values.len() >= limit {
            self.values.drain(..limit - capacity);
        } else if self.values.capacity() < limit && self.values.len() == self.values.capacity() {
            let room = (self.values.len() * 2).clamp(8, limit);
            self.values.reserve_exact(room - self.values.len());
        }
        self.values.push(value);
    }

    /// All values that are remembered.
    pub(crate) fn all(&self) -> &[f64] {
        let surplus = self.values.len().saturating_sub(self.capacity as usize);
        &self.values[surplus..]
    }

    /// Writes the last `span - 1` values and then `next` to `place`, every gap filled with the value before it;
    /// nothing if there are too few, or a gap with no value before it.
    pub(crate) fn with<'a>(
        &self,
        next: f64,
        span: usize,
        place: &'a mut Vec<f64>,
    ) -> Option<&'a [f64]> {
        place.clear();
        let from = (self.values.len() + 1).checked_sub(span.max(1))?;
        let mut last = self.values[..from]
            .iter()
            .copied()
            .rfind(|value| !value.is_nan());
        for &value in &self.values[from..] {
            last = if value.is_nan() { last } else { Some(value) };
            place.push(last?);
        }
        place.push(next);
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tape_when_full_then_forgets_the_oldest() {
        let mut tape = Tape::new(10);
        (0..100).for_each(|value| tape.push(f64::from(value)));
        let expected: Vec<f64> = (90..100).map(f64::from).collect();
        assert_eq!(tape.all(), expected);
    }

    #[test]
    fn with_when_there_are_gaps_then_holds_the_value_before() {
        let mut tape = Tape::new(10);
        let mut place = Vec::new();
        assert_eq!(tape.with(1.0, 2, &mut place), None);
        tape.push(f64::NAN);
        assert_eq!(tape.with(1.0, 2, &mut place), None);
        for value in [4.0, f64::NAN, f64::NAN] {
            tape.push(value);
        }
        assert_eq!(tape.with(1.0, 3, &mut place), Some(&[4.0, 4.0, 1.0][..]));
        assert_eq!(tape.with(1.0, 1, &mut place), Some(&[1.0][..]));
    }
}
