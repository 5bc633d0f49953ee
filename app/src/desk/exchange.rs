//! The draft and its result for other places: YAML, a Prometheus alert, CSV, JSON; and a rule from elsewhere.

use hindcast_shared::api::{ParseProblem, ParseResponse};
use hindcast_shared::rule::RuleDraft;
use hindcast_shared::rule::export::{alerting_rule, rule_yaml};
use leptos::html::Textarea;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast as _, JsValue};

use super::Desk;
use super::protocol::Wish;
use crate::api::{self, ApiError};
use crate::bridge::Bridge;
use crate::browser;
use crate::components::Failure;
use crate::draft;
use crate::i18n::{key, t, tf};
use crate::json;
use crate::lean::CollectAny as _;
use crate::worker::protocol::{Ask, Job, More, Outcome};

/// What is offered: its id, its word, what it is.
const FORMS: [(&str, &str, &str); 2] = [
    (
        "yaml",
        "YAML",
        key("As it stands under rules: in the configuration."),
    ),
    (
        "prometheus",
        "Prometheus",
        key("An alerting rule that comes near it, with a comment on what it cannot say."),
    ),
];

fn written(draft: &RuleDraft, form: &str) -> String {
    match form {
        "yaml" => rule_yaml(&draft::to_json(draft)),
        _ => alerting_rule(draft),
    }
}

/// A name for a file: the rule's, in letters that every disk takes.
fn file_name(draft: &RuleDraft, ending: &str) -> String {
    let name: String = draft
        .name
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .collect();
    format!("{}{ending}", name.to_ascii_lowercase())
}

/// The panel.
#[expect(clippy::too_many_lines, reason = "most of it is the view")]
pub(super) fn exchange(desk: Desk) -> AnyView {
    let said = RwSignal::new(String::new());
    let failed = RwSignal::new(None::<ApiError>);
    let shown = RwSignal::new(None::<&'static str>);
    let wrong = RwSignal::new(Vec::<ParseProblem>::new());
    let save = move |ending: &str, media_type: &str, text: &str| {
        let name = file_name(&desk.look().job.rule, ending);
        said.set(match browser::download(&name, media_type, text) {
            Ok(()) => tf("Saved as {name}.", &[("name", &name)]),
            Err(_) => t("The browser did not take the file.").to_owned(),
        });
    };
    let copy = move |form: &'static str| {
        if let Some(clipboard) = browser::clipboard() {
            drop(clipboard.write_text(&written(&desk.look().job.rule, form)));
            said.set(t("Copied.").to_owned());
        } else {
            shown.set(Some(form));
            said.set(t("This page may not use the clipboard: copy the text from here.").to_owned());
        }
    };
    let forms = FORMS.map(|(form, word, help)| {
        let ending = if form == "yaml" { ".yaml" } else { "-alert.yaml" };
        view! {
            <span class="row" role="group" aria-label=word title=t(help)>
                <span class="form-name">{word}</span>
                <button type="button" class="link" id=format!("show-{form}") on:click=move |_| shown.update(|shown| *shown = (*shown != Some(form)).then_some(form))>{t("Show")}</button>
                <button type="button" class="link" on:click=move |_| copy(form)>{t("Copy")}</button>
                <button type="button" class="link" id=format!("save-{form}") on:click=move |_| save(ending, "application/yaml", &written(&desk.look().job.rule, form))>{t("Download")}</button>
            </span>
        }
    });
    let anomalies = move |_| {
        desk.export(move |json| save("-anomalies.csv", "text/csv", &anomalies_csv(&json)));
    };
    let scores = move |as_json: bool| {
        desk.scores(move |text| match text {
            Ok(csv) if as_json => save("-scores.json", "application/json", &columns_json(&csv)),
            Ok(csv) => save("-scores.csv", "text/csv", &csv),
            Err(why) => said.set(why),
        });
    };
    // The draft may change while the text is looked at.
    let text = move || {
        let form = shown.get()?;
        let text = desk.seen.with(|seen| written(&seen.job.rule, form));
        Some(view! { <pre class="code" id="written" tabindex="0" aria-label=form>{text}</pre> })
    };
    let field = NodeRef::<Textarea>::new();
    let import = move |text: String| {
        spawn_local(async move {
            match api::parse_rule(text).await {
                Ok(ParseResponse {
                    rule: None, errors, ..
                }) => {
                    failed.try_set(None);
                    wrong.try_set(errors);
                }
                Ok(ParseResponse {
                    rule: Some(mut rule),
                    ..
                }) => {
                    failed.try_set(None);
                    wrong.try_set(Vec::new());
                    said.try_set(tf(
                        "Took in “{name}”; it is a draft until it is saved.",
                        &[("name", &rule.name)],
                    ));
                    // The rule that it came from may be here, or be another one.
                    rule.id = None;
                    desk.wish(&Wish::Take(Box::new(rule)));
                }
                Err(error) => drop(failed.try_set(Some(error))),
            }
        });
    };
    let take = move |_| {
        if let Some(field) = field.get_untracked() {
            import(field.value());
        }
    };
    let dropped = move |event: web_sys::DragEvent| {
        event.prevent_default();
        event.stop_propagation();
        let files = event.data_transfer().and_then(|data| data.files());
        if let Some(file) = files.and_then(|files| files.get(0)) {
            spawn_local(async move {
                let text = wasm_bindgen_futures::JsFuture::from(file.text()).await;
                if let Some(text) = text.ok().and_then(|text| text.as_string()) {
                    import(text);
                }
            });
        }
    };
    view! {
        <div class="exchange-rows">
            {forms.into_iter().collect_any()}
            <span class="row" role="group" aria-label=t("Result")>
                <span class="form-name">{t("Result")}</span>
                <button type="button" class="link" id="anomalies-csv" on:click=anomalies>{t("Anomalies as CSV")}</button>
                <button type="button" class="link" id="scores-csv" on:click=move |_| scores(false)>{t("Scores as CSV")}</button>
                <button type="button" class="link" id="scores-json" on:click=move |_| scores(true)>{t("Scores as JSON")}</button>
            </span>
            {text}
            <label class="field" on:dragover=move |event: web_sys::DragEvent| event.prevent_default() on:drop=dropped>{t("A rule in YAML or JSON: paste it or drop a file")}
                <textarea class="code" id="import-text" rows="4" spellcheck="false" node_ref=field></textarea>
            </label>
            <p class="row"><button type="button" id="import" on:click=take>{t("Take it as the draft")}</button>
                <span class="muted" role="status">{said}</span></p>
            {move || wrong.get().into_iter().map(|problem| {
                let line = tf("Line {n}", &[("n", &problem.line.to_string())]);
                view! { <p class="refused" role="alert">{line}": "{problem.field.map(|field| view! { <code>{field}</code>": " })}{problem.message}</p> }
            }).collect_any()}
            {move || failed.get().map(|error| view! { <Failure error/> })}
        </div>
    }
    .into_any()
}

/// A cell that is read back as it was.
fn cell(value: &JsValue) -> String {
    let text = value
        .as_string()
        .or_else(|| value.as_f64().map(|number| number.to_string()))
        .unwrap_or_default();
    // A formula in a table would be run by whoever opens it.
    let text = if text.starts_with(['=', '+', '-', '@']) && value.as_string().is_some() {
        format!("'{text}")
    } else {
        text
    };
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// A value inside of a value; nothing where there is none.
pub(super) fn inside(value: &JsValue, path: &[&str]) -> JsValue {
    let mut value = value.clone();
    for key in path {
        value = js_sys::Reflect::get(&value, &JsValue::from_str(key)).unwrap_or_default();
    }
    value
}

/// A line for each anomaly of a replay.
///
/// Read by the browser: a reader of our own for the whole summary would weigh more than all of this.
fn anomalies_csv(json: &str) -> String {
    let summary = js_sys::JSON::parse(json).unwrap_or_default();
    let mut text =
        "id,series,start,end,status,severity,score,value,expected,pages_sent\n".to_owned();
    let Ok(fired) = inside(&summary, &["fired"]).dyn_into::<js_sys::Array>() else {
        return text;
    };
    for one in fired.iter() {
        let anomaly = inside(&one, &["anomaly"]);
        let time = |key: &str| {
            let at_ms = inside(&anomaly, &[key]);
            js_sys::Date::new(&at_ms).to_iso_string().into()
        };
        let pages = inside(&one, &["pages"]).dyn_into::<js_sys::Array>();
        let sent = pages.map_or(0, |pages| {
            let is_sent =
                |page: &JsValue| inside(page, &["verdict"]).as_string().as_deref() == Some("sent");
            pages.iter().filter(is_sent).count()
        });
        let cells: [JsValue; 10] = [
            inside(&anomaly, &["id"]),
            inside(&anomaly, &["series"]),
            time("start_ms"),
            time("end_ms"),
            inside(&anomaly, &["status"]),
            inside(&anomaly, &["severity"]),
            inside(&anomaly, &["peak", "score"]),
            inside(&anomaly, &["peak", "value"]),
            inside(&anomaly, &["peak", "expected"]),
            JsValue::from_f64(sent as f64),
        ];
        text.push_str(&cells.each_ref().map(cell).join(","));
        text.push('\n');
    }
    text
}

/// Columns of a table of numbers as JSON: a list for each, `null` where a cell is empty; the first is of times.
fn columns_json(csv: &str) -> String {
    let mut lines = csv.lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    let columns = names.iter().enumerate().map(|(at, name)| {
        let cells = rows.iter().map(|row| match row.get(at).copied() {
            None | Some("") => "null".to_owned(),
            Some(cell) if at == 0 => format!("\"{cell}\""),
            Some(cell) => cell.to_owned(),
        });
        format!("\"{name}\":[{}]", cells.collect::<Vec<_>>().join(","))
    });
    format!("{{{}}}", columns.collect::<Vec<_>>().join(","))
}

impl Desk {
    /// Every sample of the series that is shown with its score, as a table.
    fn scores(self, told: impl Fn(Result<String, String>) + 'static) {
        let seen = self.look();
        let Some(shown) = seen.shown else {
            return;
        };
        let bridge = match Bridge::start_full(|_| {}) {
            Ok(bridge) => bridge,
            Err(why) => return told(Err(why)),
        };
        let asked = More {
            job: Job {
                detail: false,
                ..seen.job
            },
            series: shown.key,
            at_ms: None,
            whole: false,
            study: None,
        };
        let kept = bridge.clone();
        bridge.ask(
            bridge.line(),
            Ask::More(json::write(&asked)),
            move |outcome, _| {
                match outcome {
                    Outcome::More(text) => told(Ok(text)),
                    Outcome::Failed { message, .. } => told(Err(message)),
                    _ => {}
                }
                // The worker has done what it was started for.
                drop(kept);
            },
        );
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn table_when_made_json_then_has_a_list_for_each_column() {
        assert_eq!(
            columns_json("time,value\n2026-01-01T00:00:00Z,1.5\n2026-01-01T00:01:00Z,\n"),
            r#"{"time":["2026-01-01T00:00:00Z","2026-01-01T00:01:00Z"],"value":[1.5,null]}"#
        );
    }
}
