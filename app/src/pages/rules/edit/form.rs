//! The rule as a form: the groups in the order in which data flows.

use hindcast_shared::api::SourceRecord;
use hindcast_shared::detector::{DetectorKind, Family, ParamKind, ParamSpec};
use leptos::prelude::*;
use serde_json::{Value, json};

use super::super::as_draft;
use super::desk::Desk;
use super::field::{Field, Kind, field, shown, typed};
use super::fields;
use crate::draft;
use crate::i18n::t;
use crate::lean::CollectAny as _;

/// The form; `locked` for rules that can only be looked at.
#[component]
pub(super) fn Form(desk: Desk, sources: Vec<SourceRecord>, locked: bool) -> impl IntoView {
    let is_new = desk.base.with_untracked(Option::is_none);
    let mut what = list(desk, fields::WHAT);
    what.insert(2, source(desk, &sources));
    if is_new {
        what.push(field(desk, fields::ID));
    }
    let mut when = list(desk, fields::WHEN);
    when.push(schedule(desk));
    when.extend(list(desk, fields::SEASONS));
    let mut gaps = vec![field(desk, fields::GAPS)];
    gaps.push(silence(desk));
    let groups = [
        group(t("What is watched"), what),
        group(t("When"), when),
        group(t("Detect"), vec![detector(desk)]),
        group(t("Decide"), list(desk, fields::DECIDE)),
        group(t("Confirm and end"), list(desk, fields::CONFIRM)),
        group(t("Gaps and silence"), gaps),
        group(t("Severity by score"), list(desk, fields::SEVERITY)),
        group(t("Hold pages back"), list(desk, fields::PAGING)),
        group(t("More"), list(desk, fields::MORE)),
    ];
    view! {
        <form class="rule-form" on:submit=move |event| event.prevent_default()>
            <fieldset class="rule-form-all" disabled=locked>
                {groups.into_iter().collect_any()}
            </fieldset>
            {suggestions(desk, sources)}
        </form>
    }
}

fn list(desk: Desk, table: &'static [Field]) -> Vec<AnyView> {
    table.iter().map(|each| field(desk, *each)).collect()
}

fn group(title: &'static str, fields: Vec<AnyView>) -> AnyView {
    view! { <fieldset class="form-group"><legend>{title}</legend>{fields.collect_any()}</fieldset> }
        .into_any()
}

fn source(desk: Desk, sources: &[SourceRecord]) -> AnyView {
    let now = move || shown(Kind::Text, &desk.get("source"));
    let mut names: Vec<String> = sources.iter().map(|source| source.name.clone()).collect();
    let own = untrack(now);
    if !names.contains(&own) {
        names.push(own);
    }
    let options = names.into_iter().map(|name| {
        let (value, mine) = (name.clone(), name.clone());
        view! { <option value=value selected=move || now() == mine>{name}</option> }
    });
    let error = move || {
        desk.error_at("source")
            .map(|why| view! { <span class="refused" role="alert">{why}</span> })
    };
    view! {
        <div class="form-field" data-path="source">
            <label for="rule-source">{t("Source")}</label>
            <div class="form-control">
                <select id="rule-source" prop:value=now on:change=move |event| desk.set("source", Some(Value::from(event_target_value(&event))))>{options.collect_any()}</select>
            </div>
            <p class="form-notes">{error}</p>
        </div>
    }
    .into_any()
}

/// What the source suggests for the query.
fn suggestions(desk: Desk, sources: Vec<SourceRecord>) -> AnyView {
    let sources = StoredValue::new(sources);
    let name = Memo::new(move |_| shown(Kind::Text, &desk.get("source")));
    let options = move || {
        let name = name.get();
        sources.with_value(|sources| {
            let source = sources.iter().find(|source| source.name == name);
            let queries = source.map_or(&[][..], |source| source.suggestions.as_slice());
            queries
                .iter()
                .map(|query| view! { <option value=query.clone()></option> })
                .collect_any()
        })
    };
    view! { <datalist id="rule-query-list">{options}</datalist> }.into_any()
}

fn schedule(desk: Desk) -> AnyView {
    let by_cron = Memo::new(move |_| !desk.get("schedule.cron").is_null());
    let picked = move |event: web_sys::Event| {
        let value = if event_target_value(&event) == "cron" {
            json!({ "cron": "0 */5 * * * *", "tz": "UTC" })
        } else {
            let step = shown(Kind::Length, &untrack(|| desk.get("step")));
            json!({ "every": if step.is_empty() { "1m".to_owned() } else { step } })
        };
        desk.set("schedule", Some(value));
    };
    let inner = move || {
        let table = if by_cron.get() {
            fields::CRON
        } else {
            fields::EVERY
        };
        untrack(|| list(desk, table).collect_any())
    };
    view! {
        <div class="form-field">
            <label for="rule-schedule">{t("Schedule")}</label>
            <div class="form-control">
                <select id="rule-schedule" on:change=picked prop:value=move || if by_cron.get() { "cron" } else { "every" }>
                    <option value="every" selected=move || !by_cron.get()>{t("By a length of time")}</option>
                    <option value="cron" selected=by_cron>{t("By a cron expression")}</option>
                </select>
            </div>
        </div>
        {inner}
    }
    .into_any()
}

fn silence(desk: Desk) -> AnyView {
    let on = Memo::new(move |_| {
        let value = desk.get("no_data");
        !(value == Value::Bool(false) || value.as_str() == Some("off"))
    });
    let switch = move |event: web_sys::Event| {
        let value = if event_target_checked(&event) {
            json!({ "after": "5m", "severity": "warning" })
        } else {
            json!("off")
        };
        desk.set("no_data", Some(value));
    };
    let inner = move || {
        on.get()
            .then(|| untrack(|| list(desk, fields::SILENCE).collect_any()))
    };
    view! {
        <div class="form-field">
            <label for="rule-silence">{t("Silence is an anomaly")}</label>
            <div class="form-control"><input type="checkbox" id="rule-silence" prop:checked=on on:change=switch/></div>
        </div>
        {inner}
    }
    .into_any()
}

fn kind_of(desk: Desk) -> DetectorKind {
    let word = desk.get("detector.kind");
    let kind = word.as_str().and_then(DetectorKind::named);
    kind.unwrap_or(DetectorKind::Zscore)
}

fn detector(desk: Desk) -> AnyView {
    let kind = Memo::new(move |_| kind_of(desk));
    let picked = move |event: web_sys::Event| {
        let Some(kind) = DetectorKind::named(&event_target_value(&event)) else {
            return;
        };
        match desk.draft.with_untracked(as_draft) {
            Some(mut rule) => {
                draft::set_kind(&mut rule, kind);
                desk.take(draft::to_json(&rule));
            }
            // What is half typed elsewhere stays as it is.
            None => desk.set("detector", Some(json!({ "kind": kind.as_str() }))),
        }
    };
    let options = Family::ALL.map(|family| {
        let each = family.detectors().map(|each| {
            view! { <option value=each.as_str() selected=move || kind.get() == each>{t(each.about().title)}</option> }
        });
        view! { <optgroup label=t(family.title())>{each.collect_any()}</optgroup> }
    });
    let wrong = move || {
        ["detector", "detector.kind"]
            .iter()
            .find_map(|path| desk.error_at(path))
            .map(|why| view! { <span class="refused" role="alert">{why}</span>" " })
    };
    let params = move || {
        let params = kind.get().params();
        params.iter().map(|spec| param(desk, spec)).collect_any()
    };
    view! {
        <div class="form-field" data-path="detector.kind">
            <label for="rule-detector">{t("Detector")}</label>
            <div class="form-control">
                <select id="rule-detector" aria-describedby="rule-detector-notes" on:change=picked prop:value=move || kind.get().as_str()>
                    {options.into_iter().collect_any()}
                </select>
            </div>
            <p class="form-notes" id="rule-detector-notes">{wrong}<span class="muted">{move || t(kind.get().about().help)}</span></p>
        </div>
        {params}
    }
    .into_any()
}

/// A parameter of the detector, from its table.
fn param(desk: Desk, spec: &'static ParamSpec) -> AnyView {
    let path = format!("detector.{}", spec.name);
    let path = StoredValue::new(path);
    let id = format!("rule-detector-{}", spec.name);
    let notes = format!("{id}-notes");
    let error = Memo::new(move |_| path.with_value(|path| desk.error_at(path)));
    let invalid = move || error.get().is_some().then_some("true");
    let value = move || path.with_value(|path| desk.get(path));
    let set = move |value| path.with_value(|path| desk.set(path, value));
    let number = Kind::Number("");
    let control = if let ParamKind::Choice(words) = spec.kind {
        let usual = words[spec.default as usize % words.len()];
        let now = move || value().as_str().unwrap_or(usual).to_owned();
        let options = words.iter().map(|word| {
            view! { <option value=*word selected=move || now() == *word>{*word}</option> }
        });
        let options = options.collect_any();
        view! {
            <select id=id.clone() aria-describedby=notes.clone() prop:value=now
                on:change=move |event| set(Some(Value::from(event_target_value(&event))))>{options}</select>
        }
        .into_any()
    } else {
        view! {
            <input type="text" id=id.clone() class="short" inputmode="decimal" autocomplete="off" aria-describedby=notes.clone() aria-invalid=invalid
                placeholder=spec.default.to_string() prop:value=move || shown(number, &value())
                on:input=move |event| set(typed(number, &event_target_value(&event)))/>
        }
        .into_any()
    };
    let unit = (!spec.unit.is_empty()).then(|| view! { <span class="unit">{t(spec.unit)}</span> });
    view! {
        <div class="form-field" data-path=path.get_value() data-wrong=move || error.get().is_some().to_string()>
            <label for=id>{t(spec.label)}</label>
            <div class="form-control">{control}{unit}</div>
            <p class="form-notes" id=notes>
                {move || error.get().map(|why| view! { <span class="refused" role="alert">{why}</span>" " })}
                <span class="muted">{t(spec.help)}</span>
            </p>
        </div>
    }
    .into_any()
}
