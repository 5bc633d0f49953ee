//! The pages of the wall: what is worst as charts, what is open as a list, one rule, and a new critical anomaly.

use hindcast_shared::anomaly::Anomaly;
use hindcast_shared::api::RuleRecord;
use leptos::prelude::*;

use super::Wall;
use crate::api;
use crate::browser;
use crate::components::{Failure, Pace, RuleCharts, Waiting};
use crate::i18n::{t, tf};
use crate::lean::{CollectAny as _, Lasting as _};
use crate::load::{Load, loaded};
use crate::sorted::insert_by_key;
use crate::words;

/// More charts than this are not read from afar.
const MOST_CHARTS: usize = 6;
/// More lines than this do not fit.
const MOST_LINES: usize = 8;

/// The charts of what is worst.
#[component]
pub(super) fn Charts(wall: Wall) -> impl IntoView {
    // The charts of what is wrong come first; they change places only when that changes.
    let shown = Memo::new(move |_| {
        let active = wall.active();
        let active = active.ready().cloned().unwrap_or_default();
        wall.state.rules.follow();
        let rules = wall.state.rules.get_untracked();
        let mut worst = Vec::new();
        for rule in rules
            .ready()
            .into_iter()
            .flatten()
            .filter(|rule| rule.rule.enabled)
        {
            insert_by_key(&mut worst, place(rule, &active), Clone::clone);
        }
        worst.truncate(MOST_CHARTS);
        // What is shown stays in the order of ids, so that a chart keeps its place.
        let mut rules = Vec::new();
        for rule in worst {
            insert_by_key(&mut rules, rule, |(_, id, _)| id.clone());
        }
        rules
            .into_iter()
            .map(|(_, id, version)| (id, version))
            .collect::<Vec<_>>()
    });
    let chart = move |(id, _): (String, u32)| {
        let rule = wall.state.find_rule(&id)?;
        let name = rule.rule.name.clone();
        let worst = move || {
            let active = wall.active();
            let mine = active
                .ready()?
                .iter()
                .find(|anomaly| anomaly.rule_id.as_str() == id)?;
            Some(mine.severity)
        };
        let severity = Memo::new(move |_| worst());
        Some(view! {
            <section class="kiosk-chart" data-severity=move || severity.get().map_or("none", hindcast_shared::rule::Severity::as_str)>
                <h2><span class="mark" aria-hidden="true">{move || severity.get().map_or("", words::glyph)}</span>" "{name}</h2>
                <div class="kiosk-canvas"><RuleCharts rule range=wall.range stored=wall.stored pace=pace(1, None)/></div>
            </section>
        })
    };
    view! {
        <div class="kiosk-charts" data-count=move || shown.get().len()>
            <For each=move || shown.get() key=Clone::clone children=chart/>
        </div>
    }
}

fn pace(most: u32, only: Option<String>) -> Pace {
    Pace {
        most,
        only,
        bare: true,
    }
}

fn place(rule: &RuleRecord, active: &[Anomaly]) -> (usize, String, u32) {
    let id = rule.rule.id.clone().unwrap_or_default();
    let rank = active
        .iter()
        .position(|anomaly| anomaly.rule_id.as_str() == id);
    (rank.unwrap_or(usize::MAX), id, rule.version)
}

/// What is open, worst first.
#[component]
pub(super) fn OpenList(wall: Wall) -> impl IntoView {
    let line = move |anomaly: &Anomaly| {
        let since = words::since(
            anomaly.start_ms,
            wall.live.now_ms.get_untracked(),
            &browser::zone_now(),
        );
        view! {
            <li data-severity=anomaly.severity.as_str()>
                <span class="mark" aria-hidden="true">{words::glyph(anomaly.severity)}</span>
                <strong>{anomaly.rule_name.clone()}</strong>
                <span>{words::deviation(anomaly)}</span>
                <span class="muted">{since}</span>
            </li>
        }
    };
    let list = move || {
        let active = wall.active();
        let Some(active) = active.ready() else {
            return view! { <p class="kiosk-note">{t("What is open is not known yet.")}</p> }
                .into_any();
        };
        if active.is_empty() {
            return view! { <p class="kiosk-note">{t("Nothing is open.")}</p> }.into_any();
        }
        let more = active.len().saturating_sub(MOST_LINES);
        let more = (more > 0).then(|| {
            let text = tf("and {n} more", &[("n", &more.to_string())]);
            view! { <li class="muted">{text}</li> }
        });
        view! {
            <ol class="kiosk-list">
                {active.iter().take(MOST_LINES).map(line).collect_any()}
                {more}
            </ol>
        }
        .into_any()
    };
    view! { <div class="kiosk-page">{list}</div> }
}

/// The charts of one rule.
#[component]
pub(super) fn OneRule(wall: Wall, id: String) -> impl IntoView {
    let wanted = id.clone();
    let again = RwSignal::new(0_u32);
    let retry = Callback::new(move |()| again.update(|again| *again += 1));
    let record = loaded(move || {
        wall.live.epoch.follow();
        again.track();
        let id = wanted.clone();
        async move { api::find_rule(&id).await }
    });
    let found = Memo::new(move |_| record.get().ready().map(|record| record.version));
    move || match (found.get(), record.get_untracked()) {
        (Some(_), Load::Ready(rule)) => {
            let name = rule.rule.name.clone();
            view! {
                <section class="kiosk-chart kiosk-one">
                    <h2>{name}</h2>
                    <div class="kiosk-canvas"><RuleCharts rule range=wall.range stored=wall.stored pace=pace(3, None)/></div>
                </section>
            }
            .into_any()
        }
        _ => match record.get() {
            Load::Failed(error) if error.is_not_found() => {
                let text = tf("There is no rule {rule}.", &[("rule", &id)]);
                view! { <p class="kiosk-note" role="alert">{text}</p> }.into_any()
            }
            Load::Failed(error) => {
                view! { <div class="kiosk-note"><Failure error retry/></div> }.into_any()
            }
            _ => view! { <Waiting what=t("the rule")/> }.into_any(),
        },
    }
}

/// A new critical anomaly, over the whole wall.
#[component]
pub(super) fn Alarm(wall: Wall, id: String) -> impl IntoView {
    let anomaly = Memo::new(move |_| {
        let active = wall.active();
        active
            .ready()?
            .iter()
            .find(|anomaly| anomaly.id.to_string() == id)
            .cloned()
    });
    let record = RwSignal::new(None::<RuleRecord>);
    let rule = Memo::new(move |_| anomaly.get().map(|anomaly| anomaly.rule_id.to_string()));
    crate::lean::effect(move || {
        let Some(id) = rule.get() else { return };
        leptos::task::spawn_local(async move {
            // Without its rule the alarm has no chart, but all its words.
            record.try_set(api::find_rule(&id).await.ok());
        });
    });
    let sentence = move || {
        let anomaly = anomaly.get()?;
        wall.live.now_ms.follow();
        let since = words::since(
            anomaly.start_ms,
            wall.live.now_ms.get_untracked(),
            &browser::zone_now(),
        );
        Some(tf(
            "{rule}: {what} since {time}.",
            &[
                ("rule", &anomaly.rule_name),
                ("what", &words::deviation(&anomaly)),
                ("time", &since),
            ],
        ))
    };
    let chart = move || {
        let (rule, series) = (
            record.get()?,
            anomaly.get_untracked()?.series_key.to_string(),
        );
        Some(
            view! { <RuleCharts rule range=wall.range stored=wall.stored pace=pace(1, Some(series))/> },
        )
    };
    view! {
        <header class="kiosk-head kiosk-alarm" data-severity="critical">
            <span class="kiosk-mark mark" aria-hidden="true">"▲"</span>
            <h1 class="kiosk-sentence" role="alert">{sentence}</h1>
            <p class="kiosk-also">{move || anomaly.get().map(|anomaly| anomaly.series.clone())}</p>
        </header>
        <section class="kiosk-chart kiosk-one"><div class="kiosk-canvas">{chart}</div></section>
    }
}
