//! The wall: each rule's series, worst first; full charts while they are few, small ones when they are many.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use hindcast_shared::anomaly::Anomaly;
use hindcast_shared::api::RuleRecord;
use hindcast_shared::chart::marked;
use hindcast_shared::rule::Severity;
use hindcast_shared::time::TimeRange;
use leptos::html::Div;
use leptos::prelude::*;

use super::super::state::State;
use super::filter::Filter;
use crate::chart::observe_size;
use crate::components::{Failure, Pace, RangeText, RuleCharts, VirtualRows, Waiting, item_view};
use crate::i18n::{plural, said, t, tf};
use crate::lean::CollectAny as _;
use crate::live::Live;
use crate::load::Load;

/// Most full charts, and small ones, of a rule.
const MOST_FULL: u32 = 6;
const MOST_SMALL: u32 = 3;
/// From so many series on charts are small.
const MANY: u32 = 16;
/// From so many series on a rule is looked at on a page of its own: its samples are megabytes.
const TOO_MANY: u32 = 120;
/// From so many rules on only those that are seen are in the page.
const LONG: usize = 24;
/// Least width of a panel of small charts, and its height.
const WIDTH: f64 = 380.0;
const HEIGHT: f64 = 208.0;

/// What decides which panels there are, and in which order; a new run changes nothing of it.
#[derive(Debug, Clone, PartialEq)]
struct Shown {
    /// Ids and versions, worst first.
    rules: Vec<(String, u32)>,
    small: bool,
}

/// The section.
#[component]
pub(super) fn Wall(
    state: State,
    range: RwSignal<RangeText>,
    filter: RwSignal<Filter>,
    stored: Memo<Option<Vec<Anomaly>>>,
) -> impl IntoView {
    let live = expect_context::<Live>();
    let shown = Memo::new(move |_| {
        let filter = filter.get();
        let worst = worst_of(live);
        state
            .rules
            .with(|rules| rules.ready().map(|rules| Shown::of(rules, &filter, &worst)))
    });
    let zoom = Callback::new(move |selected: TimeRange| {
        let text = RangeText::fixed(selected);
        text.to_url();
        range.set(text);
    });
    let panel = move |id: &str, small: bool| {
        let rule = state.find_rule(id);
        rule.map(|rule| view! { <RulePanel rule range stored zoom small/> })
    };
    let body = move || {
        match shown.get() {
        None => match state.rules.get() {
            Load::Failed(error) => view! { <Failure error/> }.into_any(),
            _ => view! { <Waiting what=t("rules")/> }.into_any(),
        },
        Some(shown) if shown.rules.is_empty() => view! {
            <p class="muted">{t("No rule that is on passes the filter.")}" "<a href="lab">{t("Make one in the Lab")}</a></p>
        }
        .into_any(),
        Some(shown) if shown.rules.len() <= LONG => {
            let panels = shown.rules.iter();
            let panels = panels.map(|(id, _)| panel(id, shown.small)).collect_any();
            view! { <div class="wall" class:small=shown.small>{panels}</div> }.into_any()
        }
        Some(shown) => {
            let ids = shown.rules.into_iter().map(|(id, _)| id).collect();
            view! { <LongWall ids state range stored zoom/> }.into_any()
        }
    }
    };
    view! {
        <section aria-labelledby="wall-title">
            <div class="section-head">
                <h2 id="wall-title">{t("Series")}</h2>
                <a href="lab/series">{t("Many series at once")}</a>
            </div>
            {body}
        </section>
    }
}

/// How bad it is for each rule now.
fn worst_of(live: Live) -> BTreeMap<String, (Severity, u64)> {
    let mut worst = BTreeMap::new();
    live.active.with(|active| {
        for anomaly in active.ready().into_iter().flatten() {
            // Hundredths are enough for an order, and can be compared.
            let score = (anomaly.peak_score().clamp(0.0, 1e12) * 100.0) as u64;
            let mine = (anomaly.severity, score);
            let rule = worst.entry(anomaly.rule_id.to_string()).or_insert(mine);
            *rule = (*rule).max(mine);
        }
    });
    worst
}

impl Shown {
    fn of(
        rules: &[RuleRecord],
        filter: &Filter,
        worst: &BTreeMap<String, (Severity, u64)>,
    ) -> Self {
        let id = |rule: &RuleRecord| rule.rule.id.clone().unwrap_or_default();
        let mut on: Vec<&RuleRecord> = rules
            .iter()
            .filter(|rule| {
                let own = &rule.rule;
                own.enabled && filter.shows(&id(rule), &own.name, &own.source)
            })
            .collect();
        // Stable: what is equally bad stays in the order of the rules.
        on.sort_by_key(|rule| Reverse(worst.get(&id(rule)).copied()));
        let series = on.iter().map(|rule| series_of(rule)).sum::<u32>();
        Self {
            rules: on.iter().map(|rule| (id(rule), rule.version)).collect(),
            small: series > MANY,
        }
    }
}

/// How many series a rule saw last.
fn series_of(rule: &RuleRecord) -> u32 {
    rule.last_run.as_ref().map_or(1, |run| run.series)
}

/// Panels of which only those that are seen are in the page.
#[component]
fn LongWall(
    ids: Vec<String>,
    state: State,
    range: RwSignal<RangeText>,
    stored: Memo<Option<Vec<Anomaly>>>,
    zoom: Callback<TimeRange>,
) -> impl IntoView {
    let box_ref = NodeRef::<Div>::new();
    let size = RwSignal::new((0.0_f64, 0.0_f64));
    observe_size(box_ref, size);
    let columns = Memo::new(move |_| (size.get().0 / WIDTH).max(1.0) as u32);
    let places: Arc<Vec<u32>> = Arc::new((0..ids.len() as u32).collect());
    let item = item_view(move |place| {
        let rule = ids.get(place as usize).and_then(|id| state.find_rule(id));
        rule.map(|rule| view! { <RulePanel rule range stored zoom small=true/> })
            .into_any()
    });
    let seen = RwSignal::new(Arc::default());
    view! {
        <div class="wall-long" node_ref=box_ref>
            <VirtualRows items=Signal::stored(places) height=HEIGHT columns=Signal::derive(move || columns.get()) item seen
                role="list" label=t("Series")/>
        </div>
    }
}

#[component]
fn RulePanel(
    rule: RuleRecord,
    range: RwSignal<RangeText>,
    stored: Memo<Option<Vec<Anomaly>>>,
    zoom: Callback<TimeRange>,
    small: bool,
) -> impl IntoView {
    let id = rule.rule.id.clone().unwrap_or_default();
    let error = rule.last_run.as_ref().and_then(|run| run.error.clone());
    let series = series_of(&rule);
    let pace = Pace {
        most: if small { MOST_SMALL } else { MOST_FULL },
        only: None,
        bare: false,
    };
    let all = format!("lab/series?rule={id}");
    let charts = if series > TOO_MANY {
        let count = plural(u64::from(series), "{n} series", "{n} series");
        let open = plural(
            u64::from(rule.open_anomalies),
            "{n} open anomaly",
            "{n} open anomalies",
        );
        view! { <p class="waiting">{count}", "{open}". "<a href=all>{t("Look at all of them")}</a></p> }
            .into_any()
    } else {
        let more = (small && series > pace.most).then(|| {
            let hidden = u64::from(series - pace.most);
            view! { <a class="more-series" href=all>{plural(hidden, "{n} more series", "{n} more series")}</a> }
        });
        view! { <RuleCharts rule=rule.clone() range stored pace on_zoom=zoom small/>{more} }
            .into_any()
    };
    view! {
        <article class="rule-panel" data-rule=id.clone()>
            <header class="rule-head">
                <h3><a href=format!("lab?rule={id}") title=t("Open in the Lab")>{rule.rule.name.clone()}</a></h3>
                <span class="muted">{format!("{} · {}", rule.rule.source, detector_name(&rule))}</span>
            </header>
            {error.map(|error| view! { <p class="refused" role="alert">{said(&error)}</p> })}
            {charts}
        </article>
    }
}

fn detector_name(rule: &RuleRecord) -> String {
    let kind = rule
        .rule
        .detector
        .get("kind")
        .and_then(|kind| kind.as_str())
        .unwrap_or("");
    match rule.rule.decision.threshold {
        Some(threshold) => tf(
            "{detector}, threshold {threshold}",
            &[
                ("detector", kind),
                ("threshold", &marked(threshold.to_string())),
            ],
        ),
        None => kind.to_owned(),
    }
}
