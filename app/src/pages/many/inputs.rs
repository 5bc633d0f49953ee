//! What is looked at, the two sliders that matter most, and in one sentence what comes of them.

use hindcast_shared::detector::{DetectorKind, ParamKind};
use leptos::prelude::*;

use super::state::Many;
use super::wish::Progress;
use super::{Start, View};
use crate::components::{NumberSlider, RangePicker, SliderSpec};
use crate::draft;
use crate::i18n::{plural, t, tf};
use crate::lean::CollectAny as _;
use crate::words;
use crate::worker::many::wire::Stat;
use hindcast_shared::time::{Millis, WEEK_MS};

/// The row on top: rule, source, query, step, range.
#[component]
pub(super) fn Inputs(many: Many, start: Start) -> impl IntoView {
    let Start { rules, sources, .. } = start;
    let options: Vec<(String, String)> = rules
        .iter()
        .filter_map(|rule| Some((rule.rule.id.clone()?, rule.rule.name.clone())))
        .collect();
    let rules = StoredValue::new(rules);
    let picked = move |id: String| {
        let named = |rules: &Vec<hindcast_shared::api::RuleRecord>| {
            let mut rules = rules.iter();
            rules
                .find(|rule| rule.rule.id.as_deref() == Some(&id))
                .cloned()
        };
        many.take(rules.with_value(named));
    };
    let current = Signal::derive(move || {
        let saved = many.saved.get();
        saved.and_then(|saved| saved.rule.id).unwrap_or_default()
    });
    let names: Vec<(String, String)> = sources
        .iter()
        .map(|source| (source.name.clone(), source.name.clone()))
        .collect();
    let sources = StoredValue::new(sources);
    let suggested = move || {
        let source = many.draft.with(|draft| draft.source.clone());
        sources.with_value(|sources| {
            let known = sources.iter().find(|known| known.name == source);
            known.map_or_else(Vec::new, |known| known.suggestions.clone())
        })
    };
    let source = Signal::derive(move || many.draft.with(|draft| draft.source.clone()));
    let options = std::iter::once((String::new(), t("New rule").to_owned())).chain(options);
    let step = move |event: web_sys::Event| match event_target_value(&event).parse::<Millis>() {
        Ok(step) => many.change(|draft| draft.step = step),
        Err(why) => many.trouble.set(Some((Some("step".to_owned()), why))),
    };
    view! {
        <div class="lab-inputs">
            {select(t("Rule"), options.collect(), current, Callback::new(picked))}
            {select(t("Source"), names, source, Callback::new(move |name| many.change(|draft| draft.source = name)))}
            <label class="field grow">{t("Query")}
                <input type="text" class="code" list="suggestions" spellcheck="false" autocomplete="off"
                    prop:value=move || many.draft.with(|draft| draft.query.clone())
                    on:change=move |event| many.change(|draft| draft.query = event_target_value(&event))/>
                <datalist id="suggestions">
                    {move || suggested().into_iter().map(|query| view! { <option value=query></option> }).collect_any()}
                </datalist>
            </label>
            <label class="field">{t("Step")}
                <input type="text" class="short" autocomplete="off"
                    prop:value=move || many.draft.with(|draft| draft.step.to_string()) on:change=step/>
            </label>
            <div class="field">{t("Range")}<RangePicker range=many.range/></div>
            <button type="button" id="refresh" on:click=move |_| many.refresh()>{t("Refresh")}</button>
        </div>
    }
}

fn select(
    label: &'static str,
    options: Vec<(String, String)>,
    current: Signal<String>,
    picked: Callback<String>,
) -> AnyView {
    let option = |(value, name): (String, String)| {
        let own = value.clone();
        view! { <option value=value selected=move || current.get() == own>{name}</option> }
    };
    view! {
        <label class="field">{label}
            <select on:change=move |event| picked.run(event_target_value(&event)) prop:value=current>
                {options.into_iter().map(option).collect_any()}
            </select>
        </label>
    }
    .into_any()
}

/// The sliders, and what comes of them.
#[component]
pub(super) fn Knobs(many: Many) -> impl IntoView {
    let kind = Memo::new(move |_| many.draft.with(draft::kind));
    let budget = Memo::new(move |_| many.draft.with(draft::budget));
    let knob = move || {
        let (kind, by_budget) = (kind.get(), budget.with(Option::is_some));
        if by_budget {
            let spec = SliderSpec {
                min: 0.1,
                max: 100.0,
                step: 0.1,
                logarithmic: true,
                strict: false,
            };
            let value = Signal::derive(move || budget.get().unwrap_or(1.0));
            let set = Callback::new(move |value: f64| {
                many.change(|draft| draft.decision.alarms_per_week = Some(value.max(0.001)));
            });
            return view! {
                <NumberSlider id="alarms-per-week" label=t("Expected alarms of each series") unit=Signal::stored(t("a week").to_owned())
                    help=t("So many alarms a week may come from calm samples of each series; its history says where that threshold lies.")
                    spec=Signal::stored(spec) value on_change=set/>
            }
            .into_any();
        }
        let about = kind.about().threshold;
        let mut spec = SliderSpec::new(
            about.min,
            about.max,
            about.step,
            about.kind == ParamKind::Integer,
        );
        spec.strict = false;
        let value = Signal::derive(move || {
            let given = many.draft.with(|draft| draft.decision.threshold);
            given.unwrap_or_else(|| draft::default_threshold(kind))
        });
        if kind == DetectorKind::Threshold {
            let max = value.get_untracked().abs().max(1.0) * 2.0;
            spec = SliderSpec {
                min: 0.0,
                max,
                step: max / 500.0,
                ..spec
            };
        }
        let set = Callback::new(move |value: f64| {
            many.change(|draft| draft.decision.threshold = Some(value));
        });
        view! {
            <NumberSlider id="threshold" label=t("Threshold") unit=Signal::stored(t(about.unit).to_owned()) help=t(about.help)
                spec=Signal::stored(spec) value on_change=set/>
        }
        .into_any()
    };
    let confirm = Memo::new(move |_| many.draft.with(draft::confirm));
    let samples = SliderSpec {
        min: 1.0,
        max: 30.0,
        step: 1.0,
        logarithmic: false,
        strict: false,
    };
    let last = Callback::new(move |value: f64| {
        let count = value.round().clamp(1.0, 64.0) as u32;
        many.change(|draft| draft::set_confirm(draft, count, count));
    });
    let title = move || t(kind.get().about().title);
    view! {
        <div class="many-knobs">
            {knob}
            <NumberSlider id="for" label=t("For") unit=Signal::stored(t("samples").to_owned())
                help=t("So many samples must be over the threshold before it is an anomaly.")
                spec=Signal::stored(samples) value=Signal::derive(move || f64::from(confirm.get().0)) on_change=last/>
            <div class="many-result">
                <p class="many-sentence" aria-live="polite"><Sentence many/></p>
                <p class="muted">{title}</p>
            </div>
        </div>
    }
}

/// What comes of the rule, in one sentence.
#[component]
fn Sentence(many: Many) -> impl IntoView {
    let text = move || {
        many.changed.track();
        let weeks = many
            .resolved
            .get()
            .map_or(1.0, |range| range.duration_ms() as f64 / WEEK_MS as f64);
        many.sheet.with_value(|sheet| {
            if sheet.rows.is_empty() {
                return String::new();
            }
            let anomalies = sheet.sum(Stat::Anomalies) as u64;
            let found = plural(anomalies, "{n} anomaly", "{n} anomalies");
            let rate = words::rate(sheet.sum(Stat::Pages) / weeks);
            let (some, all) = (
                words::count(u64::from(sheet.with_anomalies())),
                words::count(sheet.rows.len() as u64),
            );
            tf(
                "{anomalies} in {some} of {all} series; pages: {rate}",
                &[
                    ("anomalies", &found),
                    ("some", &some),
                    ("all", &all),
                    ("rate", &rate),
                ],
            )
        })
    };
    view! { <output class="many-count">{text}</output> }
}

/// How the series are shown, which of them, and how far the work has come.
#[component]
pub(super) fn Bar(many: Many) -> impl IntoView {
    let words = [
        (View::Table, t("Table")),
        (View::Tiles, t("Small charts")),
        (View::Heat, t("Heat map")),
    ];
    let choice = move |(view, word): (View, &'static str)| {
        let chosen = move || (many.view.get() == view).to_string();
        view! { <button type="button" class="choice" data-view=view.as_str() aria-pressed=chosen on:click=move |_| many.view.set(view)>{word}</button> }
    };
    let shown = move || {
        many.changed.track();
        let all = many.sheet.with_value(|sheet| sheet.rows.len() as u64);
        let (some, all) = (
            words::count(many.order.with(|order| order.len() as u64)),
            words::count(all),
        );
        tf("{some} of {all} series", &[("some", &some), ("all", &all)])
    };
    let common = move || {
        many.changed.track();
        let text = many.sheet.with_value(|sheet| sheet.common.clone());
        (!text.is_empty()).then(|| view! { <span class="muted many-common">{t("All of them:")}" "<code>{text}</code></span> })
    };
    let trouble = move || {
        many.trouble.get().map(|(field, why)| {
            let field = field.map(|field| view! { <code>{field}</code>" " });
            view! { <p class="refused" role="alert">{field}{why}</p> }
        })
    };
    let warned = move || {
        let warnings = many.warnings.get().into_iter();
        warnings
            .map(|warning| view! { <p class="muted">{warning}</p> })
            .collect_any()
    };
    view! {
        <div class="many-bar">
            <span class="choices" role="group" aria-label=t("Show as")>{words.map(choice).into_iter().collect_any()}</span>
            <input type="search" data-key="/" id="many-filter" placeholder=t("zone=eu score>2 …")
                aria-label=t("Filter series by words, label=value, anomalies>0, score>2 or pages>0")
                prop:value=move || many.wanted.get() on:input=move |event| many.wanted.set(event_target_value(&event))/>
            <span class="many-shown">{shown}</span>
            {common}
            <State many/>
        </div>
        {trouble}
        {warned}
    }
}

/// How far the work has come; a short one is not told.
#[component]
fn State(many: Many) -> impl IntoView {
    let busy = Memo::new(move |_| match many.progress.get() {
        Progress::Fetching => "fetching",
        Progress::Asked => "asked",
        Progress::Replaying { .. } => "replaying",
        Progress::Stopped { .. } => "stopped",
        Progress::Done => "done",
    });
    let counted = |done: u32, total: u32| {
        let (done, total) = (
            words::count(u64::from(done)),
            words::count(u64::from(total)),
        );
        tf(
            "{done} of {total} series replayed",
            &[("done", &done), ("total", &total)],
        )
    };
    let text = move || match many.progress.get() {
        Progress::Fetching => t("Fetching samples…").to_owned(),
        Progress::Replaying { done, total } => counted(done, total),
        Progress::Stopped { done, total } => format!("{}: {}", t("Stopped"), counted(done, total)),
        Progress::Asked | Progress::Done => String::new(),
    };
    let share = move || match many.progress.get() {
        Progress::Replaying { done, total } => f64::from(done) / f64::from(total.max(1)),
        _ => 0.0,
    };
    view! {
        <span class="many-state" data-state=busy>
            <progress max="1" value=move || share().to_string() aria-label=t("Series replayed")></progress>
            <span role="status">{text}</span>
            <button type="button" class="link" id="stop" on:click=move |_| many.stop()>{t("Stop")}</button>
        </span>
    }
}
