//! "Do not learn this", said afterwards: production leaves it out from the next fit boundary on, replays at once.

use super::*;
use hindcast_shared::time::ceil_to;

/// What learns everything, so that a long high stretch hides a lower one from it.
fn learning() -> Value {
    json!({
        "name": "load", "source": "s", "query": "load", "step": "10s", "delay": "0s", "window": "3h", "fit_every": "1h",
        "schedule": {"every": "10s"}, "learn_from_anomalies": true,
        "detector": {"kind": "zscore", "window_samples": 1000, "min_samples": 60}, "decision": {"threshold": 4.0},
    })
}

#[tokio::test]
async fn range_when_it_is_taken_out_afterwards_then_the_next_fit_forgets_it_as_the_replay_does() {
    let mut bench = Bench::new().await;
    let first_ms = ceil_to(START_MS, HOUR_MS);
    let at = |minutes: i64| first_ms + minutes * MINUTE_MS;
    bench.source.set(at(5), at(35), 30.0);
    // The same step, before and after the boundary that follows the label, and after the label is gone again.
    for minute in [50, 80, 140] {
        bench.source.set(at(minute), at(minute + 1), 20.0);
    }
    let rule = bench.save(learning(), Expected::Absent).await;
    bench.run_to(&rule, at(45)).await;
    let taken_out = LabelDraft {
        source: "s".to_owned(),
        series_key: None,
        pattern: Some("load*".to_owned()),
        start_ms: at(5),
        end_ms: at(35),
        kind: LabelKind::Exclude,
    };
    let labels = bench.store().labels();
    let label = labels
        .create(taken_out, "ann", at(45))
        .await
        .expect("a label");
    bench.run_to(&rule, at(100)).await;
    let lies_in =
        |anomaly: &Anomaly, minute: i64| (at(minute)..at(minute + 1)).contains(&anomaly.start_ms);
    let found = |all: &[Anomaly], minute| all.iter().any(|anomaly| lies_in(anomaly, minute));
    let stored = bench.anomalies().await;
    assert!(!found(&stored, 50), "still learned: {stored:?}");
    assert!(found(&stored, 80), "forgotten at the boundary: {stored:?}");

    let range = TimeRange::new(START_MS, bench.now_ms).expect("a range");
    let replayed = bench.replayed(&rule, range, &[]).await.fired;
    let replayed: Vec<Anomaly> = replayed.into_iter().map(|one| one.anomaly).collect();
    let after = |all: &[Anomaly]| -> Vec<Anomaly> {
        let later = all.iter().filter(|anomaly| anomaly.start_ms >= at(60));
        later.cloned().collect()
    };
    assert_eq!(
        after(&replayed),
        after(&stored),
        "from the boundary on, field by field"
    );
    assert!(
        found(&replayed, 50),
        "a replay leaves it out from the beginning"
    );
    assert!(
        replayed
            .iter()
            .all(|anomaly| !(at(5)..at(35)).contains(&anomaly.start_ms))
    );

    // Taken back, it is learned again from the next boundary on.
    let id = label.id.clone();
    bench
        .store()
        .labels()
        .delete(&id, None, "ann", bench.now_ms)
        .await
        .expect("deleted");
    bench.run_to(&rule, at(150)).await;
    assert!(
        !found(&bench.anomalies().await, 140),
        "it hides the last one again"
    );
}
