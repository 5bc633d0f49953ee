//! The control column: the pipeline itself, top to bottom, each stage with what survives it.

use hindcast_shared::detector::{DetectorKind, Family, ParamKind, ParamSpec};
use hindcast_shared::rule::Direction;
use hindcast_shared::time::{MINUTE_MS, Millis};
use leptos::prelude::*;
use serde_json::{Value, json};

use super::bench::Bench;
use super::beside::Beside;
use super::severities::{Before, Severities};
use super::usual::UsualLimit;
use super::view::{Stage as Which, View};
use crate::browser;
use crate::components::{NumberSlider, SliderSpec};
use crate::desk::protocol::Tool;
use crate::draft;
use crate::i18n::{key, plural, t};
use crate::lean::CollectAny as _;
use crate::words;
use crate::worker::protocol::Funnel;

/// The column.
#[component]
pub(super) fn Column(bench: Bench, beside: Beside) -> impl IntoView {
    let funnel = move || bench.shot.get().map(|shot| shot.drawn.funnel);
    let stage = move |say: fn(Funnel) -> String, part: fn(Funnel) -> f64| {
        let text = Signal::derive(move || funnel().map_or_else(|| "–".to_owned(), say));
        let share = Signal::derive(move || {
            funnel().map_or(0.0, |funnel| part(funnel) / (funnel.samples.max(1) as f64))
        });
        (text, share)
    };
    let calendars = move || {
        let count = bench.draft.with(|draft| draft.calendars.len());
        match count {
            0 => t("Calendars").to_owned(),
            _ => plural(count as u64, "{n} calendar", "{n} calendars"),
        }
    };
    view! {
        <div class="column" aria-label=t("The pipeline") role="group">
            <Stage view=bench.view() stage=Which::Detect name=key("Detect") count=stage(|funnel| plural(funnel.samples, "{n} sample scored", "{n} samples scored"), |funnel| funnel.samples as f64)>
                <DetectorPick bench/>
            </Stage>
            <Stage view=bench.view() stage=Which::Decide name=key("Decide") count=stage(|funnel| plural(funnel.over, "{n} over the threshold", "{n} over the threshold"), |funnel| funnel.over as f64)>
                <Decide bench/>
            </Stage>
            <Stage view=bench.view() stage=Which::Confirm name=key("Confirm") count=stage(|funnel| plural(funnel.confirmed, "{n} that lasted", "{n} that lasted"), |funnel| funnel.confirmed as f64)>
                <Confirm bench/>
            </Stage>
            <Stage view=bench.view() stage=Which::Merge name=key("Merge") count=stage(|funnel| plural(funnel.anomalies, "{n} anomaly", "{n} anomalies"), |funnel| funnel.anomalies as f64)>
                <Merge bench/>
            </Stage>
            <Stage view=bench.view() stage=Which::Suppress name=key("Suppress") count=stage(|funnel| plural(funnel.suppressed, "{n} page held back", "{n} pages held back"), |funnel| funnel.suppressed as f64)>
                {beside.drawer(Tool::Calendars, "calendars", calendars.into_any())}
                <p class="muted">{t("A page is held back when this anomaly was paged at its severity already, or a mute or a calendar covers it.")}</p>
            </Stage>
            <Stage view=bench.view() stage=Which::Page name=key("Page") count=stage(|funnel| format!("{}, {}", plural(funnel.pages, "{n} page", "{n} pages"), words::rate(funnel.pages_per_week)), |funnel| funnel.pages as f64)>
                <Severities bench/>
                <Before bench/>
            </Stage>
        </div>
    }
}

#[component]
fn Stage(
    view: View,
    stage: Which,
    name: &'static str,
    count: (Signal<String>, Signal<f64>),
    children: Children,
) -> impl IntoView {
    let (text, share) = count;
    let pin = move |_| {
        view.pinned
            .update(|pinned| *pinned = (*pinned != Some(stage)).then_some(stage));
    };
    // Ten thousand samples and four pages are on one scale only when it is logarithmic.
    let width = move || {
        let share = share.get();
        if share <= 0.0 {
            "0%".to_owned()
        } else {
            format!(
                "{:.1}%",
                (100.0 + browser::log10(share) * 18.0).clamp(2.0, 100.0)
            )
        }
    };
    view! {
        <fieldset class="stage" data-stage=name.to_ascii_lowercase()>
            <legend>{t(name)}</legend>
            {children()}
            <p class="survives"><span class="survives-bar" style:width=width aria-hidden="true"></span>
                <button type="button" class="link survives-count" title=t("Marks them on the chart, and lists what went no further") aria-pressed=move || (view.pinned.get() == Some(stage)).to_string()
                    on:click=pin on:pointerenter=move |_| view.hovered.set(Some(stage)) on:pointerleave=move |_| view.hovered.set(None)
                    on:focus=move |_| view.hovered.set(Some(stage)) on:blur=move |_| view.hovered.set(None)><output>{text}</output></button></p>
        </fieldset>
    }
}

fn spec_of(param: &ParamSpec) -> SliderSpec {
    SliderSpec::new(
        param.min,
        param.max,
        param.step,
        param.kind == ParamKind::Integer,
    )
}

#[component]
fn DetectorPick(bench: Bench) -> impl IntoView {
    let kind = Memo::new(move |_| bench.draft.with(draft::kind));
    let picked = move |event: web_sys::Event| {
        let wanted = event_target_value(&event);
        if let Some(kind) = DetectorKind::named(&wanted) {
            bench.change(|draft| draft::set_kind(draft, kind));
        }
    };
    view! {
        <label class="field">{t("Detector")}
            <select id="detector" title=move || t(kind.get().about().help) on:change=picked prop:value=move || kind.get().as_str()>
                {Family::ALL.map(|family| view! {
                    <optgroup label=t(family.title())>
                        {family.detectors().map(|each| view! {
                            <option value=each.as_str() selected=move || kind.get() == each>{t(each.about().title)}</option>
                        }).collect_any()}
                    </optgroup>
                }).into_iter().collect_any()}
            </select>
        </label>
        <UsualLimit bench/>
        {move || kind.get().params().iter().map(|param| view! { <Param bench param/> }).collect_any()}
        {super::fit::fit(bench)}
    }
}

#[component]
fn Param(bench: Bench, param: &'static ParamSpec) -> impl IntoView {
    if let ParamKind::Choice(words) = param.kind {
        let current = move || {
            bench.draft.with(|draft| {
                let word = draft
                    .detector
                    .get(param.name)
                    .and_then(Value::as_str)
                    .map(str::to_owned);
                word.unwrap_or_else(|| words[param.default as usize % words.len()].to_owned())
            })
        };
        let picked = move |event: web_sys::Event| {
            bench.change(|draft| {
                draft::set_param(draft, param.name, json!(event_target_value(&event)));
            });
        };
        return view! {
            <label class="field" title=t(param.help)>{t(param.label)}
                <select on:change=picked prop:value=current>
                    {words.iter().map(|word| view! { <option value=*word selected=move || current() == *word>{t(word)}</option> }).collect_any()}
                </select>
            </label>
        }
        .into_any();
    }
    let value = Signal::derive(move || {
        bench
            .draft
            .with(|draft| draft::param(draft, param.name, param.default))
    });
    let whole = param.kind == ParamKind::Integer;
    let set = Callback::new(move |value: f64| {
        let value = if whole {
            json!(value.round() as i64)
        } else {
            json!(value)
        };
        bench.change(|draft| {
            draft::set_param(draft, param.name, value);
            grow_window(draft);
        });
    });
    // A spread in the unit of the series has no end; the slider covers what is usual.
    let mut spec = spec_of(param);
    if param.max > 1e6 {
        spec = SliderSpec {
            max: 10.0,
            strict: false,
            ..spec
        };
    }
    view! {
        <NumberSlider id=format!("param-{}", param.name) label=t(param.label) unit=Signal::stored(t(param.unit).to_owned()) help=t(param.help) spec=Signal::stored(spec) value on_change=set/>
    }
    .into_any()
}

/// The history that a rule may look back on is never shorter than its baseline.
fn grow_window(draft: &mut hindcast_shared::rule::RuleDraft) {
    let samples = draft::param(draft, "window_samples", 0.0) as i64;
    let needed = Millis::new(samples.saturating_mul(draft.step.ms()));
    if needed > draft.window {
        draft.window = needed;
    }
    if let (Some(least), Some(most)) = (
        draft.detector.get("min_samples").and_then(Value::as_i64),
        draft.detector.get("window_samples").and_then(Value::as_i64),
    ) && least > most
    {
        draft::set_param(draft, "min_samples", json!(most));
    }
}

#[component]
fn Decide(bench: Bench) -> impl IntoView {
    let kind = Memo::new(move |_| bench.draft.with(draft::kind));
    let param = move || kind.get().about().threshold;
    let threshold = Signal::derive(move || {
        bench
            .draft
            .with(|draft| draft.decision.threshold)
            .unwrap_or_else(|| draft::default_threshold(kind.get()))
    });
    // A limit stands where the values are, wherever that is.
    let spec = Signal::derive(move || {
        let spec = SliderSpec {
            strict: false,
            ..spec_of(&param())
        };
        if kind.get() != DetectorKind::Threshold {
            return spec;
        }
        let highest = bench.shot.get().map_or(100.0, |shot| {
            let first = shot.drawn.series.first();
            let values = first.map_or(&[][..], |series| shot.columns.part(series.line[1]));
            values
                .iter()
                .copied()
                .filter(|value| value.is_finite())
                .fold(1e-6, f64::max)
        });
        let max = highest.max(threshold.get_untracked()) * 1.2;
        SliderSpec {
            min: 0.0,
            max,
            step: max / 500.0,
            ..spec
        }
    });
    let unit = Signal::derive(move || {
        let own = param().unit;
        if own.is_empty() {
            bench.draft.with(|draft| draft.unit.clone())
        } else {
            t(own).to_owned()
        }
    });
    let set = Callback::new(move |value: f64| {
        bench.change(|draft| draft.decision.threshold = Some(value));
    });
    let budget = Memo::new(move |_| bench.draft.with(draft::budget));
    let alarms = Signal::derive(move || budget.get().unwrap_or(1.0));
    let chosen = move |event: web_sys::Event| {
        let by_budget = event_target_value(&event) == "budget";
        bench.change(|draft| {
            let distance = draft::default_threshold(draft::kind(draft));
            draft.decision.alarms_per_week = by_budget.then_some(1.0);
            draft.decision.threshold = (!by_budget).then_some(distance);
        });
    };
    let direction = move || {
        let fixed = kind.get() == DetectorKind::Threshold;
        let given = bench.draft.with(|draft| draft.decision.direction);
        match given.unwrap_or(if fixed {
            Direction::Above
        } else {
            Direction::Both
        }) {
            Direction::Above => "above",
            Direction::Below => "below",
            Direction::Both => "both",
        }
    };
    let turned = move |event: web_sys::Event| {
        let direction = match event_target_value(&event).as_str() {
            "above" => Direction::Above,
            "below" => Direction::Below,
            _ => Direction::Both,
        };
        bench.change(|draft| draft.decision.direction = Some(direction));
    };
    let relative = Signal::derive(move || {
        bench
            .draft
            .with(|draft| draft.decision.min_deviation.rel * 100.0)
    });
    let absolute =
        Signal::derive(move || bench.draft.with(|draft| draft.decision.min_deviation.abs));
    view! {
        <Show when=move || draft::takes_budget(kind.get())>
            <label class="field">{t("The threshold is")}
                <select id="threshold-by" on:change=chosen prop:value=move || if budget.get().is_some() { "budget" } else { "distance" }>
                    <option value="distance" selected=move || budget.get().is_none()>{t("a distance")}</option>
                    <option value="budget" selected=move || budget.get().is_some()>{t("a budget of alarms")}</option>
                </select>
            </label>
        </Show>
        <Show when=move || budget.get().is_some() fallback=move || view! {
            <NumberSlider id="threshold" label=t("Threshold") unit help=t(param().help) spec value=threshold on_change=set/>
        }>
            <NumberSlider id="alarms-per-week" label=t("Expected alarms") unit=Signal::stored(t("a week").to_owned())
                help=t("So many alarms a week may come from calm samples; the history says where that threshold lies.")
                spec=Signal::stored(SliderSpec { min: 0.1, max: 100.0, step: 0.1, logarithmic: true, strict: false }) value=alarms
                on_change=Callback::new(move |value: f64| bench.change(|draft| draft.decision.alarms_per_week = Some(value.max(0.001))))/>
        </Show>
        <label class="field">{t("Which side counts")}
            <select on:change=turned prop:value=direction>
                {move || (kind.get() != DetectorKind::Threshold).then(|| view! { <option value="both" selected=move || direction() == "both">{t("Both sides")}</option> })}
                <option value="above" selected=move || direction() == "above">{t("Only above")}</option>
                <option value="below" selected=move || direction() == "below">{t("Only below")}</option>
            </select>
        </label>
        <Show when=move || kind.get() != DetectorKind::Threshold>
            <NumberSlider id="min-rel" label=t("Least relative deviation") unit=Signal::stored("%".to_owned())
                help=t("Smaller deviations from the expected value never count, whatever their score.")
                spec=Signal::stored(SliderSpec { min: 0.0, max: 100.0, step: 1.0, logarithmic: false, strict: false }) value=relative
                on_change=Callback::new(move |value: f64| bench.change(|draft| draft.decision.min_deviation.rel = value.max(0.0) / 100.0))/>
            <NumberSlider id="min-abs" label=t("Least absolute deviation") unit=Signal::derive(move || bench.draft.with(|draft| draft.unit.clone()))
                help=t("Smaller distances from the expected value never count, in the unit of the series.")
                spec=Signal::stored(SliderSpec { min: 0.0, max: 100.0, step: 0.1, logarithmic: false, strict: false }) value=absolute
                on_change=Callback::new(move |value: f64| bench.change(|draft| draft.decision.min_deviation.abs = value.max(0.0)))/>
            {super::range::range(bench)}
        </Show>
    }
}

const SAMPLES: SliderSpec = SliderSpec {
    min: 1.0,
    max: 30.0,
    step: 1.0,
    logarithmic: false,
    strict: false,
};

#[component]
fn Confirm(bench: Bench) -> impl IntoView {
    let confirm = Memo::new(move |_| bench.draft.with(draft::confirm));
    let count = Signal::derive(move || f64::from(confirm.get().0));
    let of = Signal::derive(move || f64::from(confirm.get().1));
    let unit = Signal::derive(move || {
        format!(
            "{}, {}",
            t("samples"),
            words::length(i64::from(confirm.get().0) * bench.draft.with(|draft| draft.step.ms()))
        )
    });
    let clamped = |value: f64| value.round().clamp(1.0, 64.0) as u32;
    view! {
        <NumberSlider id="for" label=t("For") unit help=t("So many samples must be over the threshold before it is an anomaly.")
            spec=Signal::stored(SAMPLES) value=count
            on_change=Callback::new(move |value: f64| bench.change(|draft| {
                let (count, of) = draft::confirm(draft);
                let wanted = clamped(value);
                // In a row stays in a row.
                draft::set_confirm(draft, wanted, if of == count { wanted } else { of.max(wanted) });
            }))/>
        <NumberSlider id="for-of" label=t("Of the last") unit=Signal::stored(t("samples").to_owned()) help=t("The same number means in a row; a larger one lets some calm samples pass.")
            spec=Signal::stored(SAMPLES) value=of
            on_change=Callback::new(move |value: f64| bench.change(|draft| {
                let (count, _) = draft::confirm(draft);
                draft::set_confirm(draft, count, clamped(value).max(count));
            }))/>
    }
}

#[component]
fn Merge(bench: Bench) -> impl IntoView {
    let gap = Signal::derive(move || {
        bench
            .draft
            .with(|draft| draft.merge_gap.ms() as f64 / MINUTE_MS as f64)
    });
    let below = Signal::derive(move || bench.draft.with(|draft| draft.recover.below));
    let calm = Signal::derive(move || bench.draft.with(|draft| f64::from(draft.recover.samples)));
    view! {
        <NumberSlider id="merge-gap" label=t("Merge gap") unit=Signal::stored(t("min").to_owned()) help=t("Anomalies of one series nearer than this are one.")
            spec=Signal::stored(SliderSpec { min: 0.0, max: 180.0, step: 1.0, logarithmic: false, strict: false }) value=gap
            on_change=Callback::new(move |value: f64| bench.change(|draft| draft.merge_gap = Millis::new((value.max(0.0) * MINUTE_MS as f64) as i64)))/>
        <NumberSlider id="recover-below" label=t("Calm below") unit=Signal::stored(t("score").to_owned()) help=t("Scores under this are calm; 1 is the threshold.")
            spec=Signal::stored(SliderSpec { min: 0.05, max: 1.0, step: 0.05, logarithmic: false, strict: true }) value=below
            on_change=Callback::new(move |value: f64| bench.change(|draft| draft.recover.below = value))/>
        <NumberSlider id="recover-for" label=t("Calm for") unit=Signal::stored(t("samples").to_owned()) help=t("So many calm samples in a row end an anomaly.")
            spec=Signal::stored(SAMPLES) value=calm
            on_change=Callback::new(move |value: f64| bench.change(|draft| draft.recover.samples = value.round().max(1.0) as u32))/>
    }
}
