//! The state of the page: the rule, the range, what is known of each series; and who asks the worker for the rest.
//!
//! A wish is asked for stretch by stretch. A newer one begins from the first stretch again; what comes for an older
//! one is dropped.

use std::collections::BTreeMap;
use std::sync::Arc;

use hindcast_shared::api::RuleRecord;
use hindcast_shared::chart::Scene;
use hindcast_shared::rule::RuleDraft;
use hindcast_shared::time::TimeRange;
use leptos::prelude::*;

use super::filter::Filter;
use super::sheet::{Sheet, Sort};
use super::wish::{Progress, Wish};
use super::{Start, View};
use crate::app::Workshop;
use crate::bridge::Line;
use crate::browser;
use crate::chart::scene_of;
use crate::components::RangeText;
use crate::draft;
use crate::i18n::said;
use crate::json;
use crate::later::Later;
use crate::url_state;
use crate::worker::many::wire::{ManyAsk, ManyDrawn, ManyFolded};
use crate::worker::protocol::{Ask, Columns, Job, Outcome};

/// Columns of the heat map.
const HEAT_COLUMNS: u32 = 1_000;
/// Pixel columns of a small drawing.
const SPARK_COLUMNS: u32 = 240;

/// What went wrong: the field, where it is one, and why.
pub(super) type Trouble = Option<(Option<String>, String)>;

/// The state; copied freely.
#[derive(Clone, Copy)]
pub(super) struct Many {
    pub(super) draft: RwSignal<RuleDraft>,
    pub(super) saved: RwSignal<Option<RuleRecord>>,
    base: RwSignal<RuleDraft>,
    pub(super) range: RwSignal<RangeText>,
    /// The range as it was resolved last: sliders must not move time.
    pub(super) resolved: RwSignal<Option<TimeRange>>,
    pub(super) view: RwSignal<View>,
    pub(super) wanted: RwSignal<String>,
    pub(super) sort: RwSignal<Sort>,
    pub(super) sheet: StoredValue<Sheet, LocalStorage>,
    /// Counts changes of the sheet.
    pub(super) changed: RwSignal<u32>,
    /// Counts wishes that have come to their end, and names that have come.
    settled: RwSignal<u32>,
    pub(super) order: Memo<Arc<Vec<u32>>>,
    /// What is in the page, and so is drawn.
    pub(super) seen: RwSignal<Arc<Vec<u32>>>,
    pub(super) scenes: RwSignal<Arc<BTreeMap<u32, Arc<Scene>>>>,
    pub(super) progress: RwSignal<Progress>,
    pub(super) trouble: RwSignal<Trouble>,
    pub(super) warnings: RwSignal<Vec<String>>,
    refreshed: RwSignal<u32>,
    wish: StoredValue<Wish>,
    workshop: Workshop,
    lines: StoredValue<(Option<Line>, Option<Line>)>,
}

impl Many {
    pub(super) fn new(start: &Start) -> Self {
        let query = url_state::current();
        let base = start.base();
        let workshop = expect_context::<Workshop>();
        let lines = (workshop.line(), workshop.line());
        let (sheet, settled) = (StoredValue::new_local(Sheet::default()), RwSignal::new(0));
        let wanted = RwSignal::new(query.get("q").unwrap_or_default().to_owned());
        let sort = query.get("sort").and_then(Sort::parse).unwrap_or_default();
        let sort = RwSignal::new(sort);
        let order = Memo::new(move |_| {
            settled.track();
            let filter = Filter::parse(&wanted.get());
            let places = sheet.with_value(|sheet| sheet.order(&filter, sort.get()));
            Arc::new(places)
        });
        let many = Self {
            draft: RwSignal::new(draft::from_patch(&base, query.get("patch"))),
            saved: RwSignal::new(start.saved.clone()),
            base: RwSignal::new(base),
            range: RwSignal::new(RangeText::from_url("now-24h")),
            resolved: RwSignal::new(None),
            view: RwSignal::new(View::parse(query.get("view").unwrap_or_default())),
            wanted,
            sort,
            sheet,
            changed: RwSignal::new(0),
            settled,
            order,
            seen: RwSignal::new(Arc::default()),
            scenes: RwSignal::new(Arc::default()),
            progress: RwSignal::new(Progress::Fetching),
            trouble: RwSignal::new(None),
            warnings: RwSignal::new(Vec::new()),
            refreshed: RwSignal::new(0),
            wish: StoredValue::new(Wish::default()),
            workshop,
            lines: StoredValue::new(lines),
        };
        many.follow();
        on_cleanup(move || {
            workshop.hang_up(lines.0);
            workshop.hang_up(lines.1);
        });
        many
    }

    fn follow(self) {
        crate::lean::effect(move || {
            self.refreshed.track();
            let now_ms = browser::now_ms();
            match self.range.get().resolve(now_ms) {
                Ok(range) => {
                    self.wish.update_value(|wish| wish.now_ms = now_ms);
                    self.resolved.set(Some(range));
                }
                Err(message) => self.trouble.set(Some((None, message))),
            }
        });
        let written = Later::new(move || self.write_address());
        crate::lean::effect(move || {
            self.draft.track();
            self.saved.track();
            self.wanted.track();
            self.sort.track();
            self.view.track();
            written.call();
        });
        let heated = Memo::new(move |_| self.view.get() == View::Heat);
        let mut earlier = 0;
        crate::lean::effect(move || {
            let refreshed = self.refreshed.get();
            self.draft.track();
            // Reading and not only tracking: a memo that nobody reads follows nothing.
            heated.get();
            if self.resolved.get().is_some() {
                self.begin(refreshed != earlier);
                earlier = refreshed;
            }
        });
        crate::lean::effect(move || {
            self.changed.track();
            if !self.seen.with(|seen| seen.is_empty()) {
                self.draw();
            }
        });
    }

    /// Changes the rule.
    pub(super) fn change(self, change: impl FnOnce(&mut RuleDraft)) {
        self.draft.update(change);
    }

    /// Takes another rule, or a blank one about the same series.
    pub(super) fn take(self, saved: Option<RuleRecord>) {
        let base = match &saved {
            Some(saved) => saved.rule.clone(),
            None => self
                .draft
                .with_untracked(|old| draft::blank(&old.source, &old.query)),
        };
        self.saved.set(saved);
        self.base.set(base.clone());
        self.draft.set(base);
    }

    /// Fetches everything again, up to now.
    pub(super) fn refresh(self) {
        self.refreshed.update(|count| *count += 1);
    }

    /// Stops what is under way; what is there stays.
    pub(super) fn stop(self) {
        self.wish.update_value(|wish| wish.number += 1);
        self.progress.update(|progress| {
            if let Progress::Replaying { done, total } = *progress {
                *progress = Progress::Stopped { done, total };
            }
        });
        self.settled.update(|count| *count += 1);
    }

    fn write_address(self) {
        let patch = self.draft.with_untracked(|draft| {
            self.base
                .with_untracked(|base| draft::patch_text(base, draft))
        });
        let saved = self.saved_id();
        let of_draft = |part: fn(&RuleDraft) -> &String| {
            let text = self.draft.with_untracked(|draft| part(draft).clone());
            saved.is_none().then_some(text)
        };
        let (source, query) = (
            of_draft(|draft| &draft.source),
            of_draft(|draft| &draft.query),
        );
        let sort = self.sort.get_untracked();
        let view = self.view.get_untracked();
        let wanted = self.wanted.get_untracked();
        url_state::replace(&[
            ("rule", saved.as_deref()),
            ("source", source.as_deref()),
            ("query", query.as_deref()),
            ("patch", patch.as_deref()),
            ("q", (!wanted.is_empty()).then_some(wanted.as_str())),
            (
                "sort",
                (sort != Sort::default()).then(|| sort.text()).as_deref(),
            ),
            ("view", (view != View::Table).then_some(view.as_str())),
        ]);
    }

    fn saved_id(self) -> Option<String> {
        self.saved
            .with_untracked(|saved| saved.as_ref()?.rule.id.clone())
    }

    /// The address of a series in the Lab, under this very rule; at a moment, where one is given.
    pub(super) fn lab_address(self, key: &str, at_ms: Option<i64>) -> String {
        let mut query = url_state::Query::default();
        let saved = self.saved_id();
        query.set("rule", saved.as_deref());
        // What the Lab begins with where no rule is named is its own affair: everything is said.
        let patch = self.draft.with_untracked(|draft| match saved {
            Some(_) => self
                .base
                .with_untracked(|base| draft::patch_text(base, draft)),
            None => Some(json::write(draft)),
        });
        query.set("patch", patch.as_deref());
        query.set("series", Some(key));
        match (at_ms, self.resolved.get_untracked()) {
            (Some(at_ms), Some(range)) => {
                let window_ms = (range.duration_ms() / 4).max(1);
                query.set("time", Some(&at_ms.to_string()));
                query.set("time.window", Some(&window_ms.to_string()));
            }
            _ => self.range.with_untracked(|range| {
                query.set("from", Some(&range.from));
                query.set("to", Some(&range.to));
            }),
        }
        format!("lab{}", query.text())
    }

    fn job(self, fresh: bool, columns: u32) -> Option<Job> {
        let range = self.resolved.get_untracked()?;
        let draft = self.draft.get_untracked();
        let saved = self.saved.get_untracked();
        let comparable = saved
            .as_ref()
            .filter(|saved| draft::same_points(&draft, &saved.rule));
        Some(Job {
            version: saved.as_ref().map_or(1, |saved| saved.version),
            stored: comparable.and_then(|saved| saved.rule.id.clone()),
            range: crate::components::finished(range, self.wish.get_value().now_ms, &draft),
            rule: draft,
            saved: comparable.map(|saved| Box::new((saved.rule.clone(), saved.version))),
            columns,
            only: None,
            most_series: u32::MAX,
            offsets: browser::zone_offsets(range),
            detail: true,
            fresh,
            labels: None,
        })
    }

    fn begin(self, fresh: bool) {
        self.wish.update_value(|wish| wish.number += 1);
        let Some(job) = self.job(fresh, SPARK_COLUMNS) else {
            return;
        };
        let heat = if self.view.get_untracked() == View::Heat {
            let samples = job.range.duration_ms() / job.rule.step.ms().max(1);
            HEAT_COLUMNS.min(samples.max(1) as u32)
        } else {
            0
        };
        let ask = ManyAsk {
            many: job,
            from: 0,
            heat,
            known: self.sheet.with_value(|sheet| sheet.fetched),
            draw: None,
        };
        if self.sheet.with_value(|sheet| sheet.rows.is_empty()) || fresh {
            self.progress.set(Progress::Fetching);
        } else {
            self.progress.set(Progress::Asked);
        }
        self.go_on(self.wish.get_value().number, ask);
    }

    fn go_on(self, wish: u32, ask: ManyAsk) {
        let line = self.lines.get_value().0;
        let text = json::write(&ask);
        self.workshop
            .ask(line, Ask::More(text), move |outcome, columns| {
                if self.wish.try_get_value().map(|newest| newest.number) == Some(wish) {
                    self.heard(wish, ask, outcome, &columns);
                }
            });
    }

    fn heard(self, wish: u32, mut ask: ManyAsk, outcome: Outcome, columns: &Columns) {
        let folded = match outcome {
            Outcome::More(text) => json::read::<ManyFolded>(&text),
            Outcome::Failed { message, field, .. } => {
                self.progress.set(Progress::Done);
                self.trouble.set(Some((field, said(&message))));
                return;
            }
            _ => return,
        };
        let Ok(folded) = folded else { return };
        let (next, total, named) = (folded.next, folded.total, !folded.heads.is_empty());
        let done = folded.first + folded.count;
        self.trouble.set(None);
        self.warnings.set(folded.warnings.clone());
        (ask.many.fresh, ask.known) = (false, folded.fetched);
        let heat = ask.heat;
        self.sheet
            .update_value(|sheet| sheet.take(folded, columns, heat));
        if named || total == 0 {
            self.scenes.set(Arc::default());
        }
        if named || next.is_none() {
            self.settled.update(|count| *count += 1);
        }
        self.changed.update(|count| *count += 1);
        match next {
            Some(next) => {
                self.progress.set(Progress::Replaying { done, total });
                ask.from = next;
                self.go_on(wish, ask);
            }
            None => self.progress.set(Progress::Done),
        }
    }

    /// Asks for the drawings of what is seen; only the newest request waits.
    fn draw(self) {
        let places = self.seen.get_untracked();
        let (Some(job), false) = (self.job(false, SPARK_COLUMNS), places.is_empty()) else {
            return;
        };
        let (range, offsets) = (job.range, job.offsets.clone());
        let critical_from = job.rule.severity.critical;
        let ask = ManyAsk {
            many: job,
            from: 0,
            heat: 0,
            known: 0,
            draw: Some(places.to_vec()),
        };
        let (line, text) = (self.lines.get_value().1, json::write(&ask));
        self.workshop
            .ask(line, Ask::More(text), move |outcome, columns| {
                let drawn = match outcome {
                    Outcome::More(text) => json::read::<ManyDrawn>(&text),
                    _ => return,
                };
                let Ok(drawn) = drawn else { return };
                if self.sheet.try_with_value(|sheet| sheet.fetched) != Some(drawn.fetched) {
                    return;
                }
                let scenes = drawn.places.iter().zip(&drawn.series);
                let scenes = scenes.map(|(place, series)| {
                    let shown = scene_of(series, &columns, range, &offsets, critical_from);
                    (*place, Arc::new(shown.scene))
                });
                self.scenes.try_set(Arc::new(scenes.collect()));
            });
    }
}
