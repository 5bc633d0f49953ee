//! Samples a second through the fold and through a whole replay, for each detector.

mod sample;
#[path = "sample/suppression.rs"]
mod suppression;

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use hindcast_shared::detector::DetectorKind;
use hindcast_shared::pipeline::Evaluator;
use hindcast_shared::replay::{People, Rehearsal, replay};
use hindcast_shared::rule::Ticks;
use hindcast_shared::time::TimeRange;

use sample::{SAMPLES, START_MS, STEP_MS, data_for, rule, several};
use suppression::Work;

fn step(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("evaluator");
    for kind in DetectorKind::ALL {
        let data = data_for(kind);
        group.throughput(Throughput::Elements((data.series.len() * SAMPLES) as u64));
        let rule = Arc::new(rule(kind));
        group.bench_function(BenchmarkId::from_parameter(kind.as_str()), |bencher| {
            bencher.iter(|| {
                let mut evaluator = Evaluator::new(Arc::clone(&rule), 1);
                black_box(evaluator.advance(
                    &data,
                    START_MS + (SAMPLES as i64 - 1) * STEP_MS,
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
        let data = several(1, len);
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
                    black_box(replay(
                        &rule,
                        1,
                        &data,
                        range,
                        &Ticks::Every(STEP_MS),
                        People::default(),
                    ))
                });
            });
        }
    }
    group.finish();
}

/// Every sample a transition, with all that can hold a page back; and quiet samples, which are jumped over.
fn suppression(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("suppression");
    group.sample_size(10);
    group.throughput(Throughput::Elements(suppression::LEN as u64));
    let busy = Work::new(|index| index % 2 == 0);
    group.bench_function("fold with a transition a sample", |bencher| {
        bencher.iter(|| black_box(busy.fold()));
    });
    let Work {
        mut rule,
        mutes,
        data,
    } = Work::new(|_| false);
    let range = TimeRange {
        from_ms: START_MS,
        to_ms: suppression::END_MS,
    };
    let people = People {
        mutes: &mutes,
        ..People::default()
    };
    let mut rehearsal = Rehearsal::default();
    group.bench_function("quiet samples jumped over", |bencher| {
        bencher.iter(|| {
            // Another threshold each time, as a slider moves.
            rule.decision.threshold = 180.0 - rule.decision.threshold + 1.0;
            black_box(rehearsal.replay(&rule, 1, &data, range, &Ticks::Every(STEP_MS), people))
        });
    });
    group.finish();
}

criterion_group!(benches, step, whole_replay, suppression);
criterion_main!(benches);
