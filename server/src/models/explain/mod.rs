//! Why a model finds a window odd: exactly where that can be had, estimated with an error elsewhere, and, for models
//! that reconstruct, where in the window the reconstruction fails.

mod sampled;
mod tree_shap;

pub(crate) use self::tree_shap::{Exact, tree_shap};

use hindcast_shared::api::{ModelExplanation, ModelPart};

use self::sampled::sampled;
use super::artifact::Ready;
use super::dataset::Material;
use super::frame::{Frame, Place, Windows};
use super::{ModelError, inputs, score_labels};

/// Orders that are walked for an estimate.
const ORDERS: u32 = 64;
/// Ordinary windows that an estimate compares with.
const ORDINARY: usize = 64;

/// Takes the score of the window that ends at an instant apart, by columns and by samples.
///
/// # Errors
/// The model does not know the series, or the window cannot be judged.
pub(crate) fn explain(
    ready: &Ready,
    material: &Material,
    series: Option<&str>,
    at_ms: i64,
) -> Result<ModelExplanation, ModelError> {
    let (metadata, scorer) = (&ready.metadata, &*ready.scorer);
    let known = &metadata.inputs;
    let (length, columns) = (known.window_samples as usize, known.columns.len());
    let frames = inputs::frames(
        &metadata.spec,
        known,
        &material.series,
        material.range,
        &material.offsets,
    );
    let name = |frame: &Frame| score_labels(metadata, frame.series).to_string();
    let asked = |frame: &&Frame| {
        series.is_none_or(|wanted| {
            wanted == name(frame) || wanted == known.series[frame.series].series
        })
    };
    let frame = frames.iter().find(asked).ok_or_else(|| {
        let some = known.series.iter().take(3).map(|one| one.series.as_str());
        ModelError::UnknownSeries {
            known: some.collect::<Vec<_>>().join(", "),
        }
    })?;
    let end = (at_ms - frame.start_ms).div_euclid(frame.step_ms);
    let end = usize::try_from(end).ok();
    let end = end.filter(|end| *end < frame.len() && frame.can_be_judged(*end, length));
    let end = end.ok_or(ModelError::NoWindow)?;
    let one = std::slice::from_ref(frame);
    let place = |end: usize| Place {
        frame: 0,
        end: end as u32,
    };
    let row = Windows::new(one, length, &[place(end)]).table();
    let score = scorer.score(&row)[0] / metadata.thresholds.p99;
    let by_column = |parts: &[f64]| -> Vec<f64> {
        (0..columns)
            .map(|column| parts.iter().skip(column).step_by(columns).sum())
            .collect()
    };
    let named = |parts: Vec<(f64, f64)>| -> Vec<ModelPart> {
        let parts = known.columns.iter().zip(parts);
        parts
            .map(|(column, (part, error))| ModelPart {
                column: column.clone(),
                part,
                error,
            })
            .collect()
    };
    let (method, base, parts, heat) = if let Some(exact) = scorer.shapley(&row) {
        // Told the way round that people expect: what makes the window odd is over 0.
        let heat: Vec<f64> = exact.parts.iter().map(|part| -part).collect();
        let parts = by_column(&heat).into_iter().map(|part| (part, 0.0));
        ("tree_shap", -exact.base, named(parts.collect()), Some(heat))
    } else {
        let ends: Vec<usize> = (0..end.saturating_sub(length))
            .filter(|end| frame.can_be_judged(*end, length))
            .collect();
        let kept = ends.len().min(ORDINARY);
        let places: Vec<Place> = (0..kept)
            .map(|at| place(ends[at * ends.len() / kept]))
            .collect();
        let mut ordinary = Windows::new(one, length, &places).table();
        if ordinary.is_empty() {
            // Without a past the middle of everything stands in.
            ordinary = vec![0.0; row.len()];
        }
        let groups: Vec<Vec<usize>> = (0..columns)
            .map(|column| (column..row.len()).step_by(columns).collect())
            .collect();
        let found = sampled(scorer, &row, &ordinary, &groups, ORDERS, metadata.spec.seed);
        let p99 = metadata.thresholds.p99;
        let parts = found.parts.iter().map(|it| (it.part / p99, it.error / p99));
        (
            "sampled_shapley",
            found.base / p99,
            named(parts.collect()),
            scorer.errors(&row),
        )
    };
    Ok(ModelExplanation {
        model: metadata.spec.name.clone(),
        version: metadata.version,
        series: name(frame),
        at_ms: frame.at_ms(end),
        score,
        method: method.to_owned(),
        base,
        parts,
        heat: heat.map(|heat| heat.chunks_exact(columns).map(<[f64]>::to_vec).collect()),
        columns: known.columns.clone(),
        values: row.chunks_exact(columns).map(<[f64]>::to_vec).collect(),
    })
}

#[cfg(test)]
mod tests {
    use hindcast_shared::api::ModelLayout;

    use super::*;
    use crate::models::testing::{LIGHT, STEP_MS, material, spec, wave};
    use crate::models::{Means, Watch, train};

    #[test]
    fn explanation_when_one_of_two_series_is_odd_then_blames_it_and_adds_up() {
        for kind in LIGHT {
            let mut spec = spec(kind);
            spec.layout = ModelLayout::Joint;
            let history = material(&[wave(1_500, 1), wave(1_500, 2)]);
            let artifact =
                train(&spec, &history, 5, Means::PROCESSOR, &Watch::nobody()).expect("enough");
            let mut odd = wave(400, 3);
            odd[305..308].fill(20.0);
            let now = material(&[odd, wave(400, 4)]);
            let ready = artifact.open().expect("its own");
            let told = explain(&ready, &now, None, 307 * STEP_MS).expect("a window");
            assert!(told.score > 1.0, "{kind:?} {}", told.score);
            assert!(
                told.parts[0].part > 2.0 * told.parts[1].part.abs(),
                "{kind:?} {:?}",
                told.parts
            );
            let sum = told.base + told.parts.iter().map(|it| it.part).sum::<f64>();
            if told.method == "tree_shap" {
                assert!(
                    sum < 0.0 && sum > told.base,
                    "a shorter path than most: {sum}"
                );
            } else {
                assert!((sum - told.score).abs() < 1e-9, "{kind:?}");
            }
            if let Some(heat) = &told.heat {
                // The last three samples of the first column are it.
                let hottest = heat.iter().map(|row| row[0]).fold(f64::MIN, f64::max);
                assert!(heat[5][0].max(heat[6][0]).max(heat[7][0]) >= hottest);
            }
            let early = explain(&ready, &now, None, 3 * STEP_MS).expect_err("no whole window");
            assert!(matches!(early, ModelError::NoWindow));
        }
    }
}
