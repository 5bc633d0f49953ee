//! One anomaly: where it lies, why it is one, what happened to it, and what can be done.

mod accept;
mod actions;
mod context;
mod feedback;
mod later;
mod past;
mod story;

use hindcast_shared::anomaly::{Anomaly, AnomalyKind};
use hindcast_shared::api::{AnomalyDetail, RuleRecord};
use hindcast_shared::time::{HOUR_MS, TimeRange};
use leptos::prelude::*;
use leptos::task::spawn_local;

use self::actions::Actions;
use self::context::{Before, Silence};
use self::past::{Neighbours, Past};
use self::story::{Facts, History, Pages};
use super::rules::may_write;
use crate::api;
use crate::app::Who;
use crate::browser;
use crate::chart::Told;
use crate::components::{
    Failure, Pace, RangeText, RuleCharts, SuggestChange, Waiting, stored_anomalies,
};
use crate::i18n::{t, tf};
use crate::live::Live;
use crate::load::{Load, loaded};
use crate::why::{Reason as Reasoned, Why};
use crate::words;

/// An anomaly, and the version of it that was read.
type Read = (AnomalyDetail, Option<String>);

/// The page.
#[component]
pub fn AnomalyPage(
    /// Its id.
    id: String,
) -> impl IntoView {
    let live = expect_context::<Live>();
    let id = Signal::stored(id);
    let again = RwSignal::new(0_u32);
    let detail = loaded(move || {
        again.track();
        live.epoch.track();
        let id = id.get();
        async move { api::find_anomaly(&id).await }
    });
    crate::lean::effect(move || {
        let changed = live.changed.get();
        if changed.is_some_and(|anomaly| anomaly.id.to_string() == id.get_untracked()) {
            again.update(|again| *again += 1);
        }
    });
    // What is drawn and explained stays while only its story goes on.
    let anomaly = Memo::new(move |_| {
        detail
            .get()
            .ready()
            .map(|(detail, _)| detail.anomaly.clone())
    });
    let shape = Memo::new(move |_| anomaly.get().map(|anomaly| Shape::of(&anomaly)));
    let said = RwSignal::new(None);
    let reload = Callback::new(move |()| again.update(|again| *again += 1));
    let missing = move || {
        match detail.get() {
        Load::Waiting => view! { <Waiting what=t("the anomaly")/> }.into_any(),
        Load::Failed(error) if error.is_not_found() => view! {
            <div class="failure" role="alert"><p><strong>{t("There is no such anomaly.")}</strong></p>
            <p class="muted">{t("The link may be cut off, or it was removed after the time that anomalies are kept.")}" "<a href="./">{t("Go to the overview")}</a></p></div>
        }.into_any(),
        Load::Failed(error) => view! { <Failure error retry=reload/> }.into_any(),
        Load::Ready(_) => ().into_any(),
    }
    };
    view! {
        <div class="anomaly-page">
            <nav class="crumbs" aria-label=t("Where you are")>
                <a href="./">{t("Overview")}</a>" / "{t("Anomaly")}
                {move || anomaly.get().map(|anomaly| view! { <Neighbours id=anomaly.id.to_string() start_ms=anomaly.start_ms/> })}
            </nav>
            {missing}
            {move || shape.get().map(|_| view! { <Head detail/> <Actions detail said reload/> })}
            {move || shape.get().and(anomaly.get_untracked()).map(|anomaly| view! { <Body anomaly detail/> })}
        </div>
    }
}

/// What decides how the page is built; everything else of an anomaly changes in its place.
#[derive(Debug, Clone, PartialEq)]
struct Shape(String, bool, i64);

impl Shape {
    fn of(anomaly: &Anomaly) -> Self {
        let active = anomaly.status.is_active();
        // The end of what goes on moves with each sample, and the chart with it by itself.
        let end_ms = if active { 0 } else { anomaly.end_ms };
        Self(anomaly.id.to_string(), active, end_ms)
    }
}

#[component]
fn Head(detail: RwSignal<Load<Read>>) -> impl IntoView {
    move || {
        detail.with(|detail| {
            let (detail, _) = detail.ready()?;
            let anomaly = &detail.anomaly;
            let zone = browser::zone_now();
            let assignee = anomaly.assignee.as_ref().map(|name| {
                view! { <span class="tag">{tf("with {name}", &[("name", name)])}</span> }
            });
            let until_ms = anomaly.snoozed_until_ms.filter(|until_ms| *until_ms > browser::now_ms());
            let snoozed = until_ms.map(|until_ms| {
                let time = later::instant(until_ms, &zone);
                view! { <span class="tag">{tf("snoozed until {time}", &[("time", &time)])}</span> }
            });
            let accepted = story::accepted_until(detail).map(|until_ms| {
                let time = later::instant(until_ms, &zone);
                let (text, hint) = if until_ms > browser::now_ms() {
                    (tf("accepted as normal until {time}", &[("time", &time)]), t("Keep alarming takes that back."))
                } else {
                    (tf("was accepted as normal until {time}", &[("time", &time)]), "")
                };
                view! { <span class="tag" data-accepted=until_ms.to_string()>{text}</span>" "<span class="muted">{hint}</span> }
            });
            Some(view! {
                <header class="anomaly-head" data-severity=anomaly.severity.as_str()>
                    <h1><span class="mark" aria-hidden="true">{words::glyph(anomaly.severity)}</span>" "{anomaly.rule_name.clone()}": "{words::deviation(anomaly)}</h1>
                    <p class="facts">
                        <span class="severity">{words::severity_word(anomaly.severity)}</span>
                        <span class="tag" data-status=anomaly.status.as_str()>{words::status_word(anomaly.status)}</span>
                        {assignee}
                        {snoozed}
                        {accepted}
                        <span class="muted">{anomaly.series.clone()}</span>
                    </p>
                    <p class="reason">{detail.text.clone()}</p>
                    {detail.machine_words.as_ref().map(story::machine)}
                </header>
            })
        })
    }
}

#[component]
fn Body(anomaly: Anomaly, detail: RwSignal<Load<Read>>) -> impl IntoView {
    let range = around(&anomaly);
    let record = RwSignal::new(Load::<RuleRecord>::Waiting);
    let rule = anomaly.rule_id.to_string();
    spawn_local(async move {
        let found = api::find_rule(&rule).await;
        record.try_set(found.map_or_else(Load::Failed, Load::Ready));
    });
    let seen = if matches!(
        anomaly.kind,
        AnomalyKind::SourceDown | AnomalyKind::RuleFailing
    ) {
        // Where nothing was measured there is nothing to draw.
        view! { <Silence anomaly=anomaly.clone() detail/> }.into_any()
    } else {
        view! { <Chart anomaly=anomaly.clone() range record/> }.into_any()
    };
    let why = anomaly
        .peak
        .map(|_| view! { <Reason id=anomaly.id.to_string()/> });
    let who = expect_context::<Who>();
    let may_write = Memo::new(move |_| may_write(who));
    // The chart tells of the new version by itself, with the next anomaly.
    let applied = Callback::new(|_| ());
    let suggestion = anomaly
        .peak
        .map(|_| view! { <SuggestChange rule=anomaly.rule_id.to_string() may_write applied/> });
    let before = anomaly
        .kind
        .is_of_samples()
        .then(|| view! { <Before anomaly=anomaly.clone() range record/> });
    view! {
        {seen}
        {why}
        <Links anomaly=anomaly.clone() range record/>
        {before}
        <div class="columns">
            <Facts detail/>
            <div>
                <History detail/>
                <Pages detail/>
            </div>
        </div>
        {suggestion}
        <Past anomaly/>
    }
}

/// The series with what the rule expected, around the anomaly.
#[component]
fn Chart(anomaly: Anomaly, range: TimeRange, record: RwSignal<Load<RuleRecord>>) -> impl IntoView {
    let pace = Pace {
        most: 1,
        only: Some(anomaly.series_key.to_string()),
        bare: false,
    };
    let told = Told::provide(move || Some(range));
    let fixed = Signal::stored(RangeText::fixed(range));
    let stored = stored_anomalies(fixed, Some(anomaly.rule_id.to_string()));
    let chart = move || {
        match record.get() {
        Load::Waiting => view! { <Waiting what=t("the chart")/> }.into_any(),
        Load::Failed(error) if error.is_not_found() => {
            view! { <p class="muted">{t("The rule is gone, and with it the chart's expected band.")}</p> }.into_any()
        }
        Load::Failed(error) => view! { <Failure error/> }.into_any(),
        Load::Ready(rule) => view! { <RuleCharts rule range=fixed stored pace=pace.clone()/> }.into_any(),
    }
    };
    view! { <div class="rule-panel">{chart}</div> {told.list()} }
}

/// Why it is one, as the rule saw it at the peak.
#[component]
fn Reason(id: String) -> impl IntoView {
    let told = loaded(move || {
        let id = id.clone();
        async move { api::explain_anomaly(&id).await }
    });
    let words = move || match told.get() {
        Load::Waiting => view! { <Waiting what=t("the reason")/> }.into_any(),
        Load::Ready(told) => {
            let reason = Reasoned::of(&told, &browser::zone_now());
            view! { <Why reason/> }.into_any()
        }
        Load::Failed(error) if error.is_not_found() => {
            let text = tf("Not explained: {why}", &[("why", &error.message())]);
            view! { <p class="muted">{text}</p> }.into_any()
        }
        Load::Failed(error) => view! { <Failure error/> }.into_any(),
    };
    view! {
        <section aria-labelledby="why-title">
            <h2 id="why-title">{t("Why")}</h2>
            {words}
        </section>
    }
}

/// Where one can go from here: the Lab at this very moment, the samples themselves, a link for somebody else.
#[component]
fn Links(anomaly: Anomaly, range: TimeRange, record: RwSignal<Load<RuleRecord>>) -> impl IntoView {
    let lab = format!(
        "lab?rule={}&from={}&to={}&series={}",
        anomaly.rule_id, range.from_ms, range.to_ms, anomaly.series_key
    );
    let (from, to) = (range.from_ms.to_string(), range.to_ms.to_string());
    let samples = move || {
        let record = record.get();
        let rule = &record.ready()?.rule;
        let step = rule.step.to_string();
        let query = [
            ("source", rule.source.as_str()),
            ("query", &rule.query),
            ("from", &from),
            ("to", &to),
            ("step", &step),
        ];
        let address = api::address("series", &query);
        Some(
            view! { <a class="button" href=address target="_blank" rel="noopener">{t("Samples as JSON")}</a> },
        )
    };
    let copied = RwSignal::new(false);
    let copy = move |_| {
        if let (Some(clipboard), Ok(href)) =
            (browser::clipboard(), browser::window().location().href())
        {
            // A browser that does not let a page copy says so itself.
            drop(clipboard.write_text(&href));
            copied.set(true);
        }
    };
    let copy = browser::clipboard().map(|_| {
        let word = move || {
            if copied.get() {
                t("Copied")
            } else {
                t("Copy link")
            }
        };
        view! { <button type="button" on:click=copy>{word}</button> }
    });
    let is_of_samples = anomaly.kind.is_of_samples();
    let lab = is_of_samples
        .then(|| view! { <a class="button" href=lab>{t("Open in the Lab at this moment")}</a> });
    let model = asked_of_model(&anomaly).map(|address| {
        view! { <a class="button" data-do="model" href=address>{t("Why the model finds it odd")}</a> }
    });
    view! { <p class="row anomaly-links">{model} {lab} {is_of_samples.then_some(samples)} {copy}</p> }
}

/// Where a full model tells why it found the peak odd, of an anomaly of its scores.
fn asked_of_model(anomaly: &Anomaly) -> Option<String> {
    let labels = anomaly.series.strip_prefix("model_score")?;
    // Other labels may end in the same word.
    let begun = labels.split_once("{model=\"");
    let (_, model) = begun.or_else(|| labels.split_once(",model=\""))?;
    let (model, _) = model.split_once('"')?;
    let at = anomaly.peak?.at_ms.to_string();
    let query = [
        ("model", model),
        ("series", anomaly.series.as_str()),
        ("at", &at),
    ];
    let address = api::address("", &query);
    Some(format!("models?{}", address.split_once('?')?.1))
}

/// The anomaly with what was before and after it: three times its length on each side, at least an hour.
fn around(anomaly: &Anomaly) -> TimeRange {
    let end_ms = if anomaly.status.is_active() {
        browser::now_ms()
    } else {
        anomaly.end_ms
    };
    let room = ((end_ms - anomaly.start_ms) * 3).clamp(HOUR_MS, 48 * HOUR_MS);
    TimeRange {
        from_ms: anomaly.start_ms - room,
        to_ms: (end_ms + room).min(browser::now_ms().max(anomaly.end_ms + 1)),
    }
}
