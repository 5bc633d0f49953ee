//! The last stage: from which score on an anomaly is how bad, and how often somebody is paged for it.

use leptos::prelude::*;

use super::bench::Bench;
use crate::components::{NumberSlider, SliderSpec};
use crate::i18n::{t, tf};
use crate::words;

#[component]
pub(super) fn Severities(bench: Bench) -> impl IntoView {
    let spec = Signal::stored(SliderSpec {
        min: 1.0,
        max: 10.0,
        step: 0.1,
        logarithmic: false,
        strict: false,
    });
    let critical = Signal::derive(move || {
        bench
            .draft
            .with(|draft| draft.severity.critical.unwrap_or(10.0))
    });
    let has_warning =
        Memo::new(move |_| bench.draft.with(|draft| draft.severity.warning.is_some()));
    view! {
        <Show when=move || has_warning.get() fallback=move || view! { <p class="muted">{t("Every anomaly of this rule has one severity.")}</p> }>
            <NumberSlider id="critical" label=t("Critical from") unit=Signal::stored(t("score").to_owned()) help=t("From this score on an anomaly is critical; under it, a warning.")
                spec value=critical
                on_change=Callback::new(move |value: f64| bench.change(|draft| draft.severity.critical = Some(value.max(1.0))))/>
        </Show>
    }
}

/// What the saved rule would have paged in the same range.
#[component]
pub(super) fn Before(bench: Bench) -> impl IntoView {
    let text = Memo::new(move |_| {
        let shot = bench.shot.get()?;
        let (diff, now) = (shot.drawn.diff?, shot.drawn.funnel);
        let weeks = shot.drawn.range.duration_ms() as f64 / hindcast_shared::time::WEEK_MS as f64;
        let before = words::rate(f64::from(diff.pages_before) / weeks.max(1e-9));
        let now = words::rate(now.pages_per_week);
        Some(tf(
            "Pages: saved rule {before} → draft {now}",
            &[("before", &before), ("now", &now)],
        ))
    });
    crate::lean::live(move || {
        text.get()
            .map(|text| view! { <p class="before-after" id="pages-before-after">{text}</p> })
    })
}
