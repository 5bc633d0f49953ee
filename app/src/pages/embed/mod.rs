//! One rule's panel for a frame on somebody else's page: no chrome, no scroll bars, always up to date.
//!
//! Its address chooses: `rule`, `from`, `to`, `theme`, `tz`, `panel` (`chart`, `list` or `state`), `kiosk` (the chart
//! alone), `refresh` (`20s`, or `live` for a stream), and `var-NAME` for labels, as Grafana writes them.

mod options;
mod parent;

use hindcast_shared::anomaly::Anomaly;
use leptos::prelude::*;

use self::options::{Options, Panel};
use crate::api;
use crate::browser;
use crate::chart::ThemeState;
use crate::components::{Pace, RangeText, RuleCharts, stored_anomalies};
use crate::i18n::{t, tf};
use crate::lean::CollectAny as _;
use crate::live::{Link, Live};
use crate::load::{Load, loaded};
use crate::url_state;
use crate::words;

/// Height of a chart that nobody squeezes, and of a line.
const CHART_PX: f64 = 168.0;
const LINE_PX: f64 = 28.0;
/// More lines than this belong on the page of anomalies.
const MOST_LINES: usize = 12;

/// The page.
#[component]
pub fn Embed() -> impl IntoView {
    let live = expect_context::<Live>();
    let options = Options::of(&url_state::current());
    if let Some(zone) = &options.zone {
        browser::set_zone(zone);
    }
    let range = RwSignal::new(RangeText::from_url("now-6h"));
    parent::follow(range, expect_context::<ThemeState>());
    let wanted = StoredValue::new(options.rule.clone());
    let only = Some(options.rule.clone()).filter(|rule| !rule.is_empty());
    let stored = stored_anomalies(range.into(), only);
    let record = loaded(move || {
        // A frame is rarely loaded again: a server that was away is asked until it answers.
        live.epoch.track();
        let rule = wanted.get_value();
        async move { api::find_rule(&rule).await }
    });
    // Only a new version builds the chart anew.
    let found = Memo::new(move |_| {
        record
            .get()
            .ready()
            .map(|record| (record.rule.name.clone(), record.version))
    });
    let mine = Memo::new(move |_| {
        let active = live.active.get();
        let rule = wanted.get_value();
        let mine = |anomaly: &&Anomaly| anomaly.rule_id.as_str() == rule;
        active
            .ready()
            .into_iter()
            .flatten()
            .filter(mine)
            .cloned()
            .collect::<Vec<_>>()
    });
    let (kind, bare) = (options.panel, options.bare);
    crate::lean::effect(move || {
        let head = if bare { 0.0 } else { LINE_PX };
        let lines = mine.get().len().clamp(1, MOST_LINES) as f64;
        parent::tell_height(match kind {
            Panel::Chart => head + CHART_PX,
            Panel::List => head + lines * LINE_PX,
            Panel::State => LINE_PX,
        });
    });
    let pace = Pace {
        most: 1,
        only: options.labels,
        bare: true,
    };
    view! {
        <main class="embed" id="main" data-panel=options.panel.as_str()>
            <h1 class="visually-hidden">{t("Panel")}</h1>
            {move || match (found.get(), record.get_untracked()) {
                (Some((name, _)), Load::Ready(rule)) => {
                    let head = (!bare || kind == Panel::State).then(|| view! { <Head live name mine/> });
                    let body = match kind {
                        Panel::Chart => view! { <div class="embed-chart"><RuleCharts rule range stored pace=pace.clone()/></div> }.into_any(),
                        Panel::List => view! { <List live mine/> }.into_any(),
                        Panel::State => ().into_any(),
                    };
                    view! { {head} {body} }.into_any()
                }
                _ => view! { <Message record=record.get() rule=wanted.get_value()/> }.into_any(),
            }}
        </main>
    }
}

/// The rule, how it is, and whether what is shown is old.
#[component]
fn Head(live: Live, name: String, mine: Memo<Vec<Anomaly>>) -> impl IntoView {
    let worst = move || mine.get().into_iter().next();
    let state = move || match live.link.get() {
        Link::Stale => Some(t("STALE")),
        Link::Doubtful => Some(t("connection lost")),
        _ => None,
    };
    view! {
        <header class="embed-head" data-severity=move || worst().map_or("none", |worst| worst.severity.as_str())>
            <span class="mark" aria-hidden="true">{move || worst().map_or("✓", |worst| words::glyph(worst.severity))}</span>
            <strong>{name}</strong>
            <span class="embed-what">{move || worst().map_or_else(|| t("nothing is open").to_owned(), |worst| words::deviation(&worst))}</span>
            {move || state().map(|state| view! { <span class="tag" data-state="stale">{state}</span> })}
        </header>
    }
}

/// What is open of the rule.
#[component]
fn List(live: Live, mine: Memo<Vec<Anomaly>>) -> impl IntoView {
    let line = move |anomaly: &Anomaly| {
        let since = words::since(
            anomaly.start_ms,
            live.now_ms.get_untracked(),
            &browser::zone_now(),
        );
        view! {
            <li data-severity=anomaly.severity.as_str()>
                <span class="mark" aria-hidden="true">{words::glyph(anomaly.severity)}</span>" "
                <span>{words::severity_word(anomaly.severity)}</span>" "
                <strong>{words::deviation(anomaly)}</strong>" "
                <span class="muted">{anomaly.series.clone()}" "{since}</span>
            </li>
        }
    };
    let lines = move || {
        let mine = mine.get();
        if mine.is_empty() {
            return view! { <li class="muted">{t("nothing is open")}</li> }.into_any();
        }
        mine.iter().take(MOST_LINES).map(line).collect_any()
    };
    view! { <ul class="embed-list">{lines}</ul> }
}

/// Why there is nothing to show, in a sentence that says what to do.
#[component]
fn Message(record: Load<hindcast_shared::api::RuleRecord>, rule: String) -> impl IntoView {
    let text = match record {
        _ if rule.is_empty() => t("Name a rule: /embed/panel?rule=…").to_owned(),
        Load::Failed(error) if error.is_not_found() => {
            tf("There is no rule {rule}.", &[("rule", &rule)])
        }
        Load::Failed(api::ApiError::SignedOut) => {
            t("This panel's link has ended or was revoked: make a new one.").to_owned()
        }
        Load::Failed(error) => format!("{error}. {}", error.advice()),
        _ => {
            return view! { <p class="embed-message" role="status">{t("Loading…")}</p> }.into_any();
        }
    };
    view! { <p class="embed-message" role="alert">{text}</p> }.into_any()
}
