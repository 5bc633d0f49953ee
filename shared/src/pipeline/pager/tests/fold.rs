//! However the fold is cut, and whenever it is stopped and begun again: the same heard.

use proptest::prelude::*;

use super::*;

/// What happens to one of four anomalies: which one, after how long, what.
type Event = (u8, i64, u8);

/// A life of four anomalies as an evaluator could tell it, with mutes that hold and rules that are depended on.
fn lives(events: &[Event]) -> Vec<Transition> {
    let mut at_ms = 1_000;
    let mut now: Vec<Transition> = (0..4)
        .map(|number| {
            let mut one = then(&numbered(number, 0), 0, TransitionKind::Closed);
            one.anomaly.origin_mut().series = format!("load{{host=\"{number}\"}}");
            one
        })
        .collect();
    let mut met = [false; 4];
    let mut out = Vec::new();
    for (which, wait_ms, what) in events {
        at_ms += wait_ms;
        let which = usize::from(*which % 4);
        let before = &now[which];
        let kind = match (before.anomaly.status.is_active(), what % 10) {
            (false, 0..=4) if met[which] => TransitionKind::Reopened,
            (false, 0..=4) => TransitionKind::Opened,
            // What somebody closed is open again.
            (false, 8..) if before.kind == TransitionKind::Judged => TransitionKind::Undone,
            (false, _) => continue,
            (true, 0..=2) => TransitionKind::Closed,
            (true, 3) => TransitionKind::Escalated,
            (true, 4) => TransitionKind::Acknowledged,
            (true, 5) => TransitionKind::Judged,
            (true, 8..) => TransitionKind::Undone,
            (true, _) => TransitionKind::Snoozed,
        };
        met[which] = true;
        let mut next = then(before, at_ms, kind);
        if kind == TransitionKind::Escalated {
            next.anomaly.severity = Severity::Critical;
        }
        if kind == TransitionKind::Snoozed {
            next.anomaly.snoozed_until_ms = (what % 10 == 6).then_some(at_ms + 4_000);
            next.anomaly.status = before.anomaly.status;
        }
        now[which] = next.clone();
        out.push(next);
    }
    out
}

fn ready(mutes: &[(i64, i64)], standing: &[(u8, i64, i64)]) -> Pager {
    let range = |from_ms: &i64, length_ms: &i64| TimeRange {
        from_ms: *from_ms,
        to_ms: from_ms + length_ms,
    };
    let mutes = mutes.iter().map(|(from_ms, length_ms)| Mute {
        range: range(from_ms, length_ms),
        ..mute("*", "*")
    });
    let standing = standing.iter().map(|(host, from_ms, length_ms)| Standing {
        anomaly_id: AnomalyId(ulid::Ulid::from_parts(99, 0)),
        rule_id: "host".parse().expect("a slug"),
        series: format!("up{{host=\"{}\"}}", host % 4),
        range: range(from_ms, length_ms),
    });
    let mut pager = Pager::new();
    pager.set_mutes(mutes.collect());
    pager.set_standing(standing.collect());
    pager
}

/// After `kill -9` and a start: the tables, the heard that are stored, and the lane's bytes.
fn restarted(pager: &Pager, rule: &Rule, heard: &[Page]) -> Pager {
    let mut fresh = Pager::new();
    fresh.set_mutes(pager.mutes.clone());
    fresh.set_standing(pager.standing.clone());
    for page in heard {
        fresh.remember(page);
    }
    if let Some(bytes) = pager.lane_state(&rule.id, true) {
        assert!(fresh.restore_lane(&rule.id, true, &bytes));
    }
    fresh
}

proptest! {
    #[test]
    fn pages_when_the_fold_is_cut_and_restarted_anywhere_then_are_the_same(
        events in proptest::collection::vec((0_u8..4, 1_i64..3_000, 0_u8..10), 1..80),
        mutes in proptest::collection::vec((0_i64..60_000, 1_i64..9_000), 0..4),
        standing in proptest::collection::vec((0_u8..4, 0_i64..60_000, 1_i64..9_000), 0..4),
        ticks in 1_i64..5_000,
        flap: bool, limit: bool, depends: bool,
    ) {
        let mut paging = json!({});
        if flap {
            paging["flap"] = json!({"changes": 3, "within": "8s", "settle": "3s"});
        }
        if limit {
            paging["limit"] = json!({"pages": 2, "within": "10s"});
        }
        if depends {
            paging["depends_on"] = json!([{"rule": "host", "equal": ["host"], "wait": "2s"}]);
        }
        let rule = rule(&paging);
        let transitions = lives(&events);
        let end_ms = 300_000;
        let whole = ready(&mutes, &standing).fold(PagerRun::of(&rule, end_ms), &transitions);

        let mut pager = ready(&mutes, &standing);
        let (mut heard, mut rest, mut now_ms) = (Vec::new(), &transitions[..], 0);
        while now_ms < end_ms {
            now_ms = (now_ms + ticks).min(end_ms);
            let count = rest.iter().take_while(|one| one.at_ms <= now_ms).count();
            let (due, later) = rest.split_at(count);
            heard.extend(pager.fold(PagerRun::of(&rule, now_ms), due));
            pager = restarted(&pager, &rule, &heard);
            rest = later;
        }
        let by_anomaly = |heard: &[Page]| {
            let mut heard = heard.to_vec();
            heard.sort_by_key(|page| page.anomaly_id);
            heard
        };
        prop_assert_eq!(by_anomaly(&heard), by_anomaly(&whole));
        for page in &whole {
            // Nobody is told of what is over, and never twice at once.
            let twin = |other: &&Page| (other.anomaly_id, other.at_ms) == (page.anomaly_id, page.at_ms);
            prop_assert!(whole.iter().filter(twin).count() <= 2, "{:?}", page);
        }
        if limit {
            let sent: Vec<_> = whole.iter().filter(|page| page.verdict == PageVerdict::Sent).collect();
            for trio in sent.windows(3) {
                prop_assert!(trio[2].at_ms - trio[0].at_ms >= 10_000, "{:?}", trio);
            }
        }
    }

    #[test]
    fn lane_when_its_bytes_are_of_another_version_or_broken_then_is_refused(bytes: Vec<u8>) {
        let rule = rule(&json!({}));
        let mut pager = Pager::new();
        let read = pager.restore_lane(&rule.id, true, &bytes);
        prop_assert!(!read || bytes.first() == Some(&1));
    }
}
