//! Scores of many rows of four columns, by models of ten thousand others.

use hindcast_shared::detector::group::hbos::HbosParams;
use hindcast_shared::detector::group::{Hbos, Mahalanobis, TailMethod, TailSum};

use crate::measure::{Data, measure};

const DIMS: usize = 4;

pub(crate) fn run(data: &Data) {
    let known = data.normals(10_000 * DIMS);
    let rows = data.normals(100_000 * DIMS);
    let scores = |name, score: &dyn Fn(&[f64]) -> Vec<f64>| measure(name, 1, || score(rows));
    if let Some(model) = TailSum::fit(TailMethod::Ecod, known, DIMS) {
        scores("ecod_score_100000x4", &|rows| model.scores(rows));
    }
    if let Some(model) = TailSum::fit(TailMethod::Copod, known, DIMS) {
        scores("copod_score_100000x4", &|rows| model.scores(rows));
    }
    if let Some(model) = Hbos::fit(known, DIMS, HbosParams::default()) {
        scores("hbos_score_100000x4", &|rows| model.scores(rows));
    }
    if let Some(model) = Mahalanobis::fit(known, DIMS) {
        scores("mahalanobis_score_100000x4", &|rows| model.scores(rows));
    }
    measure("ecod_fit_10000x4", 1, || {
        TailSum::fit(TailMethod::Ecod, known, DIMS)
    });
    measure("hbos_fit_10000x4", 1, || {
        Hbos::fit(known, DIMS, HbosParams::default())
    });
}
