//! Proposals for the draft, asked for in words: the server replays each, and people apply or decline them, one by one or
//! all at once.
//!
//! Applying is a step of the Lab as any other, which its undo takes back. Knows nothing of how proposals come about.

mod answer;
mod attach;
mod carry;

use hindcast_shared::api::{AssistAnswer, AssistRequest};
use hindcast_shared::rule::RuleDraft;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::AbortController;

use self::attach::Attached;
use super::Desk;
use super::protocol::Wish;
use crate::api::{ApiError, lab as api};
use crate::components::{Failure, Waiting};
use crate::i18n::{self, t};

/// How far it has come.
#[derive(Debug, Clone, PartialEq)]
enum Stage {
    Idle,
    Asked,
    Told,
    Failed(ApiError),
}

/// What became of a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Open,
    Applied,
    Declined,
}

/// The state; copied freely.
#[derive(Clone, Copy)]
struct Asking {
    desk: Desk,
    stage: RwSignal<Stage>,
    /// The newest answer, and the draft that it is about.
    told: StoredValue<Option<(AssistAnswer, RuleDraft)>>,
    /// A fate for each of its cards.
    fates: RwSignal<Vec<Fate>>,
    attached: Attached,
    /// Breaking the call off is what stops the server.
    running: StoredValue<Option<AbortController>, LocalStorage>,
}

impl Asking {
    fn stop(self) {
        if let Some(Some(running)) = self.running.try_get_value() {
            running.abort();
        }
    }

    fn ask(self, wish: String, most_pages_per_week: Option<f64>) {
        let Ok(controller) = AbortController::new() else {
            return;
        };
        let signal = controller.signal();
        self.running.set_value(Some(controller));
        self.stage.set(Stage::Asked);
        let seen = self.desk.look();
        let asked = AssistRequest {
            rule: seen.job.rule,
            from: seen.from,
            to: seen.to,
            wish,
            attachments: self.attached.all(),
            most_pages_per_week,
            lang: Some(i18n::language().tag().to_owned()),
        };
        spawn_local(async move {
            let told = api::assist(&asked, &signal).await;
            if signal.aborted() {
                return;
            }
            let stage = match told {
                Ok(told) => {
                    self.fates.try_set(vec![Fate::Open; told.cards.len()]);
                    self.told.try_set_value(Some((told, asked.rule)));
                    Stage::Told
                }
                Err(error) => Stage::Failed(error),
            };
            self.stage.try_set(stage);
        });
    }

    /// Applies these cards as one step: what each changes, on the draft as it is now.
    fn apply(self, cards: &[usize]) {
        let before = self.desk.look().job.rule;
        let draft = self.told.with_value(|told| {
            let (told, asked) = told.as_ref()?;
            let cards = cards.iter().filter_map(|card| told.cards.get(*card));
            cards
                .map(|card| &card.rule)
                .try_fold(before, |draft, proposed| {
                    carry::carried(&draft, asked, proposed)
                })
        });
        if let Some(draft) = draft {
            self.desk.wish(&Wish::Take(Box::new(draft)));
            self.mark(cards, Fate::Applied);
        }
    }

    fn mark(self, cards: &[usize], fate: Fate) {
        self.fates.update(|fates| {
            for card in cards {
                if let Some(old) = fates.get_mut(*card) {
                    *old = fate;
                }
            }
        });
    }

    fn open(self) -> Vec<usize> {
        self.fates.with(|fates| {
            let open = fates.iter().enumerate();
            let open = open.filter(|(_, fate)| **fate == Fate::Open);
            open.map(|(card, _)| card).collect()
        })
    }
}

/// The form and what was answered.
pub(super) fn ask(desk: Desk) -> AnyView {
    let asking = Asking {
        desk,
        stage: RwSignal::new(Stage::Idle),
        told: StoredValue::new(None),
        fates: RwSignal::new(Vec::new()),
        attached: Attached::new(),
        running: StoredValue::new_local(None),
    };
    on_cleanup(move || asking.stop());
    let wish = NodeRef::<leptos::html::Textarea>::new();
    let pages = NodeRef::<leptos::html::Input>::new();
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let wish = wish.get_untracked().map(|field| field.value());
        let most = pages.get_untracked().map(|field| field.value_as_number());
        let most = most.filter(|most| most.is_finite());
        asking.ask(wish.unwrap_or_default().trim().to_owned(), most);
    };
    let give_up = move |_| {
        asking.stop();
        asking.stage.set(Stage::Idle);
    };
    let busy = move || asking.stage.with(|stage| *stage == Stage::Asked);
    let stopping = move || {
        busy().then(|| view! { <button type="button" data-do="stop-asking" on:click=give_up>{t("Stop")}</button> })
    };
    let body = move || match asking.stage.get() {
        Stage::Idle => ().into_any(),
        Stage::Asked => view! { <Waiting what=t("the proposals")/> }.into_any(),
        Stage::Failed(error) => view! { <Failure error/> }.into_any(),
        Stage::Told => asking.told.with_value(|told| {
            told.as_ref()
                .map(|(told, _)| answer::answer(asking, told))
                .into_any()
        }),
    };
    view! {
        <form class="ask" on:submit=send>
            <label class="field">{t("What should be different?")}
                <textarea id="ask-wish" rows="3" maxlength="2000" node_ref=wish placeholder=t("Fewer pages at night, but never miss what happened on Tuesday")></textarea>
            </label>
            {attach::attach(asking.attached)}
            <p class="row">
                <label class="field inline">{t("Pages a week at most")}<input type="number" class="short" id="ask-pages" min="0" max="10000" step="0.5" value="2" node_ref=pages/></label>
                <button type="submit" class="primary" id="ask-send" prop:disabled=busy>{t("Ask")}</button>{stopping}
            </p>
            <p class="muted">{t("The draft goes along, with its replay, the kind of its series and its labels.")}</p>
        </form>
        <div class="ask-answer" aria-live="polite">{body}</div>
    }
    .into_any()
}
