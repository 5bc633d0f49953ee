//! Samples a second through the fold and through a whole replay, for each detector.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use hindcast_shared::pipeline::{Dataset, Evaluator};
use hindcast_shared::replay::replay;
use hindcast_shared::rule::{DetectorKind, Rule, Ticks};
use hindcast_shared::series::{Labels, Series, SeriesKey};
use hindcast_shared::time::TimeRange;
use serde_json::json;

const STEP_MS: i64 = 60_000;
const START_MS: i64 = 1_699_920_000_000;

fn rule(kind: DetectorKind) -> Rule {
    let threshold = if kind == DetectorKind::Threshold {
        14.0
    } else {
        kind.threshold_param().default
    };
    Rule::from_json(json!({
        "name": "bench", "source": "s", "query": "q", "detector": {"kind": kind.as_str()},
        "decision": {"threshold": threshold}, "for": 3,
    }))
    .expect("a valid rule")
}

/// A daily season, a little noise, a spike now and then.
fn data(len: usize) -> Dataset {
    let mut noise: u64 = 1;
    let values = (0..len)
        .map(|index| {
            noise = noise
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let spike = if index % 997 < 5 { 10.0 } else { 0.0 };
            let season = ((index % 1_440) as f64 - 720.0).abs() / 240.0;
            10.0 + season + (noise >> 40) as f64 / f64::from(1 << 24) + spike
        })
        .collect();
    let labels = Labels::named("m", &[]);
    let mut data = Dataset::new(STEP_MS);
    let key = SeriesKey::new(&"s".into(), &labels);
    data.insert(
        key,
        Series {
            labels,
            unit: String::new(),
            start_ms: START_MS,
            step_ms: STEP_MS,
            values,
        },
    );
    data
}

fn step(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("evaluator");
    let data = data(10_080);
    group.throughput(Throughput::Elements(10_080));
    for kind in DetectorKind::ALL {
        let rule = Arc::new(rule(kind));
        group.bench_function(BenchmarkId::from_parameter(kind.as_str()), |bencher| {
            bencher.iter(|| {
                let mut evaluator = Evaluator::new(Arc::clone(&rule), 1);
                black_box(evaluator.advance(
                    &data,
                    START_MS + 10_079 * STEP_MS,
                    &Ticks::Every(STEP_MS),
                    &mut (),
                ))
            });
        });
    }
    group.finish();
}

fn whole_replay(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("replay");
    group.sample_size(10);
    for len in [10_080, 100_000, 1_000_000] {
        let data = data(len);
        let range = TimeRange {
            from_ms: START_MS,
            to_ms: START_MS + len as i64 * STEP_MS,
        };
        group.throughput(Throughput::Elements(len as u64));
        for kind in [
            DetectorKind::Threshold,
            DetectorKind::Zscore,
            DetectorKind::Mad,
        ] {
            let rule = rule(kind);
            group.bench_function(BenchmarkId::new(kind.as_str(), len), |bencher| {
                bencher.iter(|| {
                    black_box(replay(&rule, 1, &data, range, &Ticks::Every(STEP_MS), &[]))
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, step, whole_replay);
criterion_main!(benches);
