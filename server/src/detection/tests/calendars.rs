//! Calendars between ticks, restarts and fit boundaries: production and replay agree.

use hindcast_shared::api::{CalendarDraft, MarkerDraft};

use super::*;
use crate::detection::CalendarDeed;

fn hourly(effects: &Value) -> CalendarDraft {
    // The twentieth to the thirtieth minute of each hour of the day on which the bench begins.
    let start = jiff::Timestamp::from_millisecond(START_MS).expect("an instant");
    let start = start.strftime("%Y-%m-%dT00:20").to_string();
    let hours: Vec<String> = (0..24).map(|hour| hour.to_string()).collect();
    serde_json::from_value(json!({
        "id": "c", "name": "c", "effects": effects,
        "events": [{"start": start, "length": "10m", "rrule": format!("FREQ=DAILY;BYHOUR={}", hours.join(","))}],
    }))
    .expect("a calendar")
}

async fn change(bench: &Bench, deed: CalendarDeed) {
    let changed = bench.detection.change_calendar(deed, "ann").await;
    changed.expect("changed");
}

#[rstest]
#[case(json!({"skip_paging": true}))]
#[case(json!({"scale_threshold": 1.5}))]
#[case(json!({"skip_learning": true, "skip_paging": true, "scale_threshold": 0.8}))]
#[tokio::test]
async fn calendar_when_made_changed_and_taken_back_midway_then_production_and_replay_agree(
    #[case] effects: Value,
) {
    let mut bench = Bench::new().await;
    let at = |minutes: i64| START_MS + minutes * MINUTE_MS;
    for minute in (3..90).step_by(7) {
        bench.source.set(
            at(minute),
            at(minute) + MINUTE_MS,
            14.0 + (minute % 5) as f64,
        );
    }
    bench.source.set(at(41), at(58), 30.0);
    let rule = bench
        .save(
            json!({
                "name": "load", "source": "s", "query": "load", "step": "10s", "delay": "0s", "window": "10m",
                "fit_every": "1m", "schedule": {"every": "20s"}, "detector": {"kind": "zscore", "window_samples": 30},
                "decision": {"threshold": 4.0}, "for": 2, "merge_gap": "30s", "recover": {"below": 0.9, "for": 2},
                "calendars": ["c"],
            }),
            Expected::Absent,
        )
        .await;
    bench.run_to(&rule, at(12)).await;
    let draft = hourly(&effects);
    change(
        &bench,
        CalendarDeed::Create {
            id: "c".to_owned(),
            draft: draft.clone(),
        },
    )
    .await;
    bench.run_to(&rule, at(31)).await;
    bench.restart().await;
    bench.run_to(&rule, at(47)).await;
    let marker = MarkerDraft {
        title: "deploy".to_owned(),
        start_ms: Some(at(40)),
        length: Some(Millis::new(8 * MINUTE_MS)),
    };
    change(
        &bench,
        CalendarDeed::Mark {
            id: "c".to_owned(),
            marker,
        },
    )
    .await;
    bench.run_to(&rule, at(60)).await;
    let mut longer = draft;
    longer.events[0].length = Some(Millis::new(25 * MINUTE_MS));
    let id = || "c".to_owned();
    change(
        &bench,
        CalendarDeed::Update {
            id: id(),
            draft: longer,
            seen: Some(1),
        },
    )
    .await;
    bench.run_to(&rule, at(80)).await;
    bench.restart().await;
    change(
        &bench,
        CalendarDeed::Delete {
            id: id(),
            seen: None,
        },
    )
    .await;
    bench.run_to(&rule, at(95)).await;
    // The points are compared anomaly by anomaly, and every page of each.
    let live = history::live(bench.store(), &rule)
        .await
        .expect("read")
        .expect("live");
    let range = TimeRange::new(live.since_ms, live.until_ms + STEP_MS).expect("a range");
    let mut replayed = bench.replayed(&rule, range, &[]).await;
    replayed.fired.sort_by_key(|one| one.anomaly.start_ms);
    let stored = bench.anomalies().await;
    assert!(stored.len() >= 4, "{} anomalies", stored.len());
    let fired: Vec<_> = replayed
        .fired
        .iter()
        .map(|one| one.anomaly.clone())
        .collect();
    assert_eq!(fired, stored);
    for one in &replayed.fired {
        let decided = bench.store().pages_of(one.anomaly.id).await.expect("pages");
        assert_eq!(decided, one.pages);
    }
}

#[tokio::test]
async fn calendar_when_it_skips_paging_then_what_is_still_open_is_told_at_its_end() {
    let mut bench = Bench::new().await;
    let minute_ms = |minute: i64| floor_to(START_MS, HOUR_MS) + HOUR_MS + minute * MINUTE_MS;
    bench.source.set(minute_ms(22), minute_ms(40), 80.0);
    let mut followed = threshold();
    followed["calendars"] = json!(["c"]);
    let rule = bench.save(followed, Expected::Absent).await;
    let draft = hourly(&json!({"skip_paging": true}));
    change(
        &bench,
        CalendarDeed::Create {
            id: "c".to_owned(),
            draft,
        },
    )
    .await;
    bench.run_to(&rule, minute_ms(50)).await;
    bench.verdicts(&rule).await;
    let found = bench.anomalies().await;
    let decided = bench.store().pages_of(found[0].id).await.expect("pages");
    let calendar = "c".to_owned();
    let reason = SuppressReason::Calendar { calendar };
    assert_eq!(decided[0].verdict, PageVerdict::Suppressed(reason));
    assert_eq!(
        (decided[1].kind, decided[1].at_ms),
        (PageKind::StillOpen, minute_ms(30))
    );
}
