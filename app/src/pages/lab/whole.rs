//! `auto` over the whole range at once, on request: in a worker of its own, which is ended to stop it.

use std::sync::Arc;

use hindcast_shared::chart::Scene;
use hindcast_shared::detector::DetectorKind;
use leptos::prelude::*;

use super::bench::Bench;
use super::why::Asker;
use crate::bridge::{Bridge, Line};
use crate::draft;
use crate::i18n::{key, t, tf};
use crate::json;
use crate::lean::CollectAny as _;
use crate::worker::protocol::{Ask, Columns, Job, More, Outcome, WholeDrawn};

/// The state; copied freely.
#[derive(Clone, Copy)]
pub(super) struct Whole {
    shown: RwSignal<Option<(Arc<WholeDrawn>, Arc<Columns>)>>,
    /// How much is done, while something is being done.
    share: RwSignal<Option<f64>>,
    trouble: RwSignal<Option<String>>,
    /// Whether somebody wants it; then every change is scored again.
    wanted: RwSignal<bool>,
    worker: StoredValue<Option<(Bridge, Line)>, LocalStorage>,
    bench: StoredValue<Bench>,
    asker: StoredValue<Asker>,
}

impl Whole {
    pub(super) fn new(bench: Bench, asker: Asker) -> Self {
        let whole = Self {
            shown: RwSignal::new(None),
            share: RwSignal::new(None),
            trouble: RwSignal::new(None),
            wanted: RwSignal::new(false),
            worker: StoredValue::new_local(None),
            bench: StoredValue::new(bench),
            asker: StoredValue::new(asker),
        };
        crate::lean::effect(move || {
            bench.shot.track();
            bench.series.track();
            asker.track();
            if whole.wanted.get_untracked() {
                whole.run();
            }
        });
        on_cleanup(move || whole.end_worker());
        whole
    }

    /// Whether the draft's detector has a form for whole ranges.
    fn is_offered(self) -> bool {
        self.bench.get_value().draft.with(draft::kind) == DetectorKind::Auto
    }

    fn end_worker(self) {
        self.worker.try_update_value(Option::take);
    }

    /// Scores what is shown now, after what is under way: scores that are kept cost nothing.
    fn run(self) {
        let (bench, nothing) = (self.bench.get_value(), ());
        let Some(shot) = bench.shot.get_untracked() else {
            return nothing;
        };
        if draft::kind(&shot.draft) != DetectorKind::Auto {
            return self.back();
        }
        let Some(at) = untrack(|| super::plots::chosen(bench, &shot)) else {
            return self.back();
        };
        let series = shot.drawn.series[at].key.clone();
        let row = self
            .asker
            .get_value()
            .row_untracked(&shot)
            .filter(|row| row.series_key == series);
        if self.worker.with_value(Option::is_none) {
            let started = Bridge::start_full(move |share| {
                if self.wanted.try_get_untracked() == Some(true) {
                    self.share.set(Some(share));
                }
            });
            match started {
                Ok(bridge) => {
                    let line = bridge.line();
                    self.worker.set_value(Some((bridge, line)));
                }
                Err(why) => return self.trouble.set(Some(why)),
            }
        }
        let Some((bridge, line)) = self.worker.get_value() else {
            return nothing;
        };
        let asked = More {
            job: Job {
                detail: false,
                ..bench.job(&shot.draft, shot.drawn.range, false)
            },
            series,
            at_ms: row.and_then(|row| row.peak_ms),
            whole: true,
            study: None,
        };
        self.trouble.set(None);
        if self.shown.with_untracked(Option::is_none) {
            self.share.set(Some(0.0));
        }
        bridge.ask(
            line,
            Ask::More(json::write(&asked)),
            move |outcome, columns| {
                self.share.try_set(None);
                match outcome {
                    Outcome::More(text) => match json::read(&text) {
                        Ok(drawn) => {
                            let shown = (Arc::new(drawn), Arc::new(columns));
                            self.shown.try_set(Some(shown));
                        }
                        Err(error) => drop(self.trouble.try_set(Some(error.to_string()))),
                    },
                    Outcome::Failed { message, .. } => drop(self.trouble.try_set(Some(message))),
                    _ => {}
                }
            },
        );
    }

    fn start(self) {
        self.wanted.set(true);
        self.run();
    }

    /// Back to what the rule runs; stops what is under way.
    fn back(self) {
        self.end_worker();
        self.wanted.set(false);
        self.share.set(None);
        self.shown.set(None);
        self.trouble.set(None);
    }

    /// The scores that are shown of a series in place of the rule's own.
    fn of(self, series: &str) -> Option<(Arc<WholeDrawn>, Arc<Columns>)> {
        self.shown.get().filter(|(drawn, _)| drawn.series == series)
    }

    /// Puts them into the chart of the values.
    pub(super) fn into_main(self, series: &str, scene: &mut Scene) {
        if let Some((drawn, columns)) = self.of(series) {
            scene.ribbon = columns.reduced(drawn.ribbon);
        }
    }

    /// Puts them into the chart of the scores.
    pub(super) fn into_scores(self, series: &str, scene: &mut Scene) {
        if let (Some((drawn, columns)), Some(line)) = (self.of(series), scene.lines.first_mut()) {
            line.points = columns.reduced(drawn.scores);
        }
    }

    /// What the chart of the scores is called.
    pub(super) fn title(self) -> String {
        match (self.is_offered(), self.shown.with(Option::is_some)) {
            (false, _) => t("Score"),
            (true, false) => t("Score, auto (live)"),
            (true, true) => t("Score, auto (full)"),
        }
        .to_owned()
    }
}

/// Who scores, and the way to the other form.
#[component]
pub(super) fn WholePanel(whole: Whole) -> impl IntoView {
    let shown = move || whole.shown.get().map(|(drawn, _)| drawn);
    let text = move || match (whole.share.get(), shown()) {
        (Some(share), _) => tf(
            "Scoring the whole range at once: {n}%",
            &[("n", &format!("{:.0}", share * 100.0))],
        ),
        (None, Some(drawn)) => drawn.said.clone(),
        (None, None) => {
            t("Scores by auto (live): each sample is judged by its past alone, as the rule runs.")
                .to_owned()
        }
    };
    let button = move || match (whole.share.get(), shown()) {
        (Some(_), _) => ("whole-cancel", key("Cancel")),
        (None, Some(_)) => ("whole-back", key("Back to live")),
        (None, None) => ("whole", key("Score the whole range at once (full)")),
    };
    let press = move |_| {
        if button().0 == "whole" {
            whole.start();
        } else {
            whole.back();
        }
    };
    let lines = move || {
        let drawn = shown().map_or_else(Vec::new, |drawn| drawn.points.clone());
        let line = |line: String| view! { <li>{line}</li> };
        drawn.into_iter().map(line).collect_any()
    };
    view! {
        <Show when=move || whole.is_offered()>
            <div class="whole" role="group" aria-label=t("Form of the detector")>
                <p role="status">{move || text()}</p>
                <progress max="1" aria-label=t("Share that is scored") prop:value=move || whole.share.get() hidden=move || whole.share.with(Option::is_none)></progress>
                <button type="button" id=move || button().0 on:click=press>{move || t(button().1)}</button>
                <ul class="also">{move || lines()}</ul>
                <p class="refused" role="alert">{move || whole.trouble.get()}</p>
            </div>
        </Show>
    }
}
