//! Rolling statistics of a million points, window 100; `peers/rolling.rs` measures them beside pandas.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hindcast_shared::detector::rolling;

const LEN: u64 = 1_000_000;
const WINDOW: u32 = 100;

/// Of a series, over windows of so many values.
type Statistic = fn(&[f64], u32) -> Vec<f64>;

/// A daily season, noise and spikes.
fn series() -> Vec<f64> {
    (0..LEN)
        .map(|i| {
            let season = (i % 1_440) * (1_440 - i % 1_440) / 2_592;
            let noise = (i * 2_654_435_761 % 4_294_967_296) >> 16;
            let spike = if i % 997 == 50 { 1_500 } else { 0 };
            (season + spike) as f64 / 100.0 + noise as f64 / 65_536.0
        })
        .collect()
}

fn roll(criterion: &mut Criterion) {
    let values = series();
    let mut group = criterion.benchmark_group("rolling");
    group.sample_size(10).throughput(Throughput::Elements(LEN));
    let statistics: [(&str, Statistic); 5] = [
        ("zscore", rolling::zscore),
        ("ewma_zscore", rolling::ewma_zscore),
        ("median", rolling::median),
        ("mad", rolling::mad),
        ("iqr", rolling::iqr),
    ];
    for (name, statistic) in statistics {
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(statistic(&values, WINDOW)));
        });
    }
    group.finish();
}

criterion_group!(benches, roll);
criterion_main!(benches);
