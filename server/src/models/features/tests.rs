use std::fmt::Write as _;

use hindcast_shared::api::{ModelFeatures, ModelKind, ModelLayout};
use serde::Deserialize;

use super::*;
use crate::models::dataset::{Dataset, Material};
use crate::models::testing::{LIGHT, STEP_MS, material, spec, wave};
use crate::models::{Means, ModelError, Watch, score, train};

/// What numpy and scipy say of windows, made by `tests/peers/features.py`.
#[derive(Deserialize)]
struct Stored {
    names: Vec<String>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    what: String,
    step_hours: f64,
    hours: Vec<f64>,
    /// In the order of the channels; nothing where there was no sample.
    samples: Vec<Vec<Option<f64>>>,
    /// In the order of the table; nothing where it cannot be worked out.
    features: Vec<Option<f64>>,
}

#[test]
fn features_when_numpy_and_scipy_work_them_out_then_are_the_same() {
    let stored: Stored = serde_json::from_str(include_str!("values.json")).expect("stored values");
    assert_eq!(stored.names, TABLE.map(|feature| feature.name));
    for case in &stored.cases {
        let row = |channel: usize| -> [f64; LOOK_BACK] {
            std::array::from_fn(|at| case.samples[channel][at].unwrap_or(f64::NAN))
        };
        let hours = std::array::from_fn(|at| case.hours[at]);
        let look = Look::new(std::array::from_fn(row), hours, case.step_hours);
        for (feature, theirs) in TABLE.iter().zip(&case.features) {
            let (own, theirs) = ((feature.of)(&look), theirs.unwrap_or(f64::NAN));
            let alike = (own.is_nan() && theirs.is_nan())
                || (own - theirs).abs() <= 1e-9 * theirs.abs().max(1.0);
            assert!(alike, "{}, {}: {own}, {theirs}", case.what, feature.name);
        }
    }
    assert!(stored.cases.len() >= 8);
}

#[test]
fn table_when_counted_then_has_its_thirds_and_is_what_the_page_about_it_says() {
    let mut names = TABLE.map(|feature| feature.name).to_vec();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), FEATURES);
    let page = include_str!("../../../../docs/features.md");
    let mut text = String::new();
    for feature in TABLE {
        let (name, formula, unit) = (feature.name, feature.formula, feature.unit);
        writeln!(text, "| `{name}` | {formula} | {unit} |").expect("room");
    }
    let is_row = |line: &&str| text.lines().any(|it| it == *line);
    let told: Vec<&str> = page.lines().filter(is_row).collect();
    assert_eq!(told, text.lines().collect::<Vec<_>>());
    let rows = page
        .split("\n## ")
        .skip(1)
        .map(|part| part.lines().filter(is_row).count());
    assert_eq!(rows.collect::<Vec<_>>(), [20, 50, 28]);
    for channel in Channel::ALL {
        assert!(
            page.contains(&format!("`{}`", channel.name())),
            "{channel:?}"
        );
    }
}

fn of_device(channel: Channel, device: &str, values: &[f64]) -> Series {
    Series {
        labels: Labels::named(channel.name(), &[("device", device)]),
        unit: String::new(),
        start_ms: 0,
        step_ms: STEP_MS,
        values: values.to_vec(),
    }
}

fn two_devices(rows: usize) -> Material {
    let mut material = material(&[wave(rows, 1)]);
    let signal: Vec<f64> = wave(rows, 2).iter().map(|it| it - 70.0).collect();
    material.series = vec![
        of_device(Channel::Events, "a", &wave(rows, 1)),
        of_device(Channel::Events, "b", &wave(rows, 3)),
        of_device(Channel::Signal, "a", &signal),
        of_device(Channel::Signal, "b", &signal),
    ];
    material.left_out = vec![Vec::new(); 4];
    material
}

fn of_devices(kind: ModelKind) -> ModelSpec {
    let mut spec = spec(kind);
    (spec.features, spec.window_samples) = (ModelFeatures::Device, 1);
    spec
}

#[test]
fn model_when_it_learns_features_then_scores_each_device_and_keeps_how_they_are_scaled() {
    let spec = of_devices(ModelKind::Pca);
    let artifact = train(
        &spec,
        &two_devices(900),
        5,
        Means::PROCESSOR,
        &Watch::nobody(),
    )
    .expect("enough");
    let inputs = &artifact.metadata.inputs;
    assert_eq!(inputs.columns, TABLE.map(|feature| feature.name));
    assert_eq!(
        (inputs.features.len(), inputs.width()),
        (FEATURES, FEATURES)
    );
    let events = &inputs.features[1];
    assert_eq!(
        (&*events.name, &*events.formula, &*events.unit),
        ("events_mean", "mean(e)", "events")
    );
    assert!(
        (events.centre - 10.0).abs() < 0.5 && events.spread > 0.1,
        "{events:?}"
    );

    let mut odd = two_devices(600);
    // Of device b the signal falls silent in its movements, at a level that it often has.
    odd.series[3].values[400..430].fill(-60.0);
    let scores = score(&artifact.open().expect("its own"), &odd).expect("known");
    let names: Vec<String> = scores.iter().map(|one| one.labels.to_string()).collect();
    assert_eq!(
        names,
        [
            r#"model_score{device="a",model="model"}"#,
            r#"model_score{device="b",model="model"}"#
        ]
    );
    let greatest = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
    let (a, b) = (&scores[0].values, &scores[1].values);
    let calm = greatest(&b[30..400]).max(greatest(&a[30..]));
    assert!(
        greatest(&b[400..430]) > 1.5 * calm,
        "{} {calm}",
        greatest(&b[400..430])
    );
}

#[test]
fn features_when_any_kind_learns_them_then_it_scores_and_too_many_for_the_memory_are_refused() {
    let material = two_devices(400);
    for kind in LIGHT.into_iter().chain([ModelKind::Autoencoder]) {
        let mut spec = of_devices(kind);
        (spec.window_samples, spec.epochs) = (2, 1);
        let artifact =
            train(&spec, &material, 5, Means::PROCESSOR, &Watch::nobody()).expect("enough");
        let scores = score(&artifact.open().expect("its own"), &material).expect("known");
        let judged = scores.iter().flat_map(|one| &one.values);
        assert_eq!(
            judged.filter(|it| it.is_finite()).count(),
            2 * 399,
            "{kind:?}"
        );
    }
    // Two devices, 400 rows, 98 numbers of eight bytes.
    let spec = of_devices(ModelKind::Pca);
    let means = Means {
        most_bytes: 2 * 400 * 98 * 8 - 1,
        ..Means::PROCESSOR
    };
    let refused = train(&spec, &material, 5, means, &Watch::nobody());
    assert!(
        matches!(refused, Err(ModelError::TooLarge { .. })),
        "{refused:?}"
    );
    assert_eq!(
        bytes(&spec, &material.series, material.range),
        2 * 400 * 98 * 8
    );
}

#[test]
fn features_when_the_future_changes_then_stay_and_an_incident_is_left_out_as_long_as_they_see_it() {
    let spec = of_devices(ModelKind::Pca);
    let mut material = two_devices(600);
    let plain = Dataset::new(&spec, &material).expect("enough");
    let before = plain.training().table();
    for series in &mut material.series {
        series.values[500..].fill(1e6);
    }
    let after = Dataset::new(&spec, &material)
        .expect("enough")
        .training()
        .table();
    assert_eq!(before, after, "the split is at 480");
    let incident = TimeRange::new(100 * STEP_MS, 101 * STEP_MS).expect("a range");
    material.left_out[2].push(incident);
    let without = Dataset::new(&spec, &material).expect("enough");
    let look_back = LOOK_BACK as u64;
    assert_eq!(
        without.about.left_out_windows,
        plain.about.left_out_windows + look_back
    );
}

#[test]
fn features_when_no_series_has_a_name_that_they_know_then_says_which_these_are() {
    let spec = of_devices(ModelKind::Pca);
    let error = Dataset::new(&spec, &material(&[wave(600, 1)])).expect_err("m0 is unknown");
    let text = error.to_string();
    assert!(
        text.contains("event_count") && text.contains("vendor_count"),
        "{text}"
    );
    let mut joint = of_devices(ModelKind::Pca);
    joint.layout = ModelLayout::Joint;
    let whole = Dataset::new(&joint, &two_devices(600)).expect("enough");
    assert_eq!(whole.shape().windows, 480, "all devices are one");
}
