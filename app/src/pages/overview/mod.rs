//! The overview: a sentence, what changed, what is open, when it was, how the sources are, and the wall of charts.

mod bulk;
mod filter;
mod open;
mod roll;
mod sources;
mod timeline;
mod tools;
mod wall;

use hindcast_shared::time::HOUR_MS;
use leptos::prelude::*;

use self::filter::Filter;
use self::open::OpenList;
use self::roll::Roll;
use self::sources::Sources;
use self::timeline::Timeline;
use self::tools::Tools;
use self::wall::Wall;
use super::state::{State, condition_glyph, condition_name};
use crate::components::{RangePicker, RangeText, stored_anomalies};
use crate::i18n::{plural, t, tf};
use crate::later::Later;
use crate::lean::CollectAny as _;
use crate::live::Live;
use crate::url_state;

/// The page.
#[component]
pub fn Overview() -> impl IntoView {
    let live = expect_context::<Live>();
    let state = State::start(live);
    let range = RwSignal::new(RangeText::from_url("now-24h"));
    let filter = RwSignal::new(Filter::of_address(&url_state::current()));
    let stored = stored_anomalies(range.into(), None);
    let roll = Roll::new(live, filter, stored.into());
    let written = Later::new(move || {
        let keys = filter.with_untracked(Filter::to_address);
        let changes: Vec<_> = keys
            .iter()
            .map(|(key, value)| (*key, (!value.is_empty()).then_some(value.as_str())))
            .collect();
        url_state::replace(&changes);
    });
    let mut first = true;
    crate::lean::effect(move || {
        filter.track();
        if !std::mem::take(&mut first) {
            written.call();
        }
    });
    view! {
        <div class="overview">
            <h1 class="visually-hidden">{t("Overview")}</h1>
            <Headline state roll/>
            <Tools state filter/>
            <OpenList roll/>
            <section aria-labelledby="when-title">
                <div class="section-head">
                    <h2 id="when-title">{t("When it was")}</h2>
                    <RangePicker range/>
                </div>
                <Timeline roll range/>
            </section>
            <Sources state/>
            <Wall state range filter stored/>
        </div>
    }
}

#[component]
fn Headline(state: State, roll: Roll) -> impl IntoView {
    let sentence = state.sentence;
    view! {
        <div class="headline" data-condition=move || condition_name(&sentence.get().condition)>
            <p class="sentence" aria-live="polite">
                <span class="mark" aria-hidden="true">{move || condition_glyph(&sentence.get().condition)}</span>
                <span class="sentence-text">{move || sentence.get().text}</span>
            </p>
            <ul class="also">
                {move || sentence.get().also.into_iter().map(|also| view! { <li>{also}</li> }).collect_any()}
            </ul>
            <p class="changed muted">{move || changed(roll)}</p>
        </div>
    }
}

/// What has changed lately, as a sentence; nothing while it is not known.
fn changed(roll: Roll) -> Option<String> {
    // To the minute: the clock must not write it anew every second.
    let now_ms = roll.live.now_ms.get();
    let since_ms = now_ms - HOUR_MS;
    roll.past.with(|past| {
        let past = past.as_ref()?;
        let began = past
            .iter()
            .filter(|anomaly| anomaly.detected_at_ms >= since_ms);
        let over = past.iter().filter(|anomaly| {
            let closed_ms = anomaly.closed_at_ms;
            closed_ms.is_some_and(|closed_ms| closed_ms >= since_ms)
        });
        let (began, over) = (began.count() as u64, over.count() as u64);
        if began == 0 && over == 0 {
            return Some(t("Nothing has changed in the last hour.").to_owned());
        }
        Some(tf(
            "In the last hour: {began}, {over}.",
            &[
                ("began", &plural(began, "{n} began", "{n} began")),
                ("over", &plural(over, "{n} ended", "{n} ended")),
            ],
        ))
    })
}
