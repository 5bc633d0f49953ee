//! What there is to say about models, in words; and what folds.

use hindcast_shared::api::{
    ColumnDrift, JobCause, JobRecord, JobState, ModelCheck, ModelFigures, ModelKind, ModelVersion,
    TrialVerdict,
};

use leptos::prelude::*;

use super::board::Board;
use crate::i18n::{key, t, tf};
use crate::lean;
use crate::why::column_words;
use crate::words;

/// The algorithm.
pub(super) fn kind_word(kind: ModelKind) -> &'static str {
    t(match kind {
        ModelKind::IsolationForest => key("Isolation forest"),
        ModelKind::OneClassSvm => key("One-class SVM"),
        ModelKind::Pca => key("Main directions (PCA)"),
        ModelKind::KMeans => key("Centres (k-means)"),
        ModelKind::Dbscan => key("Neighbourhoods (DBSCAN)"),
        ModelKind::Autoencoder => key("Autoencoder (network)"),
        ModelKind::Vae => key("Variational autoencoder (network)"),
        ModelKind::LstmAutoencoder => key("LSTM autoencoder (network)"),
        ModelKind::TcnAutoencoder => key("TCN autoencoder (network)"),
    })
}

/// Why a new version does not score.
pub(super) fn verdict_word(verdict: TrialVerdict) -> &'static str {
    t(match verdict {
        TrialVerdict::NoWorse => key("no worse than the live one"),
        TrialVerdict::FindsLess => key("finds less of the labelled incidents than the live one"),
        TrialVerdict::TooManyAlarms => key("raises far more alarms than the live one"),
        TrialVerdict::TooFewAlarms => key("raises far fewer alarms than the live one"),
        TrialVerdict::NotComparable => key("the live one could not be asked"),
    })
}

/// What a version is.
pub(super) fn state_word(version: &ModelVersion) -> String {
    if version.live {
        return t("live").to_owned();
    }
    match &version.trial {
        Some(trial) if !trial.verdict.is_passed() => {
            tf("Candidate: {why}", &[("why", verdict_word(trial.verdict))])
        }
        _ if version.promoted_at_ms.is_some() => t("Was live").to_owned(),
        _ => t("Candidate").to_owned(),
    }
}

/// The name of a state in the page.
pub(super) fn state_name(state: JobState) -> &'static str {
    match state {
        JobState::Waiting => "waiting",
        JobState::Running => "running",
        JobState::Done => "done",
        JobState::Failed => "failed",
        JobState::Cancelled => "cancelled",
    }
}

/// How far a training is.
pub(super) fn job_word(job: &JobRecord) -> String {
    match job.state {
        JobState::Waiting => t("Waits").to_owned(),
        JobState::Running => {
            let done = percent(job.done);
            match job.eta_seconds {
                Some(left_s) => {
                    let left = words::length((left_s * 1_000.0) as i64);
                    tf(
                        "{done} done, {time} left",
                        &[("done", &done), ("time", &left)],
                    )
                }
                None => tf("{done} done", &[("done", &done)]),
            }
        }
        JobState::Done => job.version.map_or_else(String::new, |version| {
            tf("Made version {n}", &[("n", &version.to_string())])
        }),
        JobState::Failed => job
            .message
            .as_deref()
            .map(crate::i18n::said)
            .unwrap_or_default(),
        JobState::Cancelled => t("Cancelled").to_owned(),
    }
}

/// Why a model is trained; nothing where somebody asked.
pub(super) fn cause_word(cause: JobCause) -> Option<&'static str> {
    Some(t(match cause {
        JobCause::Asked => return None,
        JobCause::Cron => key("by its timetable"),
        JobCause::Age => key("because of its age"),
        JobCause::NewPoints => key("because of new samples"),
        JobCause::Drift => key("because its scores drifted"),
    }))
}

/// Whether a training goes on or waits to.
pub(super) fn is_active(job: &JobRecord) -> bool {
    matches!(job.state, JobState::Waiting | JobState::Running)
}

/// How well scores tell incidents from everything else.
pub(super) fn figures_words(figures: &ModelFigures) -> String {
    let rate = percent(figures.alarm_rate);
    let Some(area) = figures.auc_pr else {
        return tf(
            "No incident is labelled in its history; {rate} of the windows are over the threshold.",
            &[("rate", &rate)],
        );
    };
    tf(
        "Found {found} of {all} labelled incidents with {false} false alarms; AUC-PR {area}, {rate} of the quiet windows are over the threshold.",
        &[
            ("found", &figures.found.to_string()),
            ("all", &figures.incidents.to_string()),
            ("false", &figures.false_alarms.to_string()),
            ("area", &words::quantity(area, "")),
            ("rate", &rate),
        ],
    )
}

/// What stands beside the name of a model that finds less than `auto`.
pub(super) fn less_words(check: &ModelCheck) -> Option<String> {
    let auto = check.auto.as_ref().filter(|_| check.finds_less_than_auto)?;
    Some(tf(
        "On labelled history this model finds less than auto (AUC-PR {area}).",
        &[("area", &words::quantity(auto.auc_pr?, ""))],
    ))
}

/// Since when its scores are others than they were.
pub(super) fn drift_words(check: &ModelCheck, since: impl Fn(i64) -> String) -> Option<String> {
    let drift = check.drift?;
    Some(tf(
        "Its scores are higher than they were since {time}.",
        &[("time", &since(drift.at_ms))],
    ))
}

/// A column of the inputs that is another than it was, and since when.
pub(super) fn column_drift_words(drift: &ColumnDrift, since: impl Fn(i64) -> String) -> String {
    let time = since(drift.drift.at_ms);
    tf(
        "{column} since {time}",
        &[("column", &column_words(&drift.column)), ("time", &time)],
    )
}

/// Something that folds, and is only made while it is open; the page remembers which are, by their names.
pub(super) fn fold(
    board: Board,
    id: String,
    begins_open: bool,
    title: impl Into<String>,
    inside: impl Fn() -> AnyView + Send + 'static,
) -> AnyView {
    let known = {
        let id = id.clone();
        Memo::new(move |_| {
            board.folds.with(|folds| {
                let known = folds.iter().find(|(other, _)| *other == id);
                known.map_or(begins_open, |(_, is_open)| *is_open)
            })
        })
    };
    let name = id.clone();
    let toggled = move |event: web_sys::Event| {
        let is_open = event_target::<web_sys::Element>(&event).has_attribute("open");
        if known.get_untracked() != is_open {
            board.folds.update(|folds| {
                folds.retain(|(other, _)| *other != id);
                folds.push((id.clone(), is_open));
            });
        }
    };
    let shown = lean::live(move || known.get().then(&inside));
    view! {
        <details class="fold" data-fold=name open=known.get_untracked() on:toggle=toggled>
            <summary>{title.into()}</summary>
            {shown}
        </details>
    }
    .into_any()
}

/// A share in percent.
pub(super) fn percent(share: f64) -> String {
    format!("{} %", words::quantity(share * 100.0, ""))
}

#[cfg(test)]
mod tests {
    use hindcast_shared::api::{DriftTest, ModelDrift};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn column_when_it_drifted_then_is_named_with_the_instant_from_which_on_it_is_another() {
        let drift = ModelDrift {
            test: DriftTest::Adwin,
            at_ms: 7,
            before: 0.0,
            after: 2.5,
        };
        let told = ColumnDrift {
            column: "load{host=\"a\"}: value".to_owned(),
            drift,
        };
        let words = column_drift_words(&told, |at_ms| format!("instant {at_ms}"));
        assert_eq!(words, "load{host=\"a\"}: value since instant 7");
    }
}
