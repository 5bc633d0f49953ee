//! Puts columns one after the other into the buffer that is handed over.

use super::protocol::Part;
use hindcast_shared::reduce::{Envelope, Reduced};

/// A buffer that grows.
#[derive(Debug, Default)]
pub(super) struct Packer {
    values: Vec<f64>,
}

impl Packer {
    pub(super) fn push(&mut self, column: impl IntoIterator<Item = f64>) -> Part {
        let from = self.values.len();
        self.values.extend(column);
        Part {
            from: from as u32,
            len: (self.values.len() - from) as u32,
        }
    }

    pub(super) fn times(&mut self, times_ms: &[i64]) -> Part {
        self.push(times_ms.iter().map(|at_ms| *at_ms as f64))
    }

    pub(super) fn reduced(&mut self, reduced: &Reduced) -> [Part; 2] {
        [
            self.times(&reduced.times_ms),
            self.push(reduced.values.iter().copied()),
        ]
    }

    pub(super) fn envelope(&mut self, band: &Envelope) -> [Part; 4] {
        [
            self.times(&band.times_ms),
            self.push(band.lower.iter().copied()),
            self.push(band.upper.iter().copied()),
            self.push(band.expected.iter().copied()),
        ]
    }

    pub(super) fn finish(self) -> Vec<f64> {
        self.values
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::super::protocol::Columns;
    use super::*;

    #[test]
    fn columns_when_packed_then_come_out_equal() {
        let reduced = Reduced {
            times_ms: vec![1_700_000_000_000, 1_700_000_060_000],
            values: vec![1.5, -2.0],
        };
        let mut packer = Packer::default();
        packer.push([9.0]);
        let parts = packer.reduced(&reduced);
        let columns = Columns(packer.finish());
        assert_eq!(columns.reduced(parts), reduced);
        assert!(columns.part(Part { from: 3, len: 99 }).is_empty());
    }
}
