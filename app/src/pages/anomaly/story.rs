//! What is known of an anomaly in numbers, what happened to it and by whom, and who was paged.

use hindcast_shared::anomaly::{Anomaly, Status};
use hindcast_shared::api::{AnomalyDetail, JournalRecord, MachineWords};
use hindcast_shared::chart::decimal;
use hindcast_shared::pipeline::{Page, PageVerdict};
use hindcast_shared::time::UtcOffsets;
use leptos::prelude::*;

use super::Read;
use super::feedback::words_of;
use super::later::instant;
use crate::browser;
use crate::i18n::{key, t, tf};
use crate::lean::CollectAny as _;
use crate::load::Load;
use crate::why::speaker;
use crate::words;

/// What is known of it.
#[component]
pub(super) fn Facts(detail: RwSignal<Load<Read>>) -> impl IntoView {
    let list = move || {
        detail.with(|detail| {
            let anomaly = &detail.ready()?.0.anomaly;
            let facts = facts(anomaly).into_iter();
            let facts = facts.map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> });
            let rule = format!("{} v{}", anomaly.rule_name, anomaly.rule_version);
            Some(view! {
                <dl class="facts-list">
                    {facts.collect_any()}
                    <div><dt>{t("Rule")}</dt><dd><a href=format!("lab?rule={}", anomaly.rule_id)>{rule}</a></dd></div>
                    <div><dt>{t("Detector")}</dt><dd>{speaker(anomaly.detector)}</dd></div>
                </dl>
            })
        })
    };
    view! {
        <section aria-labelledby="facts-title">
            <h2 id="facts-title">{t("Facts")}</h2>
            {list}
        </section>
    }
}

/// What a language model has written: said to be so, in its own language, with what it rests on.
pub(super) fn machine(words: &MachineWords) -> AnyView {
    let by = tf(
        "Written by a machine ({model}), checked against these facts",
        &[("model", &words.model)],
    );
    let sentences = words.sentences.iter().map(|one| {
        view! { <p>{one.text.clone()}" "<small class="muted">{one.evidence.join(", ")}</small></p> }
    });
    let facts = words
        .evidence
        .iter()
        .map(|one| view! { <li>{one.id.clone()}": "{one.text.clone()}</li> });
    view! {
        <aside class="machine" data-machine lang=words.lang.clone()>
            {sentences.collect_any()}
            <details><summary class="muted">{by}</summary><ul>{facts.collect_any()}</ul></details>
        </aside>
    }
    .into_any()
}

fn facts(anomaly: &Anomaly) -> Vec<(&'static str, String)> {
    let zone = browser::zone_now();
    let when = |at_ms: i64| instant(at_ms, &zone);
    let mut facts = vec![
        (t("Began"), when(anomaly.start_ms)),
        (t("Last anomalous sample"), when(anomaly.end_ms)),
        (t("Detected"), when(anomaly.detected_at_ms)),
    ];
    if let Some(at_ms) = anomaly.closed_at_ms {
        let why = anomaly.close_reason.map_or("", words::close_reason);
        facts.push((t("Closed"), format!("{}, {why}", when(at_ms))));
    }
    if let Some(peak) = anomaly.peak {
        let unit = &anomaly.unit;
        facts.push((t("Peak"), words::quantity(peak.value, unit)));
        if let Some(expected) = peak.expected {
            facts.push((t("Expected there"), words::quantity(expected, unit)));
        }
        if let (Some(lower), Some(upper)) = (peak.lower, peak.upper) {
            let (lower, upper) = (words::quantity(lower, unit), words::quantity(upper, unit));
            let band = tf("{from} to {to}", &[("from", &lower), ("to", &upper)]);
            facts.push((t("Expected band"), band));
        }
        let score = decimal(peak.score, 2);
        facts.push((
            t("Score"),
            tf("{score} (1.00 is the threshold)", &[("score", &score)]),
        ));
    }
    if anomaly.reopened > 0 {
        let times = crate::i18n::plural(u64::from(anomaly.reopened), "{n} time", "{n} times");
        facts.push((t("Came back"), times));
    }
    facts
}

/// What happened to an anomaly, in the reader's words.
pub(super) fn kind_word(kind: &str) -> String {
    let known = match kind {
        "opened" => key("Opened"),
        "extended" => key("Went on"),
        "escalated" => key("Got worse"),
        "reopened" => key("Came back"),
        "closed" => key("Ended"),
        "acknowledged" => key("Acknowledged"),
        "judged" => key("Judged"),
        "snoozed" => key("Snoozed"),
        "assigned" => key("Assigned"),
        "undone" => key("Taken back"),
        "note" => key("Note"),
        "feedback_given" => key("Feedback"),
        "feedback_taken_back" => key("Feedback taken back"),
        _ => return kind.replace('_', " "),
    };
    t(known).to_owned()
}

/// What was answered, where the journal tells of an answer; what people wrote stays as they wrote it.
fn answer(record: &JournalRecord, text: &str) -> Option<&'static str> {
    let answered = record.kind.starts_with("feedback_");
    let answer = text.replace(' ', "_").parse().ok().filter(|_| answered)?;
    Some(words_of(answer).1)
}

/// Until when something holds.
fn until(until_ms: i64, zone: &UtcOffsets) -> String {
    tf("until {time}", &[("time", &instant(until_ms, zone))])
}

/// Until when it was accepted, of what is; nothing of what was accepted for good, or by other means.
pub(super) fn accepted_until(detail: &AnomalyDetail) -> Option<i64> {
    let judged = detail.history.iter().rev();
    let mut judged = judged.filter(|record| record.kind == "judged");
    let until_ms = judged.next()?.until_ms?;
    (detail.anomaly.status == Status::Expected).then_some(until_ms)
}

/// Everything that happened to it, with who and when.
#[component]
pub(super) fn History(detail: RwSignal<Load<Read>>) -> impl IntoView {
    let zone = browser::zone_now();
    let rows = move || {
        detail.with(|detail| {
            let row = |record: &JournalRecord| {
                let text = record.text.as_ref().map(|text| match answer(record, text) {
                    Some(word) => view! { <span>{word}</span> }.into_any(),
                    None => view! { <q>{text.clone()}</q> }.into_any(),
                });
                let actor = crate::words::actor(&record.actor);
                let until = record.until_ms.map(|until_ms| until(until_ms, &zone));
                view! {
                    <li data-kind=record.kind.clone()><time>{instant(record.at_ms, &zone)}</time>" "<strong>{kind_word(&record.kind)}</strong>" "{until}" "<span class="muted">{actor}</span>" "{text}</li>
                }
            };
            Some(detail.ready()?.0.history.iter().map(row).collect_any())
        })
    };
    view! {
        <section aria-labelledby="history-title">
            <h2 id="history-title">{t("History")}</h2>
            <ol class="history">{rows}</ol>
        </section>
    }
}

/// Who was paged, and what was held back.
#[component]
pub(super) fn Pages(detail: RwSignal<Load<Read>>) -> impl IntoView {
    let zone = browser::zone_now();
    let row = move |page: &Page| {
        let (glyph, verdict) = match &page.verdict {
            PageVerdict::Sent => ("▼", t("sent").to_owned()),
            PageVerdict::Suppressed(reason) => {
                let why = words::suppressed(reason);
                ("▽", tf("held back: {why}", &[("why", &why)]))
            }
        };
        let severity = browser::lower(words::severity_word(page.severity));
        view! {
            <li><time>{instant(page.at_ms, &zone)}</time>" "<span aria-hidden="true">{glyph}</span>" "
            <strong>{words::page_kind(page.kind)}</strong>" "{severity}", "{verdict}</li>
        }
    };
    let rows = move || {
        detail.with(|detail| {
            let pages = &detail.ready()?.0.pages;
            Some(if pages.is_empty() {
                view! { <p class="muted">{t("Nobody was paged.")}</p> }.into_any()
            } else {
                view! { <ol class="history">{pages.iter().map(&row).collect_any()}</ol> }.into_any()
            })
        })
    };
    view! {
        <section aria-labelledby="pages-title">
            <h2 id="pages-title">{t("Pages")}</h2>
            {rows}
        </section>
    }
}
