//! Principal components: what the main directions of the training windows cannot tell of a window is odd.

use hindcast_shared::api::{ModelKind, ModelSize, ModelSpec};
use hindcast_shared::math::linear::{dot, eigen};
use hindcast_shared::math::random::Random;
use serde::{Deserialize, Serialize};

use super::dataset::Dataset;
use super::rows::{pack, squared_length, unpack};
use super::{Model, ModelError, Scorer, Shape, Trained, Watch};

const NAME: &str = ModelKind::Pca.as_str();
/// Share of the variance that the kept directions hold, unless they would be too many.
const KEPT_VARIANCE: f64 = 0.9;
/// Rounds of the subspace iteration; each divides the error by the ratio of neighbouring eigenvalues.
const ROUNDS: usize = 12;
/// Directions that are carried along beyond those that may be kept, so that the last of these are exact.
const SPARE: usize = 8;

#[derive(Debug)]
pub(super) struct Pca;

/// Centre and directions.
#[derive(Debug, Serialize, Deserialize)]
struct Weights {
    centre: Vec<f64>,
    /// Unit vectors at right angles, one after the other.
    directions: Vec<f64>,
}

fn most_directions(size: ModelSize) -> usize {
    match size {
        ModelSize::Small => 16,
        ModelSize::Base => 32,
        ModelSize::Large => 64,
    }
}

impl Model for Pca {
    fn memory(&self, spec: &ModelSpec, shape: Shape) -> u64 {
        let carried = most_directions(spec.size) + SPARE;
        (shape.windows as u64 + 3 * carried as u64) * shape.width as u64 * 8
    }

    fn train(
        &self,
        spec: &ModelSpec,
        data: &Dataset,
        watch: &Watch,
    ) -> Result<Trained, ModelError> {
        let windows = data.training();
        let (width, count) = (windows.width(), windows.len());
        let mut table = windows.table();
        let mut centre = vec![0.0; width];
        for row in table.chunks_exact(width) {
            add(&mut centre, row, 1.0 / count as f64);
        }
        for row in table.chunks_exact_mut(width) {
            add(row, &centre, -1.0);
        }
        let total = table.chunks_exact(width).map(squared_length).sum::<f64>() / count as f64;
        let most = most_directions(spec.size).min(width - 1);
        let carried = (most + SPARE).min(width);
        let (values, vectors) = main_directions(&table, width, carried, spec.seed, watch)?;
        let (mut held, mut kept) = (0.0, 0);
        while kept < most && held < KEPT_VARIANCE * total {
            held += values[kept];
            kept += 1;
        }
        let weights = Weights {
            centre,
            directions: vectors[..kept * width].to_vec(),
        };
        let mut trained = Trained::at_once(pack(NAME, width, &weights)?);
        let share = if total > 0.0 { held / total } else { 1.0 };
        trained.notes.push(format!(
            "{kept} directions are kept; they hold {:.1} % of the variance.",
            share * 100.0
        ));
        Ok(trained)
    }

    fn open(&self, weights: &[u8], width: usize) -> Result<Box<dyn Scorer>, ModelError> {
        let weights: Weights = unpack(NAME, width, weights)?;
        Ok(Box::new(weights))
    }
}

/// The largest eigenvalues of the covariance of centred rows and their vectors, largest first, by subspace iteration
/// from seeded directions: it never holds the covariance, which for wide windows is larger than the data.
fn main_directions(
    table: &[f64],
    width: usize,
    carried: usize,
    seed: u64,
    watch: &Watch,
) -> Result<(Vec<f64>, Vec<f64>), ModelError> {
    let mut random = Random::new(seed);
    let mut basis: Vec<f64> = (0..carried * width).map(|_| random.normal()).collect();
    straighten(&mut basis, width);
    let count = (table.len() / width) as f64;
    let mut image = vec![0.0; carried * width];
    for round in 0..ROUNDS {
        image.fill(0.0);
        for row in table.chunks_exact(width) {
            for (direction, out) in basis.chunks_exact(width).zip(image.chunks_exact_mut(width)) {
                add(out, row, dot(row, direction) / count);
            }
        }
        watch.at(0.9 * (round + 1) as f64 / ROUNDS as f64)?;
        if round + 1 < ROUNDS {
            std::mem::swap(&mut basis, &mut image);
            straighten(&mut basis, width);
        }
    }
    // Within the subspace the small problem is solved exactly.
    let mut small = vec![0.0; carried * carried];
    for (at, direction) in basis.chunks_exact(width).enumerate() {
        for (other, out) in image.chunks_exact(width).enumerate() {
            small[at * carried + other] = dot(direction, out);
        }
    }
    let solved = eigen(&small, carried)
        .ok_or_else(|| ModelError::Failed("the covariance is not finite".to_owned()))?;
    let mut vectors = vec![0.0; carried * width];
    for (at, out) in vectors.chunks_exact_mut(width).enumerate() {
        for (share, direction) in solved.vector(at).iter().zip(basis.chunks_exact(width)) {
            add(out, direction, *share);
        }
    }
    Ok((solved.values, vectors))
}

/// Makes rows unit vectors at right angles (Gram and Schmidt, twice); one that depends on the others becomes zero.
fn straighten(rows: &mut [f64], width: usize) {
    for at in 0..rows.len() / width {
        let (before, rest) = rows.split_at_mut(at * width);
        let row = &mut rest[..width];
        let length = squared_length(row).sqrt();
        for _ in 0..2 {
            for other in before.chunks_exact(width) {
                let share = dot(row, other);
                add(row, other, -share);
            }
        }
        let left = squared_length(row).sqrt();
        let scale = if left > 1e-12 * length {
            1.0 / left
        } else {
            0.0
        };
        for value in row {
            *value *= scale;
        }
    }
}

fn add(sum: &mut [f64], row: &[f64], share: f64) {
    for (sum, value) in sum.iter_mut().zip(row) {
        *sum += value * share;
    }
}

impl Weights {
    /// What is left of a row after its centre and its main directions are taken away.
    fn rest(&self, row: &[f64]) -> Vec<f64> {
        let mut rest = row.to_vec();
        add(&mut rest, &self.centre, -1.0);
        for direction in self.directions.chunks_exact(self.centre.len()) {
            let share = dot(&rest, direction);
            add(&mut rest, direction, -share);
        }
        rest
    }
}

impl Scorer for Weights {
    fn score(&self, rows: &[f64]) -> Vec<f64> {
        let width = self.centre.len();
        let scored = |row| (squared_length(&self.rest(row)) / width as f64).sqrt();
        rows.chunks_exact(width).map(scored).collect()
    }

    fn errors(&self, row: &[f64]) -> Option<Vec<f64>> {
        Some(self.rest(row).iter().map(|rest| rest * rest).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_when_the_covariance_is_solved_whole_then_are_the_same() {
        let (width, mut random) = (12, Random::new(5));
        let mut table = Vec::new();
        for _ in 0..400 {
            let hidden: Vec<f64> = (0..4)
                .map(|at| random.normal() * f64::from(4 - at))
                .collect();
            table.extend((0..width).map(|at| {
                let mixed = hidden.iter().enumerate();
                let mixed = mixed.map(|(by, value)| value * libm::cos((at * (by + 1)) as f64));
                mixed.sum::<f64>() + 0.1 * random.normal()
            }));
        }
        let mut covariance = vec![0.0; width * width];
        for row in table.chunks_exact(width) {
            for at in 0..width {
                add(&mut covariance[at * width..][..width], row, row[at] / 400.0);
            }
        }
        let whole = eigen(&covariance, width).expect("finite");
        let (values, vectors) =
            main_directions(&table, width, 8, 1, &Watch::nobody()).expect("finite");
        for at in 0..4 {
            assert!((values[at] / whole.values[at] - 1.0).abs() < 1e-9);
            let turned = dot(whole.vector(at), &vectors[at * width..][..width]);
            assert!((turned.abs() - 1.0).abs() < 1e-9, "{at}: {turned}");
        }
    }

    #[test]
    fn errors_when_summed_then_are_the_score() {
        let weights = Weights {
            centre: vec![1.0, 1.0, 1.0],
            directions: vec![0.6, 0.8, 0.0],
        };
        let row = [3.0, 4.0, 5.0];
        let errors = weights.errors(&row).expect("it reconstructs");
        let score = weights.score(&row)[0];
        let mean = errors.iter().sum::<f64>() / 3.0;
        assert!((score * score - mean).abs() < 1e-12);
        assert!((errors[2] - 16.0).abs() < 1e-12);
    }
}
