//! A list of anomalies: shape, word, what, since when.

use hindcast_shared::anomaly::Anomaly;
use leptos::prelude::*;

use crate::browser;
use crate::i18n::tf;
use crate::live::Live;
use crate::words;

/// Anomalies as links, in the order given.
#[component]
pub fn AnomalyList(
    /// The anomalies.
    #[prop(into)]
    items: Signal<Vec<Anomaly>>,
) -> impl IntoView {
    let live = expect_context::<Live>();
    view! {
        <ul class="anomalies">
            <For
                each=move || items.get()
                key=|anomaly| (anomaly.id, anomaly.status, anomaly.severity, anomaly.end_ms)
                children=move |anomaly| item(&anomaly, live)
            />
        </ul>
    }
}

/// Since when, and for how long; goes on while the anomaly does.
pub(crate) fn age(anomaly: &Anomaly, live: Live) -> impl Fn() -> String + Clone + use<> {
    let zone = browser::zone_now();
    let (start_ms, active) = (anomaly.start_ms, anomaly.status.is_active());
    let lasted = anomaly.end_ms - anomaly.start_ms;
    move || {
        let now_ms = live.now_ms.get();
        if active {
            tf(
                "since {time}, {length}",
                &[
                    ("time", &words::since(start_ms, now_ms, &zone)),
                    ("length", &words::length(now_ms - start_ms)),
                ],
            )
        } else {
            tf(
                "{time}, for {length}",
                &[
                    ("time", &words::since(start_ms, now_ms, &zone)),
                    ("length", &words::length(lasted)),
                ],
            )
        }
    }
}

fn item(anomaly: &Anomaly, live: Live) -> impl IntoView + use<> {
    let age = age(anomaly, live);
    let status = (anomaly.status != hindcast_shared::anomaly::Status::Open)
        .then(|| view! { <span class="tag">{words::status_word(anomaly.status)}</span> });
    view! {
        <li class="anomaly" data-severity=anomaly.severity.as_str() data-id=anomaly.id.to_string()>
            <a class="anomaly-link" href=format!("anomalies/{}", anomaly.id)>
                <span class="mark" aria-hidden="true">{words::glyph(anomaly.severity)}</span>
                <span class="severity">{words::severity_word(anomaly.severity)}</span>
                <span class="anomaly-name">{anomaly.rule_name.clone()}</span>
                <span class="anomaly-what">{words::deviation(anomaly)}</span>
                <span class="anomaly-series" title=anomaly.series.clone()>{anomaly.series.clone()}</span>
                {status}
                <span class="anomaly-age">{age}</span>
            </a>
        </li>
    }
}
