//! The list "would have fired", with the difference to the saved rule and each page that was held back.

use hindcast_shared::chart::{decimal, minute_text};
use hindcast_shared::time::{HOUR_MS, TimeRange, UtcOffsets};
use leptos::prelude::*;

use super::bench::Bench;
use super::grade::Graded;
use super::labels::Labels;
use super::why::Asker;
use crate::components::RangeText;
use crate::i18n::{plural, t, tf};
use crate::lean::CollectAny as _;
use crate::words;
use crate::worker::protocol::{FiredRow, MOST_ROWS, RowChange};

/// The list.
#[component]
pub(super) fn Fired(bench: Bench, asker: Asker, labels: Labels) -> impl IntoView {
    let drawn = move || bench.shot.get().map(|shot| shot.drawn);
    let headline = move || {
        drawn().map_or_else(String::new, |drawn| {
            let funnel = drawn.funnel;
            format!(
                "{}, {}",
                plural(funnel.anomalies, "{n} anomaly", "{n} anomalies"),
                words::rate(funnel.anomalies_per_week)
            )
        })
    };
    let diff = move || {
        drawn().and_then(|drawn| drawn.diff).map(|diff| {
            view! {
                <p class="diff" aria-label=t("Difference to the saved rule")>
                    <span data-change="kept">"= "{tf("{n} kept", &[("n", &diff.kept.to_string())])}</span>
                    <span data-change="added">"+ "{tf("{n} added", &[("n", &diff.added.to_string())])}</span>
                    <span data-change="removed">"× "{tf("{n} removed", &[("n", &diff.removed.to_string())])}</span>
                </p>
            }
        })
    };
    let body = move || {
        let Some(drawn) = bench.listed.get() else {
            return ().into_any();
        };
        if drawn.fired.is_empty() {
            return view! { <p class="muted">{t("Nothing would have fired in this range.")}</p> }
                .into_any();
        }
        let more = drawn.funnel.anomalies.saturating_sub(MOST_ROWS as u64);
        let (offsets, unit) = (
            drawn.offsets.clone(),
            drawn
                .series
                .first()
                .map(|series| series.unit.clone())
                .unwrap_or_default(),
        );
        let by = Tools {
            bench,
            asker,
            labels,
            may_label: labels.may_write(),
        };
        let rows = drawn
            .fired
            .iter()
            .map(|fired| row(&by, fired, &offsets, &unit))
            .collect_any();
        view! {
            <div class="scroll" tabindex="0" role="group" aria-label=t("Would have fired")>
            <table class="fired">
                <caption class="visually-hidden">{t("Would have fired, newest first")}</caption>
                <thead><tr>
                    <th scope="col">{t("Change")}</th><th scope="col">{t("Severity")}</th><th scope="col">{t("Began")}</th><th scope="col" class="number">{t("Lasted")}</th>
                    <th scope="col" class="number">{t("Peak")}</th><th scope="col" class="number">{t("Score")}</th><th scope="col">{t("Pages")}</th><th scope="col">{t("Actions")}</th>
                </tr></thead>
                <tbody>{rows}</tbody>
            </table>
            </div>
            {(more > 0).then(|| view! { <p class="muted">{plural(more, "{n} more is in the file.", "{n} more are in the file.")}</p> })}
        }
        .into_any()
    };
    view! {
        <section class="would-have-fired" aria-labelledby="fired-title">
            <div class="section-head">
                <h2 id="fired-title">{t("Would have fired")}</h2>
                <p class="fired-count" role="status" data-count=move || drawn().map(|drawn| drawn.funnel.anomalies)>{move || headline()}</p>
                {move || diff()}
                <button type="button" id="download" on:click=move |_| bench.download()>{t("Download JSON")}</button>
            </div>
            <Graded bench/>
            {move || body()}
        </section>
    }
}

/// What the buttons of a row need.
#[derive(Clone, Copy)]
struct Tools {
    bench: Bench,
    asker: Asker,
    labels: Labels,
    may_label: bool,
}

fn row(by: &Tools, fired: &FiredRow, offsets: &UtcOffsets, unit: &str) -> impl IntoView + use<> {
    let Tools {
        bench,
        asker,
        labels,
        may_label,
    } = *by;
    let (name, glyph, word) = match fired.change {
        Some(RowChange::Added) => ("added", "+", t("Added")),
        Some(RowChange::Removed) => ("removed", "×", t("Removed")),
        Some(RowChange::Kept) => ("kept", "=", t("Kept")),
        None => ("none", "", ""),
    };
    let lasted = match (fired.carried, fired.open) {
        (_, true) => t("going on").to_owned(),
        _ => words::length(fired.end_ms - fired.start_ms),
    };
    let pages = fired
        .pages
        .iter()
        .map(|page| match &page.suppressed {
            None => format!("▼ {}", t("sent")),
            Some(reason) => format!("▽ {}", words::suppressed(reason)),
        })
        .collect::<Vec<_>>()
        .join(", ");
    let peak = fired.value.map_or_else(
        || t("no data").to_owned(),
        |value| words::quantity(value, unit),
    );
    let (start_ms, end_ms) = (fired.start_ms, fired.end_ms);
    let show = move |_| {
        let room = ((end_ms - start_ms) * 2).max(HOUR_MS);
        let text = RangeText::fixed(TimeRange {
            from_ms: start_ms - room,
            to_ms: end_ms + room,
        });
        text.to_url();
        bench.range.set(text);
    };
    let (mine, id) = (fired.clone(), fired.id.clone());
    let is_shown = move || asker.is_shown(&id);
    let explain = move |_| asker.choose(mine.clone());
    let key = fired.series_key.clone();
    let label = move |_| {
        bench.series.set(Some(key.clone()));
        let step_ms = bench.draft.with_untracked(|draft| draft.step.ms());
        let range = TimeRange {
            from_ms: start_ms,
            to_ms: end_ms + step_ms,
        };
        labels.open(range, None);
    };
    let began = minute_text(fired.start_ms, offsets);
    let why = tf("Why: {time}", &[("time", &began)]);
    let zoom = tf("Zoom to {time}", &[("time", &began)]);
    let called = tf("Label {time}", &[("time", &began)]);
    let label = may_label.then(|| view! { " "<button type="button" class="link" data-do="label" aria-label=called on:click=label>{t("Label")}</button> });
    view! {
        <tr data-change=name data-severity=fired.severity.as_str()>
            <td><span aria-hidden="true" class="change">{glyph}</span>" "{word}</td>
            <td><span class="mark" aria-hidden="true">{words::glyph(fired.severity)}</span>" "{words::severity_word(fired.severity)}</td>
            <td><button type="button" class="link" title=zoom on:click=show>{began}</button></td>
            <td class="number">{lasted}</td>
            <td class="number">{peak}</td>
            <td class="number">{decimal(fired.score, 2)}</td>
            <td>{pages}</td>
            <td><button type="button" class="link" aria-label=why aria-pressed=move || is_shown().to_string() on:click=explain>{t("Why")}</button>{label}</td>
        </tr>
    }
}
