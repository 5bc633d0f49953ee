//! The new normal: a level shift that is accepted, kept alarming, or borne until a date.

use super::*;

fn rule() -> Value {
    json!({
        "name": "load", "source": "s", "query": "load", "step": "10s", "delay": "0s", "window": "30m",
        "fit_every": "10m", "schedule": {"every": "20s"}, "detector": {"kind": "zscore", "window_samples": 60},
        "decision": {"threshold": 6.0}, "for": 2, "merge_gap": "30s", "recover": {"below": 0.9, "for": 2},
    })
}

/// A level that goes from 10 to 30 at the twentieth minute, and to 50 an hour later.
fn shifted(source: &Scripted) {
    let at = |minutes: i64| START_MS + minutes * MINUTE_MS;
    for step in 0..(80 * 6) {
        let at_ms = at(20) + step * STEP_MS;
        source.set(at_ms, at_ms + STEP_MS, 30.0 + (step % 7) as f64 * 0.1);
    }
    source.set(at(80), at(84), 50.0);
}

#[rstest]
#[case(None, false)]
#[case(None, true)]
#[case(Some(45), false)]
#[tokio::test]
async fn level_when_accepted_then_is_normal_from_the_next_boundary_in_production_and_replay(
    #[case] until: Option<i64>,
    #[case] undone: bool,
) {
    let mut bench = Bench::new().await;
    let at = |minutes: i64| START_MS + minutes * MINUTE_MS;
    shifted(&bench.source);
    let rule = bench.save(rule(), Expected::Absent).await;
    bench.run_to(&rule, at(25)).await;
    let shift = bench.anomalies().await[0].clone();
    assert_eq!(shift.start_ms, at(20));
    let deed = Deed::accept(until.map(at));
    let actor = Actor("ann".into());
    let accepted = bench.detection.command(shift.id, deed, actor, None).await;
    assert_eq!(accepted.expect("accepted").anomaly.status, Status::Expected);
    bench.run_to(&rule, at(26)).await;
    bench.restart().await;
    if undone {
        let undone = bench.act(shift.id, Action::Undo).await;
        assert_eq!(undone.expect("taken back").status, Status::Open);
    }
    bench.run_to(&rule, at(43)).await;
    assert_eq!(
        bench.anomalies().await.len(),
        1,
        "nothing more is told of it"
    );
    bench.restart().await;
    bench.run_to(&rule, at(90)).await;
    let stored = bench.anomalies().await;
    let starts: Vec<_> = stored.iter().map(|one| one.start_ms).collect();
    if until.is_none() && !undone {
        assert_eq!(starts, [at(20), at(80)], "the next shift is news");
        let peak = stored[1].peak.expect("a peak");
        let expected = peak.expected.expect("an expectation");
        assert!(
            (expected - 30.0).abs() < 2.0,
            "learned from the new level: {expected}"
        );
    }
    if until.is_some() {
        assert!(
            starts
                .iter()
                .any(|start_ms| (at(45)..at(47)).contains(start_ms)),
            "{starts:?}"
        );
    }
    let live = history::live(bench.store(), &rule)
        .await
        .expect("read")
        .expect("live");
    let range = TimeRange::new(live.since_ms, live.until_ms + STEP_MS).expect("a range");
    let commands = bench.commands().await;
    let mut replayed = bench.replayed(&rule, range, &commands).await;
    replayed.fired.sort_by_key(|one| one.anomaly.start_ms);
    let fired: Vec<_> = replayed
        .fired
        .iter()
        .map(|one| one.anomaly.clone())
        .collect();
    assert_eq!(fired, stored);
    // A replay that begins long after the command knows it too.
    let late = TimeRange::new(at(70), live.until_ms + STEP_MS).expect("a range");
    let replayed = bench.replayed(&rule, late, &commands).await;
    let fired: Vec<_> = replayed
        .fired
        .iter()
        .filter(|one| !one.carried)
        .map(|one| one.anomaly.clone())
        .collect();
    let later: Vec<_> = stored
        .into_iter()
        .filter(|one| one.detected_at_ms >= at(70))
        .collect();
    assert_eq!(fired, later);
}
