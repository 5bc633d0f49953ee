//! Full models: what is too heavy for a browser is learned here, and scores series for rules, the Lab and schedulers.
//!
//! A [`Model`] learns the windows of a [`Dataset`] and leaves weights; a [`Scorer`] made of these
//! says how odd windows are, and nothing else: thresholds come from [`train()`], artefacts on disk are the business
//! of [`artifact`]. No model knows of rules, anomalies or HTTP; whatever is decided by its scores
//! is decided in `shared::pipeline`, which takes them as a series.
//!
//! To add a model: a file with one type that implements [`Model`], a word in
//! [`ModelKind`], a line in [`model`].

pub(crate) mod artifact;
mod column_drift;
pub(crate) mod dataset;
mod dbscan;
mod deep;
mod drift;
mod error;
pub(crate) mod explain;
mod features;
mod figures;
mod frame;
pub(crate) mod gather;
mod inputs;
mod isolation_forest;
pub(crate) mod jobs;
pub(crate) mod judge;
mod k_means;
pub(crate) mod meters;
mod one_class_svm;
mod pca;
pub(crate) mod registry;
mod retrain;
mod rows;
mod running;
mod sweep;
#[cfg(test)]
mod testing;
mod train;
mod trial;
pub(crate) mod upkeep;
mod watch;

pub(crate) use self::error::ModelError;
pub(crate) use self::train::{Means, SCORE, score, score_labels, train};
pub(crate) use self::watch::{Progress, Watch};

use hindcast_shared::api::{ModelKind, ModelMetrics, ModelSpec};

use self::dataset::Dataset;
use crate::config::ModelDevice;

/// An algorithm that learns windows.
pub(crate) trait Model: Send + Sync {
    /// Bytes that training takes at its peak beside the data.
    fn memory(&self, spec: &ModelSpec, shape: Shape) -> u64;

    /// Learns the training windows; the validation windows are there to stop early by, and to learn nothing from.
    ///
    /// Equal seeds and data give equal weights. It asks `watch` often whether to go on.
    fn train(&self, spec: &ModelSpec, data: &Dataset, watch: &Watch)
    -> Result<Trained, ModelError>;

    /// What was learned, ready to score windows of so many numbers.
    fn open(&self, weights: &[u8], width: usize) -> Result<Box<dyn Scorer>, ModelError>;
}

/// What was learned, ready to score.
pub(crate) trait Scorer: Send + Sync {
    /// How odd each row of a row-major table is: finite, 0 or more, larger is odder.
    fn score(&self, rows: &[f64]) -> Vec<f64>;

    /// By how much each number of a row is not what the model would have there, squared; only of models that
    /// reconstruct.
    fn errors(&self, _row: &[f64]) -> Option<Vec<f64>> {
        None
    }

    /// Why a row is odd, where that can be worked out exactly.
    fn shapley(&self, _row: &[f64]) -> Option<explain::Exact> {
        None
    }
}

/// How much there is to learn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Training windows.
    pub(crate) windows: usize,
    /// Numbers of a window.
    pub(crate) width: usize,
}

/// What training leaves behind.
#[derive(Debug, Clone)]
pub(crate) struct Trained {
    /// For [`Model::open`].
    pub(crate) weights: Vec<u8>,
    /// How it went, as far as the algorithm knows; the medians are filled in by whoever asked.
    pub(crate) metrics: ModelMetrics,
    /// What somebody should know.
    pub(crate) notes: Vec<String>,
}

impl Trained {
    /// Weights of a model that learns in one go.
    fn at_once(weights: Vec<u8>) -> Self {
        Self {
            weights,
            metrics: ModelMetrics::default(),
            notes: Vec::new(),
        }
    }
}

/// The algorithm of that kind; `device` is where it learns if it is a network.
pub(crate) fn model(kind: ModelKind, device: ModelDevice) -> Box<dyn Model> {
    match kind {
        ModelKind::IsolationForest => Box::new(isolation_forest::Forest),
        ModelKind::OneClassSvm => Box::new(one_class_svm::OneClassSvm),
        ModelKind::Pca => Box::new(pca::Pca),
        ModelKind::KMeans => Box::new(k_means::KMeans),
        ModelKind::Dbscan => Box::new(dbscan::Dbscan),
        ModelKind::Autoencoder => deep::model::<deep::Autoencoder>(device),
        ModelKind::Vae => deep::model::<deep::Vae>(device),
        ModelKind::LstmAutoencoder => deep::model::<deep::LstmAutoencoder>(device),
        ModelKind::TcnAutoencoder => deep::model::<deep::TcnAutoencoder>(device),
    }
}
