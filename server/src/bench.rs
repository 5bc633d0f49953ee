//! A door for the bench of the full models: a table is learned and scored by the code that production runs.
//!
//! Nobody else uses it. It knows no files and no labels; what is good is judged by whoever asks.

use hindcast_shared::api::{ModelMetadata, ModelSpec};
use hindcast_shared::series::{Labels, Series};
use hindcast_shared::time::{TimeRange, UtcOffsets};

use crate::models::artifact::Ready;
use crate::models::dataset::Material;
use crate::models::{Means, ModelError, Watch, score, train};

/// A model that has learned.
pub struct Learned(Ready);

/// Learns the first `rows` rows of a table on the processor: a column a series, a row a step of `spec`.
///
/// # Errors
/// What the model says of the specification or the data.
pub fn learn(spec: &ModelSpec, columns: &[Vec<f64>], rows: usize) -> Result<Learned, String> {
    let material = material(spec, columns, rows);
    let artifact = train(spec, &material, 0, Means::PROCESSOR, &Watch::nobody());
    let ready = artifact.and_then(|artifact| artifact.open());
    ready
        .map(Learned)
        .map_err(|error: ModelError| error.to_string())
}

impl Learned {
    /// What is known of it: how long it took, how many windows and rounds there were.
    pub fn metadata(&self) -> &ModelMetadata {
        &self.0.metadata
    }

    /// The score of each row of a table as [`learn`] takes it; NaN where no whole window ends. Tables with one
    /// series, and such with all of them in one window, have one series of scores.
    ///
    /// # Errors
    /// The model does not know these columns.
    pub fn score(&self, columns: &[Vec<f64>]) -> Result<Vec<f64>, String> {
        let rows = columns.first().map_or(0, Vec::len);
        let material = material(&self.0.metadata.spec, columns, rows);
        let scores = score(&self.0, &material).map_err(|error| error.to_string())?;
        Ok(scores
            .into_iter()
            .next()
            .map(|one| one.values)
            .unwrap_or_default())
    }
}

fn material(spec: &ModelSpec, columns: &[Vec<f64>], rows: usize) -> Material {
    let step_ms = spec.step.ms();
    let of = |(at, values): (usize, &Vec<f64>)| Series {
        labels: Labels::named(&format!("c{at:04}"), &[]),
        unit: String::new(),
        start_ms: 0,
        step_ms,
        values: values[..rows].to_vec(),
    };
    Material {
        left_out: vec![Vec::new(); columns.len()],
        series: columns.iter().enumerate().map(of).collect(),
        range: TimeRange {
            from_ms: 0,
            to_ms: rows as i64 * step_ms,
        },
        offsets: UtcOffsets::utc(),
    }
}
