//! `detect-and-notify`: every enabled rule over the last hours from a fresh state; what is missing is inserted.

use std::collections::BTreeMap;
use std::sync::Arc;

use hindcast_shared::api::DetectReport;
use hindcast_shared::pipeline::{Evaluator, PageVerdict, PagerRun, TransitionKind};
use hindcast_shared::rule::Paging;
use hindcast_shared::series::last_final_ms;
use hindcast_shared::time::{HOUR_MS, TimeRange, ceil_to};

use super::begin::MOST_COMMANDS;
use super::fold::{self, on_a_thread};
use super::{Detection, DetectionError, history};
use crate::schedule::{Timetable, until_final};
use crate::store::{Mode, StoredRule, TickCommit};

impl Detection {
    /// Folds every enabled rule over the last hours, inserts the anomalies that are missing and pages each once.
    ///
    /// With `dry_run` it only says what it would do. A rule that fails does not stop the others.
    pub(crate) async fn detect_and_notify(
        &self,
        hours: u32,
        dry_run: bool,
    ) -> Result<DetectReport, DetectionError> {
        let mut report = DetectReport {
            rules: 0,
            samples: 0,
            found: 0,
            inserted: 0,
            notified: 0,
            ids: Vec::new(),
            failed: BTreeMap::new(),
            dry_run,
        };
        for stored in self.store.rules().list().await? {
            if !stored.rule.enabled {
                continue;
            }
            report.rules += 1;
            let swept = Box::pin(self.sweep(&stored, hours, dry_run, &mut report)).await;
            if let Err(error) = swept {
                report
                    .failed
                    .insert(stored.rule.id.to_string(), error.to_string());
            }
        }
        Ok(report)
    }

    async fn sweep(
        &self,
        stored: &StoredRule,
        hours: u32,
        dry_run: bool,
        report: &mut DetectReport,
    ) -> Result<(), DetectionError> {
        let rule = Arc::new(stored.rule.clone());
        let (step_ms, now_ms) = (rule.step.ms(), self.clock.now_ms());
        let timetable = Timetable::new(&rule.schedule)?;
        let final_ms = last_final_ms(now_ms, rule.delay.ms(), step_ms);
        let from_ms = ceil_to(now_ms - i64::from(hours) * HOUR_MS, step_ms);
        let needed = TimeRange {
            from_ms: rule.needs_from_ms(from_ms),
            to_ms: final_ms + step_ms,
        };
        let data = history::load(Some(&self.store), &self.sources, &rule, needed).await?;
        let ticks = timetable.ticks(until_final(&rule, needed));
        let calendars = data.calendars.clone();
        let accepted = TimeRange {
            to_ms: i64::MAX,
            ..needed
        };
        let journal = self.store.journal();
        let commands = journal
            .commands(accepted, Some(&rule.id), MOST_COMMANDS)
            .await?;
        let (fresh, version, warm) = (rule.clone(), stored.version, data.clone());
        let warm_ticks = ticks.clone();
        let evaluator = on_a_thread(move || {
            let mut evaluator = Evaluator::new(fresh, version).without_growth();
            evaluator.know(&commands);
            evaluator.warm_up(&warm, from_ms - step_ms, &warm_ticks);
            evaluator
        })
        .await?;
        let folded = fold::advance(evaluator, data, final_ms, ticks).await?;
        report.samples += folded.samples;
        let opened = folded
            .transitions
            .iter()
            .filter(|transition| transition.kind == TransitionKind::Opened);
        report.found += opened.clone().count() as u32;
        if dry_run {
            for transition in opened {
                let id = transition.anomaly.id;
                if self.store.anomalies().get(id).await?.is_none() {
                    report.inserted += 1;
                    report.ids.push(id.to_string());
                }
            }
            return Ok(());
        }
        let mut pager = self.pager.lock().await;
        let mut next = pager.clone();
        // Asked for by hand, so nothing is late and nothing waits; the store leaves out the pages of what it has.
        let mut plain = stored.rule.clone();
        plain.paging = Paging::default();
        let decided = next.fold(
            PagerRun {
                calendars: &calendars,
                ..PagerRun::of(&plain, i64::MIN)
            },
            &folded.transitions,
        );
        let now_ms = self.clock.now_ms();
        let transitions = folded.transitions.clone();
        let commit = TickCommit {
            rule_id: rule.id.clone(),
            version,
            source: rule.source.clone(),
            recorded_at_ms: now_ms,
            progress: None,
            points: BTreeMap::new(),
            transitions: folded.transitions,
            pages: decided.clone(),
            memory: Vec::new(),
            run: None,
            mode: Mode::Missing,
        };
        let committed = self.store.commit_tick(commit).await?;
        report.inserted += committed.inserted.len() as u32;
        report
            .ids
            .extend(committed.inserted.iter().map(ToString::to_string));
        for id in &committed.inserted {
            let of_it = transitions.iter().filter(|one| one.anomaly.id == *id);
            pager.heard(&of_it.cloned().collect::<Vec<_>>(), now_ms);
            let own = decided.iter().filter(|page| page.anomaly_id == *id);
            let mut notified = false;
            for page in own {
                pager.remember(page);
                notified |= page.verdict == PageVerdict::Sent;
            }
            report.notified += u32::from(notified);
        }
        Ok(())
    }
}
