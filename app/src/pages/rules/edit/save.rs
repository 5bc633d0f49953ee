//! Saving: what stands in its way, and what to do when somebody else has saved meanwhile.

use hindcast_shared::api::RuleRecord;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use super::super::versions::Compared;
use super::super::{as_draft, nameless, yaml};
use super::desk::Desk;
use crate::api::{self, ApiError};
use crate::draft;
use crate::i18n::{plural, said, t, tf};
use crate::lean::CollectAny as _;
use crate::route::Route;
use crate::url_state::Query;

/// The word by which style sheets tell how a draft is.
fn state_word(desk: Desk) -> &'static str {
    if !desk.errors.with(Vec::is_empty) {
        "wrong"
    } else if desk.changed.get() || desk.base.with(Option::is_none) {
        "changed"
    } else {
        "fine"
    }
}

/// The bar that stays in sight.
#[component]
pub(super) fn Save(desk: Desk, locked: bool, may_write: Memo<bool>) -> impl IntoView {
    let route = expect_context::<Route>();
    let done = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let theirs = RwSignal::new(None::<RuleRecord>);
    let save = move || {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let base = desk.base.get_untracked();
        spawn_local(async move {
            let Some(draft) = desk.newest().await else {
                busy.try_set(false);
                return;
            };
            let id = base.as_ref().and_then(|base| base.rule.id.clone());
            let seen = id.as_deref().zip(base.as_ref().map(|base| base.version));
            let saved = api::write_rule(seen, &draft).await;
            busy.try_set(false);
            match saved {
                Ok(record) if base.is_none() => {
                    let id = record.rule.id.clone().unwrap_or_default();
                    desk.saved(record);
                    route.go(&format!("rules/{id}"));
                }
                Ok(record) => {
                    let version = record.version.to_string();
                    done.try_set(Some(tf("Saved as version {n}.", &[("n", &version)])));
                    desk.saved(record);
                }
                Err(ApiError::Refused { status: 412, .. }) => {
                    if let Ok(now) = api::find_rule(&id.unwrap_or_default()).await {
                        theirs.try_set(Some(now));
                    }
                }
                Err(error) => desk.refused(&error),
            }
        });
    };
    // What is typed after a saving is not what was saved.
    crate::lean::effect(move || {
        if desk.changed.get() {
            done.set(None);
        }
    });
    let lab = Memo::new(move |_| lab_address(desk));
    let status = move || {
        let errors = desk.errors.with(Vec::len) as u64;
        if desk.checking.get() {
            t("Checking…").to_owned()
        } else if errors > 0 {
            plural(errors, "{n} thing is wrong", "{n} things are wrong")
        } else if let Some(done) = done.get() {
            done
        } else if desk.changed.get() {
            t("Unsaved changes; nothing is wrong with them.").to_owned()
        } else if desk.base.with(Option::is_none) {
            t("Not saved yet; nothing is wrong.").to_owned()
        } else {
            t("Saved; nothing is wrong.").to_owned()
        }
    };
    let state = move || state_word(desk);
    // Not only what is known to be right: a field that is left for the button is checked when it is pressed.
    let can_save = move || {
        desk.errors.with(Vec::is_empty)
            && !busy.get()
            && (desk.changed.get() || desk.base.with(Option::is_none))
    };
    let writes = move || may_write.get() && !locked;
    let copy = move || {
        let id = desk.base.with(|base| base.as_ref()?.rule.id.clone());
        id.filter(|_| may_write.get()).map(|id| {
            view! { <a class="button" href=format!("rules/new?copy={id}")>{t("Make a copy")}</a> }
        })
    };
    view! {
        <div class="save-bar" data-state=state>
            {move || writes().then(|| view! {
                <button type="button" class="primary" id="save" data-command=t("Save rule") prop:disabled=move || !can_save() on:click=move |_| save()>{t("Save rule")}</button>
                <button type="button" id="discard" prop:disabled=move || !desk.changed.get() on:click=move |_| desk.discard()>{t("Discard changes")}</button>
            })}
            <a class="button" id="try" href=lab>{t("Try it in the Lab")}</a>
            {copy}
            <span class="save-state" role="status">{status}</span>
            <ul class="messages">
                {move || desk.errors.get().into_iter().map(|error| {
                    let about = error.field.map(|field| view! { <code>{field}</code>" " });
                    view! { <li>{about}{said(&error.message)}</li> }
                }).collect_any()}
            </ul>
            {move || desk.warnings.get().into_iter().map(|warning| view! { <p class="warning-line"><span aria-hidden="true">"◆ "</span>{warning}</p> }).collect_any()}
        </div>
        {move || theirs.get().map(|record| view! { <Conflict desk theirs record/> })}
    }
}

/// Both versions, and the choice between them.
#[component]
fn Conflict(desk: Desk, theirs: RwSignal<Option<RuleRecord>>, record: RuleRecord) -> impl IntoView {
    let old = desk
        .base
        .with_untracked(|base| base.as_ref().map(nameless))
        .unwrap_or_default();
    let mine = desk.draft.get_untracked();
    let new = nameless(&record);
    let mut both = new.clone();
    draft::apply(&mut both, &draft::patch(&old, &mine));
    let title = tf(
        "{who} has saved version {n} meanwhile",
        &[
            ("who", &record.updated_by),
            ("n", &record.version.to_string()),
        ],
    );
    let take = move |draft: Value| {
        let record = record.clone();
        move |_| {
            desk.rebase(record.clone());
            desk.take(draft.clone());
            theirs.set(None);
        }
    };
    let (on_both, on_mine, on_theirs) = (take(both.clone()), take(mine.clone()), take(new.clone()));
    view! {
        <section class="conflict" role="alert" aria-labelledby="conflict-title">
            <h2 id="conflict-title">{title}</h2>
            <div class="columns">
                <div><h3>{t("Theirs")}</h3><Compared old=yaml::write(&old) new=yaml::write(&new)/></div>
                <div><h3>{t("Yours")}</h3><Compared old=yaml::write(&old) new=yaml::write(&mine)/></div>
            </div>
            <p class="row">
                <button type="button" class="primary" id="take-both" on:click=on_both>{t("Put my changes on theirs")}</button>
                <button type="button" id="take-mine" on:click=on_mine>{t("Keep mine, drop theirs")}</button>
                <button type="button" id="take-theirs" on:click=on_theirs>{t("Take theirs, drop mine")}</button>
            </p>
            <p class="muted">{t("Nothing is saved until you press Save.")}</p>
        </section>
    }
}

/// The Lab with the draft as it stands.
fn lab_address(desk: Desk) -> String {
    let mut query = Query::default();
    let base = desk.base.get();
    let draft = desk.draft.get();
    let id = base.as_ref().and_then(|base| base.rule.id.clone());
    query.set("rule", id.as_deref());
    let patch = match &base {
        Some(base) => as_draft(&draft).and_then(|mut rule| {
            rule.id.clone_from(&base.rule.id);
            draft::patch_text(&base.rule, &rule)
        }),
        None => Some(crate::json::write(&draft)),
    };
    query.set("patch", patch.as_deref());
    format!("lab{}", query.text())
}
