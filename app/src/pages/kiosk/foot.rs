//! The foot of the wall: whether silence means something, how old what is shown is, and how far the page has come.

use hindcast_shared::api::{RuleRecord, SourceRecord, SourceState};
use hindcast_shared::chart::second_text;
use leptos::prelude::*;

use super::rotation::{Plan, Rotation};
use crate::browser;
use crate::i18n::{plural, t, tf};
use crate::lean::CollectAny as _;
use crate::live::{Link, Live};
use crate::pages::state::State;
use crate::words;

/// One thing to know: its state, a glyph, and words.
type Sign = (&'static str, &'static str, String);

/// The foot.
#[component]
pub(super) fn Foot(
    live: Live,
    state: State,
    plan: StoredValue<Plan>,
    rotation: RwSignal<Rotation>,
    trouble: RwSignal<Option<&'static str>>,
) -> impl IntoView {
    let signs = Memo::new(move |_| {
        let now_ms = live.now_ms.get();
        let sources = state
            .sources
            .with(|sources| sources.ready().map(|sources| data_sign(sources, now_ms)));
        let rules = state
            .rules
            .with(|rules| rules.ready().map(|rules| check_sign(rules, now_ms)));
        let age = age_sign(live);
        [sources.flatten(), rules.flatten(), Some(age)]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
    });
    let sign = |(name, glyph, text): Sign| {
        view! { <span class="kiosk-sign" data-state=name><span aria-hidden="true">{glyph}</span>" "{text}</span> }
    };
    let pages = move || {
        let count = plan.with_value(|plan| plan.faces.len());
        let rotation = rotation.get();
        let at = (rotation.index + 1).to_string();
        (count > 1 && rotation.alarm.is_none()).then(|| {
            tf(
                "page {at} of {count}",
                &[("at", &at), ("count", &count.to_string())],
            )
        })
    };
    let turns =
        move || plan.with_value(|plan| plan.faces.len() > 1) || rotation.get().alarm.is_some();
    let done = move || {
        let rotation = rotation.get();
        let span_ms = plan.with_value(|plan| rotation.span_ms(plan));
        let gone_ms = live.now_ms.get() - rotation.since_ms;
        (gone_ms as f64 / span_ms as f64).clamp(0.0, 1.0)
    };
    view! {
        <footer class="kiosk-foot">
            <p class="kiosk-signs">{move || signs.get().into_iter().map(sign).collect_any()}</p>
            <p class="kiosk-small"><span>{move || trouble.get()}</span><span>{pages}</span><span>{browser::zone_name()}</span></p>
            {move || turns().then(|| view! {
                <progress class="kiosk-progress" aria-label=t("Until the next page") prop:max=1.0 prop:value=done></progress>
            })}
        </footer>
    }
}

/// Whether there is data at all.
fn data_sign(sources: &[SourceRecord], now_ms: i64) -> Option<Sign> {
    let down = sources.iter().find_map(|source| match &source.state {
        SourceState::Down { since_ms, .. } => Some((source.name.as_str(), *since_ms)),
        _ => None,
    });
    if let Some((name, since_ms)) = down {
        let since = words::since(since_ms, now_ms, &browser::zone_now());
        let text = tf(
            "No data: {source} is down since {time}",
            &[("source", name), ("time", &since)],
        );
        return Some(("down", "▲", text));
    }
    let count = sources.len() as u64;
    (count > 0).then(|| {
        (
            "fine",
            "✓",
            plural(count, "{n} source answers", "{n} sources answer"),
        )
    })
}

/// Whether the rules are checked in time.
fn check_sign(rules: &[RuleRecord], now_ms: i64) -> Option<Sign> {
    let enabled = || rules.iter().filter(|rule| rule.rule.enabled);
    let late = enabled()
        .filter(|rule| words::is_late(rule, now_ms))
        .count();
    if late > 0 {
        let text = plural(
            late as u64,
            "Detector late: {n} rule",
            "Detector late: {n} rules",
        );
        return Some(("late", "◇", text));
    }
    let count = enabled().count() as u64;
    (count > 0).then(|| {
        (
            "fine",
            "✓",
            plural(
                count,
                "{n} rule checked in time",
                "{n} rules checked in time",
            ),
        )
    })
}

/// How old it is.
fn age_sign(live: Live) -> Sign {
    let zone = browser::zone_now();
    let heard = live.heard_ms.get();
    let at = heard
        .map(|at_ms| second_text(at_ms, &zone))
        .unwrap_or_default();
    let age = heard
        .map(|at_ms| words::length(live.now_ms.get() - at_ms))
        .unwrap_or_default();
    match (live.link.get(), heard) {
        (_, None) => ("late", "○", t("no data yet").to_owned()),
        (Link::Stale, _) => (
            "stale",
            "▲",
            tf(
                "STALE: data as of {time}, {age} old",
                &[("time", &at), ("age", &age)],
            ),
        ),
        (Link::Doubtful, _) => (
            "late",
            "◇",
            tf(
                "data as of {time}, {age} old",
                &[("time", &at), ("age", &age)],
            ),
        ),
        _ => ("fine", "✓", tf("data as of {time}", &[("time", &at)])),
    }
}
