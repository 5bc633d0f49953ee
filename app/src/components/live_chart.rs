//! The charts of a rule: replayed by the worker for band and scores, with the anomalies that the server stored,
//! going on with each sample that arrives.

use std::sync::Arc;

use hindcast_shared::anomaly::Anomaly;
use hindcast_shared::api::RuleRecord;
use hindcast_shared::chart::Scene;
use hindcast_shared::rule::RuleDraft;
use hindcast_shared::series::last_final_ms;
use hindcast_shared::time::{Millis, TimeRange};
use leptos::prelude::*;

use super::notice::{Failure, Waiting};
use super::range_picker::RangeText;
use crate::api::{self, ApiError};
use crate::app::Workshop;
use crate::browser;
use crate::chart::{Chart, Shown, Spark, scene_of, summary};
use crate::i18n::{plural, t};
use crate::lean::{CollectAny as _, Lasting as _};
use crate::live::{Link, Live};
use crate::load::{Load, loaded};
use crate::words;
use crate::worker::protocol::{Ask, Columns, Drawn, Job, Outcome};

/// How often everything is fetched anew, because appended samples are not reduced.
const RENEW_EVERY_MS: i64 = 10 * 60_000;

/// What differs between the places where charts stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    /// Most series to show.
    pub most: u32,
    /// Only the series with this key, or with these labels as a replay's job names them.
    pub only: Option<String>,
    /// Whether words around the canvas are left out.
    pub bare: bool,
}

/// A chart that lives: its own signal, freed with it.
#[derive(Clone)]
struct Panel {
    name: String,
    shown: ArcRwSignal<Arc<Shown>>,
}

/// Why there is no chart.
fn as_api_error(outcome: Outcome) -> ApiError {
    match outcome {
        Outcome::Failed {
            message,
            field,
            status: Some(status),
        } => {
            match status {
                0 => return ApiError::Unreachable,
                401 => return ApiError::SignedOut,
                _ => {}
            }
            let detail = hindcast_shared::api::ErrorDetail {
                code: "source".to_owned(),
                message,
                field,
            };
            ApiError::Refused { status, detail }
        }
        Outcome::Failed { message, .. } => ApiError::Unreadable(message),
        _ => ApiError::Unreadable("another answer was expected".to_owned()),
    }
}

/// The charts of one rule.
#[component]
pub fn RuleCharts(
    /// The rule.
    rule: RuleRecord,
    /// What is shown of time.
    #[prop(into)]
    range: Signal<RangeText>,
    /// What the server found in that range.
    stored: Memo<Option<Vec<Anomaly>>>,
    /// How it is shown.
    pace: Pace,
    /// A range was selected.
    #[prop(optional, into)]
    on_zoom: Option<Callback<TimeRange>>,
    /// Whether the charts are small ones, without axes and words.
    #[prop(optional)]
    small: bool,
) -> impl IntoView {
    let live = expect_context::<Live>();
    let workshop = expect_context::<Workshop>();
    let panels = RwSignal::new(Load::<Vec<Panel>>::Waiting);
    let total = RwSignal::new(0_u32);
    let rule = StoredValue::new(rule);
    let id = rule.with_value(|rule| rule.rule.id.clone().unwrap_or_default());
    let again = RwSignal::new(0_u32);
    let renewal = Memo::new(move |_| {
        live.now_ms.follow();
        live.now_ms.get_untracked() / RENEW_EVERY_MS
    });

    let most = pace.most;
    let only = pace.only.clone();
    let phone = workshop.line();
    crate::lean::effect(move || {
        live.epoch.follow();
        again.track();
        let text = range.get();
        if text.is_live() {
            renewal.get();
        }
        let Ok(resolved) = text.resolve(browser::now_ms()) else {
            return;
        };
        let job = rule.with_value(|rule| view_job(rule, resolved, most, only.clone()));
        let critical_from = rule.with_value(|rule| rule.rule.severity.critical);
        workshop.ask(
            phone,
            Ask::Replay(Box::new(job)),
            move |outcome, columns| match outcome {
                Outcome::Drawn(drawn) => {
                    total.try_set(drawn.series_total);
                    let old = panels.try_get_untracked();
                    let fresh = panels_of(
                        &drawn,
                        &columns,
                        resolved,
                        critical_from,
                        old.as_ref().and_then(Load::ready),
                    );
                    if let Some(fresh) = fresh {
                        panels.try_set(Load::Ready(fresh));
                    }
                }
                outcome => {
                    let error = as_api_error(outcome);
                    let has_some = panels
                        .try_with_untracked(|panels| panels.ready().is_some())
                        .unwrap_or_default();
                    // What was seen last stays while nobody answers: the page says how old it is.
                    if error != ApiError::Unreachable || !has_some {
                        panels.try_set(Load::Failed(error));
                    }
                }
            },
        );
    });
    on_cleanup(move || workshop.hang_up(phone));

    live.on_samples(vec![id], move |samples| {
        let text = range.get_untracked();
        if !text.is_live() {
            return;
        }
        let (Ok(resolved), Some(Load::Ready(panels))) =
            (text.resolve(browser::now_ms()), panels.try_get_untracked())
        else {
            return;
        };
        for panel in panels {
            let key = panel.shown.with_untracked(|shown| shown.key);
            let mine: Vec<_> = samples
                .points
                .iter()
                .filter(|point| Some(point.series_key) == key)
                .collect();
            let mut shown = (*panel.shown.get_untracked()).clone();
            for point in mine {
                shown.append(point);
            }
            shown.slide(resolved, &browser::zone_offsets(resolved));
            panel.shown.set(Arc::new(shown));
        }
    });

    let bare = pace.bare;
    let retry = Callback::new(move |()| again.update(|again| *again += 1));
    move || match panels.get() {
        Load::Waiting => view! { <Waiting what=t("the chart")/> }.into_any(),
        Load::Failed(error) => view! { <Failure error retry/> }.into_any(),
        Load::Ready(panels) if panels.is_empty() => {
            view! { <p class="waiting">{t("No series matches in this range.")}</p> }.into_any()
        }
        Load::Ready(panels) => {
            let hidden = total.get().saturating_sub(panels.len() as u32);
            let charts = panels
                .into_iter()
                .map(|panel| view! { <LivePanel panel stored bare small on_zoom/> })
                .collect_any();
            let more = (!bare && !small).then(|| more_words(hidden));
            view! { {charts} {more} }.into_any()
        }
    }
}

/// The values of a series' labels, by which the series of a rule are told apart; its name where it has none.
fn values_of(series: &str) -> String {
    // Between the quotation marks of `name{a="x",b="y"}`.
    let values: Vec<&str> = series.split('"').skip(1).step_by(2).collect();
    if values.is_empty() {
        series.to_owned()
    } else {
        values.join(" · ")
    }
}

/// What is said about series that are not drawn.
fn more_words(hidden: u32) -> Option<AnyView> {
    let text = plural(
        u64::from(hidden),
        "{n} more series of this rule is not drawn here.",
        "{n} more series of this rule are not drawn here.",
    );
    (hidden > 0).then(|| view! { <p class="muted">{text}</p> }.into_any())
}

/// The anomalies of a range, fetched once for all charts of a page and kept up with the stream.
pub fn stored_anomalies(
    range: Signal<RangeText>,
    rule: Option<String>,
) -> Memo<Option<Vec<Anomaly>>> {
    let live = expect_context::<Live>();
    let fetched = loaded(move || {
        live.epoch.track();
        let (text, rule, series) = (range.get(), rule.clone(), live.series.get_value());
        async move {
            let mut query = vec![("from", text.from.as_str()), ("to", &text.to)];
            query.extend(rule.as_deref().map(|rule| ("rule", rule)));
            query.extend(series.as_deref().map(|series| ("series", series)));
            Ok(api::all_anomalies(&query).await?.items)
        }
    });
    crate::lean::effect(move || {
        if let Some(anomaly) = live.changed.get() {
            fetched.update(|fetched| {
                if let Load::Ready(fetched) = fetched {
                    fetched.retain(|old| old.id != anomaly.id);
                    fetched.push(anomaly);
                }
            });
        }
    });
    // Made once for all charts: a list of thousands is not copied for each of them.
    Memo::new(move |_| fetched.with(|fetched| fetched.ready().cloned()))
}

fn view_job(rule: &RuleRecord, range: TimeRange, most_series: u32, only: Option<String>) -> Job {
    Job {
        rule: rule.rule.clone(),
        version: rule.version,
        stored: rule.rule.id.clone(),
        saved: None,
        range: finished(range, browser::now_ms(), &rule.rule),
        columns: columns_wanted(),
        only,
        most_series,
        offsets: browser::zone_offsets(range),
        detail: false,
        fresh: true,
        labels: None,
    }
}

/// The part of a range of which a rule's samples are final at an instant.
pub(crate) fn finished(range: TimeRange, now_ms: i64, rule: &RuleDraft) -> TimeRange {
    let step_ms = rule.step.ms();
    let delay_ms = rule.delay.map_or(step_ms.min(30_000), Millis::ms);
    let last_ms = last_final_ms(now_ms, delay_ms, step_ms) + step_ms;
    TimeRange {
        from_ms: range.from_ms,
        to_ms: range.to_ms.min(last_ms).max(range.from_ms + step_ms),
    }
}

/// Pixel columns of the widest chart that fits on this screen.
pub(crate) fn columns_wanted() -> u32 {
    let window = browser::window();
    let width = window
        .inner_width()
        .ok()
        .and_then(|width| width.as_f64())
        .unwrap_or(1_000.0);
    (width * window.device_pixel_ratio()).clamp(200.0, 2_500.0) as u32
}

/// New panels; none when the same series are there already, which then go on in their places.
fn panels_of(
    drawn: &Drawn,
    columns: &Columns,
    range: TimeRange,
    critical_from: Option<f64>,
    old: Option<&Vec<Panel>>,
) -> Option<Vec<Panel>> {
    let shown: Vec<Shown> = drawn
        .series
        .iter()
        .map(|series| scene_of(series, columns, range, &drawn.offsets, critical_from))
        .collect();
    if let Some(old) = old.filter(|old| {
        old.iter()
            .map(|panel| &panel.name)
            .eq(shown.iter().map(|shown| &shown.name))
    }) {
        for (panel, shown) in old.iter().zip(shown) {
            panel.shown.set(Arc::new(shown));
        }
        return None;
    }
    Some(
        shown
            .into_iter()
            .map(|shown| Panel {
                name: shown.name.clone(),
                shown: ArcRwSignal::new(Arc::new(shown)),
            })
            .collect(),
    )
}

#[component]
fn LivePanel(
    panel: Panel,
    stored: Memo<Option<Vec<Anomaly>>>,
    bare: bool,
    small: bool,
    on_zoom: Option<Callback<TimeRange>>,
) -> impl IntoView {
    let live = expect_context::<Live>();
    let shown = panel.shown;
    let scene = Signal::derive(move || -> Option<Arc<Scene>> {
        live.link.follow();
        stored.follow();
        let stale = live.link.get_untracked() == Link::Stale;
        let shown = shown.get();
        let mut shown = stored.with_untracked(|stored| match stored {
            Some(anomalies) => (*shown)
                .clone()
                .with_stored(anomalies, shown.last_ms.unwrap_or_default()),
            None => (*shown).clone(),
        });
        shown.scene.stale = stale;
        Some(Arc::new(shown.scene))
    });
    let title = panel.name;
    let title = if title.len() > 90 {
        words::short_series(&title).to_owned()
    } else {
        title
    };
    if small {
        let label = {
            let title = title.clone();
            Signal::derive(move || {
                scene
                    .get()
                    .map_or_else(|| title.clone(), |scene| summary(&title, &scene))
            })
        };
        let short = values_of(&title);
        return view! { <div class="small-chart"><span class="chart-title" title=title>{short}</span><Spark scene label/></div> }
            .into_any();
    }
    match on_zoom {
        Some(on_zoom) => view! { <Chart title scene bare on_zoom/> }.into_any(),
        None => view! { <Chart title scene bare/> }.into_any(),
    }
}
