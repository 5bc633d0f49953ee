//! Training from end to end: windows, weights, thresholds, metadata; and scoring a series with what came of it.
//!
//! It does no I/O and knows no store: whoever asks brings the series and takes the artefact.

use std::time::Instant;

use hindcast_shared::api::{
    CalibratedThreshold, ModelFeatures, ModelLayout, ModelMetadata, ModelMetrics, ModelSpec,
    ModelThresholds,
};
use hindcast_shared::detector::tail::Tail;
use hindcast_shared::math::stats::quantile;
use hindcast_shared::series::{Labels, Series};

use super::artifact::{Artifact, FORMAT, Ready, checksum};
use super::dataset::{Dataset, Material, most_windows};
use super::frame::{Place, Windows};
use super::{ModelError, Scorer, Watch, features, inputs, model};
use crate::config::ModelDevice;

/// Windows that are scored at once.
const CHUNK: usize = 1_024;
/// What never moved is scored 0 throughout, and scores are told in parts of the p99. A network's score is the mean of
/// squares: a step in one of 24 samples is over this from five millionths of the series' unit on.
const LEAST_P99: f64 = 1e-12;
/// Alarms in ten thousand windows for which a threshold is worked out.
const BUDGETS: [f64; 4] = [100.0, 10.0, 1.0, 0.1];
/// The name of series of scores.
pub(crate) const SCORE: &str = "model_score";
/// The label by which such a series names its model.
const MODEL_LABEL: &str = "model";
const MIB: u64 = 1 << 20;

/// What a training may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Means {
    /// Memory, by estimate.
    pub(crate) most_bytes: u64,
    /// Where networks learn.
    pub(crate) device: ModelDevice,
}

impl Means {
    /// The processor with all the memory that it wants.
    pub(crate) const PROCESSOR: Self = Self {
        most_bytes: u64::MAX,
        device: ModelDevice::Cpu,
    };
}

/// Learns a model; version 1 until a registry says otherwise.
///
/// # Errors
/// Whatever is wrong with the specification or the data, or that training needs more than `means` allow.
pub(crate) fn train(
    spec: &ModelSpec,
    material: &Material,
    now_ms: i64,
    means: Means,
    watch: &Watch,
) -> Result<Artifact, ModelError> {
    let began = Instant::now();
    spec.check()?;
    watch.at(0.0)?;
    let fits = |needed: u64| {
        if needed > means.most_bytes {
            return Err(ModelError::TooLarge {
                needed_mib: needed.div_ceil(MIB),
                allowed_mib: means.most_bytes / MIB,
            });
        }
        Ok(())
    };
    if spec.features == ModelFeatures::Device {
        // There are many times as many as there are samples.
        fits(features::bytes(spec, &material.series, material.range))?;
    }
    let data = Dataset::new(spec, material)?;
    let (algorithm, shape) = (model(spec.kind, means.device), data.shape());
    let needed = algorithm
        .memory(spec, shape)
        .saturating_add((shape.windows as u64).saturating_mul(shape.width as u64 * 8));
    fits(needed)?;
    let trained = algorithm.train(spec, &data, watch)?;
    let scorer = algorithm.open(&trained.weights, shape.width)?;
    let training = scores_of(&*scorer, &data.training());
    let validation = scores_of(&*scorer, &data.validation());
    let thresholds = thresholds(&validation)?;
    let mut notes = trained.notes;
    if thresholds.p99 <= LEAST_P99 {
        notes.push("All windows were alike, so whatever differs from them is odd.".to_owned());
    }
    if data.thinned {
        notes.push(format!(
            "There were more windows than a model of this size learns: {} of them, evenly, were taken.",
            most_windows(spec.size)
        ));
    }
    watch.at(1.0)?;
    let metadata = ModelMetadata {
        format: FORMAT,
        version: 1,
        spec: spec.clone(),
        inputs: data.inputs,
        thresholds,
        data: data.about,
        metrics: ModelMetrics {
            training_median: quantile(&training, 0.5),
            validation_median: quantile(&validation, 0.5),
            ..trained.metrics
        },
        notes,
        code_version: env!("CARGO_PKG_VERSION").to_owned(),
        trained_at_ms: now_ms,
        training_seconds: began.elapsed().as_secs_f64(),
        weights_bytes: trained.weights.len() as u64,
        weights_sha256: checksum(&trained.weights),
    };
    Ok(Artifact {
        metadata,
        weights: trained.weights,
    })
}

/// The scores of windows, in their order.
fn scores_of(scorer: &dyn Scorer, windows: &Windows<'_>) -> Vec<f64> {
    let mut found = Vec::with_capacity(windows.len());
    for from in (0..windows.len()).step_by(CHUNK) {
        let to = (from + CHUNK).min(windows.len());
        found.extend(scorer.score(&windows.chunk(from, to)));
    }
    found
}

fn thresholds(validation: &[f64]) -> Result<ModelThresholds, ModelError> {
    if validation.iter().any(|score| !score.is_finite()) {
        return Err(ModelError::Failed("a score is not a number".to_owned()));
    }
    let p95 = quantile(validation, 0.95);
    let p99 = quantile(validation, 0.99).max(LEAST_P99);
    let tail = Tail::fit(validation);
    let calibrated = tail.iter().flat_map(|tail| {
        BUDGETS.map(|alarms_per_10000| CalibratedThreshold {
            alarms_per_10000,
            threshold: tail.quantile(alarms_per_10000 / 10_000.0),
        })
    });
    Ok(ModelThresholds {
        p95,
        p99,
        calibrated: calibrated.collect(),
    })
}

/// The series of scores of everything that the model knows, in parts of its p99: over 1 is odd, a gap where a window
/// cannot be judged. A score looks back on its window and never ahead.
///
/// # Errors
/// The model knows none of the series.
pub(crate) fn score(ready: &Ready, material: &Material) -> Result<Vec<Series>, ModelError> {
    let (metadata, scorer) = (&ready.metadata, &*ready.scorer);
    let (spec, known) = (&metadata.spec, &metadata.inputs);
    let frames = inputs::frames(
        spec,
        known,
        &material.series,
        material.range,
        &material.offsets,
    );
    if frames.is_empty() {
        let known = known.series.iter().map(|one| one.series.as_str());
        let some: Vec<&str> = known.take(3).collect();
        return Err(ModelError::UnknownSeries {
            known: some.join(", "),
        });
    }
    let length = known.window_samples as usize;
    let of_frame = |(index, frame): (usize, &super::frame::Frame)| {
        let ends = (0..frame.len()).filter(|end| frame.can_be_judged(*end, length));
        let places: Vec<Place> = ends
            .map(|end| Place {
                frame: index as u32,
                end: end as u32,
            })
            .collect();
        let mut values = vec![f64::NAN; frame.len()];
        let windows = Windows::new(&frames, length, &places);
        for (place, score) in places.iter().zip(scores_of(scorer, &windows)) {
            values[place.end as usize] = score / metadata.thresholds.p99;
        }
        Series {
            labels: score_labels(metadata, frame.series),
            unit: String::new(),
            start_ms: frame.start_ms,
            step_ms: frame.step_ms,
            values,
        }
    };
    Ok(frames.iter().enumerate().map(of_frame).collect())
}

/// What a series of scores is called: what the series is called, or the whole, with the model's name.
pub(crate) fn score_labels(metadata: &ModelMetadata, series: usize) -> Labels {
    let mut labels = Labels::named(SCORE, &[(MODEL_LABEL, &metadata.spec.name)]);
    if metadata.spec.layout == ModelLayout::Each
        && let Ok(own) = metadata.inputs.series[series].series.parse::<Labels>()
    {
        for (name, value) in own.pairs() {
            labels.0.insert(name.to_owned(), value.to_owned());
        }
        // A device has several.
        if metadata.spec.features == ModelFeatures::Samples {
            labels.0.insert("metric".to_owned(), own.name().to_owned());
        }
        labels
            .0
            .insert(MODEL_LABEL.to_owned(), metadata.spec.name.clone());
    }
    labels
}

#[cfg(test)]
mod tests {
    use hindcast_shared::api::ModelKind;

    use super::*;
    use crate::models::testing::{LIGHT, STEP_MS, material, spec, wave};

    fn learned(kind: ModelKind, layout: ModelLayout) -> Artifact {
        let mut spec = spec(kind);
        spec.layout = layout;
        let material = material(&[wave(900, 1), wave(900, 2)]);
        train(&spec, &material, 5, Means::PROCESSOR, &Watch::nobody()).expect("enough")
    }

    #[test]
    fn model_when_a_stretch_is_odd_then_scores_it_over_all_else_and_the_same_each_time() {
        for kind in LIGHT {
            for layout in [ModelLayout::Each, ModelLayout::Joint] {
                let artifact = learned(kind, layout);
                assert_eq!(artifact.weights, learned(kind, layout).weights, "{kind:?}");
                let (mut odd, plain) = (wave(500, 3), wave(500, 4));
                odd[300..304].fill(18.0);
                let scores = score(&artifact.open().expect("its own"), &material(&[odd, plain]))
                    .expect("known");
                assert_eq!(
                    scores.len(),
                    if layout == ModelLayout::Each { 2 } else { 1 }
                );
                let values = &scores[0].values;
                assert!(values[..7].iter().all(|value| value.is_nan()));
                let greatest = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
                let (peak, calm) = (greatest(&values[300..311]), greatest(&values[7..300]));
                assert!(
                    peak > 1.0 && peak > calm,
                    "{kind:?} {layout:?} {peak} {calm}"
                );
                let over = values[7..300].iter().filter(|value| **value > 1.0).count();
                assert!(
                    over <= 30,
                    "{kind:?} {layout:?}: {over} of 293 over the p99"
                );
            }
        }
    }

    #[test]
    fn score_when_the_future_changes_then_stays_and_when_the_value_is_missing_then_is_a_gap() {
        for kind in LIGHT {
            let artifact = learned(kind, ModelLayout::Each);
            let mut values = wave(200, 3);
            values[150] = f64::NAN;
            let before = score(
                &artifact.open().expect("its own"),
                &material(&[values.clone()]),
            )
            .expect("known");
            values[180..].fill(99.0);
            let after =
                score(&artifact.open().expect("its own"), &material(&[values])).expect("known");
            let bits = |series: &[Series]| -> Vec<u64> {
                series[0].values[..180]
                    .iter()
                    .map(|value| value.to_bits())
                    .collect()
            };
            assert_eq!(bits(&before), bits(&after), "{kind:?}");
            assert!(before[0].values[150].is_nan() && before[0].values[151].is_finite());
        }
    }

    #[test]
    fn train_when_memory_is_short_or_somebody_cancels_then_stops() {
        let material_of = material;
        let material = material_of(&[wave(600, 1)]);
        for kind in ModelKind::ALL {
            let few = Means {
                most_bytes: 1_000,
                ..Means::PROCESSOR
            };
            let small = train(&spec(kind), &material, 5, few, &Watch::nobody());
            assert!(
                matches!(small, Err(ModelError::TooLarge { .. })),
                "{kind:?}"
            );
            let cancel = tokio_util::sync::CancellationToken::new();
            let (stop, watch) = (cancel.clone(), |progress: super::super::Progress| {
                progress.done
            });
            let watch = Watch::new(cancel, move |progress| {
                if watch(progress) >= 0.0 {
                    stop.cancel();
                }
            });
            let cancelled = train(&spec(kind), &material, 5, Means::PROCESSOR, &watch);
            assert!(matches!(cancelled, Err(ModelError::Cancelled)), "{kind:?}");
        }
    }

    #[test]
    fn score_when_nothing_ever_moved_then_only_what_moves_is_odd() {
        for kind in [ModelKind::Pca, ModelKind::KMeans, ModelKind::Autoencoder] {
            let still = material(&[vec![5.0; 600]]);
            let watch = Watch::nobody();
            let artifact =
                train(&spec(kind), &still, 5, Means::PROCESSOR, &watch).expect("it is learned");
            let note = artifact.metadata.notes.last().expect("a note");
            assert!(note.starts_with("All windows were alike"), "{note}");
            let mut values = vec![5.0; 200];
            values[150] = 5.25;
            let told = score(&artifact.open().expect("its own"), &material(&[values]));
            let scores = &told.expect("known")[0].values;
            assert!(
                scores[149] < 1.0 && scores[150] > 1.0,
                "{kind:?}: {scores:?}"
            );
        }
    }

    #[test]
    fn metadata_when_trained_then_say_what_was_done() {
        let artifact = learned(ModelKind::Pca, ModelLayout::Each);
        let metadata = &artifact.metadata;
        let data = &metadata.data;
        assert_eq!((data.from_ms, data.to_ms), (0, 900 * STEP_MS));
        assert_eq!(data.split_ms, 720 * STEP_MS);
        assert_eq!(
            (data.training_windows, data.validation_windows),
            (2 * 713, 2 * 173)
        );
        let thresholds = &metadata.thresholds;
        assert!(thresholds.p95 < thresholds.p99);
        let rising = thresholds.calibrated.windows(2);
        assert!(
            rising
                .into_iter()
                .all(|pair| pair[0].threshold < pair[1].threshold)
        );
        assert_eq!(thresholds.calibrated.len(), 4);
    }

    #[test]
    fn score_when_the_series_are_strangers_then_names_those_that_are_known() {
        let artifact = learned(ModelKind::Pca, ModelLayout::Each);
        let mut strange = material(&[wave(100, 1)]);
        strange.series[0].labels = Labels::named("stranger", &[]);
        let error = score(&artifact.open().expect("its own"), &strange)
            .expect_err("unknown")
            .to_string();
        assert!(error.contains("m0, m1"), "{error}");
    }
}
