//! k-means over windows: how far a window is from the nearest of some typical ones.

use hindcast_shared::api::{ModelKind, ModelSize, ModelSpec};
use hindcast_shared::math::random::Random;
use linfa::DatasetBase;
use linfa::traits::Fit as _;
use linfa_clustering::{KMeans as Clusters, KMeansInit};
use serde::{Deserialize, Serialize};

use super::dataset::Dataset;
use super::rows::{array, pack, squared_distance, unpack};
use super::{Model, ModelError, Scorer, Shape, Trained, Watch};

const NAME: &str = ModelKind::KMeans.as_str();
const MOST_ROUNDS: u64 = 100;

#[derive(Debug)]
pub(super) struct KMeans;

#[derive(Debug, Serialize, Deserialize)]
struct Weights {
    width: u32,
    centres: Vec<f64>,
}

fn clusters(size: ModelSize) -> usize {
    match size {
        ModelSize::Small => 20,
        ModelSize::Base => 50,
        ModelSize::Large => 100,
    }
}

impl Model for KMeans {
    fn memory(&self, spec: &ModelSpec, shape: Shape) -> u64 {
        (shape.windows as u64 * 2 + clusters(spec.size) as u64 * 4) * shape.width as u64 * 8
    }

    fn train(
        &self,
        spec: &ModelSpec,
        data: &Dataset,
        watch: &Watch,
    ) -> Result<Trained, ModelError> {
        let windows = data.training();
        let (width, table) = (windows.width(), windows.table());
        let count = clusters(spec.size).min(windows.len() / 4);
        let first = spread_out(&table, width, count, spec.seed);
        watch.at(0.1)?;
        let centres = first.len() / width;
        let first = KMeansInit::Precomputed(array(first, width)?);
        let data = DatasetBase::from(array(table, width)?);
        let found = Clusters::params(centres)
            .init_method(first)
            .n_runs(1)
            .max_n_iterations(MOST_ROUNDS)
            .fit(&data)
            .map_err(|error| ModelError::Failed(error.to_string()))?;
        watch.at(0.9)?;
        let weights = Weights {
            width: width as u32,
            centres: found.centroids().iter().copied().collect(),
        };
        let mut trained = Trained::at_once(pack(NAME, width, &weights)?);
        trained.notes.push(format!("{centres} centres."));
        Ok(trained)
    }

    fn open(&self, weights: &[u8], width: usize) -> Result<Box<dyn Scorer>, ModelError> {
        let weights: Weights = unpack(NAME, width, weights)?;
        Ok(Box::new(weights))
    }
}

/// Rows to begin with, each drawn by its squared distance from those before (Arthur and Vassilvitskii, "k-means++",
/// 2007); fewer where rows are equal.
fn spread_out(table: &[f64], width: usize, count: usize, seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed);
    let rows = table.len() / width;
    let mut next = random.below(rows as u64) as usize;
    let mut far = vec![f64::INFINITY; rows];
    let mut chosen = Vec::with_capacity(count * width);
    for _ in 0..count {
        let centre = &table[next * width..][..width];
        chosen.extend_from_slice(centre);
        for (far, row) in far.iter_mut().zip(table.chunks_exact(width)) {
            *far = far.min(squared_distance(row, centre));
        }
        let total: f64 = far.iter().sum();
        if total <= 0.0 {
            break;
        }
        let mut drawn = random.unit() * total;
        let found = far.iter().position(|far| {
            drawn -= far;
            drawn < 0.0
        });
        next = found.unwrap_or(rows - 1);
    }
    chosen
}

impl Scorer for Weights {
    fn score(&self, rows: &[f64]) -> Vec<f64> {
        let width = self.width as usize;
        let nearest = |row: &[f64]| {
            let distances = self
                .centres
                .chunks_exact(width)
                .map(|c| squared_distance(row, c));
            (distances.fold(f64::MAX, f64::min) / width as f64).sqrt()
        };
        rows.chunks_exact(width).map(nearest).collect()
    }
}
