//! Why the version that scores finds a window odd: which window, what each column adds, and where in it.

use hindcast_shared::api::{ModelExplanation, ModelSpec};
use hindcast_shared::chart::minute_text;
use hindcast_shared::time::DAY_MS;
use leptos::html::H3;
use leptos::prelude::*;

use super::board::Board;
use super::heat::HeatMap;
use super::odd::{Odd, odd_windows, oddest};
use crate::api::models::{self, ScoreColumn};
use crate::browser;
use crate::components::{Failure, Waiting};
use crate::i18n::{t, tf};
use crate::lean::{self, CollectAny as _};
use crate::load::{Load, loaded};
use crate::why::{Reason, Why};
use crate::words::quantity;

/// Scores that are looked through for odd windows, a series: two days of minutes.
const MOST_SCORES: i64 = 3_000;

/// The window that is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    /// The model.
    pub(super) model: String,
    /// Text form of the series or of its scores; the first one unless given.
    pub(super) series: Option<String>,
    /// Instant at which the window ends; none until one is chosen.
    pub(super) at_ms: Option<i64>,
}

/// The panel, while it is open.
pub(super) fn panel(board: Board, name: String, spec: ModelSpec) -> AnyView {
    let is_open = {
        let name = name.clone();
        Memo::new(move |_| {
            board
                .asked
                .with(|asked| asked.as_ref().is_some_and(|asked| asked.model == name))
        })
    };
    lean::live(move || {
        is_open
            .get()
            .then(|| opened(board, name.clone(), spec.clone()))
    })
}

fn opened(board: Board, name: String, spec: ModelSpec) -> AnyView {
    let scores = RwSignal::new(Load::<Vec<ScoreColumn>>::Waiting);
    let source = Memo::new(move |_| board.scores());
    let turn = StoredValue::new(0);
    let of = (name.clone(), spec.clone());
    crate::lean::effect(move || {
        let Some(source) = source.get() else {
            return;
        };
        let (name, spec) = of.clone();
        let to_ms = browser::now_ms();
        let length_ms = (MOST_SCORES * spec.step.ms()).min(spec.history.ms());
        let asks = async move {
            let step = spec.step.to_string();
            let from_ms = to_ms - length_ms.max(spec.step.ms());
            models::list_scores(&source, &name, from_ms, to_ms, &step).await
        };
        crate::load::load_into(scores, turn, asks);
    });
    let asked = Memo::new(move |_| {
        let asked = board.asked.get()?;
        Some((asked.series, asked.at_ms?))
    });
    let of = name.clone();
    let told = lean::live(move || {
        asked
            .get()
            .map(|(series, at_ms)| answer(of.clone(), series, at_ms))
    });
    let of = name.clone();
    let windows = lean::live(move || {
        source
            .get()
            .map(|_| offered(board, of.clone(), scores, asked))
    });
    let close = move |_| board.asked.set(None);
    // Whoever asked, here or by a link, is brought there.
    let head = NodeRef::<H3>::new();
    crate::lean::effect(move || {
        if let Some(head) = head.get() {
            // An element that is in the page can be focused.
            head.focus().ok();
        }
    });
    let title = tf("Why is a window of {model} odd?", &[("model", &name)]);
    view! {
        <section class="explain" data-explain=name.clone() aria-label=title.clone()>
            <div class="section-head"><h3 node_ref=head tabindex="-1">{title.clone()}</h3><button type="button" data-do="close-explain" on:click=close>{t("Close")}</button></div>
            {windows}
            {typed(board, name.clone(), scores)}
            {told}
        </section>
    }
    .into_any()
}

/// The newest odd windows, each a button.
fn offered(
    board: Board,
    name: String,
    scores: RwSignal<Load<Vec<ScoreColumn>>>,
    asked: Memo<Option<(Option<String>, i64)>>,
) -> AnyView {
    let zone = browser::zone_now();
    let button = move |odd: Odd, many: bool, name: &str| {
        let mut label = tf(
            "{time}, score {score}",
            &[
                ("time", &minute_text(odd.at_ms, &zone)),
                ("score", &quantity(odd.score, "")),
            ],
        );
        if many {
            label = format!("{label} · {}", odd.series);
        }
        let wanted = Asked {
            model: name.to_owned(),
            series: Some(odd.series.clone()),
            at_ms: Some(odd.at_ms),
        };
        let this = (wanted.series.clone(), odd.at_ms);
        let pressed = move || (asked.get().as_ref() == Some(&this)).to_string();
        view! {
            <button type="button" data-window=odd.at_ms.to_string() aria-pressed=pressed on:click=move |_| board.asked.set(Some(wanted.clone()))>{label}</button>
        }
    };
    lean::live(move || match scores.get() {
        Load::Waiting => view! { <Waiting what=t("scores")/> }.into_any(),
        Load::Failed(error) => view! { <Failure error/> }.into_any(),
        Load::Ready(columns) => {
            let many = columns.len() > 1;
            let odd = odd_windows(&columns);
            let words = if odd.is_empty() {
                t("No recent window was odd; the least ordinary one:")
            } else {
                t("The newest odd windows:")
            };
            let found = if odd.is_empty() {
                oddest(&columns).into_iter().collect()
            } else {
                odd
            };
            if found.is_empty() {
                return view! { <p class="muted">{t("There are no recent scores.")}</p> }
                    .into_any();
            }
            let buttons = found.into_iter().map(|odd| button(odd, many, &name));
            view! { <p class="row odd-windows"><span>{words}</span>{buttons.collect_any()}</p> }
                .into_any()
        }
    })
}

/// Any other window, by its time and series.
fn typed(board: Board, name: String, scores: RwSignal<Load<Vec<ScoreColumn>>>) -> AnyView {
    let at_ms = board
        .asked
        .with_untracked(|asked| asked.as_ref().and_then(|asked| asked.at_ms));
    let now_ms = browser::now_ms();
    let at = RwSignal::new(browser::field_time(at_ms.unwrap_or(now_ms)));
    // A window that was chosen above stands in the field, to go on from there.
    crate::lean::effect(move || {
        let chosen = board.asked.with(|asked| asked.as_ref()?.at_ms);
        if let Some(at_ms) = chosen {
            at.set(browser::field_time(at_ms));
        }
    });
    let chosen = RwSignal::new(None::<String>);
    let names = Memo::new(move |_| {
        scores.with(|scores| {
            let columns = scores.ready().map_or(&[][..], Vec::as_slice);
            let names = columns.iter().map(|column| column.series.clone());
            names.collect::<Vec<_>>()
        })
    });
    let series = lean::live(move || {
        let names = names.get();
        (names.len() > 1).then(|| {
            let options = names.into_iter().map(|name| {
                let value = name.clone();
                view! { <option value=value>{name}</option> }
            });
            let picked = move |event: web_sys::Event| chosen.set(Some(event_target_value(&event)));
            view! { <label class="field">{t("Series")}<select class="explain-series" on:change=picked>{options.collect_any()}</select></label> }
        })
    });
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let at_ms = browser::instant_of_field(&at.get_untracked());
        board.asked.set(Some(Asked {
            model: name.clone(),
            series: chosen.get_untracked(),
            at_ms,
        }));
    };
    let latest = browser::field_time(now_ms + DAY_MS);
    view! {
        <form class="row explain-form" on:submit=submit>
            {series}
            <label class="field">{t("The window ends at")}
                <input type="datetime-local" step="1" required max=latest class="explain-at" prop:value=at on:input=move |event| at.set(event_target_value(&event))/>
            </label>
            <button type="submit" data-do="explain-window">{t("Explain")}</button>
        </form>
    }
    .into_any()
}

fn answer(name: String, series: Option<String>, at_ms: i64) -> AnyView {
    let again = RwSignal::new(0_u32);
    let told = loaded(move || {
        again.track();
        let (name, series) = (name.clone(), series.clone());
        async move { models::explain(&name, series, at_ms).await }
    });
    let retry = Callback::new(move |()| again.update(|again| *again += 1));
    lean::live(move || match told.get() {
        Load::Waiting => view! { <Waiting what=t("the explanation")/> }.into_any(),
        Load::Failed(error) => view! { <Failure error retry/> }.into_any(),
        Load::Ready(told) => drawn(&told),
    })
}

fn drawn(told: &ModelExplanation) -> AnyView {
    let heat = told.heat.as_ref().map(|heat| {
        let told = told.clone();
        let heat = heat.clone();
        view! { <HeatMap told heat/> }
    });
    let reason = Reason::of_model(told, &browser::zone_now());
    view! {
        <div class="explained" data-at=told.at_ms.to_string() data-version=told.version.to_string() data-method=told.method.clone()>
            <Why reason/>
            {heat}
        </div>
    }
    .into_any()
}
