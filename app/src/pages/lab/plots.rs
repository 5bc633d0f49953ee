//! The charts of the Lab: the series with what would have fired, and its scores with the threshold to drag.

use std::sync::Arc;

use hindcast_shared::chart::{Bounds, Scene, power_of_ten};
use hindcast_shared::detector::DetectorKind;
use hindcast_shared::rule::RuleDraft;
use hindcast_shared::time::TimeRange;
use leptos::prelude::*;

use super::bench::{Bench, Shot};
use super::labels::{LabelBar, Labels};
use super::view::Shows;
use super::whole::Whole;
use crate::chart::{Chart, ScoreAxis, Told, scene_of, score_scene};
use crate::components::RangeText;
use crate::draft;
use crate::i18n::{key, plural, pluralf, t};
use crate::lean::CollectAny as _;
use crate::words;
use crate::worker::protocol::Streaky;

/// The charts.
#[component]
pub(super) fn Plots(bench: Bench, whole: Whole, labels: Labels) -> impl IntoView {
    let told = Told::provide(move || bench.resolved.get());
    let threshold = move |shot: &Shot| {
        if draft::budget(&shot.draft).is_some() {
            return 1.0;
        }
        shot.draft
            .decision
            .threshold
            .or(draft::kind(&shot.draft).default_threshold())
            .unwrap_or(0.0)
    };
    let fixed = Memo::new(move |_| {
        bench
            .draft
            .with(|draft| draft::kind(draft) == DetectorKind::Threshold)
    });
    let main = Signal::derive(move || -> Option<Arc<Scene>> {
        let shot = bench.shot.get()?;
        let (range, series) = (bench.resolved.get()?, chosen(bench, &shot)?);
        let critical_from = shot.draft.severity.critical;
        let mut shown = scene_of(
            &shot.drawn.series[series],
            &shot.columns,
            range,
            &shot.drawn.offsets,
            critical_from,
        );
        whole.into_main(&shot.drawn.series[series].key, &mut shown.scene);
        if draft::kind(&shot.draft) == DetectorKind::Threshold {
            shown.scene.limit = Some(threshold(&shot));
            shown.scene.draggable = true;
        }
        shown.scene.compared = shot.drawn.diff.is_some();
        about_draft(&mut shown.scene, &shot.draft, &shown.name);
        bench.view().hide_in(&mut shown.scene);
        Some(Arc::new(shown.scene))
    });
    let scores = Signal::derive(move || -> Option<Arc<Scene>> {
        let shot = bench.shot.get()?;
        let kind = draft::kind(&shot.draft);
        // A budget's threshold moves with the history; on the scale of scores it stands still.
        let by_budget = draft::budget(&shot.draft).is_some();
        let (range, series) = (bench.resolved.get()?, chosen(bench, &shot)?);
        let axis = ScoreAxis {
            threshold: threshold(&shot),
            unit: if by_budget {
                String::new()
            } else {
                kind.about().threshold.unit.to_owned()
            },
            draggable: !by_budget,
        };
        let drawn = &shot.drawn.series[series];
        let mut scene = score_scene(drawn, &shot.columns, range, &shot.drawn.offsets, &axis);
        whole.into_scores(&drawn.key, &mut scene);
        Some(Arc::new(scene))
    });
    let named = labels.marks();
    // Most moves of a slider leave them alone, and what is not drawn anew costs nothing.
    let marks = Memo::new(move |_| {
        let mut marks = bench.view().marks(bench);
        marks.extend(named.get());
        marks
    });
    let brushing = Signal::derive(move || labels.is_brushing());
    let on_streak = Callback::new(move |samples: u32| {
        bench.change(|draft| draft::set_confirm(draft, samples, samples));
        bench.settle();
    });
    let zoom = Callback::new(move |range: TimeRange| {
        if brushing.get_untracked() {
            return labels.brushed(range);
        }
        let text = RangeText::fixed(range);
        text.to_url();
        bench.range.set(text);
    });
    let drag = Callback::new(move |value: f64| dragged(bench, value));
    let name = Signal::derive(move || {
        bench
            .shot
            .get()
            .and_then(|shot| Some(shot.drawn.series[chosen(bench, &shot)?].name.clone()))
            .unwrap_or_else(|| t("Series").to_owned())
    });
    let score_title = Signal::derive(move || whole.title());
    view! {
        <section class="plots" aria-label=t("Replay") class:busy=bench.busy class:out-of-date=move || is_old(bench)>
            <Status bench/>
            <SeriesPicker bench/>
            <Shows view=bench.view()/>
            <LabelBar labels/>
            <div class=PLOT_MAIN><Chart title=name scene=main on_zoom=zoom on_limit=drag on_streak marks brushing/></div>
            {super::height::handle(PLOT_MAIN)}
            <Streaks bench/>
            <Show when=move || !fixed.get() && bench.view().shows("scores")>
                <div class="plot-scores"><Chart title=score_title scene=scores on_zoom=zoom on_limit=drag marks brushing/></div>
            </Show>
            {told.list()}
        </section>
    }
}

/// The chart that can be made higher.
const PLOT_MAIN: &str = "plot-main";

/// What the draft says beside the score.
fn about_draft(scene: &mut Scene, draft: &RuleDraft, series: &str) {
    scene.lasting = draft::confirm(draft).0;
    words::series_labels(series).clone_into(&mut scene.labels);
    scene.bounds = Some(Bounds {
        least: draft.decision.min_deviation,
        direction: draft.decision.direction.unwrap_or_default(),
        outside: draft.decision.range,
    });
}

/// Anomalous samples in a row, counted.
#[component]
fn Streaks(bench: Bench) -> impl IntoView {
    let counted = move || {
        let shot = bench.shot.get()?;
        let series = chosen(bench, &shot)?;
        Some(shot.drawn.series[series].streaky)
    };
    let numbers = move || {
        let Streaky {
            samples,
            streaks,
            longest,
            lasting,
        } = counted()?;
        Some(format!("{samples} {streaks} {longest} {lasting}"))
    };
    let line = move || {
        let counted = counted().filter(|counted| counted.samples > 0)?;
        let step_ms = bench.draft.with(|draft| draft.step.ms());
        let streaks = plural(counted.streaks.into(), "{n} streak", "{n} streaks");
        let longest = words::length(i64::from(counted.longest) * step_ms);
        let words = [("streaks", streaks.as_str()), ("longest", &longest)];
        let said = pluralf(
            counted.samples,
            "{n} anomalous sample in {streaks}, the longest {longest}",
            "{n} anomalous samples in {streaks}, the longest {longest}",
            &words,
        );
        let lasting = plural(
            counted.lasting.into(),
            "{n} lasts long enough",
            "{n} last long enough",
        );
        Some(format!("{said}; {lasting}"))
    };
    view! {
        <p class="muted streaks" id="streaks" title=t("Click a streak on the chart, or press Enter with the cursor in it: “For” takes its length.")
            data-counted=numbers>{move || line()}</p>
    }
}

/// The threshold was dragged to a value.
fn dragged(bench: Bench, value: f64) {
    bench.change(|draft| {
        let fixed = draft::kind(draft) == DetectorKind::Threshold;
        // Three digits are as exact as a hand is; only a limit may be negative.
        let digits = 100.0 / power_of_ten(value.abs().max(1e-9));
        let value = (value * digits).round() / digits;
        draft.decision.threshold = Some(if fixed { value } else { value.max(0.05) });
    });
}

/// Which series is shown: the one that was chosen, or the first in which something fired.
pub(super) fn chosen(bench: Bench, shot: &Shot) -> Option<usize> {
    let series = &shot.drawn.series;
    let wanted = bench.series.get();
    wanted
        .and_then(|key| series.iter().position(|series| series.key == key))
        .or_else(|| series.iter().position(|series| series.spans[0].len > 0))
        .or_else(|| (!series.is_empty()).then_some(0))
}

#[component]
fn SeriesPicker(bench: Bench) -> impl IntoView {
    let options = Memo::new(move |_| {
        bench.shot.get().map_or_else(Vec::new, |shot| {
            shot.drawn
                .series
                .iter()
                .map(|series| (series.key.clone(), series.name.clone(), series.spans[0].len))
                .collect::<Vec<_>>()
        })
    });
    let current = move || {
        bench
            .shot
            .get()
            .and_then(|shot| Some(shot.drawn.series[chosen(bench, &shot)?].key.clone()))
    };
    crate::lean::live(move || {
        let options = options.get();
        (options.len() > 1).then(|| {
            view! {
                <label class="field inline">{t("Series")}
                    <select on:change=move |event| bench.series.set(Some(event_target_value(&event)))>
                        {options.into_iter().map(|(key, name, fired)| {
                            let mine = key.clone();
                            view! { <option value=key selected=move || current().as_ref() == Some(&mine)>{format!("{name} ({fired})")}</option> }
                        }).collect_any()}
                    </select>
                </label>
            }
        })
    })
}

/// Whether what is shown is of an older draft or range.
fn is_old(bench: Bench) -> bool {
    (bench.course().slow.get() || bench.course().stopped.get()) && bench.shot.with(Option::is_some)
}

/// How far a long replay is, and the way to stop it.
#[component]
fn Progress(bench: Bench) -> impl IntoView {
    let text = move || match (bench.course().stopped.get(), is_old(bench)) {
        (true, _) => t("Out of date: the replay was stopped."),
        (false, true) if bench.course().share.with(Option::is_none) => {
            t("Out of date: samples are being fetched.")
        }
        (false, true) => t("Out of date: a new result is being computed."),
        (false, false) => "",
    };
    let press = move |_| {
        if bench.course().stopped.get_untracked() {
            bench.resume();
        } else {
            bench.stop();
        }
    };
    view! {
        <Show when=move || bench.course().slow.get() || bench.course().stopped.get()>
            <p class="row stale-row">
                <strong role="status" id="out-of-date">{move || text()}</strong>
                <progress max="1" aria-label=t("Share that is replayed") prop:value=move || bench.course().share.get()
                    hidden=move || bench.course().share.with(Option::is_none)></progress>
                <button type="button" id="replay-stop" on:click=press>{move || t(if bench.course().stopped.get() { key("Compute it") } else { key("Cancel") })}</button>
            </p>
        </Show>
    }
}

/// Under which conditions the result was made, or why there is none.
#[component]
fn Status(bench: Bench) -> impl IntoView {
    let line = move || {
        let shot = bench.shot.get()?;
        let drawn = &shot.drawn;
        let from = match drawn.live_since_ms {
            Some(since_ms) if since_ms > drawn.range.from_ms => {
                t("points of the source, as the rule saw them since it lives")
            }
            Some(_) => t("points as the rule saw them"),
            None => t("points of the source"),
        };
        Some(pluralf(
            drawn.funnel.samples,
            "{n} sample of {series} series replayed in {ms} ms; {from}",
            "{n} samples of {series} series replayed in {ms} ms; {from}",
            &[
                ("series", &drawn.series_total.to_string()),
                ("ms", &format!("{:.0}", drawn.replay_ms)),
                ("from", from),
            ],
        ))
    };
    let warnings = move || {
        bench
            .shot
            .get()
            .map(|shot| shot.drawn.warnings.clone())
            .unwrap_or_default()
    };
    view! {
        <div class="lab-status">
            {move || bench.trouble.get().map(|trouble| view! {
                <p class="refused" role="alert">{trouble.field.map(|field| view! { <code>{field}</code>": " })}{trouble.message}</p>
            })}
            <p class="muted" role="status">
                {move || match (line(), bench.busy.get()) {
                    (None, true) => t("Fetching samples and replaying…").to_owned(),
                    (None, false) => t("Nothing to show.").to_owned(),
                    (Some(line), _) => line,
                }}
            </p>
            <Progress bench/>
            <ul class="also">{move || warnings().into_iter().map(|warning| view! { <li>{warning}</li> }).collect_any()}</ul>
        </div>
    }
}
