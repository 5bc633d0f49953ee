//! What several models need: rows of numbers, their distances, and weights as bytes.

use hindcast_shared::math::linear::dot;
use ndarray::Array2;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::ModelError;

/// What stands before the weights of every model.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    kind: String,
    width: u64,
}

/// Weights as bytes, with whose they are.
pub(super) fn pack(
    kind: &str,
    width: usize,
    weights: &impl Serialize,
) -> Result<Vec<u8>, ModelError> {
    let head = Head {
        kind: kind.to_owned(),
        width: width as u64,
    };
    postcard::to_stdvec(&(head, weights)).map_err(|error| ModelError::Failed(error.to_string()))
}

/// The reverse, for weights of this kind and width only.
pub(super) fn unpack<T: DeserializeOwned>(
    kind: &str,
    width: usize,
    bytes: &[u8],
) -> Result<T, ModelError> {
    let broken = |message: String| ModelError::artifact("weights", message);
    let (head, rest): (Head, _) = postcard::take_from_bytes(bytes)
        .map_err(|_| broken("are not of a model of Hindcast; train it anew".to_owned()))?;
    if head.kind != kind || head.width != width as u64 {
        return Err(broken(format!(
            "size mismatch: they are of `{}` with {} numbers a window, and `{kind}` with {width} is asked for; \
             train it anew on these inputs, or take the version that has them",
            head.kind, head.width
        )));
    }
    postcard::from_bytes(rest).map_err(|_| {
        broken("were cut off or changed; train it anew, or import it again".to_owned())
    })
}

/// The square of the distance of two rows.
pub(super) fn squared_distance(left: &[f64], right: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    let (lefts, rights) = (left.chunks_exact(8), right.chunks_exact(8));
    let rest = lefts.remainder().iter().zip(rights.remainder());
    let rest = rest.fold(0.0, |sum, (l, r)| sum + (l - r) * (l - r));
    for (l, r) in lefts.zip(rights) {
        for (lane, (l, r)) in lanes.iter_mut().zip(l.iter().zip(r)) {
            *lane += (l - r) * (l - r);
        }
    }
    lanes.iter().fold(rest, |sum, lane| sum + lane)
}

/// A row-major table as linfa takes it.
pub(super) fn array(table: Vec<f64>, width: usize) -> Result<Array2<f64>, ModelError> {
    let rows = table.len() / width.max(1);
    Array2::from_shape_vec((rows, width), table)
        .map_err(|error| ModelError::Failed(error.to_string()))
}

/// At most so many rows of a table, evenly.
pub(super) fn thinned(table: &[f64], width: usize, most: usize) -> Vec<f64> {
    let count = table.len() / width;
    let kept = count.min(most);
    (0..kept)
        .flat_map(|at| &table[at * count / kept * width..][..width])
        .copied()
        .collect()
}

/// Squared length of a row.
pub(super) fn squared_length(row: &[f64]) -> f64 {
    dot(row, row)
}
