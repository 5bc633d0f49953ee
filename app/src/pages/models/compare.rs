//! Two versions side by side: what each finds, how often it alarms, when a window is odd, how its loss ended.

use hindcast_shared::api::{ModelComparison, ModelFigures, ModelVersion};
use leptos::prelude::*;

use super::board::Board;
use super::state::{percent, verdict_word};
use crate::i18n::{key, t, tf};
use crate::lean::CollectAny as _;
use crate::words;

type Told = fn(&ModelVersion, Option<&ModelFigures>) -> Option<String>;

/// The lines of the table.
const LINES: [(&str, Told); 7] = [
    (key("AUC-PR"), |_, figures| {
        Some(words::quantity(figures?.auc_pr?, ""))
    }),
    (key("Incidents found"), |_, figures| {
        let figures = figures?;
        Some(format!("{} / {}", figures.found, figures.incidents))
    }),
    (key("False alarms"), |_, figures| {
        Some(figures?.false_alarms.to_string())
    }),
    (key("Quiet windows over the threshold"), |_, figures| {
        Some(percent(figures?.alarm_rate))
    }),
    (key("Threshold p95"), |version, _| {
        Some(words::quantity(version.thresholds.p95, ""))
    }),
    (key("Threshold p99"), |version, _| {
        Some(words::quantity(version.thresholds.p99, ""))
    }),
    (key("Validation loss at the end"), |version, _| {
        let last = version.metrics.losses.last()?;
        Some(words::quantity(last.validation, ""))
    }),
];

/// The table, with what came of it.
pub(super) fn compared(board: Board, pair: &ModelComparison) -> AnyView {
    let (one, other) = (&pair.champion, &pair.challenger);
    let trial = &pair.trial;
    let lines = LINES
        .iter()
        .filter_map(|(name, told)| {
            let before = told(one, trial.champion.as_ref());
            let after = told(other, Some(&trial.challenger));
            (before.is_some() || after.is_some()).then(|| {
                let cell = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
                view! { <tr><th scope="row">{t(name)}</th><td>{cell(before)}</td><td>{cell(after)}</td></tr> }
            })
        })
        .collect_any();
    let head = |version: &ModelVersion| tf("Version {n}", &[("n", &version.version.to_string())]);
    view! {
        <div class="compared" data-verdict=trial.verdict.as_str()>
            <table class="figures">
                <thead><tr><td></td><th scope="col">{head(one)}</th><th scope="col">{head(other)}</th></tr></thead>
                <tbody>{lines}</tbody>
            </table>
            <p class="row">{tf("Version {n}", &[("n", &other.version.to_string())])}": "{verdict_word(trial.verdict)}" "<button type="button" on:click=move |_| board.beside.set(None)>{t("Close")}</button></p>
        </div>
    }
    .into_any()
}
