//! Why a sample was judged as it was, for people: sentences, and the parts as steps from nothing to the value.

mod model;
mod steps;
mod words;

pub use model::{column_words, columns_words};
pub use words::{learning, speaker};

use crate::lean::CollectAny as _;
use hindcast_shared::api::Explanation;
use hindcast_shared::time::UtcOffsets;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use self::steps::Steps;

/// An explanation in words and places: what a page shows, whoever made it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    lead: String,
    more: Vec<String>,
    who: String,
    /// What the steps are, `band` or `edge` or nothing behind them, and where that lies.
    caption: String,
    behind: String,
    places: Vec<f64>,
    rows: Vec<Step>,
}

/// One step: what it is, in words, where it begins and how wide it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Step {
    kind: String,
    label: String,
    number: String,
    places: Vec<f64>,
}

impl Reason {
    /// In words, on somebody's wall clock.
    pub fn of(told: &Explanation, zone: &UtcOffsets) -> Self {
        let steps = Steps::of(told);
        let (behind, places) = match &steps {
            Some(Steps {
                band: Some((from, width)),
                ..
            }) => ("band", vec![*from, *width]),
            Some(Steps {
                edge: Some(edge), ..
            }) => ("edge", vec![*edge, 0.0]),
            _ => ("nothing", vec![0.0, 0.0]),
        };
        let more = [words::spoke(told), words::quiet(told)];
        Self {
            lead: words::lead(told, zone),
            more: more.into_iter().flatten().collect(),
            who: words::judge(told),
            caption: steps
                .as_ref()
                .map_or_else(String::new, |steps| steps.caption.to_owned()),
            behind: behind.to_owned(),
            places,
            rows: steps
                .into_iter()
                .flat_map(|steps| steps.rows)
                .map(|row| Step {
                    kind: row.kind.as_str().to_owned(),
                    label: row.label,
                    number: row.number,
                    places: vec![row.left, row.width],
                })
                .collect(),
        }
    }
}

/// Sentences and steps.
#[component]
pub fn Why(
    /// What is shown.
    reason: Reason,
) -> impl IntoView {
    let percent = |places: &[f64], at: usize| {
        let share = places.get(at).copied().unwrap_or(0.0);
        format!("{:.2}%", share * 100.0)
    };
    let row = |row: Step| {
        view! {
            <tr data-kind=row.kind style=("--left", percent(&row.places, 0)) style=("--width", percent(&row.places, 1))>
                <th scope="row">{row.label}</th>
                <td><span class="why-track" aria-hidden="true">
                    <span class="why-band"></span><span class="why-edge"></span><span class="why-step"></span>
                </span></td>
                <td class="number">{row.number}</td>
            </tr>
        }
    };
    // What lies behind all steps is the same for each.
    let places = (percent(&reason.places, 0), percent(&reason.places, 1));
    let steps = (!reason.rows.is_empty()).then(|| {
        view! {
            <table class="why-steps" data-behind=reason.behind style=("--from", places.0) style=("--wide", places.1)>
                <caption>{reason.caption}</caption>
                <tbody>{reason.rows.into_iter().map(row).collect_any()}</tbody>
            </table>
        }
    });
    view! {
        <div class="why">
            <div class="why-words">
                <p class="why-lead">{reason.lead}</p>
                {reason.more.into_iter().map(|sentence| view! { <p>{sentence}</p> }).collect_any()}
                <p class="muted">{reason.who}</p>
            </div>
            {steps}
        </div>
    }
}
