//! The labels of the range that is looked at: fetched, drawn, changed and taken back; and what of them a replay is told.

use std::str::FromStr as _;
use std::sync::Arc;

use hindcast_shared::api::{LabelDraft, LabelKind, LabelRecord, Me, Role};
use hindcast_shared::series::SeriesKey;
use hindcast_shared::time::{DAY_MS, TimeRange};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::super::bench::Bench;
use super::super::history::History;
use super::super::plots::chosen;
use super::steps::Steps;
use crate::api::{self, ApiError};
use crate::app::Who;
use crate::chart::Mark;
use crate::i18n::{key, tf};
use crate::lean::effect;
use crate::load::{Load, loaded};
use crate::words;
use crate::worker::dropped::TABLE;

/// How long before the range labels are asked for: what was left out there was not learned either.
const LOOK_BACK_MS: i64 = 92 * DAY_MS;

/// A range that is about to be labelled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Form {
    /// The label that is changed; none for a new one.
    pub(super) before: Option<LabelRecord>,
    pub(super) from_ms: Option<i64>,
    pub(super) to_ms: Option<i64>,
}

impl Form {
    /// A range that has an inside.
    pub(super) fn range(&self) -> Option<TimeRange> {
        TimeRange::new(self.from_ms?, self.to_ms?)
    }
}

/// The series that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shown {
    key: Option<SeriesKey>,
    name: String,
    step_ms: i64,
}

/// The state; copied freely.
#[derive(Clone, Copy)]
pub(in super::super) struct Labels {
    pub(super) list: RwSignal<Load<Vec<LabelRecord>>>,
    pub(super) form: RwSignal<Option<Form>>,
    pub(super) steps: RwSignal<Steps>,
    /// What came of the newest step.
    pub(super) said: RwSignal<Option<String>>,
    pub(super) failed: RwSignal<Option<ApiError>>,
    pub(super) busy: RwSignal<bool>,
    /// Counts how often somebody asked for the fields: they get the focus then.
    pub(super) called: RwSignal<u32>,
    shown: Memo<Option<Shown>>,
    again: RwSignal<u32>,
    who: RwSignal<Load<Me>>,
    bench: StoredValue<Bench>,
}

impl Labels {
    pub(in super::super) fn new(bench: Bench) -> Self {
        let again = RwSignal::new(0_u32);
        let source = Memo::new(move |_| bench.draft.with(|draft| draft.source.clone()));
        let list = loaded(move || {
            again.track();
            let (source, range) = (source.get(), bench.resolved.get());
            async move {
                let Some(range) = range.filter(|_| source != TABLE) else {
                    return Ok(Vec::new());
                };
                let from = (range.from_ms - LOOK_BACK_MS).to_string();
                let to = range.to_ms.to_string();
                api::list_labels(&[
                    ("from", from.as_str()),
                    ("to", to.as_str()),
                    ("source", source.as_str()),
                ])
                .await
            }
        });
        let shown = Memo::new(move |_| {
            let shot = bench.shot.get()?;
            let series = &shot.drawn.series[chosen(bench, &shot)?];
            Some(Shown {
                key: SeriesKey::from_str(&series.key).ok(),
                name: series.name.clone(),
                step_ms: series.step_ms,
            })
        });
        effect(move || {
            let known = list.with(|list| list.ready().map(|labels| told(labels)));
            let old = bench.known.get_untracked();
            if old.as_deref() != known.as_ref() {
                bench.known.set(known.map(Arc::new));
            }
        });
        Self {
            list,
            form: RwSignal::new(None),
            steps: RwSignal::new(Steps::default()),
            said: RwSignal::new(None),
            failed: RwSignal::new(None),
            busy: RwSignal::new(false),
            called: RwSignal::new(0),
            shown,
            again,
            who: expect_context::<Who>().0,
            bench: StoredValue::new(bench),
        }
    }

    /// Whether the viewer's key may label.
    pub(in super::super) fn may_write(self) -> bool {
        let may = |me: &Me| me.role >= Role::Operator;
        self.who.with(|me| me.ready().is_some_and(may))
    }

    pub(super) fn bench(self) -> Bench {
        self.bench.get_value()
    }

    pub(super) fn reload(self) {
        self.again.try_update(|again| *again += 1);
    }

    /// Whether a selection on the chart is for a label.
    pub(in super::super) fn is_brushing(self) -> bool {
        self.form.with(Option::is_some)
    }

    /// The name of the series that is shown.
    pub(super) fn series(self) -> String {
        self.shown.with(|shown| {
            let name = shown.as_ref().map(|shown| shown.name.as_str());
            words::short_series(name.unwrap_or_default()).to_owned()
        })
    }

    /// Whether labels and the series that they are about are there.
    pub(super) fn is_ready(self) -> bool {
        self.shown.with(Option::is_some) && self.list.with(|list| list.ready().is_some())
    }

    /// The labels of the series and range that are shown, oldest first.
    pub(super) fn visible(self) -> Vec<LabelRecord> {
        let range = self.bench().resolved.get();
        let (Some(range), Some(shown)) = (range, self.shown.get()) else {
            return Vec::new();
        };
        let is_visible = |label: &&LabelRecord| {
            label.start_ms < range.to_ms
                && label.end_ms > range.from_ms
                && shown
                    .key
                    .is_some_and(|key| label.speaks_of(key, &shown.name))
        };
        self.list.with(|list| {
            let labels = list.ready().map_or(&[][..], Vec::as_slice);
            labels.iter().filter(is_visible).cloned().collect()
        })
    }

    /// What the charts show of them, and of the range that is about to be labelled.
    pub(in super::super) fn marks(self) -> Signal<Vec<Mark>> {
        // No slider moves any of this.
        Signal::derive(move || {
            let form = self.form.get();
            let changed = form.as_ref().and_then(|form| form.before.as_ref());
            let visible = self.visible();
            let marks = visible.iter().filter(|label| Some(*label) != changed);
            let pending = form.as_ref().and_then(Form::range).map(|range| Mark {
                from_ms: range.from_ms,
                to_ms: range.to_ms,
                kind: None,
            });
            marks
                .map(|label| Mark {
                    from_ms: label.start_ms,
                    to_ms: label.end_ms,
                    kind: Some(label.kind),
                })
                .chain(pending)
                .collect()
        })
    }

    /// Begins to label a range, or to change a label.
    pub(in super::super) fn open(self, range: TimeRange, before: Option<LabelRecord>) {
        self.form.set(Some(Form {
            before,
            from_ms: Some(range.from_ms),
            to_ms: Some(range.to_ms),
        }));
        self.called.update(|called| *called += 1);
    }

    /// Takes a range from the chart, in whole samples.
    pub(in super::super) fn brushed(self, range: TimeRange) {
        let step_ms = self
            .shown
            .with_untracked(|shown| shown.as_ref().map_or(1, |shown| shown.step_ms));
        self.form.update(|form| {
            if let Some(form) = form {
                form.from_ms = Some(range.from_ms.div_euclid(step_ms) * step_ms);
                form.to_ms = Some((range.to_ms - 1).div_euclid(step_ms) * step_ms + step_ms);
            }
        });
    }

    /// Saves the form as this kind of label.
    pub(super) fn save(self, kind: LabelKind) {
        let (Some(form), Some(shown)) = (self.form.get_untracked(), self.shown.get_untracked())
        else {
            return;
        };
        let Some(range) = form.range() else {
            return;
        };
        let source = || {
            self.bench()
                .draft
                .with_untracked(|draft| draft.source.clone())
        };
        let draft = match &form.before {
            Some(before) => LabelDraft::from(before),
            None => LabelDraft {
                source: source(),
                series_key: shown.key,
                pattern: None,
                start_ms: 0,
                end_ms: 0,
                kind,
            },
        };
        let draft = LabelDraft {
            start_ms: range.from_ms,
            end_ms: range.to_ms,
            kind,
            ..draft
        };
        self.write(form.before, Some(draft));
    }

    /// Puts a label in the place of another one, or of none.
    pub(super) fn write(self, before: Option<LabelRecord>, label: Option<LabelDraft>) {
        let kind = label.as_ref().map(|label| label.kind);
        let kind = kind.or(before.as_ref().map(|label| label.kind));
        let word = kind.map_or("", |kind| words::label_kind(kind).1);
        let done = if label.is_some() {
            key("“{label}” saved")
        } else {
            key("“{label}” deleted")
        };
        let what = tf(done, &[("label", word)]);
        let seen = before
            .as_ref()
            .map(|before| (before.id.clone(), before.version));
        self.send(seen, label, Done::Step(what, before));
    }

    /// What taking the newest step back takes back, in words.
    pub(in super::super) fn newest_step(self) -> Option<String> {
        self.steps
            .with(|steps| steps.newest().map(|step| step.what.clone()))
    }

    /// Takes the newest step back.
    pub(in super::super) fn undo(self) {
        let step = self.steps.with_untracked(|steps| steps.newest().cloned());
        if let Some(step) = step {
            self.send(step.seen(), step.before, Done::Undo(step.what));
        }
    }

    fn send(self, seen: Option<(String, u32)>, label: Option<LabelDraft>, done: Done) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        spawn_local(async move {
            let outcome = api::write_label(seen, label).await;
            self.busy.try_set(false);
            match self.settle(outcome, done) {
                Ok(said) => {
                    self.said.try_set(Some(said));
                    self.failed.try_set(None);
                }
                Err(error) => {
                    self.said.try_set(None);
                    self.failed.try_set(Some(error));
                }
            }
        });
    }

    fn settle(
        self,
        outcome: Result<Option<LabelRecord>, ApiError>,
        done: Done,
    ) -> Result<String, ApiError> {
        // Whoever was only not reached may be asked again.
        if outcome != Err(ApiError::Unreachable) {
            self.reload();
        }
        if let (Err(ApiError::Refused { .. }), Done::Undo(_)) = (&outcome, &done) {
            self.steps.try_update(Steps::give_up);
            self.bench().labelled(History::label_taken_back);
        }
        let now = outcome?;
        Ok(match done {
            Done::Step(what, before) => {
                self.form.try_set(None);
                let said = format!("{what}.");
                self.steps
                    .try_update(|steps| steps.push(what, before.as_ref(), now.as_ref()));
                self.bench().labelled(History::labelled);
                said
            }
            Done::Undo(what) => {
                self.steps.try_update(|steps| steps.took_back(now.as_ref()));
                self.bench().labelled(History::label_taken_back);
                tf("Taken back: {what}.", &[("what", &what)])
            }
        })
    }
}

/// What is being done.
enum Done {
    Step(String, Option<LabelRecord>),
    Undo(String),
}

/// What a replay is told: calm ranges change nothing.
fn told(labels: &[LabelRecord]) -> Vec<LabelDraft> {
    let matters = |label: &&LabelRecord| label.kind != LabelKind::Normal;
    labels
        .iter()
        .filter(matters)
        .map(LabelDraft::from)
        .collect()
}
