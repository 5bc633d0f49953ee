//! The algorithms without any rule, family by family; `rolling.rs` and `seasonal.rs` have the rest, and `peers/`
//! measures many of them beside other people's.

use std::hint::black_box;

use criterion::{Bencher, Criterion, Throughput, criterion_group, criterion_main};
use hindcast_shared::detector::auto::{self, Live};
use hindcast_shared::detector::change::bocpd::{Bocpd, BocpdParams};
use hindcast_shared::detector::change::{Adwin, Ddm, Kswin, PageHinkley, pelt};
use hindcast_shared::detector::forest::half_space::{self, HalfSpaceTrees};
use hindcast_shared::detector::forest::isolation::{self, IsolationForest};
use hindcast_shared::detector::forest::random_cut::{self, RandomCutForest};
use hindcast_shared::detector::group::hbos::HbosParams;
use hindcast_shared::detector::group::{Hbos, Mahalanobis, TailMethod, TailSum};
use hindcast_shared::detector::shape::knn::Bank;
use hindcast_shared::detector::shape::left_profile::LeftProfile;
use hindcast_shared::detector::shape::matrix_profile::{Neighbours, distances};
use hindcast_shared::detector::shape::{spectral, sub_pca};
use hindcast_shared::math::random::Random;

const DIMS: usize = 4;

fn normals(count: usize) -> Vec<f64> {
    let mut random = Random::new(1);
    (0..count).map(|_| random.normal()).collect()
}

/// A level that wanders, and noise.
fn series(len: usize) -> Vec<f64> {
    let mut level = 0.0;
    let wandering = normals(len).into_iter().map(|value| {
        level += value * 0.1;
        level + value
    });
    wandering.collect()
}

/// One family: each work is told how many rows or points it takes in.
struct Family<'a> {
    criterion: &'a mut Criterion,
    name: &'static str,
}

impl Family<'_> {
    fn work<T>(&mut self, name: &str, elements: usize, mut work: impl FnMut() -> T) {
        let mut group = self.criterion.benchmark_group(self.name);
        group.sample_size(10);
        group.throughput(Throughput::Elements(elements as u64));
        group.bench_function(name, |bencher: &mut Bencher<'_>| {
            bencher.iter(|| black_box(work()));
        });
        group.finish();
    }
}

fn forest(criterion: &mut Criterion) {
    let mut family = Family {
        criterion,
        name: "forest",
    };
    let rows = normals(10_000 * DIMS);
    for (name, extended) in [("straight", false), ("oblique", true)] {
        let params = isolation::Params {
            extended,
            ..isolation::Params::default()
        };
        let grow = || IsolationForest::fit(&rows, DIMS, &params, 1).expect("good parameters");
        family.work(&format!("isolation_fit_{name}"), 10_000, grow);
        let grown = grow();
        let score = || grown.score_all(&rows);
        family.work(&format!("isolation_score_{name}"), 10_000, score);
    }
    let ranges = [(-4.0, 4.0); DIMS];
    let params = half_space::Params::default();
    let mut trees = HalfSpaceTrees::new(&ranges, params, 1).expect("good parameters");
    family.work("half_space_trees", 10_000, || {
        let rows = rows.chunks(DIMS);
        rows.map(|row| trees.score_and_learn(row)).sum::<f64>()
    });
    let params = random_cut::Params::default();
    let mut trees = RandomCutForest::new(DIMS, params, 1).expect("good parameters");
    family.work("random_cut_forest", 1_000, || {
        let rows = rows.chunks(DIMS).take(1_000);
        rows.map(|row| trees.score_and_learn(row)).sum::<f64>()
    });
}

fn shape(criterion: &mut Criterion) {
    let mut family = Family {
        criterion,
        name: "shape",
    };
    let values = series(10_080);
    family.work("matrix_profile_m100", values.len(), || {
        distances(&values, 100, Neighbours::All)
    });
    let mut stream = LeftProfile::new(64, 1_024).expect("a good window");
    family.work("left_profile_m64", values.len(), || {
        let found = values.iter().filter_map(|value| stream.push(*value));
        found.sum::<f64>()
    });
    let bank = Bank::fit(&values, 64, 500).expect("a good window");
    family.work("knn_m64_bank_500", values.len(), || {
        bank.distances(&values, 3, Some(64))
    });
    family.work("sub_pca_m64", values.len(), || {
        sub_pca::score(&values, 5_000, 64, 0.9, true)
    });
    family.work("spectral_residual_w123", values.len(), || {
        spectral::score_causal(&values, 123)
    });
}

fn default(criterion: &mut Criterion) {
    let mut family = Family {
        criterion,
        name: "auto",
    };
    let values = series(10_080);
    family.work("full", values.len(), || {
        auto::full(&values, 0, &mut |_| true)
    });
    let half = values.len() / 2;
    family.work("full_calm_beginning", values.len(), || {
        auto::full(&values, half, &mut |_| true)
    });
    family.work("live_fit", half, || {
        let mut live = Live::default();
        live.fit(&values[..half]);
        live
    });
    let mut live = Live::default();
    live.fit(&values[..half]);
    family.work("live_points", values.len() - half, || {
        let mut live = live.clone();
        let mut total = 0.0;
        for value in &values[half..] {
            total += live.judge(*value).unwrap_or(0.0);
            live.learn(*value);
        }
        total
    });
}

fn group(criterion: &mut Criterion) {
    let mut family = Family {
        criterion,
        name: "group",
    };
    let rows = normals(10_000 * DIMS);
    for (name, method) in [("ecod", TailMethod::Ecod), ("copod", TailMethod::Copod)] {
        let fit = || TailSum::fit(method, &rows, DIMS).expect("enough rows");
        family.work(&format!("{name}_fit"), 10_000, fit);
        let model = fit();
        family.work(&format!("{name}_score"), 10_000, || model.scores(&rows));
    }
    let fit = || Hbos::fit(&rows, DIMS, HbosParams::default()).expect("enough rows");
    family.work("hbos_fit", 10_000, fit);
    let model = fit();
    family.work("hbos_score", 10_000, || model.scores(&rows));
    let fit = || Mahalanobis::fit(&rows, DIMS).expect("enough rows");
    family.work("mahalanobis_fit", 10_000, fit);
    let model = fit();
    family.work("mahalanobis_score", 10_000, || model.scores(&rows));
}

fn change(criterion: &mut Criterion) {
    let mut family = Family {
        criterion,
        name: "change",
    };
    let values = normals(10_000);
    let mut adwin = Adwin::default();
    family.work("adwin", values.len(), || {
        values.iter().filter_map(|v| adwin.update(*v)).count()
    });
    let mut page_hinkley = PageHinkley::default();
    family.work("page_hinkley", values.len(), || {
        let drifts = values.iter().filter_map(|v| page_hinkley.update(*v));
        drifts.count()
    });
    let mut ddm = Ddm::default();
    family.work("ddm", values.len(), || {
        values.iter().filter_map(|v| ddm.update(*v > 1.0)).count()
    });
    let mut kswin = Kswin::default();
    family.work("kswin", values.len(), || {
        values.iter().filter_map(|v| kswin.update(*v)).count()
    });
    let mut bocpd = Bocpd::new(0.0, 1.0, BocpdParams::default());
    family.work("bocpd", values.len(), || {
        values.iter().filter_map(|v| bocpd.update(*v)).count()
    });
    family.work("pelt", 5_000, || pelt::change_points(&values[..5_000], 0.0));
}

criterion_group!(benches, forest, shape, default, group, change);
criterion_main!(benches);
