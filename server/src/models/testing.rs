//! Series and specifications for the tests of models.

use hindcast_shared::api::{ModelKind, ModelSpec};
use hindcast_shared::math::random::Random;
use hindcast_shared::series::{Labels, Series};
use hindcast_shared::time::{TimeRange, UtcOffsets};

use super::dataset::Material;

pub(super) const STEP_MS: i64 = 60_000;

/// What learns within moments where nothing is optimised either; networks have tests of their own in `deep`.
pub(super) const LIGHT: [ModelKind; 5] = [
    ModelKind::IsolationForest,
    ModelKind::OneClassSvm,
    ModelKind::Pca,
    ModelKind::KMeans,
    ModelKind::Dbscan,
];

pub(super) fn spec(kind: ModelKind) -> ModelSpec {
    let mut spec = ModelSpec::new("model", kind, "table".into(), "m");
    spec.window_samples = 8;
    // Enough for a wave, and so few that the tests of all kinds are quick.
    spec.epochs = 10;
    spec
}

/// A period of fifty samples with some noise.
pub(super) fn wave(rows: usize, seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed);
    (0..rows)
        .map(|row| 10.0 + 3.0 * libm::sin(row as f64 * 0.125_663_706) + 0.3 * random.normal())
        .collect()
}

pub(super) fn material(series: &[Vec<f64>]) -> Material {
    let rows = series.iter().map(Vec::len).max().unwrap_or(1);
    let series: Vec<Series> = series
        .iter()
        .enumerate()
        .map(|(index, values)| Series {
            labels: Labels::named(&format!("m{index}"), &[]),
            unit: String::new(),
            start_ms: 0,
            step_ms: STEP_MS,
            values: values.clone(),
        })
        .collect();
    Material {
        left_out: vec![Vec::new(); series.len()],
        series,
        range: TimeRange {
            from_ms: 0,
            to_ms: rows as i64 * STEP_MS,
        },
        offsets: UtcOffsets::utc(),
    }
}
