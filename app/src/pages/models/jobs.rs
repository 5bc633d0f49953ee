//! The trainings: how far each is, how its loss fell, and away with it.

use hindcast_shared::api::JobRecord;
use leptos::prelude::*;

use super::Board;
use super::state::{cause_word, is_active, job_word};
use crate::api::models;
use crate::app::Who;
use crate::i18n::{t, tf};
use crate::lean::CollectAny as _;
use crate::pages::rules::may_write;
use crate::words;

/// Trainings that are over and still told.
const TOLD: usize = 3;

/// The section; nothing while there is nothing to tell.
pub(super) fn jobs(board: Board) -> impl IntoView {
    move || {
        board.jobs.with(|jobs| {
            let all = jobs.ready().map_or(&[][..], Vec::as_slice);
            if all.is_empty() {
                return ().into_any();
            }
            let active = all.iter().filter(|job| is_active(job));
            let over = all.iter().filter(|job| !is_active(job)).take(TOLD);
            let rows = active.chain(over).map(|job| row(board, job)).collect_any();
            view! {
                <section class="jobs"><h2>{t("Trainings")}</h2><ul class="mutes">{rows}</ul></section>
            }
            .into_any()
        })
    }
}

fn row(board: Board, job: &JobRecord) -> AnyView {
    let who = expect_context::<Who>();
    let (id, is_on) = (job.id, is_active(job));
    let state = hindcast_shared::api::JobState::Running;
    let bar = (job.state == state).then(
        || view! { <progress max="1" prop:value=job.done aria-label=t("Training")></progress> },
    );
    let loss = job.losses.last().map(|loss| {
        let values = [
            ("n", loss.epoch.to_string()),
            ("training", words::quantity(loss.training, "")),
            ("validation", words::quantity(loss.validation, "")),
        ];
        let values = values.each_ref().map(|(name, text)| (*name, text.as_str()));
        tf(
            "Round {n}: loss {training}, validation {validation}",
            &values,
        )
    });
    let cause = cause_word(job.cause);
    let stop = move || {
        (is_on && may_write(who)).then(|| view! {
            <button type="button" data-do="cancel" on:click=move |_| board.act(models::cancel_job(id))>{t("Cancel")}</button>
        })
    };
    view! {
        <li class="mute" data-job=id data-state=format!("{:?}", job.state)>
            <div class="mute-text"><p>{job.spec.name.clone()}</p><p class="muted">{cause}</p></div>
            <p class="mute-time"><span>{job_word(job)}</span>{bar}<span class="muted">{loss}</span></p>
            <p class="row">{stop}</p>
        </li>
    }
    .into_any()
}
