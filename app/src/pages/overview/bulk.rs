//! What is done to many anomalies at once: taken, closed, snoozed, muted.

use hindcast_shared::api::{BulkAction, BulkRequest, SnoozeRequest};
use hindcast_shared::time::{DAY_MS, HOUR_MS};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::roll::Roll;
use crate::api;
use crate::browser;
use crate::i18n::{key, plural, said, t, tf};
use crate::json;
use crate::lean::CollectAny as _;
use crate::words;

/// Most ids that the server takes at once.
const AT_ONCE: usize = 100;

/// What can be done with one press.
const ACTIONS: [(&str, BulkAction); 4] = [
    (key("Acknowledge"), BulkAction::Acknowledge),
    (key("Resolve"), BulkAction::Resolve),
    (key("False alarm"), BulkAction::FalseAlarm),
    (key("Expected"), BulkAction::Expected),
];

/// How long somebody wants to hear nothing.
const LENGTHS_MS: [i64; 5] = [HOUR_MS, 4 * HOUR_MS, 12 * HOUR_MS, DAY_MS, 7 * DAY_MS];

/// What a press means.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Deed {
    Act(BulkAction),
    Snooze { until_ms: i64 },
    Mute { end_ms: i64, comment: String },
}

/// What became of it: how many, and the first that said no.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Done {
    count: u64,
    refused: u64,
    why: String,
}

/// The bar beside the heading.
#[component]
pub(super) fn Bulk(roll: Roll) -> impl IntoView {
    let busy = RwSignal::new(false);
    let told = RwSignal::new(String::new());
    let length_ms = RwSignal::new(HOUR_MS);
    let comment = RwSignal::new(String::new());
    let count = Memo::new(move |_| roll.picked.with(|picked| picked.len() as u64));
    let listed = Memo::new(move |_| roll.order.with(|order| order.len() as u64));
    let act = move |deed: Deed| {
        if busy.get_untracked() {
            return;
        }
        let ids: Vec<String> = roll
            .picked
            .with_untracked(|picked| picked.iter().map(ToString::to_string).collect());
        busy.set(true);
        told.set(String::new());
        spawn_local(async move {
            let text = match done(ids, deed).await {
                Ok(done) => {
                    roll.picked.try_update(std::collections::BTreeSet::clear);
                    words_of(&done)
                }
                Err(error) => error.to_string(),
            };
            told.try_set(text);
            busy.try_set(false);
            // The stream says so too; without it the list would stay as it was.
            roll.live.fetch();
        });
    };
    let button = move |(name, action): (&'static str, BulkAction)| {
        view! { <button type="button" data-action=name prop:disabled=busy on:click=move |_| act(Deed::Act(action))>{t(name)}</button> }
    };
    let until = move || browser::now_ms() + length_ms.get_untracked();
    let snooze = move |_| act(Deed::Snooze { until_ms: until() });
    let mute = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        act(Deed::Mute {
            end_ms: until(),
            comment: comment.get_untracked(),
        });
    };
    let lengths = move || {
        LENGTHS_MS
            .map(|ms| view! { <option value=ms.to_string() selected=move || length_ms.get() == ms>{words::length(ms)}</option> })
            .into_iter()
            .collect_any()
    };
    let bar = move || {
        (count.get() > 0).then(|| {
            view! {
                <form class="row bulk-bar" on:submit=mute>
                    {ACTIONS.map(button).into_iter().collect_any()}
                    <span class="bulk-length">
                        <select aria-label=t("How long") on:change=move |event| {
                            if let Some(ms) = browser::number(&event_target_value(&event)) {
                                length_ms.set(ms as i64);
                            }
                        }>{lengths()}</select>
                        <button type="button" data-action="Snooze" prop:disabled=busy on:click=snooze>{t("Snooze")}</button>
                        <input type="text" required=true maxlength="4000" placeholder=t("Why?") aria-label=t("Why it is muted") prop:value=comment
                            on:input=move |event| comment.set(event_target_value(&event))/>
                        <button type="submit" data-action="Mute" prop:disabled=busy title=t("Nobody is paged about these rules and series until then")>{t("Mute")}</button>
                    </span>
                </form>
            }
        })
    };
    let some = move || listed.get() > 0;
    let all = move || count.get() > 0 && count.get() == listed.get();
    view! {
        <div class="bulk" class:some=some>
            <label class="check"><input type="checkbox" id="pick-all" prop:checked=all
                on:change=move |event| roll.pick_all(event_target_checked(&event))/>
                {move || match count.get() {
                    0 => t("Select all").to_owned(),
                    some => plural(some, "{n} selected", "{n} selected"),
                }}
            </label>
            {bar}
            <span class="bulk-told" role="status">{told}</span>
        </div>
    }
}

fn words_of(done: &Done) -> String {
    let count = plural(done.count, "Done to {n}.", "Done to {n}.");
    if done.refused == 0 {
        return count;
    }
    let refused = tf(
        "Refused for {n}: {why}.",
        &[
            ("n", &words::count(done.refused)),
            ("why", done.why.trim_end_matches('.')),
        ],
    );
    format!("{count} {refused}")
}

async fn done(ids: Vec<String>, deed: Deed) -> Result<Done, api::ApiError> {
    let mut done = Done::default();
    let refuse = |done: &mut Done, why: String| {
        done.refused += 1;
        if done.why.is_empty() {
            done.why = why;
        }
    };
    if let Deed::Snooze { until_ms } = deed {
        // One after the other: there is no address for many.
        for id in ids {
            let body = json::write(&SnoozeRequest {
                until_ms: Some(until_ms),
            });
            match api::act_on_anomaly(&id, "snooze", None, Some(body)).await {
                Ok(()) => done.count += 1,
                Err(api::ApiError::Refused { detail, .. }) => refuse(&mut done, detail.message),
                Err(error) => return Err(error),
            }
        }
        return Ok(done);
    }
    for ids in ids.chunks(AT_ONCE) {
        let (action, end_ms, comment) = match &deed {
            Deed::Act(action) => (*action, None, None),
            Deed::Mute { end_ms, comment } => {
                (BulkAction::Mute, Some(*end_ms), Some(comment.clone()))
            }
            Deed::Snooze { .. } => break,
        };
        let request = BulkRequest {
            ids: ids.to_vec(),
            action,
            end_ms,
            comment,
        };
        for outcome in api::act_on_anomalies(&request).await?.items {
            match outcome.error {
                None => done.count += 1,
                Some(error) => refuse(&mut done, said(&error.message)),
            }
        }
    }
    Ok(done)
}
