//! What else there was: the anomalies before and after this one in time, and those of the same rule before it.

use hindcast_shared::anomaly::Anomaly;
use hindcast_shared::time::DAY_MS;
use leptos::prelude::*;

use super::later::instant;
use crate::api;
use crate::browser;
use crate::components::{Failure, Waiting};
use crate::i18n::{plural, t};
use crate::lean::CollectAny as _;
use crate::load::{Load, loaded};
use crate::words;

/// How far back the same rule is looked at.
const BACK_MS: i64 = 30 * DAY_MS;
/// More lines than this are not read.
const MOST_LINES: usize = 10;

/// Links to the next older and the next newer anomaly.
#[component]
pub(super) fn Neighbours(id: String, start_ms: i64) -> impl IntoView {
    let near = loaded(move || {
        let (from, to) = (start_ms - 7 * DAY_MS, start_ms + 7 * DAY_MS);
        async move {
            let (from, to) = (from.to_string(), to.to_string());
            let query = [("from", from.as_str()), ("to", &to), ("limit", "1000")];
            api::list_anomalies(&query).await
        }
    });
    // Newest first, as everywhere.
    let ids = move || {
        let near = near.get();
        let ids = near
            .ready()?
            .items
            .iter()
            .map(|anomaly| anomaly.id.to_string());
        let ids: Vec<String> = ids.collect();
        let at = ids.iter().position(|other| *other == id)?;
        let newer = at.checked_sub(1).and_then(|at| ids.get(at).cloned());
        Some((newer, ids.get(at + 1).cloned()))
    };
    let link = |id: Option<String>, key: &'static str, word: &'static str| {
        id.map(|id| {
            let title = format!("{word} ({key})");
            view! { <a class="button" href=format!("anomalies/{id}") data-key=key data-command=word title=title>{word}</a> }
        })
    };
    let links = move || {
        let (newer, older) = ids()?;
        Some(view! {
            {link(newer, "k", t("Newer"))}
            {link(older, "j", t("Older"))}
        })
    };
    view! { <span class="row neighbours">{links}</span> }
}

/// What the same rule found before, the same series first.
#[component]
pub(super) fn Past(anomaly: Anomaly) -> impl IntoView {
    let (rule, start_ms) = (anomaly.rule_id.to_string(), anomaly.start_ms);
    let past = loaded(move || {
        let rule = rule.clone();
        async move {
            let (from, to) = ((start_ms - BACK_MS).to_string(), start_ms.to_string());
            let query = [
                ("rule", rule.as_str()),
                ("from", &from),
                ("to", &to),
                ("limit", "200"),
            ];
            api::list_anomalies(&query).await
        }
    });
    let lines = move || match past.get() {
        Load::Waiting => view! { <Waiting what=t("what was before")/> }.into_any(),
        Load::Failed(error) => view! { <Failure error/> }.into_any(),
        Load::Ready(page) => table(&anomaly, page.items).into_any(),
    };
    view! {
        <section aria-labelledby="past-title">
            <h2 id="past-title">{t("Similar ones in the 30 days before")}</h2>
            {lines}
        </section>
    }
}

fn table(anomaly: &Anomaly, mut items: Vec<Anomaly>) -> AnyView {
    items.retain(|other| other.id != anomaly.id && other.kind == anomaly.kind);
    if items.is_empty() {
        return view! { <p class="muted">{t("None: this is the first of its kind.")}</p> }
            .into_any();
    }
    let count = items.len() as u64;
    let (same, others): (Vec<_>, Vec<_>) = items
        .into_iter()
        .partition(|other| other.series_key == anomaly.series_key);
    let of_series = plural(
        same.len() as u64,
        "{n} of the same series",
        "{n} of the same series",
    );
    let zone = browser::zone_now();
    let row = |other: Anomaly| {
        let lasted = words::length(other.end_ms - other.start_ms);
        view! {
            <tr data-severity=other.severity.as_str()>
                <td><a href=format!("anomalies/{}", other.id)>{instant(other.start_ms, &zone)}</a></td>
                <td><span class="mark" aria-hidden="true">{words::glyph(other.severity)}</span>" "{words::severity_word(other.severity)}</td>
                <td>{words::deviation(&other)}</td>
                <td>{lasted}</td>
                <td>{words::status_word(other.status)}</td>
                <td class="muted">{other.series.clone()}</td>
            </tr>
        }
    };
    let rows = same
        .into_iter()
        .chain(others)
        .take(MOST_LINES)
        .map(row)
        .collect_any();
    view! {
        <p class="muted past-count" data-count=count.to_string()>{plural(count, "{n} of this rule", "{n} of this rule")}", "{of_series}</p>
        <div class="scroll" tabindex="0" role="region" aria-labelledby="past-title">
            <table>
                <thead><tr><th>{t("Began")}</th><th>{t("Severity")}</th><th>{t("What")}</th><th>{t("Lasted")}</th><th>{t("Judged")}</th><th>{t("Series")}</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}
