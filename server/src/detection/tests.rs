//! Runs of rules against a store on a temporary file, and a source whose values a test decides.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use hindcast_shared::anomaly::{Anomaly, AnomalyId, AnomalyKind, CloseReason, Status};
use hindcast_shared::api::{
    LabelDraft, LabelKind, MuteDraft, MuteRecord, ReplaySummary, SourceKind,
};
use hindcast_shared::pipeline::{
    Action, Actor, Command, PageKind, PageVerdict, SuppressReason, TransitionKind,
};
use hindcast_shared::replay::{needs_from_ms, replay};
use hindcast_shared::rule::{Rule, Severity};
use hindcast_shared::series::{Labels, Series, SourceName};
use hindcast_shared::time::{DAY_MS, HOUR_MS, MINUTE_MS, Millis, TimeRange, floor_to};
use rstest::rstest;
use serde_json::{Value, json};

use super::{CommandError, Deed, Detection, Instruments, Meanwhile, MuteChange, history};
use crate::clock::TestClock;
use crate::journal::EntryKind;
use crate::metrics::Metrics;
use crate::schedule::{self, Timetable};
use crate::sources::{Selector, Source, SourceError, Sources};
use crate::store::testing::Fixture;
use crate::store::{AnomalyFilter, Expected, PutRule, Store};

mod calendars;
mod excluded;
mod level;
mod paging;

const STEP_MS: i64 = 10_000;
const START_MS: i64 = 1_790_000_000_000;

/// One series, whose values are a list of exceptions to a quiet wave.
#[derive(Default)]
struct Scripted {
    exceptions: Mutex<BTreeMap<i64, f64>>,
    down: Mutex<bool>,
}

impl Scripted {
    fn set(&self, from_ms: i64, to_ms: i64, value: f64) {
        let mut exceptions = self.exceptions.lock().expect("no panic while held");
        let mut at_ms = from_ms;
        while at_ms < to_ms {
            exceptions.insert(at_ms, value);
            at_ms += STEP_MS;
        }
    }

    fn set_down(&self, down: bool) {
        *self.down.lock().expect("no panic while held") = down;
    }

    fn value(&self, at_ms: i64) -> f64 {
        let exceptions = self.exceptions.lock().expect("no panic while held");
        let quiet = 10.0 + ((at_ms / STEP_MS) % 7) as f64 * 0.1;
        exceptions.get(&at_ms).copied().unwrap_or(quiet)
    }
}

#[async_trait]
impl Source for Scripted {
    fn kind(&self) -> SourceKind {
        SourceKind::Push
    }

    async fn fetch(
        &self,
        query: &str,
        range: TimeRange,
        step: Millis,
    ) -> Result<Vec<Series>, SourceError> {
        if *self.down.lock().expect("no panic while held") {
            return Err(SourceError::Unavailable {
                why: "connection refused".to_owned(),
            });
        }
        let labels = Labels::named("load", &[("host", "a")]);
        if !Selector::parse(query)?.matches(&labels) {
            return Ok(Vec::new());
        }
        let mut series = Series::empty(labels, "", range, step.ms());
        for index in 0..series.values.len() {
            series.values[index] = self.value(series.at_ms(index));
        }
        Ok(vec![series])
    }

    async fn suggestions(&self) -> Vec<String> {
        Vec::new()
    }
}

struct Bench {
    fixture: Fixture,
    source: Arc<Scripted>,
    clock: Arc<TestClock>,
    detection: Detection,
    now_ms: i64,
}

async fn detection(store: &Store, source: &Arc<Scripted>, clock: &Arc<TestClock>) -> Detection {
    let entries: [(SourceName, Arc<dyn Source>); 1] = [("s".into(), source.clone())];
    let sources = Arc::new(Sources::new(entries, clock.clone()));
    let instruments = Instruments::of(&Metrics::default());
    Detection::open(store.clone(), sources, clock.clone(), None, instruments)
        .await
        .expect("an open store")
}

impl Bench {
    async fn new() -> Self {
        let fixture = Fixture::new().await.expect("a store");
        let (source, clock) = (Arc::new(Scripted::default()), TestClock::at(START_MS));
        let detection = detection(&fixture.store, &source, &clock).await;
        Self {
            fixture,
            source,
            clock,
            detection,
            now_ms: START_MS,
        }
    }

    fn store(&self) -> &Store {
        &self.fixture.store
    }

    async fn save(&self, rule: Value, expected: Expected) -> Rule {
        let rule = Rule::from_json(rule).expect("a valid rule");
        let actor = "ann".to_owned();
        let put = PutRule {
            rule,
            expected,
            actor,
        };
        let saved = self.store().rules().put(put, self.now_ms).await;
        saved.expect("saved").rule
    }

    /// Runs the rule at every tick up to an instant.
    async fn run_to(&mut self, rule: &Rule, until_ms: i64) {
        let timetable = Timetable::new(&rule.schedule).expect("a valid schedule");
        while let Some(next_ms) = timetable
            .next_after(self.now_ms)
            .filter(|next_ms| *next_ms <= until_ms)
        {
            self.now_ms = next_ms;
            self.clock.set(self.now_ms);
            self.detection.tick(&rule.id, self.now_ms).await.ok();
        }
        self.now_ms = until_ms;
    }

    /// What `kill -9` and a start leave: the file, and nothing else.
    async fn restart(&mut self) {
        self.detection = detection(&self.fixture.store, &self.source, &self.clock).await;
    }

    async fn anomalies(&self) -> Vec<Anomaly> {
        let filter = AnomalyFilter {
            from_ms: 0,
            to_ms: i64::MAX,
            statuses: Vec::new(),
            severities: Vec::new(),
            rule: None,
            source: None,
            series: None,
            min_score: None,
            limit: 100,
            after: None,
        };
        let (mut found, _) = self
            .store()
            .anomalies()
            .list(&filter)
            .await
            .expect("a list");
        found.reverse();
        found
    }

    async fn act(&self, id: AnomalyId, action: Action) -> Result<Anomaly, CommandError> {
        let actor = Actor("ann".into());
        let done = self.detection.command(id, action, actor, None).await?;
        Ok(done.anomaly)
    }

    async fn mute(&self, change: MuteChange) -> MuteRecord {
        let changed = self.detection.mute(change, "ann").await;
        changed.expect("a mute")
    }

    /// The pages of every anomaly, oldest first, as they are stored; a replay must say the same.
    async fn verdicts(&self, rule: &Rule) -> Vec<Vec<PageVerdict>> {
        let range = TimeRange::new(START_MS, self.now_ms).expect("a range");
        let mut replayed = self.replayed(rule, range, &self.commands().await).await;
        replayed.fired.sort_by_key(|one| one.anomaly.start_ms);
        let mut verdicts = Vec::new();
        assert_eq!(replayed.fired.len(), self.anomalies().await.len());
        for (anomaly, replayed) in self.anomalies().await.iter().zip(replayed.fired) {
            assert_eq!(replayed.anomaly, *anomaly, "as a replay says");
            let pages = self.store().pages_of(anomaly.id).await.expect("pages");
            assert_eq!(replayed.pages, pages, "as a replay says");
            verdicts.push(pages.into_iter().map(|page| page.verdict).collect());
        }
        verdicts
    }

    /// What a replay over everything that is known says the rule would have fired.
    async fn replayed(&self, rule: &Rule, range: TimeRange, commands: &[Command]) -> ReplaySummary {
        let needed = TimeRange {
            from_ms: needs_from_ms(rule, range.from_ms),
            ..range
        };
        let data = history::load(Some(self.store()), &self.detection.sources, rule, needed);
        let data = data.await.expect("a history");
        let ticks = schedule::ticks(rule, needed).expect("ticks");
        let mut meanwhile = Meanwhile::load(self.store(), rule, needed, 10_000)
            .await
            .expect("a journal");
        meanwhile.commands = commands.to_vec();
        replay(rule, 1, &data, range, &ticks, meanwhile.people()).summary
    }

    async fn commands(&self) -> Vec<Command> {
        let entries = self
            .store()
            .journal()
            .after(0, 10_000)
            .await
            .expect("a journal");
        entries
            .iter()
            .filter(|entry| entry.draft.kind == EntryKind::Command)
            .map(|entry| serde_json::from_str(&entry.draft.payload).expect("a command"))
            .collect()
    }
}

fn threshold() -> Value {
    json!({
        "name": "load", "source": "s", "query": "load", "step": "10s", "delay": "0s", "window": "1h",
        "schedule": {"every": "10s"},
        "detector": {"kind": "threshold"}, "decision": {"threshold": 50.0}, "for": 2, "merge_gap": "30s",
        "recover": {"below": 0.9, "for": 2},
    })
}

#[tokio::test]
async fn rule_when_new_then_begins_silently_and_finds_what_comes() {
    let mut bench = Bench::new().await;
    bench
        .source
        .set(START_MS - HOUR_MS, START_MS - HOUR_MS / 2, 99.0);
    let incident_ms = START_MS + 5 * MINUTE_MS;
    bench.source.set(incident_ms, incident_ms + MINUTE_MS, 80.0);
    let rule = bench.save(threshold(), Expected::Absent).await;
    bench.run_to(&rule, incident_ms).await;
    assert!(
        bench.anomalies().await.is_empty(),
        "what was before is not told"
    );
    bench.run_to(&rule, incident_ms + STEP_MS).await;
    let open = bench.anomalies().await;
    assert_eq!(open.len(), 1);
    assert_eq!(
        (open[0].status, open[0].start_ms),
        (Status::Open, incident_ms)
    );
    assert_eq!(open[0].detected_at_ms, incident_ms + STEP_MS);
    let pages = bench.store().pages_of(open[0].id).await.expect("pages");
    assert_eq!(pages.len(), 1);
    assert_eq!(pages[0].verdict, PageVerdict::Sent);
    bench.run_to(&rule, incident_ms + 2 * MINUTE_MS).await;
    let closed = bench.anomalies().await;
    assert_eq!(closed[0].close_reason, Some(CloseReason::Recovered));
    assert_eq!(closed[0].end_ms, incident_ms + MINUTE_MS - STEP_MS);
    let stored = bench
        .store()
        .rules()
        .get(&rule.id)
        .await
        .expect("read")
        .expect("there");
    let live = history::live(bench.store(), &rule)
        .await
        .expect("read")
        .expect("live");
    assert_eq!(stored.live_since_ms, Some(live.since_ms));
    assert_eq!(live.until_ms, bench.now_ms);
}

#[rstest]
#[case(5, PageVerdict::Sent)]
#[case(20, PageVerdict::Suppressed(SuppressReason::Late))]
#[tokio::test]
async fn rule_when_saved_in_the_middle_of_an_incident_then_tells_it_once_and_at_once(
    #[case] minutes: i64,
    #[case] verdict: PageVerdict,
) {
    let mut bench = Bench::new().await;
    let incident_ms = START_MS - minutes * MINUTE_MS;
    let end_ms = START_MS + 5 * MINUTE_MS;
    bench.source.set(incident_ms, end_ms, 80.0);
    let rule = bench.save(threshold(), Expected::Absent).await;
    bench.run_to(&rule, START_MS + STEP_MS).await;
    let open = bench.anomalies().await;
    assert_eq!(open.len(), 1, "told with the first run");
    assert_eq!(
        (open[0].start_ms, open[0].detected_at_ms, open[0].status),
        (incident_ms, incident_ms + STEP_MS, Status::Open)
    );
    bench.restart().await;
    bench.run_to(&rule, end_ms + MINUTE_MS).await;
    let stored = bench.anomalies().await;
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].close_reason, Some(CloseReason::Recovered));
    let entries = bench.store().journal().after(0, 1_000).await;
    let opened = EntryKind::Transition(TransitionKind::Opened);
    let told = entries.expect("a journal").into_iter();
    assert_eq!(
        told.filter(|entry| entry.draft.kind == opened).count(),
        1,
        "told once"
    );
    let pages = bench.store().pages_of(stored[0].id).await.expect("pages");
    assert_eq!(pages.len(), 1);
    assert_eq!(pages[0].verdict, verdict);

    let range = TimeRange::new(incident_ms - MINUTE_MS, bench.now_ms).expect("a range");
    let replayed = bench.replayed(&rule, range, &[]).await;
    let fired = replayed.fired.iter().map(|one| one.anomaly.clone());
    assert_eq!(fired.collect::<Vec<_>>(), stored, "as a replay says");
}

/// Nobody is called for what somebody said to leave out; the stretch after it counts again, and replays agree.
#[tokio::test]
async fn range_when_a_label_takes_it_out_then_production_and_replay_pass_over_it() {
    let mut bench = Bench::new().await;
    let at = |minutes: i64| START_MS + minutes * MINUTE_MS;
    for (from, to) in [(5, 7), (20, 22), (40, 42)] {
        bench.source.set(at(from), at(to), 80.0);
    }
    let rule = bench.save(threshold(), Expected::Absent).await;
    let taken_out = LabelDraft {
        source: "s".to_owned(),
        series_key: None,
        pattern: Some("load*".to_owned()),
        start_ms: at(19),
        end_ms: at(25),
        kind: LabelKind::Exclude,
    };
    let labels = bench.store().labels();
    labels
        .create(taken_out, "ann", START_MS)
        .await
        .expect("a label");
    bench.run_to(&rule, at(60)).await;
    let stored = bench.anomalies().await;
    let starts: Vec<_> = stored.iter().map(|anomaly| anomaly.start_ms).collect();
    assert_eq!(starts, [at(5), at(40)]);

    let range = TimeRange::new(START_MS, bench.now_ms).expect("a range");
    let replayed = bench.replayed(&rule, range, &[]).await;
    let fired = replayed.fired.iter().map(|one| one.anomaly.clone());
    assert_eq!(fired.collect::<Vec<_>>(), stored, "as a replay says");
}

/// A mute that is saved between two ticks, one that is ended by hand, and restarts: replays suppress the same pages.
#[tokio::test]
async fn mute_when_saved_and_ended_between_ticks_then_production_and_replay_suppress_the_same() {
    let mut bench = Bench::new().await;
    let at = |minutes: i64| START_MS + minutes * MINUTE_MS;
    for (from, value) in [(5, 80.0), (20, 80.0), (40, 80.0), (60, 80.0), (70, 120.0)] {
        bench.source.set(at(from), at(from + 2), value);
    }
    let rule = bench.save(threshold(), Expected::Absent).await;
    let draft = |from: i64, to: i64, max_severity| MuteDraft {
        rule: Some("lo*".to_owned()),
        series: Some("load{*}".to_owned()),
        max_severity,
        start_ms: Some(at(from)),
        end_ms: at(to),
        comment: "a deploy".to_owned(),
    };
    // It is said to have begun long ago, and suppresses nothing that was found before it was made.
    bench.run_to(&rule, at(15)).await;
    let first = bench.mute(MuteChange::Create(draft(0, 100, None))).await;
    bench.run_to(&rule, at(18)).await;
    bench.restart().await;
    bench.run_to(&rule, at(30)).await;
    let id = first.id.clone();
    bench.mute(MuteChange::End { id, seen: None }).await;
    bench.run_to(&rule, at(35)).await;
    bench.restart().await;
    bench.run_to(&rule, at(50)).await;
    let warnings = draft(55, 100, Some(Severity::Warning));
    let second = bench.mute(MuteChange::Create(warnings)).await;
    bench.run_to(&rule, at(80)).await;
    let muted = |mute: &MuteRecord| {
        let mute_id = mute.id.clone();
        vec![PageVerdict::Suppressed(SuppressReason::Muted { mute_id })]
    };
    let sent = || vec![PageVerdict::Sent];
    assert_eq!(
        bench.verdicts(&rule).await,
        [sent(), muted(&first), sent(), muted(&second), sent()]
    );
}

/// Two fit boundaries and more, a gap, restarts, an acknowledgement: the replay says what production said.
#[rstest]
#[case(json!({"every": "20s"}))]
#[case(json!({"every": "70s"}))]
#[case(json!({"cron": "5,25,40 * * * * *", "tz": "Asia/Seoul"}))]
#[tokio::test]
async fn replay_when_production_ran_then_equals_what_is_stored(#[case] schedule: Value) {
    let mut bench = Bench::new().await;
    let at = |minutes: i64| START_MS + minutes * MINUTE_MS;
    bench.source.set(at(4), at(5), 30.0);
    bench.source.set(at(9), at(9) + 30_000, f64::NAN);
    bench.source.set(at(10), at(13), 22.0);
    bench.source.set(at(16), at(22), f64::NAN);
    bench.source.set(at(25), at(26), -20.0);
    let rule = bench
        .save(
            json!({
                "name": "load", "source": "s", "query": "load{host=\"a\"}", "step": "10s", "delay": "20s",
                "window": "10m", "fit_every": "1m", "schedule": schedule,
                "detector": {"kind": "zscore", "window_samples": 30}, "decision": {"threshold": 4.0},
                "for": 3, "merge_gap": "1m", "recover": {"below": 0.9, "for": 2},
            }),
            Expected::Absent,
        )
        .await;
    for minute in 1..=30 {
        bench.run_to(&rule, at(minute)).await;
        if minute % 7 == 4 {
            bench.restart().await;
        }
        if minute == 11 {
            let open = bench.anomalies().await;
            let last = open.last().expect("the second incident is open");
            bench
                .act(last.id, Action::Acknowledge)
                .await
                .expect("acknowledged");
        }
    }
    let stored = bench.anomalies().await;
    assert!(stored.len() >= 4, "{} anomalies", stored.len());
    let live = history::live(bench.store(), &rule)
        .await
        .expect("read")
        .expect("live");
    let range = TimeRange::new(live.since_ms, live.until_ms + STEP_MS).expect("a range");
    // The source forgets and lies; where the rule was live only what was seen counts.
    bench
        .source
        .set(live.since_ms, live.until_ms + STEP_MS, 1_000.0);
    let commands = bench.commands().await;
    assert_eq!(commands.len(), 1);
    let replayed = bench.replayed(&rule, range, &commands).await;
    let mut fired: Vec<Anomaly> = replayed
        .fired
        .iter()
        .map(|one| one.anomaly.clone())
        .collect();
    fired.sort_by_key(|anomaly| anomaly.start_ms);
    assert_eq!(fired, stored);
    for one in &replayed.fired {
        let pages = bench.store().pages_of(one.anomaly.id).await.expect("pages");
        assert_eq!(pages, one.pages);
    }
}

/// Closed by hand and taken back, snoozed and given to somebody: the replay tells the same life, and the same pages.
#[tokio::test]
async fn anomaly_when_taken_back_and_snoozed_then_production_and_replay_agree() {
    let mut bench = Bench::new().await;
    let at = |minutes: i64| START_MS + minutes * MINUTE_MS;
    bench.source.set(at(5), at(12), 80.0);
    bench.source.set(at(12), at(15), 120.0);
    let rule = bench.save(threshold(), Expected::Absent).await;
    bench.run_to(&rule, at(7)).await;
    let id = bench.anomalies().await[0].id;
    let nothing = bench.act(id, Action::Undo).await;
    assert!(matches!(nothing, Err(CommandError::NothingToUndo)));
    bench.act(id, Action::Acknowledge).await.expect("taken");
    bench.act(id, Action::FalseAlarm).await.expect("judged");
    bench.run_to(&rule, at(8)).await;
    bench.restart().await;
    bench.run_to(&rule, at(9)).await;
    let undone = bench.act(id, Action::Undo).await.expect("taken back");
    assert_eq!(undone.status, Status::Acknowledged);
    bench.restart().await;
    bench.run_to(&rule, at(10)).await;
    for deed in [
        Deed::snooze(Some(at(60))),
        Deed::assign(Some("bob".to_owned())),
    ] {
        let actor = Actor("ann".into());
        let done = bench.detection.command(id, deed, actor, None).await;
        done.expect("done");
    }
    bench.run_to(&rule, at(30)).await;
    let until_ms = at(60);
    let snoozed = PageVerdict::Suppressed(SuppressReason::Snoozed { until_ms });
    assert_eq!(
        bench.verdicts(&rule).await,
        [[PageVerdict::Sent, snoozed]],
        "a new one, then a worse one"
    );
    let stored = &bench.anomalies().await[0];
    assert_eq!(stored.close_reason, Some(CloseReason::Recovered));
    assert_eq!(stored.assignee.as_deref(), Some("bob"));
    let nothing = bench.act(id, Action::Undo).await;
    assert!(matches!(nothing, Err(CommandError::NothingToUndo)));
}

#[tokio::test]
async fn run_when_the_source_is_down_then_says_why_and_makes_up_for_it() {
    let mut bench = Bench::new().await;
    let rule = bench.save(threshold(), Expected::Absent).await;
    bench.run_to(&rule, START_MS + MINUTE_MS).await;
    bench.source.set_down(true);
    let incident_ms = START_MS + 2 * MINUTE_MS;
    bench.source.set(incident_ms, incident_ms + MINUTE_MS, 80.0);
    bench.run_to(&rule, START_MS + 5 * MINUTE_MS).await;
    bench.restart().await;
    bench.run_to(&rule, START_MS + 10 * MINUTE_MS).await;
    let record = bench
        .store()
        .rules()
        .records(Some(&rule.id), bench.now_ms)
        .await
        .expect("records")
        .remove(0);
    let run = record.last_run.expect("it ran");
    assert_eq!(run.error.as_deref(), Some("connection refused"));
    assert_eq!(run.watermark_ms, Some(START_MS + MINUTE_MS));
    bench.source.set_down(false);
    bench.run_to(&rule, START_MS + 11 * MINUTE_MS).await;
    let found = bench.anomalies().await;
    assert_eq!(found.len(), 2, "{found:?}");
    let (down, late) = (&found[0], &found[1]);
    let first_ms = START_MS + MINUTE_MS + STEP_MS;
    assert_eq!(down.kind, AnomalyKind::SourceDown);
    assert_eq!(
        (down.start_ms, down.detected_at_ms, down.close_reason),
        (
            first_ms,
            first_ms + 2 * STEP_MS,
            Some(CloseReason::Recovered)
        ),
        "told with the third run that failed, once"
    );
    // As if nothing had been: the nominal times are those of the ticks that were missed.
    assert_eq!(late.detected_at_ms, incident_ms + STEP_MS);
    for anomaly in &found {
        let pages = bench.store().pages_of(anomaly.id).await.expect("pages");
        assert_eq!(
            pages[0].verdict,
            PageVerdict::Sent,
            "eight minutes are not too late"
        );
    }
}

/// Closed by hand it stays closed until the rule runs, and a rule that goes takes what it said with it.
#[tokio::test]
async fn rule_when_its_runs_fail_then_is_an_anomaly_until_it_runs_or_goes() {
    let mut bench = Bench::new().await;
    let mut broken = threshold();
    broken["query"] = json!("load{");
    let rule = bench.save(broken, Expected::Absent).await;
    bench.run_to(&rule, START_MS + MINUTE_MS).await;
    let found = bench.anomalies().await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].kind, AnomalyKind::RuleFailing);
    let closed = bench.act(found[0].id, Action::Expected).await;
    assert_eq!(closed.expect("judged").status, Status::Expected);
    bench.run_to(&rule, START_MS + 2 * MINUTE_MS).await;
    assert_eq!(bench.anomalies().await.len(), 1, "held until it runs");
    let mut mended = threshold();
    mended["id"] = json!("load");
    let rule = bench.save(mended.clone(), Expected::Present(None)).await;
    bench.run_to(&rule, START_MS + 3 * MINUTE_MS).await;
    assert_eq!(bench.anomalies().await[0].status, Status::Expected);
    mended["query"] = json!("load{");
    let rule = bench.save(mended, Expected::Present(None)).await;
    bench.run_to(&rule, START_MS + 4 * MINUTE_MS).await;
    bench.detection.retire_all_but(&[]).await.expect("retired");
    let found = bench.anomalies().await;
    assert_eq!(found.len(), 2);
    assert_eq!(found[1].close_reason, Some(CloseReason::RuleGone));
}

#[tokio::test]
async fn run_when_it_comes_long_after_then_sums_up_once_what_it_found() {
    let mut bench = Bench::new().await;
    let rule = bench.save(threshold(), Expected::Absent).await;
    bench.run_to(&rule, START_MS + MINUTE_MS).await;
    let incident_ms = START_MS + 2 * MINUTE_MS;
    bench.source.set(incident_ms, incident_ms + MINUTE_MS, 80.0);
    let worse_ms = incident_ms + 10 * MINUTE_MS;
    bench.source.set(worse_ms, worse_ms + MINUTE_MS, 120.0);
    bench.now_ms += 40 * MINUTE_MS;
    bench.restart().await;
    bench.run_to(&rule, bench.now_ms + STEP_MS).await;
    let found = bench.anomalies().await;
    assert_eq!(found.len(), 2);
    let mut told = Vec::new();
    for anomaly in &found {
        let pages = bench.store().pages_of(anomaly.id).await.expect("pages");
        told.extend(
            pages
                .into_iter()
                .map(|page| (page.kind, page.verdict, page.sums_up)),
        );
    }
    let late = || PageVerdict::Suppressed(SuppressReason::Late);
    assert_eq!(
        told,
        [
            (PageKind::Opened, late(), None),
            (PageKind::Opened, late(), None),
            (PageKind::CaughtUp, PageVerdict::Sent, Some(2)),
        ],
        "one page under the worst"
    );
    bench.run_to(&rule, bench.now_ms + MINUTE_MS).await;
    let pages = bench.store().pages_of(found[1].id).await.expect("pages");
    assert_eq!(pages.len(), 2, "and none after it");
}

#[tokio::test]
async fn run_when_the_stop_was_longer_than_the_catch_up_then_only_the_newest_is_told() {
    let mut bench = Bench::new().await;
    let rule = bench.save(threshold(), Expected::Absent).await;
    let before_ms = START_MS + MINUTE_MS;
    bench.source.set(before_ms, before_ms + HOUR_MS, 70.0);
    bench.run_to(&rule, before_ms + MINUTE_MS).await;
    assert_eq!(bench.anomalies().await[0].status, Status::Open);
    // Five hours later: one incident long past, one within the last hour.
    let now_ms = floor_to(START_MS + 5 * HOUR_MS, STEP_MS);
    bench
        .source
        .set(now_ms - 3 * HOUR_MS, now_ms - 2 * HOUR_MS, 80.0);
    bench
        .source
        .set(now_ms - HOUR_MS / 2, now_ms - HOUR_MS / 2 + MINUTE_MS, 90.0);
    bench.now_ms = now_ms;
    bench.restart().await;
    bench.run_to(&rule, now_ms + STEP_MS).await;
    let found = bench.anomalies().await;
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(
        found[0].status,
        Status::Resolved,
        "nobody else would close it"
    );
    assert_eq!(found[1].start_ms, now_ms - HOUR_MS / 2);
    let range = TimeRange::new(START_MS, now_ms).expect("a range");
    let points = bench
        .store()
        .points(&rule.id, STEP_MS, range)
        .await
        .expect("points");
    let (_, series) = points.first_key_value().expect("one series");
    let skipped = series.value_at(now_ms - 3 * HOUR_MS);
    assert_eq!(
        skipped.to_bits(),
        80.0_f64.to_bits(),
        "what was skipped is kept"
    );
}

#[tokio::test]
async fn anomaly_when_somebody_acts_then_follows_even_while_the_source_is_away() {
    let mut bench = Bench::new().await;
    let rule = bench.save(threshold(), Expected::Absent).await;
    let incident_ms = START_MS + MINUTE_MS;
    bench
        .source
        .set(incident_ms, incident_ms + 10 * MINUTE_MS, 80.0);
    bench.run_to(&rule, incident_ms + MINUTE_MS).await;
    let id = bench.anomalies().await[0].id;
    assert_eq!(
        bench
            .act(id, Action::Acknowledge)
            .await
            .expect("done")
            .status,
        Status::Acknowledged
    );
    let again = bench.act(id, Action::Acknowledge).await;
    assert!(again.is_ok(), "the evaluator knows it and takes it again");
    bench.restart().await;
    bench.source.set_down(true);
    let resolved = bench.act(id, Action::Resolve).await.expect("resolved");
    assert_eq!(resolved.close_reason, Some(CloseReason::Manual));
    bench.source.set_down(false);
    bench.run_to(&rule, incident_ms + 15 * MINUTE_MS).await;
    let found = bench.anomalies().await;
    assert_eq!(found.len(), 1, "held until the values have recovered once");
    assert_eq!(found[0].status, Status::Resolved);
    assert!(matches!(
        bench.act(id, Action::Resolve).await,
        Err(CommandError::Conflict(_))
    ));
    let judged = bench
        .act(id, Action::FalseAlarm)
        .await
        .expect("judged afterwards");
    assert_eq!(judged.status, Status::FalseAlarm);
    let unknown = "01JH0000000000000000000000".parse().expect("an id");
    assert!(matches!(
        bench.act(unknown, Action::Resolve).await,
        Err(CommandError::NotFound)
    ));
    let stale = bench
        .detection
        .command(id, Action::Expected, Actor::system(), Some(1))
        .await;
    assert!(matches!(stale, Err(CommandError::Changed)));
}

#[tokio::test]
async fn rule_when_changed_or_gone_then_what_it_had_open_is_closed() {
    let mut bench = Bench::new().await;
    let rule = bench.save(threshold(), Expected::Absent).await;
    let incident_ms = START_MS + MINUTE_MS;
    bench
        .source
        .set(incident_ms, incident_ms + 30 * MINUTE_MS, 80.0);
    bench.run_to(&rule, incident_ms + MINUTE_MS).await;
    let id = bench.anomalies().await[0].id;
    // Another name changes nothing about what is open.
    let mut renamed = threshold();
    renamed["id"] = json!("load");
    renamed["name"] = json!("Load");
    bench.save(renamed.clone(), Expected::Present(None)).await;
    bench.run_to(&rule, incident_ms + 3 * MINUTE_MS).await;
    let found = bench.anomalies().await;
    assert_eq!((found.len(), found[0].status), (1, Status::Open));
    // A limit that the values do not reach any more does.
    renamed["decision"] = json!({"threshold": 95.0});
    bench.save(renamed.clone(), Expected::Present(None)).await;
    bench.run_to(&rule, incident_ms + 5 * MINUTE_MS).await;
    assert_eq!(
        bench.anomalies().await[0].close_reason,
        Some(CloseReason::RuleGone)
    );
    renamed["decision"] = json!({"threshold": 60.0});
    bench.save(renamed.clone(), Expected::Present(None)).await;
    bench.run_to(&rule, incident_ms + 6 * MINUTE_MS).await;
    bench
        .source
        .set(bench.now_ms + MINUTE_MS, bench.now_ms + 9 * MINUTE_MS, 10.0);
    bench
        .source
        .set(bench.now_ms + 9 * MINUTE_MS, bench.now_ms + HOUR_MS, 99.0);
    bench.run_to(&rule, bench.now_ms + 10 * MINUTE_MS).await;
    let open = bench.anomalies().await;
    let open: Vec<_> = open
        .iter()
        .filter(|one| one.status == Status::Open)
        .collect();
    assert_eq!(open.len(), 1);
    assert_ne!(open[0].id, id);
    bench
        .store()
        .rules()
        .delete(&rule.id, None, "ann", bench.now_ms)
        .await
        .expect("deleted");
    bench.detection.retire_all_but(&[]).await.expect("retired");
    let found = bench.anomalies().await;
    assert!(found.iter().all(|one| !one.status.is_active()), "{found:?}");
}

#[tokio::test]
async fn sweep_when_something_is_missing_then_inserts_and_notifies_it_once() {
    let mut bench = Bench::new().await;
    let past_ms = floor_to(START_MS - 5 * HOUR_MS, STEP_MS);
    bench.source.set(past_ms, past_ms + MINUTE_MS, 80.0);
    bench
        .source
        .set(past_ms - DAY_MS, past_ms - DAY_MS + MINUTE_MS, 80.0);
    let rule = bench.save(threshold(), Expected::Absent).await;
    bench.run_to(&rule, START_MS + MINUTE_MS).await;
    let dry = bench
        .detection
        .detect_and_notify(24, true)
        .await
        .expect("a report");
    assert_eq!(
        (dry.rules, dry.found, dry.inserted, dry.notified),
        (1, 1, 1, 0)
    );
    assert!(
        bench.anomalies().await.is_empty(),
        "a dry run changes nothing"
    );
    let wet = bench
        .detection
        .detect_and_notify(24, false)
        .await
        .expect("a report");
    assert_eq!((wet.inserted, wet.notified, &wet.ids), (1, 1, &dry.ids));
    let again = bench
        .detection
        .detect_and_notify(24, false)
        .await
        .expect("a report");
    assert_eq!((again.found, again.inserted, again.notified), (1, 0, 0));
    let found = bench.anomalies().await;
    assert_eq!((found.len(), found[0].start_ms), (1, past_ms));
    assert_eq!(found[0].close_reason, Some(CloseReason::Recovered));
    bench.source.set_down(true);
    let failed = bench
        .detection
        .detect_and_notify(48, false)
        .await
        .expect("a report");
    assert_eq!(
        failed.failed.get("load").map(String::as_str),
        Some("connection refused")
    );
}

#[tokio::test]
async fn rule_when_its_source_has_too_many_series_or_no_such_name_then_says_so() {
    let bench = Bench::new().await;
    let mut unknown = threshold();
    unknown["source"] = json!("nowhere");
    let rule = bench.save(unknown, Expected::Absent).await;
    let error = bench
        .detection
        .tick(&rule.id, START_MS)
        .await
        .expect_err("unknown");
    assert_eq!(
        error.to_string(),
        "there is no source `nowhere`; configured are: s"
    );
}
