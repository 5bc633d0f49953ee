//! Drift detectors, one update after another.

use hindcast_shared::detector::change::kswin::KswinParams;
use hindcast_shared::detector::change::{Adwin, Ddm, Eddm, Kswin, PageHinkley, pelt};

use crate::measure::{Data, measure};

pub(crate) fn run(data: &Data) {
    let values = data.normals(100_000);
    measure("adwin_100000_updates", 1, || {
        let mut adwin = Adwin::default();
        values.iter().filter_map(|v| adwin.update(*v)).count()
    });
    measure("page_hinkley_update", 100_000, || {
        let mut detector = PageHinkley::default();
        values.iter().filter_map(|v| detector.update(*v)).count()
    });
    let errors: Vec<bool> = values.iter().map(|value| *value > 1.0).collect();
    measure("ddm_update", 100_000, || {
        let mut detector = Ddm::default();
        errors.iter().filter_map(|e| detector.update(*e)).count()
    });
    measure("eddm_update", 100_000, || {
        let mut detector = Eddm::default();
        errors.iter().filter_map(|e| detector.update(*e)).count()
    });
    let values = data.normals(5_000);
    measure("kswin_update", 5_000, || {
        let mut detector = Kswin::new(KswinParams {
            seed: 1,
            ..KswinParams::default()
        });
        values.iter().filter_map(|v| detector.update(*v)).count()
    });
    let levels: Vec<f64> = values
        .iter()
        .enumerate()
        .map(|(index, value)| value + (index / 500 % 3) as f64 * 3.0)
        .collect();
    measure("pelt_5000", 1, || pelt::change_points(&levels, 0.0));
    same_points(data);
}

/// The level and the rate of errors change every thousand values.
fn same_points(data: &Data) {
    let values = data.normals(100_000).iter().enumerate();
    let moving = values.map(|(index, value)| (*value, (index / 1_000 % 3) as f64));
    let mut adwin = Adwin::default();
    let mut ddm = Ddm::default();
    let (mut at_levels, mut at_rates) = (Vec::new(), Vec::new());
    for (index, (value, step)) in moving.enumerate() {
        if adwin.update(value + step * 3.0).is_some() {
            at_levels.push(index as f64);
            // As river has it: the whole window is forgotten after a drift.
            adwin.reset();
        }
        if ddm.update(value > 1.5 - step * 0.5).is_some() {
            at_rates.push(index as f64);
        }
    }
    data.keep("adwin_points", &at_levels);
    data.keep("ddm_points", &at_rates);
}
