//! The series as a table: name, drawing, numbers; sorted by any of them.

use hindcast_shared::chart::{decimal, minute_text};
use leptos::prelude::*;

use super::sheet::{By, Row};
use super::state::Many;
use crate::browser;
use crate::chart::Spark;
use crate::components::{VirtualRows, item_view};
use crate::i18n::{plural, t, tf};
use crate::lean::CollectAny as _;
use crate::words;
use crate::worker::many::wire::Stat;
use hindcast_shared::rule::Severity;
use hindcast_shared::time::WEEK_MS;

/// Height of a row.
const ROW: f64 = 44.0;

/// The word above a column, and whether it holds numbers.
fn heading(by: By) -> (&'static str, bool) {
    match by {
        By::Name => (t("Series"), false),
        By::Anomalies => (t("Anomalies"), true),
        By::Score => (t("Highest score"), true),
        By::Pages => (t("Pages a week"), true),
        By::When => (t("Worst at"), true),
    }
}

/// The table.
#[component]
pub(super) fn Table(many: Many) -> impl IntoView {
    let head = |by: By| {
        let (word, number) = heading(by);
        let sorted = move || {
            let sort = many.sort.get();
            let way = if sort.falling {
                "descending"
            } else {
                "ascending"
            };
            if sort.by == by { way } else { "none" }
        };
        let click = move |_| many.sort.update(|sort| *sort = sort.clicked(by));
        view! {
            <span role="columnheader" aria-sort=sorted class:number=number data-by=by.as_str()>
                <button type="button" class="link" on:click=click>{word}</button>
            </span>
        }
    };
    let [name, others @ ..] = By::ALL;
    let item = item_view(move |place| view! { <Line many place/> }.into_any());
    let rows = move || many.order.with(|order| (order.len() + 1).to_string());
    view! {
        <div class="many-table" role="table" aria-label=t("Series") aria-rowcount=rows>
            <div class="many-row many-head" role="row">
                {head(name)}
                <span role="columnheader">{t("Values, expected band, anomalies")}</span>
                {others.map(head).into_iter().collect_any()}
            </div>
            <VirtualRows items=Signal::derive(move || many.order.get()) height=ROW columns=Signal::stored(1) item seen=many.seen
                role="rowgroup" label=t("Series")/>
            <Nothing many/>
        </div>
    }
}

/// What to do where no series is left.
#[component]
pub(super) fn Nothing(many: Many) -> impl IntoView {
    let none = move || {
        let left = many.order.with(|order| order.is_empty());
        let done = many.progress.get() == super::wish::Progress::Done;
        let known = many.sheet.with_value(|sheet| !sheet.rows.is_empty());
        (left && done && many.trouble.with(Option::is_none)).then(|| {
            let text = if known {
                t("No series passes this filter. Take something out of it.")
            } else {
                t("No series matches this query in this range. Change the query, or choose a longer range.")
            };
            view! { <p class="waiting">{text}</p> }
        })
    };
    view! { {none} }
}

/// A row as it is now.
pub(super) fn row_of(many: Many, place: u32) -> Signal<Option<Row>> {
    Signal::derive(move || {
        many.changed.track();
        many.sheet
            .with_value(|sheet| sheet.rows.get(place as usize).cloned())
    })
}

/// What is seen of a series, for those who do not see its drawing.
pub(super) fn told(row: &Row) -> String {
    let anomalies = row.stat(Stat::Anomalies);
    let found = plural(anomalies.max(0.0) as u64, "{n} anomaly", "{n} anomalies");
    let score = score_text(row);
    tf(
        "{series}: {anomalies}, highest score {score}",
        &[
            ("series", &row.name),
            ("anomalies", &found),
            ("score", &score),
        ],
    )
}

/// A score with two digits; a dash where nothing was scored.
pub(super) fn score_text(row: &Row) -> String {
    let score = row.stat(Stat::Highest);
    if score.is_finite() {
        decimal(score, 2)
    } else {
        "–".to_owned()
    }
}

/// Number of anomalies, with the shape of the worst.
pub(super) fn anomalies_text(row: &Row) -> (Option<Severity>, String) {
    let severity = match row.stat(Stat::Severity) {
        severity if severity.is_nan() => None,
        severity if severity >= 2.0 => Some(Severity::Critical),
        severity if severity >= 1.0 => Some(Severity::Warning),
        _ => Some(Severity::Info),
    };
    let count = row.stat(Stat::Anomalies);
    let text = if count.is_nan() {
        "–".to_owned()
    } else {
        words::count(count as u64)
    };
    (severity, text)
}

#[component]
fn Line(many: Many, place: u32) -> impl IntoView {
    let row = row_of(many, place);
    let scene = Signal::derive(move || many.scenes.with(|scenes| scenes.get(&place).cloned()));
    let label = Signal::derive(move || row.get().as_ref().map(told).unwrap_or_default());
    let part =
        move |part: fn(&Row) -> String| move || row.get().as_ref().map(part).unwrap_or_default();
    let worst_ms = move || {
        let at_ms = row.get().map_or(f64::NAN, |row| row.stat(Stat::WorstAt));
        at_ms.is_finite().then_some(at_ms as i64)
    };
    let address = move || {
        many.draft.track();
        many.range.track();
        let key = row.get().map(|row| row.key).unwrap_or_default();
        many.lab_address(&key, None)
    };
    let moment = move || {
        worst_ms().map(|at_ms| {
            let key = row.get_untracked().map(|row| row.key).unwrap_or_default();
            let text = minute_text(at_ms, &browser::zone_now());
            view! { <a href=many.lab_address(&key, Some(at_ms))>{text}</a> }
        })
    };
    let severity = move || row.get().and_then(|row| anomalies_text(&row).0);
    let rate = move || {
        let pages = row.get().map_or(f64::NAN, |row| row.stat(Stat::Pages));
        let weeks = many
            .resolved
            .get()
            .map_or(1.0, |range| range.duration_ms() as f64 / WEEK_MS as f64);
        match pages / weeks {
            rate if rate.is_nan() => "–".to_owned(),
            rate => words::rate_number(rate),
        }
    };
    let index = move || {
        let at = many
            .order
            .with(|order| order.iter().position(|other| *other == place));
        at.map(|at| (at + 2).to_string())
    };
    view! {
        <div class="many-row" role="row" aria-rowindex=index data-place=place.to_string()
            data-severity=move || severity().map(Severity::as_str)>
            <span role="cell" class="many-name"><a href=address title=part(|row| row.full.clone())>{part(|row| row.name.clone())}</a></span>
            <span role="cell" class="many-spark"><Spark scene label/></span>
            <span role="cell" class="number" data-cell="anomalies">
                <span class="mark" aria-hidden="true">{move || severity().map(words::glyph)}</span>" "{part(|row| anomalies_text(row).1)}
            </span>
            <span role="cell" class="number" data-cell="score">{part(score_text)}</span>
            <span role="cell" class="number" data-cell="pages">{rate}</span>
            <span role="cell" class="number" data-cell="when">{moment}</span>
        </div>
    }
}
