//! Decompositions of two weeks of minutes with a daily and a five-hourly season.

use std::f64::consts::TAU;

use augurs_core::Fit as _;
use augurs_mstl::MSTLModel;
use hindcast_shared::detector::seasonal::mstl::Mstl;
use hindcast_shared::detector::seasonal::stl::Stl;

use crate::measure::{Data, measure, measure_peer};

pub(crate) fn run(data: &Data) {
    let season = |index: usize, period: f64| 5.0 * libm::sin(TAU * index as f64 / period);
    let values: Vec<f64> = data
        .normals(20_160)
        .iter()
        .enumerate()
        .map(|(index, noise)| season(index, 1_440.0) + season(index, 288.0) + noise)
        .collect();
    let stl = Stl::new(1_440);
    measure("stl_jumps", 1, || stl.with_jumps().decompose(&values));
    let robust = stl.robust().with_jumps();
    measure("stl_robust_jumps", 1, || robust.decompose(&values));
    measure("stl_every_point", 1, || stl.decompose(&values));
    let mstl = Mstl::new(&[288, 1_440]).with_jumps();
    measure("mstl_jumps", 1, || mstl.decompose(&values));
    // Its jumps are every tenth of a span too.
    let theirs = MSTLModel::naive(vec![288, 1_440]);
    measure_peer("mstl_jumps", "augurs", 1.0, || theirs.fit(&values).is_ok());
    for (name, stl) in [("stl_every_point", stl), ("stl_jumps", stl.with_jumps())] {
        if let Some(found) = stl.decompose(&values) {
            data.keep(name, &[found.seasonal, found.trend].concat());
        }
    }
}
