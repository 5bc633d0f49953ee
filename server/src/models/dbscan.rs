//! DBSCAN over windows: those that have no dense neighbourhood are dropped, and how far a window is from its nearest
//! fellows among the rest is its score.

use hindcast_shared::api::{ModelKind, ModelSize, ModelSpec};
use hindcast_shared::math::stats::quantile;
use linfa::traits::Transformer as _;
use linfa_clustering::Dbscan as Clusters;
use serde::{Deserialize, Serialize};

use super::dataset::Dataset;
use super::rows::{array, pack, squared_distance, thinned, unpack};
use super::{Model, ModelError, Scorer, Shape, Trained, Watch};

const NAME: &str = ModelKind::Dbscan.as_str();
/// Neighbours that make a neighbourhood dense, the window itself among them.
const DENSE: usize = 5;
/// Nearest fellows whose distances make a score.
const FELLOWS: usize = 3;

#[derive(Debug)]
pub(super) struct Dbscan;

#[derive(Debug, Serialize, Deserialize)]
struct Weights {
    width: u32,
    /// Windows of dense neighbourhoods.
    bank: Vec<f64>,
}

/// Windows that are looked at: the work is the square of their number.
fn most_rows(size: ModelSize) -> usize {
    match size {
        ModelSize::Small => 1_500,
        ModelSize::Base => 4_000,
        ModelSize::Large => 10_000,
    }
}

impl Model for Dbscan {
    fn memory(&self, spec: &ModelSpec, shape: Shape) -> u64 {
        let rows = shape.windows.min(most_rows(spec.size)) as u64;
        rows * shape.width as u64 * 8 * 3 + rows * 64
    }

    fn train(
        &self,
        spec: &ModelSpec,
        data: &Dataset,
        watch: &Watch,
    ) -> Result<Trained, ModelError> {
        let windows = data.training();
        let width = windows.width();
        let table = thinned(&windows.table(), width, most_rows(spec.size));
        let rows = table.len() / width;
        let mut distances = Vec::with_capacity(rows);
        for (at, row) in table.chunks_exact(width).enumerate() {
            distances.push(nearest(&table, width, row, DENSE)[DENSE - 1].sqrt());
            if at % 256 == 0 {
                watch.at(0.6 * at as f64 / rows as f64)?;
            }
        }
        // The share that may be odd is what lies farther from its neighbours than this; equal rows need some room.
        let reach = quantile(&distances, 1.0 - spec.contamination).max(1e-9) * (1.0 + 1e-9);
        let found = Clusters::params(DENSE)
            .tolerance(reach)
            .transform(&array(table.clone(), width)?)
            .map_err(|error| ModelError::Failed(error.to_string()))?;
        watch.at(0.9)?;
        let clusters = found.iter().flatten().max().map_or(0, |last| last + 1);
        let bank: Vec<f64> = table
            .chunks_exact(width)
            .zip(&found)
            .filter(|(_, cluster)| cluster.is_some())
            .flat_map(|(row, _)| row)
            .copied()
            .collect();
        let kept = bank.len() / width;
        if kept < FELLOWS {
            return Err(ModelError::Failed(
                "no window has a dense neighbourhood".to_owned(),
            ));
        }
        let weights = Weights {
            width: width as u32,
            bank,
        };
        let mut trained = Trained::at_once(pack(NAME, width, &weights)?);
        trained.notes.push(format!(
            "{rows} windows were compared with each other; {kept} of them are in {clusters} clusters."
        ));
        Ok(trained)
    }

    fn open(&self, weights: &[u8], width: usize) -> Result<Box<dyn Scorer>, ModelError> {
        let weights: Weights = unpack(NAME, width, weights)?;
        Ok(Box::new(weights))
    }
}

/// The smallest squared distances from a row to those of a table, ascending.
fn nearest(table: &[f64], width: usize, row: &[f64], count: usize) -> Vec<f64> {
    let mut least = vec![f64::MAX; count];
    for other in table.chunks_exact(width) {
        let distance = squared_distance(row, other);
        if distance < least[count - 1] {
            let place = least.partition_point(|it| *it <= distance);
            least[place..].rotate_right(1);
            least[place] = distance;
        }
    }
    least
}

impl Scorer for Weights {
    fn score(&self, rows: &[f64]) -> Vec<f64> {
        let width = self.width as usize;
        let far = |row| {
            let fellows = nearest(&self.bank, width, row, FELLOWS);
            let sum: f64 = fellows.iter().map(|it| (it / width as f64).sqrt()).sum();
            sum / FELLOWS as f64
        };
        rows.chunks_exact(width).map(far).collect()
    }
}
