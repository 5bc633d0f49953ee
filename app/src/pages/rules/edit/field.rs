//! One field of the form: how it is entered, what it is called, and what is wrong with it.

use leptos::prelude::*;
use serde_json::{Map, Value, json};

use super::desk::{Desk, number_or_text};
use crate::i18n::t;
use crate::json;
use crate::lean::CollectAny as _;

/// How a field is entered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// Text.
    Text,
    /// Text for machines: a query, a pattern.
    Code,
    /// A length of time, such as `5m`.
    Length,
    /// A number, with its unit.
    Number(&'static str),
    /// On or off; what it is when nothing is said.
    Flag(bool),
    /// One of some words; the first stands for nothing said where it is empty.
    Choice(&'static [(&'static str, &'static str)]),
    /// A list, one a line.
    Lines,
    /// `name=value`, one a line.
    Pairs,
    /// `3`, `3 of 5` or `45s`.
    Confirm,
    /// Rules that explain this one, one a line: `host-* series=web* equal=host,zone wait=2m`.
    Depends,
}

/// A field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Field {
    /// Dotted path in the rule.
    pub(super) path: &'static str,
    /// Its name; a key of the catalogue.
    pub(super) label: &'static str,
    /// One sentence; a key of the catalogue.
    pub(super) help: &'static str,
    pub(super) kind: Kind,
    /// What holds while it is empty.
    pub(super) usual: &'static str,
}

impl Field {
    pub(super) const fn new(
        path: &'static str,
        kind: Kind,
        label: &'static str,
        help: &'static str,
    ) -> Self {
        Self {
            path,
            label,
            help,
            kind,
            usual: "",
        }
    }

    pub(super) const fn usually(self, usual: &'static str) -> Self {
        Self { usual, ..self }
    }
}

/// A value as the field shows it.
pub(super) fn shown(kind: Kind, value: &Value) -> String {
    match (kind, value) {
        (_, Value::Null) => String::new(),
        (_, Value::String(text)) => text.clone(),
        (Kind::Confirm, Value::Object(pair)) => format!(
            "{} of {}",
            json::write(&pair.get("count")),
            json::write(&pair.get("of"))
        ),
        (Kind::Lines, Value::Array(items)) => {
            let lines: Vec<String> = items.iter().map(|item| shown(Kind::Text, item)).collect();
            lines.join("\n")
        }
        (Kind::Pairs, Value::Object(map)) => {
            let lines: Vec<String> = map
                .iter()
                .map(|(name, value)| format!("{name}={}", shown(Kind::Text, value)))
                .collect();
            lines.join("\n")
        }
        (Kind::Depends, Value::Array(items)) => {
            let lines: Vec<String> = items.iter().map(dependency).collect();
            lines.join("\n")
        }
        (_, value) => json::write(value),
    }
}

/// The parts of a dependency beside its rule.
const PARTS: [&str; 3] = ["series", "equal", "wait"];

fn dependency(item: &Value) -> String {
    let mut line = shown(Kind::Text, &item["rule"]);
    for part in PARTS {
        let text = shown(Kind::Lines, &item[part]).replace('\n', ",");
        if !text.is_empty() {
            line.extend([" ", part, "=", &text]);
        }
    }
    line
}

fn dependency_typed(line: &str) -> Value {
    let mut words = line.split_whitespace();
    let mut item = Map::new();
    item.insert("rule".to_owned(), json!(words.next()));
    for word in words {
        let (part, text) = word.split_once('=').unwrap_or((word, ""));
        let value = if part == "equal" {
            text.split(',').map(Value::from).collect()
        } else {
            Value::from(text)
        };
        item.insert(part.to_owned(), value);
    }
    Value::Object(item)
}

/// What is typed, as the rule has it; nothing for an empty field.
pub(super) fn typed(kind: Kind, text: &str) -> Option<Value> {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    match kind {
        Kind::Number(_) => number_or_text(text),
        Kind::Confirm => match text.split_once("of") {
            Some((count, of)) => {
                let part = |text| number_or_text(text).unwrap_or(Value::Null);
                Some(json!({ "count": part(count), "of": part(of) }))
            }
            None => number_or_text(text),
        },
        Kind::Lines => {
            let items: Vec<Value> = lines().map(Value::from).collect();
            (!items.is_empty()).then_some(Value::Array(items))
        }
        Kind::Depends => {
            let items: Vec<Value> = lines().map(dependency_typed).collect();
            (!items.is_empty()).then_some(Value::Array(items))
        }
        Kind::Pairs => {
            let pairs: Map<String, Value> = lines()
                .map(|line| {
                    let (name, value) = line.split_once('=').unwrap_or((line, ""));
                    (name.trim().to_owned(), Value::from(value.trim()))
                })
                .collect();
            (!pairs.is_empty()).then_some(Value::Object(pairs))
        }
        _ if text.trim().is_empty() => None,
        _ => Some(Value::from(text)),
    }
}

/// The field with its label, its help and what is wrong with it.
pub(super) fn field(desk: Desk, field: Field) -> AnyView {
    let Field {
        path,
        label,
        help,
        kind,
        usual,
    } = field;
    let id = format!("rule-{}", path.replace('.', "-"));
    let error = Memo::new(move |_| desk.error_at(path));
    let invalid = move || error.get().is_some().then_some("true");
    let text = move || {
        let text = shown(kind, &desk.get(path));
        match kind {
            // The first is what holds while nothing is said.
            Kind::Choice(words) if words.iter().all(|(word, _)| *word != text) => {
                words[0].0.to_owned()
            }
            _ => text,
        }
    };
    let write =
        move |event: web_sys::Event| desk.set(path, typed(kind, &event_target_value(&event)));
    let notes = format!("{id}-notes");
    let control = match kind {
        Kind::Flag(default) => {
            let on = move || desk.get(path).as_bool().unwrap_or(default);
            let switch = move |event: web_sys::Event| {
                desk.set(path, Some(Value::from(event_target_checked(&event))));
            };
            view! { <input type="checkbox" id=id.clone() aria-describedby=notes.clone() prop:checked=on on:change=switch/> }
                .into_any()
        }
        Kind::Choice(words) => {
            let options = words.iter().map(|(word, name)| {
                view! { <option value=*word selected=move || text() == *word>{t(name)}</option> }
            });
            view! {
                <select id=id.clone() aria-describedby=notes.clone() aria-invalid=invalid on:change=write prop:value=text>{options.collect_any()}</select>
            }
            .into_any()
        }
        Kind::Lines | Kind::Pairs | Kind::Depends => view! {
            <textarea id=id.clone() class="code" rows="3" spellcheck="false" aria-describedby=notes.clone() aria-invalid=invalid
                placeholder=usual prop:value=text on:change=write></textarea>
        }
        .into_any(),
        Kind::Text | Kind::Code | Kind::Length | Kind::Number(_) | Kind::Confirm => {
            let list = format!("{id}-list");
            let mode = matches!(kind, Kind::Number(_)).then_some("decimal");
            view! {
                <input type="text" id=id.clone() class:code=kind == Kind::Code class:short=short(kind) autocomplete="off" spellcheck="false"
                    inputmode=mode list=list placeholder=usual aria-describedby=notes.clone() aria-invalid=invalid
                    prop:value=text on:input=write/>
            }
            .into_any()
        }
    };
    let unit = match kind {
        Kind::Number(unit) if !unit.is_empty() => {
            Some(view! { <span class="unit">{t(unit)}</span> })
        }
        _ => None,
    };
    view! {
        <div class="form-field" data-path=path data-wrong=move || error.get().is_some().to_string()>
            <label for=id.clone()>{t(label)}</label>
            <div class="form-control">{control}{unit}</div>
            <p class="form-notes" id=notes>
                {move || error.get().map(|why| view! { <span class="refused" role="alert">{why}</span>" " })}
                <span class="muted">{t(help)}</span>
            </p>
        </div>
    }
    .into_any()
}

fn short(kind: Kind) -> bool {
    matches!(kind, Kind::Length | Kind::Number(_) | Kind::Confirm)
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn value_when_shown_and_typed_again_then_is_the_same() {
        for (kind, value) in [
            (Kind::Confirm, json!(3)),
            (Kind::Confirm, json!("45s")),
            (Kind::Confirm, json!({ "count": 3, "of": 5 })),
            (Kind::Lines, json!(["2026-12-25", "2027-01-01"])),
            (Kind::Pairs, json!({ "team": "shop", "tier": "1" })),
            (Kind::Number(""), json!(3.5)),
            (
                Kind::Depends,
                json!([{ "rule": "host-*", "series": "web*", "equal": ["host", "zone"], "wait": "2m" }, { "rule": "net" }]),
            ),
            (Kind::Text, json!("Checkout")),
        ] {
            let text = shown(kind, &value);
            assert_eq!(typed(kind, &text), Some(value), "{text}");
        }
        assert_eq!(typed(Kind::Text, " "), None);
        assert_eq!(shown(Kind::Number(""), &Value::Null), "");
    }
}
