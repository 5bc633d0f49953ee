//! One task a rule, started and stopped as rules come, change and go.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use hindcast_shared::rule::{Rule, RuleId};
use hindcast_shared::time::Clock;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{Timetable, delay_ms};

/// Longest sleep at a stretch: the machine's clock may be set meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// What the scheduler drives.
pub(crate) trait Runs: Send + Sync + 'static {
    /// Runs a rule; failures are its own business.
    fn run(&self, rule: &RuleId, nominal_ms: i64) -> impl Future<Output = ()> + Send;
}

/// One task a rule.
pub(crate) struct Scheduler<R> {
    runs: Arc<R>,
    clock: Arc<dyn Clock>,
    tasks: JoinSet<()>,
    running: BTreeMap<RuleId, Running>,
    stop: CancellationToken,
}

struct Running {
    version: u32,
    stop: CancellationToken,
}

impl<R: Runs> Scheduler<R> {
    /// A scheduler without any rule; every task ends when `stop` is cancelled.
    pub(crate) fn new(runs: Arc<R>, clock: Arc<dyn Clock>, stop: CancellationToken) -> Self {
        Self {
            runs,
            clock,
            tasks: JoinSet::new(),
            running: BTreeMap::new(),
            stop,
        }
    }

    /// Makes the tasks those of the given rules: new ones start, others stop, changed ones start anew.
    ///
    /// A run that is under way is finished in any case.
    pub(crate) fn set(&mut self, rules: &[(Rule, u32)]) {
        self.running.retain(|id, running| {
            let stays = rules.iter().any(|(rule, version)| {
                rule.enabled && rule.id == *id && *version == running.version
            });
            if !stays {
                running.stop.cancel();
            }
            stays
        });
        for (rule, version) in rules {
            if rule.enabled && !self.running.contains_key(&rule.id) {
                self.start(rule, *version);
            }
        }
        while self.tasks.try_join_next().is_some() {}
    }

    /// Waits until every task has ended.
    pub(crate) async fn drained(mut self) {
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
    }

    fn start(&mut self, rule: &Rule, version: u32) {
        let timetable = match Timetable::new(&rule.schedule) {
            Ok(timetable) => timetable,
            Err(error) => {
                tracing::error!(rule.id = %rule.id, %error, "the rule cannot be scheduled");
                return;
            }
        };
        let stop = self.stop.child_token();
        let running = Running {
            version,
            stop: stop.clone(),
        };
        self.running.insert(rule.id.clone(), running);
        let task = follow(
            self.runs.clone(),
            self.clock.clone(),
            rule.id.clone(),
            timetable,
            delay_ms(&rule.id, rule.schedule.jitter()),
            stop,
        );
        self.tasks.spawn(task);
    }
}

/// Runs a rule at its nominal times until the token is cancelled.
async fn follow<R: Runs>(
    runs: Arc<R>,
    clock: Arc<dyn Clock>,
    rule: RuleId,
    timetable: Timetable,
    delay_ms: i64,
    stop: CancellationToken,
) {
    // The first run is at once: whatever came due while nobody was there is made up for.
    let mut nominal_ms = timetable.last_until(clock.now_ms());
    loop {
        if let Some(nominal_ms) = nominal_ms {
            let due_ms = nominal_ms + delay_ms;
            if !sleep_until(due_ms, &*clock, &stop).await {
                return;
            }
            runs.run(&rule, nominal_ms).await;
        }
        let now_ms = clock.now_ms();
        let Some(next_ms) = timetable.next_after(nominal_ms.unwrap_or(now_ms)) else {
            tracing::warn!(rule.id = %rule, "the rule's schedule never comes due again");
            return stop.cancelled().await;
        };
        // What came due while the last run was busy is skipped, all but the newest.
        let newest_ms = timetable.last_until(now_ms - delay_ms).unwrap_or(next_ms);
        if newest_ms > next_ms {
            tracing::debug!(rule.id = %rule, from_ms = next_ms, to_ms = newest_ms, "runs were skipped");
        }
        nominal_ms = Some(next_ms.max(newest_ms));
    }
}

/// Sleeps until an instant of the clock; `false` when the token is cancelled.
async fn sleep_until(due_ms: i64, clock: &dyn Clock, stop: &CancellationToken) -> bool {
    loop {
        let left_ms = due_ms - clock.now_ms();
        let left = Duration::from_millis(u64::try_from(left_ms).unwrap_or(0));
        let left = crate::clock::real(clock, left);
        tokio::select! {
            // Looked at first: after the stop nothing new begins, however overdue it is.
            biased;
            () = stop.cancelled() => return false,
            () = tokio::time::sleep(left.min(LONGEST_SLEEP)) => {}
        }
        if left <= LONGEST_SLEEP {
            return true;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::time::Instant;

    use super::*;

    /// Follows tokio's paused time.
    struct PausedClock {
        start: Instant,
        start_ms: i64,
    }

    impl Clock for PausedClock {
        fn now_ms(&self) -> i64 {
            self.start_ms + self.start.elapsed().as_millis() as i64
        }
    }

    /// Writes down nominal and real time of each run, and takes as long as it is told.
    struct Diary {
        clock: Arc<PausedClock>,
        takes: Duration,
        runs: Mutex<Vec<(String, i64, i64)>>,
    }

    impl Runs for Diary {
        async fn run(&self, rule: &RuleId, nominal_ms: i64) {
            let entry = (rule.to_string(), nominal_ms, self.clock.now_ms());
            self.runs.lock().expect("no panic while held").push(entry);
            tokio::time::sleep(self.takes).await;
        }
    }

    fn diary(start_ms: i64, takes: Duration) -> Arc<Diary> {
        let start = Instant::now();
        let clock = Arc::new(PausedClock { start, start_ms });
        Arc::new(Diary {
            clock,
            takes,
            runs: Mutex::default(),
        })
    }

    fn rule(id: &str, schedule: &serde_json::Value) -> Rule {
        Rule::from_json(serde_json::json!({
            "id": id, "name": id, "source": "s", "query": "q", "step": "10s", "schedule": schedule,
            "detector": {"kind": "threshold"}, "decision": {"threshold": 1.0},
        }))
        .expect("a valid rule")
    }

    async fn run_for(diary: &Arc<Diary>, rules: &[(Rule, u32)], seconds: u64) -> Vec<(i64, i64)> {
        let clock = diary.clock.clone();
        let mut scheduler = Scheduler::new(diary.clone(), clock, CancellationToken::new());
        scheduler.set(rules);
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        scheduler.drained().await;
        let runs = diary.runs.lock().expect("no panic while held");
        runs.iter()
            .map(|(_, nominal, real)| (*nominal, *real))
            .collect()
    }

    #[tokio::test(start_paused = true)]
    async fn runs_when_on_time_then_begin_with_the_last_due_and_follow_the_multiples() {
        let diary = diary(1_000_003_000, Duration::ZERO);
        let rules = [(rule("a", &serde_json::json!({"every": "10s"})), 1)];
        let runs = run_for(&diary, &rules, 25).await;
        assert_eq!(
            runs,
            [
                (1_000_000_000, 1_000_003_000),
                (1_000_010_000, 1_000_010_000),
                (1_000_020_000, 1_000_020_000),
            ]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn runs_when_one_takes_long_then_skip_and_never_pile_up() {
        let diary = diary(1_000_000_000, Duration::from_secs(35));
        let rules = [(rule("a", &serde_json::json!({"every": "10s"})), 1)];
        let runs = run_for(&diary, &rules, 80).await;
        assert_eq!(
            runs,
            [
                (1_000_000_000, 1_000_000_000),
                (1_000_030_000, 1_000_035_000),
                (1_000_070_000, 1_000_070_000),
            ]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn runs_when_there_is_jitter_then_are_late_by_it_and_keep_the_nominal_time() {
        let diary = diary(1_000_000_000, Duration::ZERO);
        let rule = rule("a", &serde_json::json!({"every": "10s", "jitter": "9s"}));
        let delay_ms = delay_ms(&rule.id, rule.schedule.jitter());
        assert!(delay_ms > 0);
        let runs = run_for(&diary, &[(rule, 1)], 29).await;
        assert_eq!(runs.len(), 3);
        for (nominal_ms, real_ms) in runs {
            assert_eq!(nominal_ms % 10_000, 0);
            assert_eq!(real_ms - nominal_ms, delay_ms);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn rules_when_they_change_then_their_tasks_follow() {
        let diary = diary(1_000_000_000, Duration::ZERO);
        let clock = diary.clock.clone();
        let mut scheduler = Scheduler::new(diary.clone(), clock, CancellationToken::new());
        let every = serde_json::json!({"every": "10s"});
        let (a, b) = (rule("a", &every), rule("b", &every));
        scheduler.set(&[(a.clone(), 1)]);
        tokio::time::sleep(Duration::from_secs(5)).await;
        let mut disabled = a.clone();
        disabled.enabled = false;
        scheduler.set(&[(disabled, 2), (b, 1)]);
        tokio::time::sleep(Duration::from_secs(10)).await;
        let seen = |id: &str| {
            let runs = diary.runs.lock().expect("no panic while held");
            runs.iter().filter(|(rule, _, _)| rule == id).count()
        };
        assert_eq!((seen("a"), seen("b")), (1, 2));
        scheduler.set(&[(a, 3)]);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!((seen("a"), seen("b")), (2, 2));
        scheduler.drained().await;
    }
}
