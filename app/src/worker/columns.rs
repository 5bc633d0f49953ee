//! The columns that lie beside an answer, as the page reads them.

use std::sync::Arc;

use hindcast_shared::reduce::{Envelope, Reduced};

use super::protocol::Part;

/// The buffers on the page's side.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    /// What came with this answer.
    pub moving: Vec<f64>,
    /// What stands still from answer to answer: it came with this one, or with one before.
    pub still: Arc<Vec<f64>>,
}

impl Columns {
    /// One column; empty when the parts do not fit, which an equal version never sends.
    pub fn part(&self, part: Part) -> &[f64] {
        let buffer = if part.still {
            &self.still[..]
        } else {
            &self.moving
        };
        let from = part.from as usize;
        buffer.get(from..from + part.len as usize).unwrap_or(&[])
    }

    /// A column of instants.
    pub fn times(&self, part: Part) -> Vec<i64> {
        self.part(part).iter().map(|at_ms| *at_ms as i64).collect()
    }

    /// Instants with values.
    pub fn reduced(&self, parts: [Part; 2]) -> Reduced {
        Reduced {
            times_ms: self.times(parts[0]),
            values: self.part(parts[1]).to_vec(),
        }
    }

    /// A band.
    pub fn envelope(&self, parts: [Part; 4]) -> Envelope {
        Envelope {
            times_ms: self.times(parts[0]),
            lower: self.part(parts[1]).to_vec(),
            upper: self.part(parts[2]).to_vec(),
            expected: self.part(parts[3]).to_vec(),
        }
    }
}
