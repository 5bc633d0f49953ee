//! Mutes, flaps, limits, dependencies, and what is told when they end.

mod fold;

use serde_json::json;

use super::*;
use crate::pipeline::Actor;
use crate::time::TimeRange;

fn rule(paging: &serde_json::Value) -> Rule {
    Rule::from_json(json!({
        "name": "cpu high", "source": "s", "query": "q", "detector": {"kind": "threshold"},
        "decision": {"threshold": 1.0}, "paging": paging,
    }))
    .expect("a valid rule")
}

fn opened(series: &str, severity: &str, at_ms: i64) -> Transition {
    let anomaly = json!({
        "id": "01JH0000000000000000000000", "kind": "deviation", "rule_id": "cpu-high", "rule_name": "CPU",
        "rule_version": 1, "config_hash": "", "data_hash": "", "source": "s", "series": series,
        "series_key": "00000000000000000000000000000000", "unit": "", "labels": {}, "detector": "threshold",
        "threshold": 1.0, "status": "open", "severity": severity, "start_ms": at_ms, "end_ms": at_ms,
        "detected_at_ms": at_ms, "closed_at_ms": null, "close_reason": null, "peak": null, "reopened": 0,
    });
    Transition {
        at_ms,
        kind: TransitionKind::Opened,
        actor: Actor::system(),
        anomaly: serde_json::from_value(anomaly).expect("an anomaly"),
    }
}

/// The same anomaly, at another time and in another state.
fn then(before: &Transition, at_ms: i64, kind: TransitionKind) -> Transition {
    let mut after = Transition {
        at_ms,
        kind,
        ..before.clone()
    };
    after.anomaly.status = match kind {
        TransitionKind::Closed | TransitionKind::Judged => Status::Resolved,
        TransitionKind::Acknowledged => Status::Acknowledged,
        _ => Status::Open,
    };
    after
}

fn numbered(number: u64, at_ms: i64) -> Transition {
    let mut one = opened("load", "warning", at_ms);
    one.anomaly.id = AnomalyId(ulid::Ulid::from_parts(number, 0));
    one
}

fn mute(rule: &str, series: &str) -> Mute {
    Mute {
        id: "m".to_owned(),
        rule: rule.to_owned(),
        series: series.to_owned(),
        max_severity: Severity::Warning,
        range: TimeRange {
            from_ms: 100,
            to_ms: 200,
        },
    }
}

fn verdict(mute: &Mute, transition: &Transition) -> PageVerdict {
    let mut pager = Pager::new();
    pager.set_mutes(vec![mute.clone()]);
    let rule = rule(&json!({}));
    let mut heard = pager.fold(
        PagerRun::of(&rule, transition.at_ms),
        std::slice::from_ref(transition),
    );
    assert_eq!(heard.len(), 1, "an opening is worth a page");
    heard.remove(0).verdict
}

fn said(heard: &[Page]) -> Vec<(i64, PageKind, bool)> {
    let said = |page: &Page| (page.at_ms, page.kind, page.verdict == PageVerdict::Sent);
    heard.iter().map(said).collect()
}

#[test]
fn mute_when_it_covers_rule_series_severity_and_time_then_nobody_is_told() {
    let muted = PageVerdict::Suppressed(SuppressReason::Muted {
        mute_id: "m".to_owned(),
    });
    let here = opened("load{host=\"a\"}", "warning", 150);
    for (rule, series) in [("*", "*"), ("cpu-*", "*"), ("*", "load{*\"a\"}")] {
        assert_eq!(
            verdict(&mute(rule, series), &here),
            muted,
            "{rule} {series}"
        );
    }
    for (rule, series) in [("cpu", "*"), ("*", "load"), ("disk-*", "load*")] {
        let told = verdict(&mute(rule, series), &here);
        assert_eq!(told, PageVerdict::Sent, "{rule} {series}");
    }
    for (at_ms, severity, told) in [
        (99, "warning", true),
        (100, "info", false),
        (199, "warning", false),
        (200, "warning", true),
        (150, "critical", true),
    ] {
        let heard = verdict(&mute("*", "*"), &opened("load", severity, at_ms));
        let expected = if told { &PageVerdict::Sent } else { &muted };
        assert_eq!(&heard, expected, "{severity} at {at_ms}");
    }
}

#[test]
fn anomaly_when_it_gets_worse_than_its_mute_then_somebody_is_told_and_not_again() {
    let (mut pager, rule) = (Pager::new(), rule(&json!({})));
    pager.set_mutes(vec![mute("*", "*")]);
    let mut told = |kind, severity, at_ms| {
        let mut transition = opened("load", severity, at_ms);
        transition.kind = kind;
        said(&pager.fold(PagerRun::of(&rule, at_ms), &[transition]))
    };
    let first = told(TransitionKind::Opened, "warning", 150);
    assert_eq!(first, [(150, PageKind::Opened, false)]);
    let worse = told(TransitionKind::Escalated, "critical", 160);
    assert_eq!(worse, [(160, PageKind::Escalated, true)]);
    let back = told(TransitionKind::Reopened, "critical", 250);
    assert_eq!(back, [(250, PageKind::Reopened, false)], "told already");
}

#[test]
fn mute_when_it_ends_while_the_anomaly_is_open_then_somebody_is_told_at_its_end() {
    use TransitionKind::{Acknowledged, Closed};
    let rule = rule(&json!({}));
    let first = opened("load", "warning", 150);
    for (meanwhile, expected) in [
        (None, vec![(200, PageKind::StillOpen, true)]),
        (Some(Closed), vec![]),
        (Some(Acknowledged), vec![]),
    ] {
        let mut pager = Pager::new();
        let mut other = mute("*", "*");
        (other.range.from_ms, other.range.to_ms) = (120, 180);
        pager.set_mutes(vec![other, mute("*", "*")]);
        let mut run = |to_ms, transitions: &[Transition]| {
            said(&pager.fold(PagerRun::of(&rule, to_ms), transitions))
        };
        assert_eq!(
            run(150, std::slice::from_ref(&first)),
            [(150, PageKind::Opened, false)]
        );
        let next = meanwhile.map(|kind| then(&first, 170, kind));
        assert_eq!(run(199, next.as_slice()), []);
        assert_eq!(run(500, &[]), expected, "{meanwhile:?}");
        assert_eq!(run(900, &[]), []);
    }
}

#[test]
fn snooze_when_it_ends_while_the_anomaly_is_open_then_somebody_is_told_again() {
    let rule = rule(&json!({}));
    let first = opened("load", "warning", 100);
    let mut snoozed = then(&first, 110, TransitionKind::Snoozed);
    snoozed.anomaly.snoozed_until_ms = Some(300);
    let mut worse = then(&snoozed, 120, TransitionKind::Escalated);
    worse.anomaly.severity = Severity::Critical;
    let mut pager = Pager::new();
    let heard = pager.fold(
        PagerRun::of(&rule, 310),
        &[first.clone(), snoozed.clone(), worse],
    );
    assert_eq!(
        said(&heard),
        [
            (100, PageKind::Opened, true),
            (120, PageKind::Escalated, false),
            (300, PageKind::StillOpen, true)
        ]
    );
    assert_eq!(heard[2].severity, Severity::Critical);
    // Taken by somebody before it ends, or taken back: nobody is told again.
    let mut awake = then(&first, 130, TransitionKind::Snoozed);
    awake.anomaly.snoozed_until_ms = None;
    for meanwhile in [then(&snoozed, 130, TransitionKind::Acknowledged), awake] {
        let mut pager = Pager::new();
        let heard = pager.fold(
            PagerRun::of(&rule, 310),
            &[first.clone(), snoozed.clone(), meanwhile],
        );
        assert_eq!(said(&heard), [(100, PageKind::Opened, true)]);
    }
}

#[test]
fn anomaly_when_it_flaps_five_hundred_times_then_is_told_twice() {
    let rule = rule(&json!({"flap": {"changes": 4, "within": "10s", "settle": "5s"}}));
    let first = opened("load", "warning", 0);
    let mut transitions = vec![first.clone()];
    for flap in 1..500 {
        transitions.push(then(&first, 2_000 * flap - 1_000, TransitionKind::Closed));
        transitions.push(then(&first, 2_000 * flap, TransitionKind::Reopened));
    }
    let mut pager = Pager::new();
    let heard = pager.fold(PagerRun::of(&rule, 2_000_000), &transitions);
    let sent: Vec<_> = heard
        .iter()
        .filter(|page| page.verdict == PageVerdict::Sent)
        .cloned()
        .collect();
    let last_ms = 2_000 * 499;
    assert_eq!(
        said(&sent),
        [
            (0, PageKind::Opened, true),
            (last_ms + 5_000, PageKind::Settled, true)
        ]
    );
    let flapping = PageVerdict::Suppressed(SuppressReason::Flapping);
    let held_back = heard.iter().filter(|page| page.verdict == flapping);
    assert_eq!(held_back.count(), 498, "all but the first that came back");
    // It settles calm: nobody is woken.
    transitions.push(then(&first, last_ms + 1_000, TransitionKind::Closed));
    let mut pager = Pager::new();
    let heard = pager.fold(PagerRun::of(&rule, 2_000_000), &transitions);
    let sent = heard
        .iter()
        .filter(|page| page.verdict == PageVerdict::Sent);
    assert_eq!(sent.count(), 1);
    // It gets worse: that is news.
    let mut worse = then(&first, last_ms + 500, TransitionKind::Escalated);
    worse.anomaly.severity = Severity::Critical;
    transitions.pop();
    transitions.push(worse);
    let mut pager = Pager::new();
    let heard = pager.fold(PagerRun::of(&rule, last_ms + 600), &transitions);
    assert_eq!(
        said(&heard).last(),
        Some(&(last_ms + 500, PageKind::Escalated, true))
    );
}

#[test]
fn flap_when_it_is_quiet_for_as_long_as_it_settles_then_begins_to_count_anew() {
    let rule = rule(&json!({"flap": {"changes": 3, "within": "10s", "settle": "5s"}}));
    let first = opened("load", "warning", 0);
    let mut transitions = vec![first.clone()];
    for (at_ms, kind) in [
        (1_000, TransitionKind::Closed),
        (2_000, TransitionKind::Reopened),
        (3_000, TransitionKind::Closed),
        // Hysteresis: still flapping, though only two changes lie in the last ten seconds.
        (7_900, TransitionKind::Reopened),
        (8_900, TransitionKind::Closed),
        (30_000, TransitionKind::Reopened),
    ] {
        transitions.push(then(&first, at_ms, kind));
    }
    let mut pager = Pager::new();
    let heard = pager.fold(PagerRun::of(&rule, 40_000), &transitions);
    let verdicts: Vec<_> = heard.into_iter().map(|page| page.verdict).collect();
    let held = PageVerdict::Suppressed;
    assert_eq!(
        verdicts,
        [
            PageVerdict::Sent,
            held(SuppressReason::Flapping),
            held(SuppressReason::Flapping),
            held(SuppressReason::Duplicate),
        ]
    );
}

#[test]
fn rule_when_it_has_paged_enough_then_the_rest_waits_its_turn_if_still_open() {
    let rule = rule(&json!({"limit": {"pages": 2, "within": "10s"}}));
    let transitions: Vec<_> = (0..6)
        .map(|number| numbered(number, 1_000 * number as i64))
        .chain([then(&numbered(3, 3_000), 5_500, TransitionKind::Closed)])
        .collect();
    let mut pager = Pager::new();
    let heard = pager.fold(PagerRun::of(&rule, 100_000), &transitions);
    let opened = |at_ms, sent| (at_ms, PageKind::Opened, sent);
    let later = |at_ms| (at_ms, PageKind::StillOpen, true);
    assert_eq!(
        said(&heard),
        [
            opened(0, true),
            opened(1_000, true),
            opened(2_000, false),
            opened(3_000, false),
            opened(4_000, false),
            opened(5_000, false),
            later(10_000),
            later(11_000),
            later(20_000),
        ]
    );
    assert_eq!(
        heard[2].verdict,
        PageVerdict::Suppressed(SuppressReason::RateLimited)
    );
    let ids: Vec<_> = heard[6..].iter().map(|page| page.anomaly_id).collect();
    let of = |number| numbered(number, 0).anomaly.id;
    assert_eq!(ids, [of(2), of(4), of(5)]);
}

#[test]
fn rule_when_what_it_depends_on_is_open_then_is_told_when_that_is_over() {
    let rule = rule(&json!({"depends_on": [{"rule": "host-*", "equal": ["host"], "wait": "10s"}]}));
    let mut host = opened("up{host=\"a\"}", "critical", 0);
    host.anomaly.origin_mut().rule_id = "host-down".parse().expect("a slug");
    host.anomaly.id = AnomalyId(ulid::Ulid::from_parts(7, 0));
    let over = then(&host, 60_000, TransitionKind::Closed);
    let run = |own: &Transition, heard_ms: i64| {
        let mut pager = Pager::new();
        pager.heard(std::slice::from_ref(&host), heard_ms);
        let mut heard = pager.fold(PagerRun::of(&rule, 50_000), std::slice::from_ref(own));
        pager.heard(std::slice::from_ref(&over), 60_100);
        heard.extend(pager.fold(PagerRun::of(&rule, 90_000), &[]));
        (said(&heard), heard)
    };
    let here = opened("load{host=\"a\"}", "warning", 20_000);
    let (told, heard) = run(&here, 100);
    assert_eq!(
        told,
        [
            (20_000, PageKind::Opened, false),
            (60_101, PageKind::StillOpen, true)
        ]
    );
    let depends_on = host.anomaly.id;
    let reason = SuppressReason::DependsOn { depends_on };
    assert_eq!(heard[0].verdict, PageVerdict::Suppressed(reason));
    let (told, _) = run(&here, 25_000);
    assert_eq!(
        told,
        [
            (30_000, PageKind::Opened, false),
            (60_101, PageKind::StillOpen, true)
        ],
        "the host spoke while this waited"
    );
    let (told, _) = run(&opened("load{host=\"b\"}", "warning", 20_000), 100);
    assert_eq!(told, [(30_000, PageKind::Opened, true)], "another host");
    let mut waiting = Pager::new();
    let calm = then(&here, 25_000, TransitionKind::Closed);
    let heard = waiting.fold(PagerRun::of(&rule, 90_000), &[here, calm]);
    assert_eq!(heard, [], "over before anybody was told");
}

#[test]
fn page_when_it_would_have_been_sent_long_ago_then_wakes_nobody_and_is_summed_up() {
    let rule = rule(&json!({}));
    let mut pager = Pager::new();
    pager.set_mutes(vec![mute("*", "*")]);
    let first = opened("load", "warning", 150);
    pager.fold(PagerRun::of(&rule, 150), &[first]);
    let run = PagerRun {
        late_before_ms: 1_000,
        ..PagerRun::of(&rule, 2_000)
    };
    let heard = pager.fold(run, &[]);
    let late = PageVerdict::Suppressed(SuppressReason::Late);
    assert_eq!((heard[0].at_ms, &heard[0].verdict), (200, &late));
    let summary = pager.catch_up(run, &[], &heard).expect("a summary");
    assert_eq!(
        (summary.kind, summary.sums_up),
        (PageKind::CaughtUp, Some(1))
    );
}
