//! A mute while it is made or changed: what, how bad, until when, why; and what it would keep quiet.

use hindcast_shared::api::{MuteDraft, MuteRecord};
use hindcast_shared::rule::Severity;
use hindcast_shared::time::{DAY_MS, HOUR_MS};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::state::reach;
use super::{Board, Open};
use crate::api::{self, ApiError};
use crate::browser;
use crate::components::Failure;
use crate::i18n::{plural, t, tf};
use crate::lean::CollectAny as _;
use crate::live::Live;
use crate::words;

const LENGTHS: [i64; 5] = [HOUR_MS, 4 * HOUR_MS, DAY_MS, 3 * DAY_MS, 7 * DAY_MS];

const SEVERITIES: [Severity; 3] = [Severity::Critical, Severity::Warning, Severity::Info];

/// What is typed.
#[derive(Debug, Clone, Copy)]
struct Typed {
    rule: RwSignal<String>,
    series: RwSignal<String>,
    severity: RwSignal<Severity>,
    /// As the field has it; empty means now.
    start: RwSignal<String>,
    end: RwSignal<String>,
    comment: RwSignal<String>,
}

impl Typed {
    fn of(mute: Option<&MuteRecord>) -> Self {
        let pattern = |text: Option<&String>| {
            let text = text.filter(|text| *text != "*");
            RwSignal::new(text.cloned().unwrap_or_default())
        };
        let end_ms = mute.map_or_else(|| browser::now_ms() + HOUR_MS, |mute| mute.end_ms);
        let start = mute.map(|mute| browser::field_time(mute.start_ms));
        Self {
            rule: pattern(mute.map(|mute| &mute.rule)),
            series: pattern(mute.map(|mute| &mute.series)),
            severity: RwSignal::new(mute.map_or(Severity::Critical, |mute| mute.max_severity)),
            start: RwSignal::new(start.unwrap_or_default()),
            end: RwSignal::new(browser::field_time(end_ms)),
            comment: RwSignal::new(mute.map(|mute| mute.comment.clone()).unwrap_or_default()),
        }
    }

    fn draft(self) -> MuteDraft {
        let pattern = |text: RwSignal<String>| {
            let text = text.get_untracked().trim().to_owned();
            (!text.is_empty()).then_some(text)
        };
        let (rule, series) = (pattern(self.rule), pattern(self.series));
        // Nothing named means everything, and a mute says so.
        let rule = rule.or_else(|| series.is_none().then(|| "*".to_owned()));
        MuteDraft {
            rule,
            series,
            max_severity: Some(self.severity.get_untracked()),
            start_ms: browser::instant_of_field(&self.start.get_untracked()),
            end_ms: browser::instant_of_field(&self.end.get_untracked()).unwrap_or_default(),
            comment: self.comment.get_untracked(),
        }
    }
}

/// The form.
#[component]
pub(super) fn MuteForm(board: Board, mute: Option<MuteRecord>) -> impl IntoView {
    let live = expect_context::<Live>();
    let typed = Typed::of(mute.as_ref());
    let failed = RwSignal::new(None::<ApiError>);
    let is_new = mute.is_none();
    let seen = mute.map(|mute| (mute.id, mute.version));
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let (draft, seen) = (typed.draft(), seen.clone());
        spawn_local(async move {
            match api::write_mute(seen, &draft).await {
                Ok(_) => {
                    board.open.try_set(Open::Closed);
                    board.reload();
                }
                Err(error) => drop(failed.try_set(Some(error))),
            }
        });
    };
    let reached = move || {
        let pattern = (
            &*typed.rule.get(),
            &*typed.series.get(),
            typed.severity.get(),
        );
        let rules = board
            .rules
            .with(|rules| rules.ready().cloned().unwrap_or_default());
        let active = live
            .active
            .with(|active| active.ready().cloned().unwrap_or_default());
        let (named, quiet) = reach(pattern, &rules, &active);
        let named = plural(named as u64, "{n} rule fits", "{n} rules fit");
        let quiet = plural(
            quiet as u64,
            "{n} open anomaly would page nobody",
            "{n} open anomalies would page nobody",
        );
        format!("{named}; {quiet}.")
    };
    let picked = move |event: web_sys::Event| {
        let word = event_target_value(&event);
        let severity = SEVERITIES.into_iter().find(|each| each.as_str() == word);
        typed.severity.set(severity.unwrap_or(Severity::Critical));
    };
    let ids = move || {
        board.rules.with(|rules| {
            let rules = rules.ready().map_or(&[][..], Vec::as_slice);
            let ids = rules.iter().filter_map(|rule| rule.rule.id.clone());
            ids.map(|id| view! { <option value=id></option> })
                .collect_any()
        })
    };
    let title = if is_new {
        t("New mute")
    } else {
        t("Change the mute")
    };
    view! {
        <form class="mute-form" aria-labelledby="mute-title" on:submit=submit>
            <h2 id="mute-title">{title}</h2>
            <div class="mute-fields">
                <label class="field">{t("Rules like")}
                    <input type="text" id="mute-rule" class="code" list="mute-rules" placeholder="*" autocomplete="off" spellcheck="false"
                        prop:value=typed.rule on:input=move |event| typed.rule.set(event_target_value(&event))/>
                </label>
                <datalist id="mute-rules">{ids}</datalist>
                <label class="field grow">{t("Series like")}
                    <input type="text" id="mute-series" class="code" placeholder="*" autocomplete="off" spellcheck="false"
                        prop:value=typed.series on:input=move |event| typed.series.set(event_target_value(&event))/>
                </label>
                <label class="field">{t("How bad")}
                    <select id="mute-severity" on:change=picked>{severities(typed)}</select>
                </label>
                <label class="field">{t("Begins (empty: now)")}
                    <input type="datetime-local" id="mute-start" step="1" prop:value=typed.start
                        on:input=move |event| typed.start.set(event_target_value(&event))/>
                </label>
                <label class="field">{t("Ends")}
                    <input type="datetime-local" id="mute-end" step="1" required prop:value=typed.end
                        on:input=move |event| typed.end.set(event_target_value(&event))/>
                </label>
                <div class="row" role="group" aria-label=t("How long")>{lengths(typed)}</div>
                <label class="field mute-why">{t("Why")}
                    <input type="text" id="mute-comment" required maxlength="4000" prop:value=typed.comment
                        on:input=move |event| typed.comment.set(event_target_value(&event))/>
                </label>
            </div>
            <p class="muted" role="status" id="mute-reach">{reached}</p>
            {move || failed.get().map(|error| view! { <Failure error/> })}
            <p class="row">
                <button type="submit" class="primary" id="save-mute">{if is_new { t("Mute") } else { t("Save") }}</button>
                <button type="button" on:click=move |_| board.open.set(Open::Closed)>{t("Cancel")}</button>
            </p>
        </form>
    }
}

/// From now, or from the beginning.
fn lengths(typed: Typed) -> AnyView {
    let lengths = LENGTHS.map(|length| {
        let set = move |_| {
            let start = typed.start.get_untracked();
            let from = browser::instant_of_field(&start).unwrap_or_else(browser::now_ms);
            typed.end.set(browser::field_time(from + length));
        };
        view! { <button type="button" data-length=length on:click=set>{words::length(length)}</button> }
    });
    lengths.into_iter().collect_any()
}

fn severities(typed: Typed) -> AnyView {
    let options = SEVERITIES.map(|severity| {
        let words = tf(
            "up to {severity}",
            &[(
                "severity",
                &browser::lower(words::severity_word(severity)),
            )],
        );
        view! { <option value=severity.as_str() selected=move || typed.severity.get() == severity>{words}</option> }
    });
    options.into_iter().collect_any()
}
