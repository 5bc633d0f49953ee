//! Puts columns one after the other into the buffers that are handed over.

use super::protocol::Part;
use hindcast_shared::reduce::{Envelope, Reduced};

/// The buffers beside an answer.
#[derive(Debug, Default)]
pub(super) struct Packed {
    /// What each answer brings.
    pub(super) moving: Vec<f64>,
    /// What stands still while a threshold moves; empty where the page has it.
    pub(super) still: Vec<f64>,
}

/// Buffers that grow.
#[derive(Debug, Default)]
pub(super) struct Packer {
    packed: Packed,
    packs_still: bool,
}

impl Packer {
    pub(super) fn push(&mut self, column: impl IntoIterator<Item = f64>) -> Part {
        let still = self.packs_still;
        let values = if still {
            &mut self.packed.still
        } else {
            &mut self.packed.moving
        };
        let from = values.len();
        values.extend(column);
        Part {
            from: from as u32,
            len: (values.len() - from) as u32,
            still,
        }
    }

    /// Packs what stands still.
    pub(super) fn still<T>(&mut self, pack: impl FnOnce(&mut Self) -> T) -> T {
        self.packs_still = true;
        let parts = pack(self);
        self.packs_still = false;
        parts
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

    pub(super) fn finish(self) -> Packed {
        self.packed
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use std::sync::Arc;

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
        let still = packer.still(|packer| packer.reduced(&reduced));
        let moving = packer.reduced(&reduced);
        let Packed {
            moving: most,
            still: rest,
        } = packer.finish();
        assert_eq!((most.len(), rest.len()), (5, 4));
        let columns = Columns {
            moving: most,
            still: Arc::new(rest),
        };
        assert_eq!(columns.reduced(still), reduced);
        assert_eq!(columns.reduced(moving), reduced);
        let beyond = Part {
            from: 3,
            len: 99,
            still: false,
        };
        assert!(columns.part(beyond).is_empty());
    }
}
