//! Decompositions and the search for periods, on two weeks of minutes; `peers/seasonal.rs` measures them beside statsmodels.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use hindcast_shared::detector::seasonal::mstl::Mstl;
use hindcast_shared::detector::seasonal::period::periods;
use hindcast_shared::detector::seasonal::stl::Stl;

/// A daily and a five-hourly season, a slow rise, noise and spikes.
fn series(len: u64) -> Vec<f64> {
    (0..len)
        .map(|i| {
            let season = |p: u64| (i % p) * (p - i % p) * 800 / (p * p);
            let noise = (i * i * 7 + i * 13) % 101;
            let spike = if i % 997 == 50 { 1_500 } else { 0 };
            (season(1_440) + season(288) + noise + spike + i / 50) as f64 / 100.0
        })
        .collect()
}

fn decompose(criterion: &mut Criterion) {
    let values = series(20_160);
    let mut group = criterion.benchmark_group("seasonal");
    group.sample_size(10);
    let stl = Stl::new(1_440);
    for (name, stl) in [
        ("stl_every_point", stl),
        ("stl_jumps", stl.with_jumps()),
        ("stl_robust_every_point", stl.robust()),
        ("stl_robust_jumps", stl.robust().with_jumps()),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(stl.decompose(&values)));
        });
    }
    let mstl = Mstl::new(&[288, 1_440]);
    for (name, mstl) in [
        ("mstl_every_point", mstl.clone()),
        ("mstl_jumps", mstl.with_jumps()),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(mstl.decompose(&values)));
        });
    }
    group.bench_function("periods", |bencher| {
        bencher.iter(|| black_box(periods(&values, 3)));
    });
    group.finish();
}

criterion_group!(benches, decompose);
criterion_main!(benches);
