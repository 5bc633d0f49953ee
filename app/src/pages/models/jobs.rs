//! The trainings: how far each is, how its loss falls, and away with it.

use std::sync::Arc;

use hindcast_shared::api::{JobRecord, JobState, TrainingEvent};
use leptos::prelude::*;

use super::board::Board;
use super::losses;
use super::state::{cause_word, is_active, job_word, state_name};
use super::training::Told;
use crate::api::models;
use crate::app::Who;
use crate::chart::Curve;
use crate::i18n::{t, tf};
use crate::lean::{self, CollectAny as _};
use crate::pages::rules::may_write;

/// Trainings that are over and still told.
const OVER: usize = 3;

/// The section; nothing while there is nothing to tell.
pub(super) fn jobs(board: Board) -> AnyView {
    // A row stays while only its own training goes on: nobody's hand is on something that is made anew.
    let shown = Memo::new(move |_| board.jobs.with(|jobs| shown(jobs)));
    lean::live(move || {
        let ids = shown.get();
        if ids.is_empty() {
            return ().into_any();
        }
        let rows = ids.into_iter().map(|id| row(board, id)).collect_any();
        view! {
            <section class="jobs" aria-labelledby="jobs-title"><h2 id="jobs-title">{t("Trainings")}</h2><ul class="mutes">{rows}</ul></section>
        }
        .into_any()
    })
}

fn shown(jobs: &[JobRecord]) -> Vec<i64> {
    let active = jobs.iter().filter(|job| is_active(job));
    let over = jobs.iter().filter(|job| !is_active(job)).take(OVER);
    active.chain(over).map(|job| job.id).collect()
}

impl Board {
    fn job<T>(self, id: i64, of: impl FnOnce(&JobRecord) -> T) -> Option<T> {
        self.jobs.with(|jobs| {
            let job = jobs.iter().find(|job| job.id == id)?;
            Some(of(job))
        })
    }

    /// Takes in what the stream says.
    pub(super) fn hear(self, told: Told) {
        match told {
            Told::Here => {
                self.away.set(false);
                self.reload();
            }
            Told::Away => self.away.set(true),
            Told::Training(event) => {
                let taken = self.jobs.try_update(|jobs| take_in(jobs, &event));
                let is_over = !matches!(event.state, JobState::Waiting | JobState::Running);
                if is_over || taken != Some(true) {
                    self.reload();
                }
            }
        }
    }
}

/// Whether the event could be taken in: its job is known, and no round is missing before it.
fn take_in(jobs: &mut [JobRecord], event: &TrainingEvent) -> bool {
    let Some(job) = jobs.iter_mut().find(|job| job.id == event.job_id) else {
        return false;
    };
    job.state = event.state;
    job.done = event.done;
    job.eta_seconds = event.eta_seconds;
    let last = job.losses.last().map_or(0, |loss| loss.epoch);
    match event.loss {
        Some(loss) if loss.epoch > last + 1 => return false,
        Some(loss) if loss.epoch == last + 1 => job.losses.push(loss),
        _ => {}
    }
    true
}

fn row(board: Board, id: i64) -> AnyView {
    let who = expect_context::<Who>();
    let (name, cause, most) = board
        .job(id, |job| {
            let spec = &job.spec;
            (spec.name.clone(), cause_word(job.cause), spec.epochs)
        })
        .unwrap_or_default();
    let state = Memo::new(move |_| board.job(id, |job| job.state));
    let is_on = Memo::new(move |_| board.job(id, is_active).unwrap_or(false));
    let rounds = Memo::new(move |_| board.job(id, |job| job.losses.clone()).unwrap_or_default());
    let has_rounds = Memo::new(move |_| rounds.with(|rounds| !rounds.is_empty()));
    let bar = move || {
        (state.get() == Some(JobState::Running)).then(|| view! {
            <progress max="1" prop:value=move || board.job(id, |job| job.done) aria-label=t("Training")></progress>
        })
    };
    let going = move || {
        is_on
            .get()
            .then(|| rounds.with(|rounds| losses::going(rounds, most)))
    };
    let title = Signal::stored(tf("Loss of {model} by round", &[("model", &name)]));
    let curve = lean::live(move || {
        // What is over has its curve at its version, unless it made none.
        let told =
            is_on.get() || matches!(state.get(), Some(JobState::Failed | JobState::Cancelled));
        (has_rounds.get() && told).then(|| {
            let course = Memo::new(move |_| {
                let last = if is_on.get() { most } else { 1 };
                rounds.with(|rounds| {
                    let last = rounds.last().map_or(last, |loss| loss.epoch.max(last));
                    Arc::new(losses::course(rounds, losses::best(rounds), last))
                })
            });
            view! { <div class="job-curve"><Curve title course/></div> }
        })
    });
    let stop = move || {
        (is_on.get() && may_write(who)).then(|| view! {
            <button type="button" data-do="cancel" on:click=move |_| board.act(models::cancel_job(id))>{t("Cancel")}</button>
        })
    };
    let again = move || {
        let failed = matches!(state.get(), Some(JobState::Failed | JobState::Cancelled));
        (failed && may_write(who)).then(|| view! {
            <button type="button" data-do="retry" on:click=move |_| board.act(models::retry_job(id))>{t("Try again")}</button>
        })
    };
    view! {
        <li class="mute" data-job=id data-state=move || state.get().map(state_name)>
            <div class="mute-text"><p>{name}</p><p class="muted">{cause}</p></div>
            <p class="mute-time"><span>{move || board.job(id, job_word)}</span>{bar}<span class="muted job-loss">{going}</span></p>
            <p class="row">{stop}{again}</p>
            {curve}
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use hindcast_shared::api::{LossPoint, ModelKind, ModelSpec};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn job() -> JobRecord {
        JobRecord {
            id: 7,
            spec: ModelSpec::new(
                "load".to_owned(),
                ModelKind::Autoencoder,
                "table".into(),
                "load".to_owned(),
            ),
            promote: hindcast_shared::api::Promotion::Never,
            cause: hindcast_shared::api::JobCause::Asked,
            state: JobState::Waiting,
            done: 0.0,
            eta_seconds: None,
            losses: Vec::new(),
            message: None,
            version: None,
            actor: "me".to_owned(),
            created_at_ms: 0,
            started_at_ms: None,
            ended_at_ms: None,
        }
    }

    fn event(epoch: u32) -> TrainingEvent {
        TrainingEvent {
            job_id: 7,
            model: "load".to_owned(),
            state: JobState::Running,
            done: f64::from(epoch) / 50.0,
            eta_seconds: Some(9.0),
            loss: Some(LossPoint {
                epoch,
                training: 0.5,
                validation: 0.25,
            }),
        }
    }

    #[test]
    fn rounds_when_told_in_a_row_then_are_added_once_and_a_missing_one_is_noticed() {
        let mut jobs = vec![job()];
        assert!(take_in(&mut jobs, &event(1)));
        assert!(take_in(&mut jobs, &event(1)));
        assert!(take_in(&mut jobs, &event(2)));
        assert_eq!(jobs[0].losses.len(), 2);
        assert_eq!(jobs[0].state, JobState::Running);
        assert!(!take_in(&mut jobs, &event(4)));
        assert_eq!(jobs[0].losses.len(), 2);
        jobs.clear();
        assert!(!take_in(&mut jobs, &event(5)));
    }
}
