//! One anomaly: where it lies, why it is one, what happened to it, and what can be done.

use std::time::Duration;

use hindcast_shared::anomaly::{Anomaly, Status};
use hindcast_shared::api::{AnomalyDetail, JournalRecord, RuleRecord};
use hindcast_shared::chart::{day_text, minute_text, second_text};
use hindcast_shared::pipeline::{Page, PageVerdict};
use hindcast_shared::time::{HOUR_MS, TimeRange, civil};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{self, ApiError};
use crate::browser;
use crate::components::{Failure, Pace, RangeText, RuleCharts, Waiting, stored_anomalies};
use crate::lean::CollectAny as _;
use crate::live::Live;
use crate::load::{Load, loaded};
use crate::why::{Reason as Reasoned, Why, speaker};
use crate::words;

/// How long a judgement waits to be taken back.
const UNDO_S: u64 = 6;

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
    let rule = Memo::new(move |_| {
        detail
            .get()
            .ready()
            .map(|detail| detail.anomaly.rule_id.clone())
    });
    let record = RwSignal::new(Load::<RuleRecord>::Waiting);
    crate::lean::effect(move || {
        let Some(rule) = rule.get() else { return };
        spawn_local(async move {
            let found = api::find_rule(rule.as_str()).await;
            record.try_set(found.map_or_else(Load::Failed, Load::Ready));
        });
    });
    let reload = Callback::new(move |()| again.update(|again| *again += 1));
    view! {
        <div class="anomaly-page">
            <p class="crumbs"><a href="./">"Overview"</a>" / Anomaly"</p>
            {move || match detail.get() {
                Load::Waiting => view! { <Waiting what="the anomaly"/> }.into_any(),
                Load::Failed(error) if error.is_not_found() => view! {
                    <div class="failure" role="alert"><p><strong>"There is no such anomaly."</strong></p>
                    <p class="muted">"It may have been removed after the time that anomalies are kept. "<a href="./">"Go to the overview"</a>"."</p></div>
                }.into_any(),
                Load::Failed(error) => view! { <Failure error retry=reload/> }.into_any(),
                Load::Ready(detail) => view! { <Story detail record reload/> }.into_any(),
            }}
        </div>
    }
}

#[component]
fn Story(
    detail: AnomalyDetail,
    record: RwSignal<Load<RuleRecord>>,
    reload: Callback<()>,
) -> impl IntoView {
    let AnomalyDetail {
        anomaly,
        title,
        text,
        history,
        pages,
    } = detail;
    let range = around(&anomaly);
    let lab = format!(
        "lab?rule={}&from={}&to={}&series={}",
        anomaly.rule_id, range.from_ms, range.to_ms, anomaly.series_key
    );
    let pace = Pace {
        most: 1,
        only: Some(anomaly.series_key.to_string()),
        bare: false,
    };
    let fixed = Signal::stored(RangeText::fixed(range));
    let stored = stored_anomalies(fixed, Some(anomaly.rule_id.to_string()));
    let charts = move || {
        match record.get() {
        Load::Waiting => view! { <Waiting what="the chart"/> }.into_any(),
        Load::Failed(error) if error.is_not_found() => {
            view! { <p class="muted">"The rule is gone, and with it the chart's expected band."</p> }.into_any()
        }
        Load::Failed(error) => view! { <Failure error/> }.into_any(),
        Load::Ready(rule) => view! { <RuleCharts rule range=fixed stored pace=pace.clone()/> }.into_any(),
    }
    };
    view! {
        <header class="anomaly-head" data-severity=anomaly.severity.as_str()>
            <h1><span class="mark" aria-hidden="true">{words::glyph(anomaly.severity)}</span>" "{title}</h1>
            <p class="facts">
                <span class="severity">{words::severity_word(anomaly.severity)}</span>
                <span class="tag" data-status=anomaly.status.as_str()>{words::status_word(anomaly.status)}</span>
                <span class="muted">{anomaly.series.clone()}</span>
            </p>
            <p class="reason">{text}</p>
        </header>
        <Actions anomaly=anomaly.clone() reload/>
        <div class="rule-panel">{charts}</div>
        <Reason anomaly=anomaly.clone()/>
        <p><a class="button" href=lab>"Open in the Lab at this moment"</a></p>
        <div class="columns">
            <Facts anomaly=anomaly.clone()/>
            <div>
                <History history/>
                <Pages pages/>
            </div>
        </div>
    }
}

/// Why it is one, as the rule saw it at the peak.
#[component]
fn Reason(anomaly: Anomaly) -> impl IntoView {
    // Silence needs no more words than the page has already.
    anomaly.peak?;
    let id = anomaly.id.to_string();
    let told = loaded(move || {
        let id = id.clone();
        async move { api::explain_anomaly(&id).await }
    });
    Some(view! {
        <section aria-labelledby="why-title">
            <h2 id="why-title">"Why"</h2>
            {move || match told.get() {
                Load::Waiting => view! { <Waiting what="the reason"/> }.into_any(),
                Load::Ready(told) => {
                    let reason = Reasoned::of(&told, &browser::zone_now());
                    view! { <Why reason/> }.into_any()
                }
                Load::Failed(error) if error.is_not_found() => {
                    view! { <p class="muted">{format!("Not explained: {error}.")}</p> }.into_any()
                }
                Load::Failed(error) => view! { <Failure error/> }.into_any(),
            }}
        </section>
    })
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

/// A judgement that may still be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pending {
    action: &'static str,
    words: &'static str,
}

#[component]
fn Actions(anomaly: Anomaly, reload: Callback<()>) -> impl IntoView {
    let id = StoredValue::new(anomaly.id.to_string());
    let pending = RwSignal::new(None::<Pending>);
    let failed = RwSignal::new(None::<ApiError>);
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let send = move |action: &'static str| {
        spawn_local(async move {
            let Some(id) = id.try_get_value() else { return };
            match api::act_on_anomaly(&id, action).await {
                Ok(()) => drop(reload.try_run(())),
                Err(error) => drop(failed.try_set(Some(error))),
            }
        });
    };
    let clear = move || {
        timer.try_update_value(|timer| {
            if let Some(timer) = timer.take() {
                timer.clear();
            }
        });
    };
    // Whoever leaves has decided.
    on_cleanup(move || {
        clear();
        if let (Some(Some(pending)), Some(id)) = (pending.try_get_untracked(), id.try_get_value()) {
            spawn_local(async move {
                // There is nobody left to tell; the list shows what came of it.
                api::act_on_anomaly(&id, pending.action).await.ok();
            });
        }
    });
    let judge = move |action: &'static str, words: &'static str| {
        clear();
        failed.set(None);
        pending.set(Some(Pending { action, words }));
        let later = set_timeout_with_handle(
            move || {
                if pending.try_set(None).is_none() {
                    send(action);
                }
            },
            Duration::from_secs(UNDO_S),
        );
        timer.set_value(later.ok());
    };
    let undo = move |_| {
        clear();
        pending.set(None);
    };
    let active = anomaly.status.is_active();
    let open = anomaly.status == Status::Open;
    let buttons = move || {
        match pending.get() {
        Some(pending) => view! {
            <p class="row" role="status">
                <span>{format!("{} in a few seconds.", pending.words)}</span>
                <button type="button" on:click=undo>"Undo"</button>
            </p>
        }
        .into_any(),
        None => view! {
            <p class="row">
                {open.then(|| view! { <button type="button" class="primary" data-key="a" on:click=move |_| send("acknowledge")>"Acknowledge"</button> })}
                {active.then(|| view! { <button type="button" on:click=move |_| judge("resolve", "Resolved")>"Resolve"</button> })}
                <button type="button" on:click=move |_| judge("false-alarm", "Marked as a false alarm")>"False alarm"</button>
                <button type="button" on:click=move |_| judge("expected", "Marked as expected")>"Expected"</button>
            </p>
        }
        .into_any(),
    }
    };
    let note = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let field = browser::document().get_element_by_id("note");
        let Some(field) =
            field.map(wasm_bindgen::JsCast::unchecked_into::<web_sys::HtmlInputElement>)
        else {
            return;
        };
        let text = field.value();
        if text.trim().is_empty() {
            return;
        }
        spawn_local(async move {
            let Some(id) = id.try_get_value() else { return };
            match api::note_anomaly(&id, text).await {
                Ok(()) => drop(reload.try_run(())),
                Err(error) => drop(failed.try_set(Some(error))),
            }
        });
    };
    view! {
        <section class="actions" aria-label="Actions">
            {buttons}
            <form class="row" on:submit=note>
                <input type="text" id="note" aria-label="Note" placeholder="Write a note" maxlength="4000" autocomplete="off"/>
                <button type="submit">"Add note"</button>
            </form>
            {move || failed.get().map(|error| view! { <Failure error/> })}
        </section>
    }
}

#[component]
fn Facts(anomaly: Anomaly) -> impl IntoView {
    let zone = browser::zone_now();
    let when = |at_ms: i64| {
        let date = civil(at_ms + zone.offset_ms(at_ms));
        format!("{} {}", day_text(date), second_text(at_ms, &zone))
    };
    let mut facts: Vec<(&str, String)> = vec![
        ("Began", when(anomaly.start_ms)),
        ("Last anomalous sample", when(anomaly.end_ms)),
        ("Detected", when(anomaly.detected_at_ms)),
    ];
    if let Some(at_ms) = anomaly.closed_at_ms {
        let why = anomaly.close_reason.map_or("", words::close_reason);
        facts.push(("Closed", format!("{}, {why}", when(at_ms))));
    }
    if let Some(peak) = anomaly.peak {
        facts.push(("Peak", words::quantity(peak.value, &anomaly.unit)));
        if let Some(expected) = peak.expected {
            facts.push(("Expected there", words::quantity(expected, &anomaly.unit)));
        }
        if let (Some(lower), Some(upper)) = (peak.lower, peak.upper) {
            let unit = &anomaly.unit;
            facts.push((
                "Expected band",
                format!(
                    "{} to {}",
                    words::quantity(lower, unit),
                    words::quantity(upper, unit)
                ),
            ));
        }
        facts.push((
            "Score",
            format!("{:.2} (1.00 is the threshold)", peak.score),
        ));
    }
    if anomaly.reopened > 0 {
        facts.push(("Came back", format!("{} times", anomaly.reopened)));
    }
    let rule = format!("{} v{}", anomaly.rule_name, anomaly.rule_version);
    let link = format!("lab?rule={}", anomaly.rule_id);
    view! {
        <section aria-labelledby="facts-title">
            <h2 id="facts-title">"Facts"</h2>
            <dl class="facts-list">
                {facts.into_iter().map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> }).collect_any()}
                <div><dt>"Rule"</dt><dd><a href=link>{rule}</a></dd></div>
                <div><dt>"Detector"</dt><dd>{speaker(anomaly.detector)}</dd></div>
            </dl>
        </section>
    }
}

#[component]
fn History(history: Vec<JournalRecord>) -> impl IntoView {
    let zone = browser::zone_now();
    let row = move |record: JournalRecord| {
        let text = record.text.map(|text| view! { <q>{text}</q> });
        view! {
            <li><time>{minute_text(record.at_ms, &zone)}</time>" "<strong>{record.kind.replace('_', " ")}</strong>" "<span class="muted">{record.actor}</span>" "{text}</li>
        }
    };
    view! {
        <section aria-labelledby="history-title">
            <h2 id="history-title">"History"</h2>
            <ol class="history">{history.into_iter().map(row).collect_any()}</ol>
        </section>
    }
}

#[component]
fn Pages(pages: Vec<Page>) -> impl IntoView {
    let zone = browser::zone_now();
    let none = pages
        .is_empty()
        .then(|| view! { <p class="muted">"Nobody was paged."</p> });
    let row = move |page: Page| {
        let (glyph, verdict) = match &page.verdict {
            PageVerdict::Sent => ("▼", "sent".to_owned()),
            PageVerdict::Suppressed(reason) => {
                ("▽", format!("held back: {}", words::suppressed(reason)))
            }
        };
        view! {
            <li><time>{minute_text(page.at_ms, &zone)}</time>" "<span aria-hidden="true">{glyph}</span>" "
            <strong>{words::page_kind(page.kind)}</strong>" "{words::severity_word(page.severity).to_ascii_lowercase()}", "{verdict}</li>
        }
    };
    view! {
        <section aria-labelledby="pages-title">
            <h2 id="pages-title">"Pages"</h2>
            {none}
            <ol class="history">{pages.into_iter().map(row).collect_any()}</ol>
        </section>
    }
}
