//! How well a model did over time, look by look: beside `auto`, its alarms, and where its scores drifted.

use std::sync::Arc;

use hindcast_shared::api::{ModelCheck, ModelFigures};
use hindcast_shared::time::{HOUR_MS, UtcOffsets};
use leptos::prelude::*;

use super::board::Board;
use super::state::fold;
use crate::api::models;
use crate::browser;
use crate::chart::{Axis, Course, Curve, Flag, Strand};
use crate::components::{Failure, Waiting};
use crate::i18n::{t, tf};
use crate::lean::{self, CollectAny as _};
use crate::load::{Load, loaded};
use crate::words::since;

/// The figures, which are asked for when they are opened, and again after each look.
pub(super) fn over_time(board: Board, name: String, newest_ms: Option<i64>) -> AnyView {
    if newest_ms.is_none() {
        return ().into_any();
    }
    let id = format!("checks {name}");
    fold(board, id, true, t("Figures over time"), move || {
        let again = RwSignal::new(0_u32);
        let asked = name.clone();
        let checks = loaded(move || {
            again.track();
            let name = asked.clone();
            async move { models::list_checks(&name).await }
        });
        let retry = Callback::new(move |()| again.update(|again| *again += 1));
        lean::live(move || match checks.get() {
            Load::Waiting => view! { <Waiting what=t("figures")/> }.into_any(),
            Load::Failed(error) => view! { <Failure error retry/> }.into_any(),
            Load::Ready(checks) => {
                let charts = courses(&checks, &browser::zone_now()).into_iter();
                let charts = charts.map(|(title, course)| {
                    let course = Signal::stored(Arc::new(course));
                    view! { <Curve title=Signal::stored(title.to_owned()) course/> }
                });
                view! { <div class="model-figures" data-looks=checks.len().to_string()>{charts.collect_any()}</div> }
                    .into_any()
            }
        })
    })
}

type Figure = fn(&ModelFigures) -> Option<f64>;

/// A chart for each kind of figure that there is.
pub(super) fn courses(checks: &[ModelCheck], zone: &UtcOffsets) -> Vec<(&'static str, Course)> {
    let of_model = |name: &'static str, color: usize, figure: Figure| Strand {
        name,
        color,
        values: each(checks, |check| figure(&check.figures)),
    };
    let of_auto = |figure: Figure| Strand {
        name: "auto",
        color: 1,
        values: each(checks, |check| check.auto.as_ref().and_then(figure)),
    };
    let area: Figure = |figures| figures.auc_pr;
    let quiet: Figure = |figures| Some(figures.alarm_rate * 100.0);
    let charts = [
        (
            t("AUC-PR on labelled history"),
            vec![of_model(t("This model"), 0, area), of_auto(area)],
            Some((0.0, 1.0)),
            "",
        ),
        (
            t("Precision and recall of alarms"),
            vec![
                of_model(t("Precision"), 0, |figures| figures.precision),
                of_model(t("Recall"), 2, |figures| figures.recall),
            ],
            Some((0.0, 1.0)),
            "",
        ),
        (
            t("Quiet windows over the threshold"),
            vec![of_model(t("This model"), 0, quiet), of_auto(quiet)],
            Some((0.0, 1.0)),
            "%",
        ),
    ];
    let has_values = |strand: &Strand| strand.values.iter().any(|value| value.is_finite());
    charts
        .into_iter()
        .filter_map(|(title, mut strands, bounds, unit)| {
            strands.retain(has_values);
            (!strands.is_empty()).then(|| {
                let course = Course {
                    axis: Axis::Times(zone.clone()),
                    span: span(checks),
                    at: checks.iter().map(|check| check.at_ms).collect(),
                    strands,
                    bounds,
                    flags: drifts(checks),
                    notes: notes(checks, zone),
                    unit,
                };
                (title, course)
            })
        })
        .collect()
}

fn each(checks: &[ModelCheck], of: impl Fn(&ModelCheck) -> Option<f64>) -> Vec<f64> {
    let value = |check| of(check).unwrap_or(f64::NAN);
    checks.iter().map(value).collect()
}

/// From the first look to the last, and at least some hours, so that a single look has room around it.
fn span(checks: &[ModelCheck]) -> (i64, i64) {
    let first = checks.first().map_or(0, |check| check.at_ms);
    let last = checks.last().map_or(0, |check| check.at_ms);
    let room = ((last - first) / 40).max(HOUR_MS);
    (first - room, last + room)
}

/// A drift is told by every look that sees it.
fn drifts(checks: &[ModelCheck]) -> Vec<Flag> {
    let mut flags: Vec<Flag> = Vec::new();
    for drift in checks.iter().filter_map(|check| check.drift) {
        if flags.iter().all(|flag| flag.at != drift.at_ms) {
            flags.push(Flag {
                at: drift.at_ms,
                label: "◆".to_owned(),
            });
        }
    }
    flags
}

fn notes(checks: &[ModelCheck], zone: &UtcOffsets) -> Vec<String> {
    let note = |check: &ModelCheck| {
        let version = tf("Version {n}", &[("n", &check.version.to_string())]);
        match check.drift {
            Some(drift) => {
                let time = since(drift.at_ms, check.at_ms, zone);
                let drifted = tf("drift since {time}", &[("time", &time)]);
                format!("{version}, {drifted}")
            }
            None => version,
        }
    };
    checks.iter().map(note).collect()
}

#[cfg(test)]
mod tests {
    use hindcast_shared::api::{DriftTest, ModelDrift};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn figures(auc_pr: Option<f64>) -> ModelFigures {
        ModelFigures {
            from_ms: 0,
            to_ms: 1,
            windows: 10,
            incidents: u64::from(auc_pr.is_some()),
            found: 0,
            alarms: 1,
            false_alarms: 1,
            precision: Some(0.5),
            recall: auc_pr,
            f1: None,
            auc_pr,
            alarm_rate: 0.015,
        }
    }

    fn check(at_ms: i64, auc_pr: Option<f64>) -> ModelCheck {
        let drift = ModelDrift {
            test: DriftTest::Adwin,
            at_ms: 3 * HOUR_MS,
            before: 0.5,
            after: 0.75,
        };
        ModelCheck {
            version: 2,
            at_ms,
            figures: figures(auc_pr),
            auto: Some(figures(Some(0.75))),
            finds_less_than_auto: true,
            column_drift: Vec::new(),
            drift: Some(drift),
        }
    }

    #[test]
    fn charts_when_looks_are_told_then_hold_their_figures_and_one_mark_a_drift() {
        let checks = [
            check(6 * HOUR_MS, Some(0.25)),
            check(12 * HOUR_MS, Some(0.5)),
        ];
        let charts = courses(&checks, &UtcOffsets::utc());
        assert_eq!(charts.len(), 3);
        let (_, area) = &charts[0];
        assert_eq!(area.strands[0].values, [0.25, 0.5]);
        assert_eq!(area.strands[1].values, [0.75, 0.75]);
        assert_eq!(area.flags.len(), 1);
        assert_eq!(area.at, [6 * HOUR_MS, 12 * HOUR_MS]);
        assert!(area.notes[0].contains("drift"), "{:?}", area.notes);
        assert_eq!(charts[2].1.strands[0].values, [1.5, 1.5]);
    }

    #[test]
    fn charts_when_nothing_is_labelled_then_draw_what_is_known() {
        let mut look = check(0, None);
        look.auto = None;
        look.figures.precision = None;
        let charts = courses(&[look], &UtcOffsets::utc());
        assert_eq!(charts.len(), 1);
        assert_eq!(charts[0].1.unit, "%");
        let (first, last) = charts[0].1.span;
        assert!(first < 0 && last > 0);
    }
}
