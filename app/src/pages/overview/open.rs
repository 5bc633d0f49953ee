//! The list of anomalies: what passes the filter, as many rows in the page as are seen.

use hindcast_shared::anomaly::{Anomaly, Status};
use leptos::prelude::*;

use super::bulk::Bulk;
use super::roll::Roll;
use crate::browser;
use crate::components::{Failure, VirtualRows, Waiting, age, item_view};
use crate::i18n::{t, tf};
use crate::load::Load;
use crate::words;

/// Height of a row, on a wide and on a narrow screen.
const ROW: f64 = 37.0;
const TALL_ROW: f64 = 94.0;

/// The list.
#[component]
pub(super) fn OpenList(roll: Roll) -> impl IntoView {
    let live = roll.live;
    let narrow = browser::window()
        .match_media("(max-width: 720px)")
        .ok()
        .flatten()
        .is_some_and(|query| query.matches());
    let height = if narrow { TALL_ROW } else { ROW };
    let seen = RwSignal::new(std::sync::Arc::default());
    let item = item_view(move |number| view! { <Row roll number/> }.into_any());
    let count = move || words::count(roll.order.with(|order| order.len() as u64));
    let state = Memo::new(move |_| {
        let now = roll.filter.with(|filter| filter.phase.is_now());
        live.active.with(|active| match active {
            Load::Waiting => Load::Waiting,
            Load::Failed(error) => Load::Failed(error.clone()),
            Load::Ready(active) => Load::Ready((active.is_empty(), now)),
        })
    });
    let none = Memo::new(move |_| roll.order.with(|order| order.is_empty()));
    let words = move || match state.get() {
        Load::Waiting => view! { <Waiting what=t("anomalies")/> }.into_any(),
        Load::Failed(error) => {
            let retry = Callback::new(move |()| live.fetch());
            view! { <Failure error retry/> }.into_any()
        }
        Load::Ready(_) if !none.get() => ().into_any(),
        Load::Ready((true, true)) => view! { <p class="muted">{t("None.")}</p> }.into_any(),
        Load::Ready(_) => view! { <p class="muted">{t("None passes this filter.")}</p> }.into_any(),
    };
    view! {
        <section aria-labelledby="open-title" class="open">
            <div class="section-head">
                <h2 id="open-title">{move || if state.get().ready().is_none_or(|(_, now)| *now) { t("Open anomalies") } else { t("Anomalies") }}
                    " "<span class="count">{count}</span></h2>
                <Bulk roll/>
            </div>
            <div aria-live="polite">{words}</div>
            <div class="anomalies" class:none=none>
                <VirtualRows items=Signal::derive(move || roll.order.get()) height columns=Signal::stored(1) item seen
                    role="list" label=t("Anomalies")/>
            </div>
        </section>
    }
}

#[component]
fn Row(roll: Roll, number: u32) -> impl IntoView {
    let row = roll.row(number);
    move || row.get().map(|anomaly| item(roll, &anomaly))
}

fn item(roll: Roll, anomaly: &Anomaly) -> AnyView {
    let id = anomaly.id;
    let status = (anomaly.status != Status::Open)
        .then(|| view! { <span class="tag">{words::status_word(anomaly.status)}</span> });
    let snoozed = anomaly
        .snoozed_until_ms
        .filter(|until_ms| *until_ms > roll.live.now_ms.get_untracked())
        .map(|_| view! { <span class="tag">{t("Snoozed")}</span> });
    let pick = tf("Select {name}", &[("name", &anomaly.rule_name)]);
    view! {
        <div role="listitem" class="anomaly" data-severity=anomaly.severity.as_str() data-id=id.to_string()>
            <label class="pick"><input type="checkbox" aria-label=pick prop:checked=move || roll.picked.with(|picked| picked.contains(&id))
                on:change=move |event| roll.pick(id, event_target_checked(&event))/></label>
            <a class="anomaly-link" href=format!("anomalies/{id}")>
                <span class="mark" aria-hidden="true">{words::glyph(anomaly.severity)}</span>
                <span class="severity">{words::severity_word(anomaly.severity)}</span>
                <span class="anomaly-name">{anomaly.rule_name.clone()}</span>
                <span class="anomaly-what">{words::deviation(anomaly)}</span>
                <span class="anomaly-series" title=anomaly.series.clone()>{anomaly.series.clone()}</span>
                <span class="anomaly-tags">{status}{snoozed}</span>
                <span class="anomaly-age">{age(anomaly, roll.live)}</span>
            </a>
        </div>
    }
    .into_any()
}
