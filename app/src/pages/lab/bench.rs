//! The state of the Lab: the draft, the range, the newest result; and the one effect that asks for a replay.

use std::sync::Arc;
use std::time::Duration;

use hindcast_shared::api::{LabelDraft, RuleRecord};
use hindcast_shared::rule::RuleDraft;
use hindcast_shared::time::TimeRange;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::Start;
use super::history::History;
use super::view::View;
use crate::app::Workshop;
use crate::bridge::Line;
use crate::browser;
use crate::components::RangeText;
use crate::draft;
use crate::i18n::t;
use crate::later::Later;
use crate::url_state;
use crate::worker::dropped::TableRead;
use crate::worker::protocol::{Ask, Columns, Drawn, Job, Outcome};

/// Most series that are drawn to choose from.
const MOST_SERIES: u32 = 24;

/// What is wrong with the draft, or with the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) field: Option<String>,
    pub(super) message: String,
}

/// A result with its columns.
#[derive(Debug, Clone)]
pub(super) struct Shot {
    pub(super) drawn: Arc<Drawn>,
    pub(super) columns: Arc<Columns>,
    /// The draft that it belongs to.
    pub(super) draft: Arc<RuleDraft>,
}

/// How far the newest replay is.
#[derive(Clone, Copy)]
pub(super) struct Course {
    /// How much of a long replay is done, of 1.
    pub(super) share: RwSignal<Option<f64>>,
    /// Whether somebody stopped the newest replay: what is shown is of an older draft.
    pub(super) stopped: RwSignal<bool>,
    /// Whether the newest request has been under way for so long that it is spoken of.
    pub(super) slow: RwSignal<bool>,
    /// Counts the requests; only the newest one's answer counts.
    asked: StoredValue<u32>,
    /// When the range was resolved: samples that are final since then come with the next one.
    now_ms: i64,
}

/// The state; copied freely.
#[derive(Clone, Copy)]
pub(super) struct Bench {
    pub(super) draft: RwSignal<RuleDraft>,
    /// Tells of a change of the draft before the draft does, and to the replay alone: the worker computes while
    /// the page is written.
    pub(super) ahead: RwSignal<u32>,
    pub(super) saved: RwSignal<Option<RuleRecord>>,
    /// What the address is relative to.
    pub(super) base: RwSignal<RuleDraft>,
    pub(super) range: RwSignal<RangeText>,
    /// The range as it was resolved last: sliders must not move time.
    pub(super) resolved: RwSignal<Option<TimeRange>>,
    pub(super) shot: RwSignal<Option<Shot>>,
    /// The result whose list is shown: a list follows the charts, a long one when the hand rests.
    pub(super) listed: RwSignal<Option<Arc<Drawn>>>,
    pub(super) trouble: RwSignal<Option<Trouble>>,
    pub(super) busy: RwSignal<bool>,
    pub(super) series: RwSignal<Option<String>>,
    /// What people know about the source's series, as far as a replay needs it; none until it is known.
    pub(super) known: RwSignal<Option<Arc<Vec<LabelDraft>>>>,
    /// The table that was dropped here.
    pub(super) table: RwSignal<Option<TableRead>>,
    view: StoredValue<View>,
    course: StoredValue<Course>,
    pub(super) history: StoredValue<History>,
    /// Counts what the history hears of.
    pub(super) stepped: RwSignal<u32>,
    pub(super) rules: StoredValue<Vec<RuleRecord>>,
    refreshed: RwSignal<u32>,
    pub(super) workshop: Workshop,
    line: StoredValue<Option<Line>>,
}

impl Bench {
    pub(super) fn new(start: &Start) -> Self {
        let query = url_state::current();
        let base = start.saved.as_ref().map_or_else(
            || {
                let source = start.sources.first();
                let name = source.map_or("", |source| source.name.as_str());
                let asks = source.and_then(|source| source.suggestions.first());
                draft::blank(name, asks.map_or("", String::as_str))
            },
            |saved| saved.rule.clone(),
        );
        let configured = start.lab.as_ref();
        let begun = configured
            .and_then(|lab| lab.draft.clone())
            .map(|draft| RuleDraft {
                name: t("New rule").to_owned(),
                ..draft
            });
        let from = configured.and_then(|lab| lab.range.as_deref());
        let workshop = expect_context::<Workshop>();
        let line = workshop.line();
        let bench = Self {
            draft: RwSignal::new(
                begun.unwrap_or_else(|| draft::from_patch(&base, query.get("patch"))),
            ),
            ahead: RwSignal::new(0),
            saved: RwSignal::new(start.saved.clone()),
            base: RwSignal::new(base),
            range: RwSignal::new(RangeText::from_url(from.unwrap_or("now-7d"))),
            resolved: RwSignal::new(None),
            shot: RwSignal::new(None),
            listed: RwSignal::new(None),
            trouble: RwSignal::new(None),
            busy: RwSignal::new(true),
            series: RwSignal::new(query.get("series").map(str::to_owned)),
            known: RwSignal::new(None),
            table: RwSignal::new(None),
            view: StoredValue::new(View::of(&query)),
            course: StoredValue::new(Course {
                share: RwSignal::new(None),
                stopped: RwSignal::new(false),
                slow: RwSignal::new(false),
                asked: StoredValue::new(0),
                now_ms: 0,
            }),
            history: StoredValue::new(History::default()),
            stepped: RwSignal::new(0),
            rules: StoredValue::new(start.rules.clone()),
            refreshed: RwSignal::new(0),
            workshop,
            line: StoredValue::new(line),
        };
        workshop.hear_progress(move |share| {
            bench.course().share.try_set(Some(share));
        });
        crate::lean::effect(move || bench.resolve());
        let written = Later::new(move || bench.write_address());
        crate::lean::effect(move || {
            bench.draft.track();
            bench.base.track();
            bench.saved.track();
            bench.series.track();
            bench.view().track();
            written.call();
        });
        let mut refreshed = None;
        crate::lean::effect(move || refreshed = Some(bench.replay(refreshed)));
        let shown = move || bench.shot.get_untracked().map(|shot| shot.drawn);
        let list = move || bench.listed.set(shown());
        let (soon, rested) = (Later::after(A_FRAME, list), Later::new(list));
        crate::lean::effect(move || {
            bench.shot.track();
            let rows = shown().map_or(0, |drawn| drawn.fired.len());
            let listed = bench.listed.get_untracked();
            match listed.map(|listed| rows.max(listed.fired.len())) {
                None => list(),
                Some(rows) if rows <= SHORT_LIST => soon.call(),
                Some(_) => rested.call(),
            }
        });
        let late = Later::after(SILENT, move || {
            if bench.busy.get_untracked() {
                bench.course().slow.set(true);
            }
        });
        crate::lean::effect(move || {
            if bench.busy.get() {
                late.call();
            } else {
                bench.course().slow.set(false);
            }
        });
        on_cleanup(move || workshop.hang_up(line));
        bench
    }

    /// Takes another rule, or a blank one.
    pub(super) fn take(self, saved: Option<RuleRecord>) {
        let base = saved.as_ref().map_or_else(
            || {
                let old = self.draft.get_untracked();
                draft::blank(&old.source, &old.query)
            },
            |saved| saved.rule.clone(),
        );
        self.settle();
        self.remembering(|| {
            self.series.set(None);
            self.shot.set(None);
            self.saved.set(saved);
            self.base.set(base.clone());
            self.draft.set(base);
        });
        self.settle();
    }

    /// Fetches everything again, up to now.
    pub(super) fn refresh(self) {
        self.refreshed.update(|count| *count += 1);
    }

    /// How it is looked at.
    pub(super) fn view(self) -> View {
        self.view.get_value()
    }

    /// How far the newest replay is.
    pub(super) fn course(self) -> Course {
        self.course.get_value()
    }

    /// Asks the worker that replays about something that is handed over beside it, on a line of its own.
    pub(super) fn ask_about(
        self,
        ask: Ask,
        beside: JsValue,
        reply: impl FnOnce(Outcome, Columns) + 'static,
    ) {
        let line = self.workshop.line();
        self.workshop.ask_about(line, ask, beside, Box::new(reply));
    }

    /// The whole result as a file.
    pub(super) fn download(self) {
        self.workshop.ask(
            self.line.get_value(),
            Ask::Export,
            move |outcome, _| match outcome {
                Outcome::Exported { json } => {
                    let name = self
                        .draft
                        .with_untracked(|draft| draft.name.replace(' ', "-").to_ascii_lowercase());
                    if browser::download(&format!("{name}-replay.json"), "application/json", &json)
                        .is_err()
                    {
                        self.say(t("the browser did not take the file"));
                    }
                }
                Outcome::Failed { message, .. } => self.say(&message),
                _ => {}
            },
        );
    }

    pub(super) fn say(self, message: &str) {
        self.trouble.try_set(Some(Trouble {
            field: None,
            message: message.to_owned(),
        }));
    }

    /// Stops the replay that is under way.
    pub(super) fn stop(self) {
        self.workshop.stop(self.line.get_value());
    }

    /// Computes again what was stopped.
    pub(super) fn resume(self) {
        self.draft.update(|_| {});
    }

    fn resolve(self) {
        self.refreshed.track();
        let now_ms = browser::now_ms();
        match self.range.get().resolve(now_ms) {
            Ok(range) => {
                self.course.update_value(|course| course.now_ms = now_ms);
                self.resolved.set(Some(range));
            }
            Err(message) => self.say(&message),
        }
    }

    fn write_address(self) {
        let patch = self.draft.with_untracked(|draft| {
            let base = |base: &RuleDraft| draft::patch_text(base, draft);
            self.base.with_untracked(base)
        });
        let saved = self
            .saved
            .with_untracked(|saved| saved.as_ref().and_then(|saved| saved.rule.id.clone()));
        let series = self.series.get_untracked();
        url_state::replace(&[
            ("rule", saved.as_deref()),
            ("patch", patch.as_deref()),
            ("series", series.as_deref()),
        ]);
        self.view().to_url();
    }

    fn replay(self, earlier: Option<u32>) -> u32 {
        self.ahead.track();
        let refreshed = self.refreshed.get();
        let draft = self.draft.get();
        self.saved.track();
        let Some(range) = self.resolved.get() else {
            return refreshed;
        };
        let fresh = earlier.is_some_and(|earlier| earlier != refreshed);
        self.known.track();
        let job = self.job(&draft, range, fresh);
        let draft = Arc::new(draft);
        self.busy.set(true);
        self.course().stopped.set(false);
        let mine = self.course().asked.try_update_value(|asked| {
            *asked += 1;
            *asked
        });
        self.workshop.ask(
            self.line.get_value(),
            Ask::Replay(Box::new(job)),
            move |outcome, columns| {
                self.course().share.try_set(None);
                let newest = self.course().asked.try_get_value() == mine;
                if newest {
                    self.busy.try_set(false);
                }
                match outcome {
                    Outcome::Stopped if newest => drop(self.course().stopped.try_set(true)),
                    Outcome::Drawn(drawn) => {
                        self.trouble.try_set(None);
                        self.shot.try_set(Some(Shot {
                            drawn: Arc::new(*drawn),
                            columns: Arc::new(columns),
                            draft,
                        }));
                    }
                    Outcome::Failed { message, field, .. } => {
                        self.trouble.try_set(Some(Trouble { field, message }));
                    }
                    _ => {}
                }
            },
        );
        refreshed
    }

    /// What a worker is asked for a draft over a range.
    pub(super) fn job(self, draft: &RuleDraft, range: TimeRange, fresh: bool) -> Job {
        let saved = self.saved.get_untracked();
        let comparable = saved
            .as_ref()
            .filter(|saved| draft::same_points(draft, &saved.rule));
        let known = self.known.get_untracked();
        Job {
            rule: draft.clone(),
            version: saved.as_ref().map_or(1, |saved| saved.version),
            stored: comparable.and_then(|saved| saved.rule.id.clone()),
            saved: comparable.map(|saved| Box::new((saved.rule.clone(), saved.version))),
            range: crate::components::finished(range, self.course().now_ms, draft),
            columns: crate::components::columns_wanted(),
            only: None,
            most_series: MOST_SERIES,
            offsets: browser::zone_offsets(range),
            detail: true,
            fresh,
            labels: known.map(|known| known.to_vec()),
        }
    }
}

/// Rows that are made anew in a millisecond or two.
const SHORT_LIST: usize = 20;

/// The charts and what is counted are painted first; a list that lays out a table comes in the frame after theirs.
const A_FRAME: Duration = Duration::from_millis(16);

/// Work that is shorter is not spoken of.
const SILENT: Duration = Duration::from_millis(200);
