//! Drift detectors find their drifts at the very samples where river finds them.

use hindcast_shared::detector::change::adwin::{Adwin, AdwinParams};
use hindcast_shared::detector::change::page_hinkley::{PageHinkley, PageHinkleyParams};
use hindcast_shared::detector::change::{Ddm, Drift, Eddm};
use hindcast_shared::math::random::Random;
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    seed: u64,
    adwin: Vec<usize>,
    adwin_fine: Vec<usize>,
    adwin_paper: Vec<usize>,
    page_hinkley: Vec<usize>,
    ddm: Vec<usize>,
    eddm: Vec<usize>,
}

const LENGTH: usize = 5_000;

/// A level drawn anew after 200 to 1,200 values, plus uniform noise of width 1.
fn levels(seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed);
    let mut values = Vec::new();
    while values.len() < LENGTH {
        let level = (random.unit() * 8.0).floor() / 4.0;
        let count = 200 + (random.unit() * 1_000.0) as usize;
        values.extend((0..count).map(|_| level + random.unit()));
    }
    values.truncate(LENGTH);
    values
}

/// Errors at a rate drawn anew after 300 to 1,800 values.
fn errors(seed: u64) -> Vec<bool> {
    let mut random = Random::new(seed);
    let mut errors = Vec::new();
    while errors.len() < LENGTH {
        let rate = 0.02 + random.unit() * 0.4;
        let count = 300 + (random.unit() * 1_500.0) as usize;
        errors.extend((0..count).map(|_| random.unit() < rate));
    }
    errors.truncate(LENGTH);
    errors
}

fn positions<T: Copy>(values: &[T], mut update: impl FnMut(T) -> Option<Drift>) -> Vec<usize> {
    (0..values.len())
        .filter(|&index| update(values[index]).is_some())
        .collect()
}

/// As river has it: the whole window is forgotten after a drift.
fn forgetful(params: AdwinParams, values: &[f64]) -> Vec<usize> {
    let mut adwin = Adwin::new(params);
    positions(values, |value| {
        let drift = adwin.update(value);
        if drift.is_some() {
            adwin.reset();
        }
        drift
    })
}

#[test]
fn drifts_when_streams_are_seeded_then_are_those_of_river() {
    let fixture: Fixture =
        serde_json::from_str(include_str!("drift.json")).expect("the fixture is JSON");
    for case in fixture.cases {
        let (values, wrong) = (levels(case.seed), errors(case.seed));
        let default = AdwinParams::default();
        assert_eq!(forgetful(default, &values), case.adwin, "{}", case.seed);
        let fine = AdwinParams {
            delta: 0.05,
            clock: 1,
        };
        assert_eq!(forgetful(fine, &values), case.adwin_fine, "{}", case.seed);
        let mut paper = Adwin::new(default);
        assert_eq!(
            positions(&values, |value| paper.update(value)),
            case.adwin_paper
        );
        let mut page_hinkley = PageHinkley::new(PageHinkleyParams {
            threshold: 20.0,
            ..PageHinkleyParams::default()
        });
        assert_eq!(
            positions(&values, |value| page_hinkley.update(value)),
            case.page_hinkley
        );
        let mut ddm = Ddm::default();
        assert_eq!(positions(&wrong, |error| ddm.update(error)), case.ddm);
        let mut eddm = Eddm::default();
        assert_eq!(positions(&wrong, |error| eddm.update(error)), case.eddm);
    }
}
