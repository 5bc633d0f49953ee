//! The rules: on and off, edit, versions, delete; those from the configuration file carry a lock.

use hindcast_shared::api::{RuleRecord, RuleVersion};
use hindcast_shared::chart::minute_text;
use hindcast_shared::rule::RuleDraft;
use leptos::html::{Dialog, Textarea};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{self, ApiError};
use crate::browser;
use crate::components::{Failure, Waiting};
use crate::draft;
use crate::json;
use crate::lean::CollectAny as _;
use crate::live::Live;
use crate::load::{Load, loaded};
use crate::words;

/// The page.
#[component]
pub fn Rules() -> impl IntoView {
    let live = expect_context::<Live>();
    let again = RwSignal::new(0_u32);
    let rules = loaded(move || {
        again.track();
        live.epoch.track();
        api::list_rules()
    });
    let reload = Callback::new(move |()| again.update(|again| *again += 1));
    let editing = RwSignal::new(None::<RuleRecord>);
    let deleting = RwSignal::new(None::<RuleRecord>);
    let failed = RwSignal::new(None::<ApiError>);
    view! {
        <div class="rules-page">
            <div class="section-head">
                <h1>"Rules"</h1>
                <a class="button" href="lab?patch=%7B%7D">"New rule in the Lab"</a>
            </div>
            {move || failed.get().map(|error| view! { <Failure error/> })}
            {move || match rules.get() {
                Load::Waiting => view! { <Waiting what="rules"/> }.into_any(),
                Load::Failed(error) => view! { <Failure error retry=reload/> }.into_any(),
                Load::Ready(rules) if rules.is_empty() => view! {
                    <p class="muted">"There is no rule yet. "<a href="lab">"Make one in the Lab"</a>", or write them under rules: in hindcast.yaml."</p>
                }.into_any(),
                Load::Ready(rules) => view! {
                    <ul class="rules">
                        {rules.into_iter().map(|rule| view! { <RuleRow rule reload editing deleting failed/> }).collect_any()}
                    </ul>
                }.into_any(),
            }}
            <Editor editing reload/>
            <Deleter deleting reload failed/>
        </div>
    }
}

#[component]
fn RuleRow(
    rule: RuleRecord,
    reload: Callback<()>,
    editing: RwSignal<Option<RuleRecord>>,
    deleting: RwSignal<Option<RuleRecord>>,
    failed: RwSignal<Option<ApiError>>,
) -> impl IntoView {
    let live = expect_context::<Live>();
    let id = rule.rule.id.clone().unwrap_or_default();
    let (enabled, locked) = (rule.rule.enabled, rule.provisioned);
    let record = StoredValue::new(rule.clone());
    let switch = move |event: web_sys::Event| {
        let on = event_target_checked(&event);
        spawn_local(async move {
            let Some(record) = record.try_get_value() else {
                return;
            };
            let id = record.rule.id.clone().unwrap_or_default();
            let changed = RuleDraft {
                enabled: on,
                ..record.rule
            };
            match api::update_rule(&id, record.version, &changed).await {
                Ok(_) => drop(failed.try_set(None)),
                Err(error) => drop(failed.try_set(Some(error))),
            }
            reload.try_run(());
        });
    };
    let last_run = rule.last_run.clone();
    let checked = move || match &last_run {
        None => "never checked".to_owned(),
        Some(run) => format!(
            "checked {}, {} series, {} ms",
            words::ago(run.at_ms, live.now_ms.get()),
            run.series,
            run.duration_ms
        ),
    };
    let error = rule.last_run.as_ref().and_then(|run| run.error.clone());
    let detector = draft::kind(&rule.rule).as_str();
    let schedule = words::schedule(rule.rule.schedule.as_ref(), &rule.rule.step.to_string());
    let versions = RwSignal::new(false);
    let versions_of = id.clone();
    view! {
        <li class="rule" data-rule=id.clone() data-enabled=enabled.to_string()>
            <div class="rule-main">
                <label class="check" title=if locked { "Set it in the configuration file" } else { "On or off" }>
                    <input type="checkbox" role="switch" prop:checked=enabled prop:disabled=locked on:change=switch/>
                    <span class="visually-hidden">{format!("{} is on", rule.rule.name)}</span>
                </label>
                <div class="rule-text">
                    <h2><a href=format!("lab?rule={id}")>{rule.rule.name.clone()}</a>
                        {locked.then(|| view! { <span class="tag" title="From the configuration file">"from the file"</span> })}
                        {(!enabled).then(|| view! { <span class="tag">"off"</span> })}
                    </h2>
                    <p class="muted"><code>{rule.rule.query.clone()}</code>" on "{rule.rule.source.clone()}</p>
                    {error.map(|error| view! { <p class="refused" role="alert">{error}</p> })}
                </div>
                <dl class="rule-facts">
                    <div><dt>"Detector"</dt><dd>{detector}</dd></div>
                    <div><dt>"Runs"</dt><dd>{schedule}</dd></div>
                    <div><dt>"Open"</dt><dd class="number">{rule.open_anomalies}</dd></div>
                    <div><dt>"Pages, 7 d"</dt><dd class="number">{rule.pages_last_week}</dd></div>
                    <div><dt>"Last run"</dt><dd>{checked}</dd></div>
                </dl>
                <p class="row rule-buttons">
                    <a class="button" href=format!("lab?rule={id}")>"Tune"</a>
                    <button type="button" on:click=move |_| editing.set(Some(record.get_value()))>{if locked { "View" } else { "Edit" }}</button>
                    <button type="button" aria-expanded=move || versions.get().to_string() on:click=move |_| versions.update(|open| *open = !*open)>"Versions"</button>
                    <button type="button" prop:disabled=locked on:click=move |_| deleting.set(Some(record.get_value()))>"Delete…"</button>
                </p>
            </div>
            {move || versions.get().then(|| view! { <Versions id=versions_of.clone()/> })}
        </li>
    }
}

#[component]
fn Versions(id: String) -> impl IntoView {
    let versions = loaded(move || {
        let id = id.clone();
        async move { api::list_rule_versions(&id).await }
    });
    let zone = browser::zone_now();
    let row = move |version: RuleVersion, before: Option<&RuleVersion>| {
        let what = if version.deleted {
            "deleted".to_owned()
        } else {
            before.map_or_else(
                || "first version".to_owned(),
                |before| {
                    draft::patch_text(&before.rule, &version.rule)
                        .unwrap_or_else(|| "no difference".to_owned())
                },
            )
        };
        view! {
            <li><strong>{format!("v{}", version.version)}</strong>" "<time>{minute_text(version.at_ms, &zone)}</time>" "<span class="muted">{version.actor}</span>" "<code>{what}</code></li>
        }
    };
    move || match versions.get() {
        Load::Waiting => view! { <Waiting what="versions"/> }.into_any(),
        Load::Failed(error) => view! { <Failure error/> }.into_any(),
        Load::Ready(versions) => {
            let rows = versions
                .iter()
                .enumerate()
                .map(|(index, version)| row(version.clone(), versions.get(index + 1)))
                .collect_any();
            view! { <ol class="history versions" reversed=true>{rows}</ol> }.into_any()
        }
    }
}

/// The rule as text, checked by the server before it is saved.
#[component]
fn Editor(editing: RwSignal<Option<RuleRecord>>, reload: Callback<()>) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    let text = NodeRef::<Textarea>::new();
    let messages = RwSignal::new(Vec::<(String, String)>::new());
    crate::lean::effect(move || {
        let (Some(record), Some(dialog), Some(text)) = (editing.get(), dialog.get(), text.get())
        else {
            return;
        };
        messages.set(Vec::new());
        text.set_value(&json::pretty(&record.rule));
        if !dialog.open() {
            // A dialog that is not open yet can be opened.
            dialog.show_modal().ok();
        }
    });
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
        editing.set(None);
    };
    let written = move || -> Option<serde_json::Value> {
        let written = text.get_untracked()?.value();
        match json::read(&written) {
            Ok(value) => Some(value),
            Err(error) => {
                messages.set(vec![(format!("line {}", error.line), error.to_string())]);
                None
            }
        }
    };
    let check = move |save: bool| {
        let (Some(value), Some(record)) = (written(), editing.get_untracked()) else {
            return;
        };
        spawn_local(async move {
            let answer = match api::validate_rule(&value).await {
                Ok(answer) => answer,
                Err(error) => {
                    let field = error.field().unwrap_or_default().to_owned();
                    return drop(messages.try_set(vec![(field, error.to_string())]));
                }
            };
            let mut said: Vec<_> = answer
                .errors
                .into_iter()
                .map(|error| (error.field.unwrap_or_default(), error.message))
                .collect();
            said.extend(
                answer
                    .warnings
                    .into_iter()
                    .map(|warning| ("warning".to_owned(), warning)),
            );
            if !answer.valid || !save {
                if said.is_empty() {
                    said.push((String::new(), "The rule is fine.".to_owned()));
                }
                return drop(messages.try_set(said));
            }
            let saved = match json::read::<RuleDraft>(&json::write(&value)) {
                Ok(rule) => {
                    api::update_rule(&record.rule.id.unwrap_or_default(), record.version, &rule)
                        .await
                }
                Err(error) => Err(ApiError::Unreadable(error.to_string())),
            };
            match saved {
                Ok(_) => {
                    close();
                    reload.try_run(());
                }
                Err(error) => {
                    let field = error.field().unwrap_or_default().to_owned();
                    messages.try_set(vec![(field, error.to_string())]);
                }
            }
        });
    };
    let locked = move || editing.get().is_some_and(|record| record.provisioned);
    view! {
        <dialog class="editor" node_ref=dialog aria-labelledby="editor-title" on:close=move |_| editing.set(None)>
            <h2 id="editor-title">{move || editing.get().map(|record| record.rule.name)}</h2>
            <label class="visually-hidden" for="editor-text">"The rule as JSON"</label>
            <textarea id="editor-text" class="code" rows="24" cols="80" spellcheck="false" node_ref=text prop:readOnly=locked></textarea>
            <ul class="messages" role="status">
                {move || messages.get().into_iter().map(|(field, message)| view! {
                    <li>{(!field.is_empty()).then(|| view! { <code>{field}</code>": " })}{message}</li>
                }).collect_any()}
            </ul>
            <p class="row">
                {move || (!locked()).then(|| view! { <button type="button" class="primary" on:click=move |_| check(true)>"Save"</button> })}
                <button type="button" on:click=move |_| check(false)>"Check"</button>
                <button type="button" on:click=move |_| close()>"Close"</button>
            </p>
        </dialog>
    }
}

#[component]
fn Deleter(
    deleting: RwSignal<Option<RuleRecord>>,
    reload: Callback<()>,
    failed: RwSignal<Option<ApiError>>,
) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    crate::lean::effect(move || {
        if let (Some(_), Some(dialog)) = (deleting.get(), dialog.get())
            && !dialog.open()
        {
            // A dialog that is not open yet can be opened.
            dialog.show_modal().ok();
        }
    });
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
        deleting.set(None);
    };
    let delete = move |_| {
        let Some(record) = deleting.get_untracked() else {
            return;
        };
        close();
        spawn_local(async move {
            let id = record.rule.id.unwrap_or_default();
            match api::delete_rule(&id, record.version).await {
                Ok(()) => drop(failed.try_set(None)),
                Err(error) => drop(failed.try_set(Some(error))),
            }
            reload.try_run(());
        });
    };
    view! {
        <dialog node_ref=dialog aria-labelledby="delete-title" on:close=move |_| deleting.set(None)>
            <h2 id="delete-title">{move || deleting.get().map(|record| format!("Delete {}?", record.rule.name))}</h2>
            <p>"Its open anomalies are closed; its history and versions stay."</p>
            <p class="row">
                <button type="button" class="danger" on:click=delete>"Delete"</button>
                <button type="button" on:click=move |_| close()>"Keep it"</button>
            </p>
        </dialog>
    }
}
