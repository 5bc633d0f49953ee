//! Why an anomaly that somebody chose would have fired: told by a full worker, which a click starts.
//!
//! It works beside the one that replays, which keeps its samples and answers each move as before.

use std::time::Duration;

use hindcast_shared::chart::minute_text;
use leptos::html::Section;
use leptos::prelude::*;

use super::bench::{Bench, Shot};
use crate::bridge::{Bridge, Line};
use crate::i18n::{t, tf};
use crate::json;
use crate::why::{Reason as Reasoned, Why};
use crate::words;
use crate::worker::protocol::{Ask, FiredRow, Job, More, Outcome};

/// So long the sliders must rest before anything is explained again: moving them comes first.
const REST: Duration = Duration::from_millis(150);

/// What is chosen, and what was said of it; copied freely.
#[derive(Clone, Copy)]
pub(super) struct Asker {
    /// The anomaly that somebody chose, as it was then.
    chosen: RwSignal<Option<FiredRow>>,
    /// Id of the same in the newest result.
    shown: Memo<Option<String>>,
    said: RwSignal<Option<Result<Reasoned, String>>>,
    timer: StoredValue<Option<TimeoutHandle>>,
    worker: StoredValue<Option<(Bridge, Line)>, LocalStorage>,
    bench: StoredValue<Bench>,
}

impl Asker {
    pub(super) fn new(bench: Bench) -> Self {
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
            said: RwSignal::new(None),
            timer: StoredValue::new(None),
            worker: StoredValue::new_local(None),
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
        on_cleanup(move || {
            asker.stop();
            asker.worker.try_update_value(Option::take);
        });
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
        self.said.set(None);
        self.chosen.set(Some(row));
        self.ask();
    }

    fn close(self) {
        self.stop();
        self.bench.get_value().view().asked.set(None);
        self.chosen.set(None);
        self.said.set(None);
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

    fn worker(self) -> Result<(Bridge, Line), String> {
        if let Some(worker) = self.worker.get_value() {
            return Ok(worker);
        }
        let bridge = Bridge::start_full(|_| {})?;
        let worker = (bridge.clone(), bridge.line());
        self.worker.set_value(Some(worker.clone()));
        Ok(worker)
    }

    fn ask(self) {
        let Some(shot) = self.shot() else {
            return;
        };
        let say = move |told| {
            self.said.try_set(Some(told));
        };
        let Some(row) = self.row_untracked(&shot) else {
            return say(Err(t("it does not fire with these settings").to_owned()));
        };
        let Some(at_ms) = row.peak_ms else {
            return say(Err(
                t("no value came: there is nothing to explain").to_owned()
            ));
        };
        let (bridge, line) = match self.worker() {
            Ok(worker) => worker,
            Err(why) => return say(Err(why)),
        };
        let bench = self.bench.get_value();
        let asked = More {
            job: Job {
                detail: false,
                ..bench.job(&shot.draft, shot.drawn.range, false)
            },
            series: row.series_key,
            at_ms: Some(at_ms),
            whole: false,
            study: None,
        };
        let ask = Ask::More(json::write(&asked));
        let mine = row.id;
        bridge.ask(line, ask, move |outcome, _| {
            // Another one may have been chosen since.
            if self.shown.try_get_untracked().flatten() != Some(mine) {
                return;
            }
            match outcome {
                Outcome::More(text) => say(json::read(&text).map_err(|error| error.to_string())),
                Outcome::Failed { message, .. } => say(Err(message)),
                _ => {}
            }
        });
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
    let body = move || match asker.said.get() {
        Some(Ok(told)) => view! { <Why reason=told/> }.into_any(),
        Some(Err(why)) => {
            view! { <p class="muted">{tf("Not explained: {why}.", &[("why", &why)])}</p> }
                .into_any()
        }
        None => view! { <p class="muted">{t("Asking the detector…")}</p> }.into_any(),
    };
    view! {
        <Show when=move || asker.chosen.with(Option::is_some)>
            <section class="lab-why" aria-labelledby="why-title" tabindex="-1" node_ref=panel>
                <div class="section-head">
                    <h2 id="why-title">{t("Why")}</h2>
                    <p class="muted" role="status">{title}</p>
                    <button type="button" id="why-close" on:click=move |_| asker.close()>{t("Close")}</button>
                </div>
                {body}
            </section>
        </Show>
    }
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
    move || {
        text.get()
            .map(|text| view! { <p class="learning" role="status">{text}</p> })
    }
}
