//! Which anomaly somebody chose to be explained, and in which result it is; the explanation is `desk`'s.

use std::time::Duration;

use hindcast_shared::chart::minute_text;
use leptos::html::{Div, Section};
use leptos::prelude::*;

use super::bench::{Bench, Shot};
use super::beside::{Beside, Stand, instead};
use crate::desk::protocol::{SAY, Say, Tool, send};
use crate::i18n::{t, tf};
use crate::words;
use crate::worker::protocol::{FiredRow, Job, More};

/// So long the sliders must rest before anything is explained again: moving them comes first.
const REST: Duration = Duration::from_millis(150);

/// What is chosen, and what was said of it; copied freely.
#[derive(Clone, Copy)]
pub(super) struct Asker {
    /// The anomaly that somebody chose, as it was then.
    chosen: RwSignal<Option<FiredRow>>,
    /// Id of the same in the newest result.
    shown: Memo<Option<String>>,
    /// Where it is explained.
    body: NodeRef<Div>,
    stand: RwSignal<Stand>,
    beside: StoredValue<Beside>,
    timer: StoredValue<Option<TimeoutHandle>>,
    bench: StoredValue<Bench>,
}

impl Asker {
    pub(super) fn new(bench: Bench, beside: Beside) -> Self {
        let chosen = RwSignal::new(None::<FiredRow>);
        let shown = Memo::new(move |_| {
            let chosen = chosen.get()?;
            bench
                .shot
                .with(|shot| Some(found(shot.as_ref()?, &chosen)?.id))
        });
        let asker = Self {
            chosen,
            shown,
            body: NodeRef::new(),
            stand: RwSignal::new(Stand::Shut),
            beside: StoredValue::new(beside),
            timer: StoredValue::new(None),
            bench: StoredValue::new(bench),
        };
        crate::lean::effect(move || {
            bench.shot.track();
            if chosen.with_untracked(Option::is_some) {
                asker.rest();
            } else {
                asker.take_link();
            }
        });
        on_cleanup(move || asker.stop());
        asker
    }

    /// Chooses what the address asks about, once it is there.
    fn take_link(self) {
        let (Some(shot), Some((key, at_ms))) = (
            self.shot(),
            self.bench.get_value().view().asked.get_untracked(),
        ) else {
            return;
        };
        let rows = &shot.drawn.fired;
        let is_it =
            |row: &&FiredRow| row.series_key == key && (row.start_ms..=row.end_ms).contains(&at_ms);
        if let Some(row) = rows.iter().find(is_it).cloned() {
            self.choose(row);
        }
    }

    /// Explains an anomaly from now on.
    pub(super) fn choose(self, row: FiredRow) {
        let view = self.bench.get_value().view();
        view.asked.set(Some((row.series_key.clone(), row.start_ms)));
        self.chosen.set(Some(row));
        self.ask();
    }

    fn close(self) {
        self.stop();
        self.bench.get_value().view().asked.set(None);
        self.chosen.set(None);
    }

    /// Whether an anomaly is the one that is explained.
    pub(super) fn is_shown(self, id: &str) -> bool {
        self.shown.with(|shown| shown.as_deref() == Some(id))
    }

    /// Hears of another choice.
    pub(super) fn track(self) {
        self.chosen.track();
    }

    /// The chosen anomaly in a result.
    pub(super) fn row_untracked(self, shot: &Shot) -> Option<FiredRow> {
        self.chosen
            .with_untracked(|chosen| found(shot, chosen.as_ref()?))
    }

    fn stop(self) {
        self.timer.try_update_value(|timer| {
            if let Some(timer) = timer.take() {
                timer.clear();
            }
        });
    }

    fn rest(self) {
        self.stop();
        let later = set_timeout_with_handle(move || self.ask(), REST);
        self.timer.set_value(later.ok());
    }

    fn shot(self) -> Option<Shot> {
        let shot = self.bench.try_with_value(|bench| bench.shot)?;
        shot.try_get_untracked().flatten()
    }

    /// Has the place filled, and asks then.
    fn fetch(self) {
        if let (Some(root), Some(beside)) = (self.body.get_untracked(), self.beside.try_get_value())
        {
            beside.fetch(Tool::Why, self.stand, root.into(), move || self.ask());
        }
    }

    fn leave(self) {
        if let (Some(root), Some(beside)) = (self.body.get_untracked(), self.beside.try_get_value())
        {
            beside.close(self.stand, &root);
        }
    }

    fn ask(self) {
        if self.stand.try_get_untracked() != Some(Stand::Open) {
            return;
        }
        if let (Some(root), Some(shot)) = (self.body.get_untracked(), self.shot()) {
            send(&root, SAY, &self.question(&shot));
        }
    }

    fn question(self, shot: &Shot) -> Say {
        let tell = |why: &str| Say::Tell(why.to_owned());
        let Some(row) = self.row_untracked(shot) else {
            return tell(t("it does not fire with these settings"));
        };
        let Some(at_ms) = row.peak_ms else {
            return tell(t("no value came: there is nothing to explain"));
        };
        let bench = self.bench.get_value();
        Say::Explain(Box::new(More {
            job: Job {
                detail: false,
                ..bench.job(&shot.draft, shot.drawn.range, false)
            },
            series: row.series_key,
            at_ms: Some(at_ms),
            whole: false,
            study: None,
        }))
    }
}

/// An anomaly in a result: by its id, or by its place where other settings began it elsewhere.
fn found(shot: &Shot, chosen: &FiredRow) -> Option<FiredRow> {
    let rows = &shot.drawn.fired;
    let meets = |row: &&FiredRow| {
        row.series_key == chosen.series_key
            && row.start_ms <= chosen.end_ms
            && chosen.start_ms <= row.end_ms
    };
    let same = rows.iter().find(|row| row.id == chosen.id);
    same.or_else(|| rows.iter().find(meets)).cloned()
}

/// The panel.
#[component]
pub(super) fn Reason(bench: Bench, asker: Asker) -> impl IntoView {
    let panel = NodeRef::<Section>::new();
    // It opens above the list; whoever asked is brought there.
    crate::lean::effect(move || {
        asker.chosen.track();
        if let Some(panel) = panel.get() {
            panel.focus().ok();
        }
    });
    let title = move || {
        let (chosen, shot) = (asker.chosen.get()?, bench.shot.get()?);
        let row = found(&shot, &chosen).unwrap_or(chosen);
        let at_ms = row.peak_ms.unwrap_or(row.start_ms);
        let series = words::short_series(&row.series);
        let time = minute_text(at_ms, &shot.drawn.offsets);
        Some(tf(
            "{series} at {time}",
            &[("series", series), ("time", &time)],
        ))
    };
    crate::lean::effect(move || {
        if asker.body.get().is_some() {
            asker.fetch();
        }
    });
    view! {
        <Show when=move || asker.chosen.with(Option::is_some)>
            <section class="lab-why" aria-labelledby="why-title" tabindex="-1" node_ref=panel>
                <div class="section-head">
                    <h2 id="why-title">{t("Why")}</h2>
                    <p class="muted" role="status">{move || title()}</p>
                    <button type="button" id="why-close" on:click=move |_| asker.close()>{t("Close")}</button>
                </div>
                {instead(asker.stand, move || asker.fetch())}
                {leaving(asker)}
                <div class="why-body" node_ref=asker.body></div>
            </section>
        </Show>
    }
}

/// Nothing that is seen: tells the tool when its place goes.
fn leaving(asker: Asker) {
    on_cleanup(move || asker.leave());
}

/// Says for how long the series is still learning at the end of the range.
#[component]
pub(super) fn Learning(bench: Bench) -> impl IntoView {
    // Said once, not with each move of a slider.
    let text = Memo::new(move |_| {
        let shot = bench.shot.get()?;
        let series = super::plots::chosen(bench, &shot)?;
        shot.drawn.series[series].still_learning.clone()
    });
    crate::lean::live(move || {
        text.get()
            .map(|text| view! { <p class="learning" role="status">{text}</p> })
    })
}
