//! The isolation forest over windows: the detector's forest, grown from far more rows than a rule has.

use hindcast_shared::api::{ModelKind, ModelSize, ModelSpec};
use hindcast_shared::detector::forest::isolation::{IsolationForest, Params};

use super::dataset::Dataset;
use super::explain::{Exact, tree_shap};
use super::rows::{pack, unpack};
use super::{Model, ModelError, Scorer, Shape, Trained, Watch};

const NAME: &str = ModelKind::IsolationForest.as_str();
/// The widest row that a forest takes.
const WIDEST: usize = 1_024;

#[derive(Debug)]
pub(super) struct Forest;

/// Windows overlap, so that the 256 rows of the paper are few: on 46 single series of `docs/models-accuracy.md`
/// scikit-learn's forest has an AUC-PR of 0.27 with 256, 0.28 with 512, 0.29 with 1,024, and 0.30 with 2,048 and 4,096.
const SAMPLE: u32 = 2_048;

fn params(size: ModelSize) -> Params {
    let trees = match size {
        ModelSize::Small => 100,
        ModelSize::Base => 200,
        ModelSize::Large => 1_000,
    };
    Params {
        trees,
        sample: SAMPLE,
        extended: false,
    }
}

impl Model for Forest {
    fn memory(&self, spec: &ModelSpec, shape: Shape) -> u64 {
        let params = params(spec.size);
        // A slot has a feature, a threshold, a path and a size; the sample is held by column and by row.
        u64::from(params.trees) * u64::from(params.sample) * 16
            + u64::from(params.sample) * shape.width as u64 * 16
            + shape.windows as u64 * 4
    }

    fn train(
        &self,
        spec: &ModelSpec,
        data: &Dataset,
        watch: &Watch,
    ) -> Result<Trained, ModelError> {
        let windows = data.training();
        let width = windows.width();
        if width > WIDEST {
            return Err(ModelError::TooWide {
                width,
                most: WIDEST,
            });
        }
        let forest = IsolationForest::fit(&windows.table(), width, &params(spec.size), spec.seed)?;
        watch.at(0.9)?;
        Ok(Trained::at_once(pack(NAME, width, &forest)?))
    }

    fn open(&self, weights: &[u8], width: usize) -> Result<Box<dyn Scorer>, ModelError> {
        let forest: IsolationForest = unpack(NAME, width, weights)?;
        Ok(Box::new(forest))
    }
}

impl Scorer for IsolationForest {
    fn score(&self, rows: &[f64]) -> Vec<f64> {
        self.score_all(rows)
    }

    fn shapley(&self, row: &[f64]) -> Option<Exact> {
        tree_shap(self, row)
    }
}
