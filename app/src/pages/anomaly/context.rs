//! What stands beside the chart of an anomaly: the same hours a day and a week before, and silence in words.

use hindcast_shared::anomaly::{Anomaly, AnomalyKind};
use hindcast_shared::api::{RuleRecord, SourceRecord, SourceState};
use hindcast_shared::time::{DAY_MS, TimeRange};
use leptos::prelude::*;

use super::Read;
use super::later::instant;
use crate::api;
use crate::browser;
use crate::components::{Failure, Pace, RangeText, RuleCharts, stored_anomalies};
use crate::i18n::{t, tf};
use crate::load::{Load, loaded};
use crate::words;

/// The same hours a day and a week before.
#[component]
pub(super) fn Before(
    anomaly: Anomaly,
    range: TimeRange,
    record: RwSignal<Load<RuleRecord>>,
) -> impl IntoView {
    let chart = move |title: &'static str, back_ms: i64| {
        let range = TimeRange {
            from_ms: range.from_ms - back_ms,
            to_ms: range.to_ms - back_ms,
        };
        let fixed = Signal::stored(RangeText::fixed(range));
        let stored = stored_anomalies(fixed, Some(anomaly.rule_id.to_string()));
        let pace = Pace {
            most: 1,
            only: Some(anomaly.series_key.to_string()),
            bare: true,
        };
        let drawn = move || {
            let rule = record.get().ready().cloned()?;
            Some(view! { <RuleCharts rule range=fixed stored pace=pace.clone()/> })
        };
        view! {
            <section class="rule-panel" aria-label=title>
                <h3>{title}</h3>
                {drawn}
            </section>
        }
    };
    view! {
        <details class="before">
            <summary>{t("The same hours a day and a week before")}</summary>
            <div class="columns">
                {chart(t("A day before"), DAY_MS)}
                {chart(t("A week before"), 7 * DAY_MS)}
            </div>
        </details>
    }
}

/// A source that did not answer, or a rule that failed: what it said, and for how long.
#[component]
pub(super) fn Silence(anomaly: Anomaly, detail: RwSignal<Load<Read>>) -> impl IntoView {
    let is_source = anomaly.kind == AnomalyKind::SourceDown;
    let name = anomaly.source.to_string();
    let sources = loaded(api::list_sources);
    let zone = browser::zone_now();
    let span = move || {
        detail.with(|detail| {
            let (detail, _) = detail.ready()?;
            let anomaly = &detail.anomaly;
            let from = instant(anomaly.start_ms, &zone);
            let active = anomaly.status.is_active();
            let end_ms = if active {
                browser::now_ms()
            } else {
                anomaly.closed_at_ms.unwrap_or(anomaly.end_ms)
            };
            let lasted = words::length(end_ms - anomaly.start_ms);
            let values = [("time", from.as_str()), ("length", &lasted)];
            Some(match (is_source, active) {
                (true, true) => tf(
                    "The source has not answered since {time}, for {length}.",
                    &values,
                ),
                (true, false) => tf(
                    "The source did not answer from {time} on, for {length}.",
                    &values,
                ),
                (false, true) => tf("The rule has failed since {time}, for {length}.", &values),
                (false, false) => tf("The rule failed from {time} on, for {length}.", &values),
            })
        })
    };
    let now = move || match sources.get() {
        Load::Ready(sources) => sources
            .into_iter()
            .find(|source| source.name == name)
            .map(|source| state_of(&source).into_any()),
        Load::Failed(error) => Some(view! { <Failure error/> }.into_any()),
        Load::Waiting => None,
    };
    let what_to_do = if is_source {
        t(
            "Check that it runs and can be reached from the server; what was missed is caught up with by itself.",
        )
    } else {
        t("Check the rule's query at its source; what was missed is caught up with by itself.")
    };
    view! {
        <section class="silence" aria-labelledby="silence-title">
            <h2 id="silence-title">{t("Nothing was measured")}</h2>
            <p class="reason">{span}</p>
            {now}
            <p class="muted">{what_to_do}</p>
        </section>
    }
}

/// How a source is now.
fn state_of(source: &SourceRecord) -> impl IntoView + use<> {
    let zone = browser::zone_now();
    let now_ms = browser::now_ms();
    let (name, glyph, text) = match &source.state {
        SourceState::Up { since_ms } => {
            let time = words::since(*since_ms, now_ms, &zone);
            (
                "up",
                "✓",
                tf("It answers again since {time}.", &[("time", &time)]),
            )
        }
        SourceState::Down { why, .. } => ("down", "▲", tf("It says: {why}", &[("why", why)])),
        SourceState::Unknown => ("unknown", "○", t("It was not asked yet.").to_owned()),
    };
    view! {
        <p class="source" data-state=name>
            <span class="mark" aria-hidden="true">{glyph}</span>
            <span class="source-name">{source.name.clone()}</span>
            <span class="muted">{text}</span>
        </p>
    }
}
