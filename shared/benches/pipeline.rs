//! Samples a second through the fold and through a whole replay, for each detector.

mod sample;

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use hindcast_shared::calendar::{CalendarEffects, CalendarTable};
use hindcast_shared::detector::DetectorKind;
use hindcast_shared::pipeline::{Evaluator, Mute, Pager, PagerRun};
use hindcast_shared::replay::{People, Rehearsal, replay};
use hindcast_shared::rule::{Rule, Severity, Ticks};
use hindcast_shared::time::TimeRange;
use serde_json::json;

use sample::{SAMPLES, START_MS, STEP_MS, data_for, rule, several};

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
    let rule = Rule::from_json(json!({
        "name": "bench", "source": "s", "query": "q", "detector": {"kind": "threshold"},
        "decision": {"threshold": 90.0}, "for": 1, "recover": {"below": 0.9, "for": 1}, "merge_gap": "5m",
        "paging": {
            "flap": {"changes": 6, "within": "1h", "settle": "15m"}, "limit": {"pages": 5, "within": "1h"},
            "depends_on": [{"rule": "host-*", "series": "up*", "wait": "1m"}],
        },
    }))
    .expect("a valid rule");
    let len: usize = 100_000;
    let end_ms = START_MS + len as i64 * STEP_MS;
    let stretch = |hour: i64| TimeRange {
        from_ms: START_MS + hour * 3_600_000,
        to_ms: START_MS + hour * 3_600_000 + 600_000,
    };
    let mutes: Vec<Mute> = (0..20)
        .map(|number| Mute {
            id: number.to_string(),
            rule: "be*".to_owned(),
            series: "m{*}".to_owned(),
            max_severity: Severity::Warning,
            range: stretch(7 * number),
        })
        .collect();
    let calendars = vec![CalendarTable {
        id: "c".to_owned(),
        effects: CalendarEffects {
            skip_paging: true,
            ..CalendarEffects::default()
        },
        ranges: (0..1_000).map(|number| stretch(24 * number)).collect(),
    }];
    let busy = |share: usize| {
        let mut data = several(1, len);
        for series in data.series.values_mut() {
            for (index, value) in series.values.iter_mut().enumerate() {
                *value = if share > 0 && index % share == 0 {
                    100.0
                } else {
                    1.0
                };
            }
        }
        data.calendars.clone_from(&calendars);
        data
    };
    let range = TimeRange {
        from_ms: START_MS,
        to_ms: end_ms,
    };
    let people = People {
        mutes: &mutes,
        ..People::default()
    };
    group.throughput(Throughput::Elements(len as u64));
    let data = busy(2);
    group.bench_function("fold with a transition a sample", |bencher| {
        bencher.iter(|| {
            let shared = Arc::new(rule.clone());
            let mut evaluator = Evaluator::new(shared, 1).without_growth();
            let mut pager = Pager::new();
            pager.set_mutes(mutes.clone());
            let said = evaluator.advance(&data, end_ms - STEP_MS, &Ticks::Every(STEP_MS), &mut ());
            let run = PagerRun {
                calendars: &data.calendars,
                ..PagerRun::of(&rule, end_ms)
            };
            black_box(pager.fold(run, &said))
        });
    });
    let data = busy(0);
    let mut rehearsal = Rehearsal::default();
    let mut moved = rule.clone();
    group.bench_function("quiet samples, jumped over", |bencher| {
        bencher.iter(|| {
            // Another threshold each time, as a slider moves.
            moved.decision.threshold = 180.0 - moved.decision.threshold + 1.0;
            black_box(rehearsal.replay(&moved, 1, &data, range, &Ticks::Every(STEP_MS), people))
        });
    });
    group.finish();
}

criterion_group!(benches, step, whole_replay, suppression);
criterion_main!(benches);
