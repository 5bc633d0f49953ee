//! What is held back and told later, across ticks, restarts and rules: production and replay agree.

use super::*;

fn kinds(pages: &[hindcast_shared::pipeline::Page]) -> Vec<(PageKind, bool)> {
    let said =
        |page: &hindcast_shared::pipeline::Page| (page.kind, page.verdict == PageVerdict::Sent);
    pages.iter().map(said).collect()
}

#[rstest]
#[case(false)]
#[case(true)]
#[tokio::test]
async fn mute_when_it_ends_in_the_middle_of_an_anomaly_then_it_is_told_then(
    #[case] restarts: bool,
) {
    let mut bench = Bench::new().await;
    let at = |minutes: i64| START_MS + minutes * MINUTE_MS;
    bench.source.set(at(5), at(30), 80.0);
    bench.source.set(at(40), at(50), 80.0);
    let rule = bench.save(threshold(), Expected::Absent).await;
    let draft = |from: i64, to: i64| MuteDraft {
        rule: Some("load".to_owned()),
        series: None,
        max_severity: None,
        start_ms: Some(at(from)),
        end_ms: at(to),
        comment: "a deploy".to_owned(),
    };
    bench.mute(MuteChange::Create(draft(4, 12))).await;
    let second = bench.mute(MuteChange::Create(draft(38, 100))).await;
    for minute in [7, 11, 20, 42, 45] {
        bench.run_to(&rule, at(minute)).await;
        if restarts {
            bench.restart().await;
        }
    }
    // Somebody ends the second one before its time.
    let id = second.id;
    bench.mute(MuteChange::End { id, seen: None }).await;
    bench.run_to(&rule, at(60)).await;
    let verdicts = bench.verdicts(&rule).await;
    assert_eq!(verdicts.len(), 2);
    let found = bench.anomalies().await;
    let mut pages = Vec::new();
    for anomaly in &found {
        pages.push(bench.store().pages_of(anomaly.id).await.expect("pages"));
    }
    let told = [(PageKind::Opened, false), (PageKind::StillOpen, true)];
    assert_eq!(kinds(&pages[0]), told);
    assert_eq!(pages[0][1].at_ms, at(12));
    assert_eq!(kinds(&pages[1]), told);
    assert_eq!(pages[1][1].at_ms, at(45) + 1);
}

#[tokio::test]
async fn snooze_when_it_ends_while_the_anomaly_is_open_then_it_is_told_again() {
    let mut bench = Bench::new().await;
    let at = |minutes: i64| START_MS + minutes * MINUTE_MS;
    bench.source.set(at(5), at(40), 80.0);
    let rule = bench.save(threshold(), Expected::Absent).await;
    bench.run_to(&rule, at(7)).await;
    let id = bench.anomalies().await[0].id;
    let deed = Deed::snooze(Some(at(20)));
    let actor = Actor("ann".into());
    let done = bench.detection.command(id, deed, actor, None).await;
    done.expect("snoozed");
    bench.restart().await;
    bench.run_to(&rule, at(50)).await;
    bench.verdicts(&rule).await;
    let pages = bench.store().pages_of(id).await.expect("pages");
    assert_eq!(
        kinds(&pages),
        [(PageKind::Opened, true), (PageKind::StillOpen, true)]
    );
    assert_eq!(pages[1].at_ms, at(20));
}

/// Half an hour of ups and downs with restarts: one anomaly, the first page and one when it has come to stay.
#[tokio::test]
async fn series_when_it_flaps_then_is_one_anomaly_that_is_told_twice() {
    let mut bench = Bench::new().await;
    let at = |minutes: i64| START_MS + minutes * MINUTE_MS;
    for minute in 5..35 {
        bench.source.set(at(minute), at(minute) + 3 * STEP_MS, 80.0);
    }
    bench.source.set(at(35), at(60), 80.0);
    let mut flapping = threshold();
    flapping["merge_gap"] = json!("0s");
    flapping["paging"] = json!({"flap": {"changes": 4, "within": "10m", "settle": "3m"}});
    let rule = bench.save(flapping, Expected::Absent).await;
    for minute in [6, 9, 17, 23, 36, 37] {
        bench.run_to(&rule, at(minute)).await;
        bench.restart().await;
    }
    bench.run_to(&rule, at(70)).await;
    let verdicts = bench.verdicts(&rule).await;
    assert_eq!(verdicts.len(), 1, "one anomaly");
    let found = &bench.anomalies().await[0];
    assert_eq!(found.reopened, 30);
    let pages = bench.store().pages_of(found.id).await.expect("pages");
    let sent: Vec<_> = kinds(&pages)
        .into_iter()
        .filter_map(|(kind, sent)| sent.then_some(kind))
        .collect();
    assert_eq!(sent, [PageKind::Opened, PageKind::Settled]);
    let flapping = PageVerdict::Suppressed(SuppressReason::Flapping);
    assert_eq!(
        verdicts[0].iter().filter(|one| **one == flapping).count(),
        29
    );
}

#[tokio::test]
async fn rule_when_another_one_explains_it_then_waits_until_that_is_over() {
    let mut bench = Bench::new().await;
    let at = |minutes: i64| START_MS + minutes * MINUTE_MS;
    bench.source.set(at(5), at(9), 120.0);
    bench.source.set(at(9), at(20), 80.0);
    bench.source.set(at(30), at(35), 80.0);
    let mut worse = threshold();
    worse["name"] = json!("host");
    worse["decision"] = json!({"threshold": 100.0});
    let host = bench.save(worse, Expected::Absent).await;
    let mut explained = threshold();
    explained["paging"] =
        json!({"depends_on": [{"rule": "host", "equal": ["host"], "wait": "30s"}]});
    let rule = bench.save(explained, Expected::Absent).await;
    while bench.now_ms < at(40) {
        let (from_ms, next_ms) = (bench.now_ms, bench.now_ms + STEP_MS);
        // The one that explains comes second, and a moment later.
        bench.run_to(&rule, next_ms).await;
        bench.now_ms = from_ms;
        bench.run_to(&host, next_ms).await;
        if (next_ms / STEP_MS) % 17 == 0 {
            bench.restart().await;
        }
    }
    let found = bench.anomalies().await;
    let own: Vec<_> = found.iter().filter(|one| one.rule_id == rule.id).collect();
    let first = bench.store().pages_of(own[0].id).await.expect("pages");
    assert_eq!(
        kinds(&first),
        [(PageKind::Opened, false), (PageKind::StillOpen, true)]
    );
    let explained_by = found.iter().find(|one| one.rule_id == host.id);
    let depends_on = explained_by.expect("the host's anomaly").id;
    let reason = SuppressReason::DependsOn { depends_on };
    assert_eq!(first[0].verdict, PageVerdict::Suppressed(reason));
    let second = bench.store().pages_of(own[1].id).await.expect("pages");
    assert_eq!(kinds(&second), [(PageKind::Opened, true)]);
    assert_eq!(second[0].at_ms, own[1].detected_at_ms + 30_000);

    let range = TimeRange::new(START_MS, bench.now_ms).expect("a range");
    let mut replayed = bench.replayed(&rule, range, &[]).await;
    replayed.fired.sort_by_key(|one| one.anomaly.start_ms);
    assert_eq!(replayed.fired[0].pages, first, "as a replay says");
    assert_eq!(replayed.fired[1].pages, second, "as a replay says");
}

#[tokio::test]
async fn source_when_somebody_says_that_its_silence_is_expected_then_a_restart_does_not_forget_it()
{
    let mut bench = Bench::new().await;
    let at = |minutes: i64| START_MS + minutes * MINUTE_MS;
    let rule = bench.save(threshold(), Expected::Absent).await;
    bench.run_to(&rule, at(1)).await;
    bench.source.set_down(true);
    bench.run_to(&rule, at(2)).await;
    let down = bench.anomalies().await[0].clone();
    assert_eq!(down.kind, AnomalyKind::SourceDown);
    bench.act(down.id, Action::Expected).await.expect("judged");
    bench.restart().await;
    bench.run_to(&rule, at(5)).await;
    assert_eq!(bench.anomalies().await.len(), 1, "held until it answers");
    bench.source.set_down(false);
    bench.run_to(&rule, at(6)).await;
    bench.restart().await;
    bench.source.set_down(true);
    // Two runs that fail, a restart, and the third.
    bench.run_to(&rule, at(6) + 2 * STEP_MS).await;
    bench.restart().await;
    assert_eq!(bench.anomalies().await.len(), 1);
    bench.run_to(&rule, at(6) + 3 * STEP_MS).await;
    assert_eq!(bench.anomalies().await.len(), 2, "it answered meanwhile");
}

/// A memory of another version is lost, and what was muted is told all the same when the mute ends.
#[tokio::test]
async fn pager_when_its_memory_cannot_be_read_then_holds_what_the_pages_say() {
    let mut bench = Bench::new().await;
    let at = |minutes: i64| START_MS + minutes * MINUTE_MS;
    bench.source.set(at(5), at(30), 80.0);
    let rule = bench.save(threshold(), Expected::Absent).await;
    let draft = MuteDraft {
        rule: Some("load".to_owned()),
        series: None,
        max_severity: None,
        start_ms: None,
        end_ms: at(12),
        comment: "a deploy".to_owned(),
    };
    bench.mute(MuteChange::Create(draft)).await;
    bench.run_to(&rule, at(7)).await;
    let mut memory = bench.store().memories().await.expect("memories");
    assert_eq!(memory.len(), 1, "{memory:?}");
    let (name, mut body) = memory.remove(0);
    body[0] = 250;
    let body = Some(body);
    let memory = [crate::store::Memory { name, body }];
    bench.store().keep_memory(&memory).await.expect("kept");
    bench.restart().await;
    bench.run_to(&rule, at(20)).await;
    let found = bench.anomalies().await;
    let pages = bench.store().pages_of(found[0].id).await.expect("pages");
    assert_eq!(
        kinds(&pages),
        [(PageKind::Opened, false), (PageKind::StillOpen, true)]
    );
}
