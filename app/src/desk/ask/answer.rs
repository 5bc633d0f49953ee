//! Proposals as cards: what each changes, what comes of it, and the two buttons.

use hindcast_shared::api::{
    AssistAnswer, AssistCard, AssistSilence, CardOrigin, DiffLine, DropReason, DroppedCard,
    LineChange,
};
use leptos::prelude::*;

use super::super::study;
use super::{Asking, Fate};
use crate::components::outcomes;
use crate::i18n::{key, plural, t, tf};
use crate::lean::CollectAny as _;

/// The whole answer.
pub(super) fn answer(asking: Asking, told: &AssistAnswer) -> AnyView {
    let silence = match (&told.model, told.silence) {
        (None, _) => Some(t(
            "No model is configured, so these come from the search and from the kind of the series; words.ollama in the configuration names one.",
        )),
        (_, Some(AssistSilence::Timeout)) => Some(t("The model did not answer in time.")),
        (_, Some(AssistSilence::Unreachable)) => Some(t("The model does not answer.")),
        (_, Some(AssistSilence::Unreadable)) => Some(t("The model's answer could not be read.")),
        (Some(_), None) => None,
    };
    let silence = silence.map(|words| view! { <p class="muted" data-silence>{words}</p> });
    let none = told.cards.is_empty().then(
        || view! { <p>{t("Nothing is proposed: nothing better than the draft was found.")}</p> },
    );
    let cards = told.cards.iter().enumerate();
    let cards = cards.map(|(at, one)| card(asking, told, at, one));
    view! {
        {silence}
        {none}
        {all(asking, told.cards.len())}
        {cards.collect_any()}
        {dropped(&told.dropped)}
    }
    .into_any()
}

/// What is done to all that are open, where there are several.
fn all(asking: Asking, count: usize) -> Option<AnyView> {
    let none = move || asking.open().is_empty();
    (count > 1).then(|| {
        view! {
            <p class="row">
                <button type="button" data-do="apply-all" prop:disabled=none on:click=move |_| asking.apply(&untrack(|| asking.open()))>{t("Apply all")}</button>
                <button type="button" data-do="decline-all" prop:disabled=none on:click=move |_| asking.mark(&untrack(|| asking.open()), Fate::Declined)>{t("Decline all")}</button>
            </p>
        }
        .into_any()
    })
}

fn card(asking: Asking, told: &AssistAnswer, at: usize, card: &AssistCard) -> AnyView {
    let (origin, from, title) = match card.origin {
        CardOrigin::Model => {
            let name = told.model.as_deref().unwrap_or_default();
            let from = tf("proposed by the model {name}", &[("name", name)]);
            ("model", from, card.title.clone())
        }
        CardOrigin::Search => {
            let title = t("A setting within the pages of a week").to_owned();
            ("search", t("found by the search").to_owned(), title)
        }
        CardOrigin::Profile => {
            let title = t("A detector for such a series").to_owned();
            let from = t("follows from the kind of the series").to_owned();
            ("profile", from, title)
        }
    };
    let unit = asking.desk.seen.with_untracked(|seen| {
        let shown = seen.shown.as_ref();
        shown.map_or_else(String::new, |shown| shown.unit.clone())
    });
    let why = match &card.said {
        Some(said) => study::sentence(said, &unit),
        None => card.why.clone(),
    };
    let fate = Memo::new(move |_| asking.fates.with(|fates| fates.get(at).copied()));
    let buttons = move || {
        match fate.get() {
        Some(Fate::Open) => view! {
            <button type="button" class="primary" data-do="apply" on:click=move |_| asking.apply(&[at])>{t("Apply")}</button>
            <button type="button" data-do="decline" on:click=move |_| asking.mark(&[at], Fate::Declined)>{t("Decline")}</button>
        }
        .into_any(),
        Some(Fate::Applied) => view! { <span class="muted" role="status">{t("Applied; Ctrl+Z takes it back.")}</span> }.into_any(),
        Some(Fate::Declined) | None => view! {
            <span class="muted" role="status">{t("Declined.")}</span>" "
            <button type="button" class="link" data-do="reconsider" on:click=move |_| asking.mark(&[at], Fate::Open)>{t("Look at it again")}</button>
        }
        .into_any(),
    }
    };
    let state = move || match fate.get() {
        Some(Fate::Open) => "open",
        Some(Fate::Applied) => "applied",
        Some(Fate::Declined) | None => "declined",
    };
    let id = format!("ask-card-{at}");
    view! {
        <article class="ask-card suggestion" data-origin=origin data-fate=state aria-labelledby=id>
            <h3 id=id.clone()>{title}" "<span class="muted">{from}</span></h3>
            <p>{why}</p>
            <pre class="line-diff" tabindex="0" role="group" aria-label=t("Difference")>{card.diff.iter().map(line).collect_any()}</pre>
            {outcomes(&told.before, &card.after)}
            <p class="row">{buttons}</p>
        </article>
    }
    .into_any()
}

fn line(line: &DiffLine) -> AnyView {
    let (fate, sign) = match line.change {
        LineChange::Same => ("stayed", " "),
        LineChange::Removed => ("went", "−"),
        LineChange::Added => ("came", "+"),
    };
    view! { <span class="diff-line" data-fate=fate><span class="diff-sign">{sign}</span>{line.text.clone()}"\n"</span> }.into_any()
}

/// What a model proposed and is not shown, with the reason.
fn dropped(dropped: &[DroppedCard]) -> Option<AnyView> {
    if dropped.is_empty() {
        return None;
    }
    let row = |one: &DroppedCard| {
        let why = t(match one.why {
            DropReason::Text => key("Its words cannot be shown."),
            DropReason::Number => key("It cites a number that nobody gave it."),
            DropReason::Field => key("It changes what a proposal may not change."),
            DropReason::Invalid => key("The changed rule is not valid."),
            DropReason::Nothing => key("It changes nothing, or what another one changes already."),
            DropReason::NotReplayed => key("It could not be replayed in time."),
        });
        view! { <li><strong>{one.title.clone()}</strong>" "{why}" "<code>{one.detail.clone()}</code></li> }
    };
    let count = plural(
        dropped.len() as u64,
        "{n} proposal is not shown",
        "{n} proposals are not shown",
    );
    Some(
        view! { <details class="ask-dropped"><summary>{count}</summary><ul>{dropped.iter().map(row).collect_any()}</ul></details> }
            .into_any(),
    )
}
