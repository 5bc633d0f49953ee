//! *Suggest a change*: the least edit of a rule that drops its false alarms, with its evidence; opened in the Lab or
//! applied.

use hindcast_shared::api::{
    RuleRecord, Suggestion, SuggestionCase, SuggestionSaid, SuggestionState,
};
use hindcast_shared::chart::minute_text;
use hindcast_shared::study::Outcome;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::AbortController;

use super::{Failure, Waiting};
use crate::api::{ApiError, feedback as api};
use crate::browser;
use crate::i18n::{key, plural, t, tf};
use crate::lean::CollectAny as _;
use crate::words;

/// How far it has come.
#[derive(Debug, Clone, PartialEq)]
enum Stage {
    Idle,
    Asked,
    Told(Box<Suggestion>),
    Applied(u32),
    Failed(ApiError),
}

/// The button, and what it found.
#[component]
pub fn SuggestChange(
    /// The rule's id.
    rule: String,
    /// Whether it may be applied.
    may_write: Memo<bool>,
    /// Hears of the new version.
    applied: Callback<RuleRecord>,
) -> impl IntoView {
    let stage = RwSignal::new(Stage::Idle);
    let rule = StoredValue::new(rule);
    // Breaking the call off is what stops the server.
    let running = StoredValue::new_local(None::<AbortController>);
    let stop = move || {
        if let Some(Some(running)) = running.try_get_value() {
            running.abort();
        }
    };
    on_cleanup(stop);
    let ask = move |_| {
        let Ok(controller) = AbortController::new() else {
            return;
        };
        let signal = controller.signal();
        running.set_value(Some(controller));
        stage.set(Stage::Asked);
        spawn_local(async move {
            let told = api::suggest(&rule.get_value(), &signal).await;
            if !signal.aborted() {
                stage.try_set(told.map_or_else(Stage::Failed, |told| Stage::Told(Box::new(told))));
            }
        });
    };
    let give_up = move |_| {
        stop();
        stage.set(Stage::Idle);
    };
    let asked = move || stage.with(|stage| *stage == Stage::Asked);
    let stopping = move || {
        asked().then(|| view! { <button type="button" data-action="stop-suggesting" data-command=t("Stop") on:click=give_up>{t("Stop")}</button> })
    };
    let apply = Callback::new(move |(id, version): (String, u32)| {
        spawn_local(async move {
            match api::apply(&rule.get_value(), &id, version).await {
                Ok(record) => {
                    stage.try_set(Stage::Applied(record.version));
                    applied.try_run(record);
                }
                Err(error) => drop(stage.try_set(Stage::Failed(error))),
            }
        });
    });
    let body = move || match stage.get() {
        Stage::Idle => ().into_any(),
        Stage::Asked => view! { <Waiting what=t("the suggestion")/> }.into_any(),
        Stage::Failed(error) => view! { <Failure error/> }.into_any(),
        Stage::Applied(version) => {
            let link = format!("rules/{}?view=versions", rule.get_value());
            let text = tf("Saved as version {n}.", &[("n", &version.to_string())]);
            view! { <p class="said" role="status" data-applied=version>{text}" "<a href=link>{t("See what changed")}</a></p> }.into_any()
        }
        Stage::Told(told) => told_of(&told, may_write, apply),
    };
    view! {
        <section class="suggestion" aria-labelledby="suggestion-title">
            <h2 id="suggestion-title">{t("Suggest a change")}</h2>
            <p class="muted">{t("Looks for the least change of the rule that drops what was a false alarm and keeps every incident, and replays it over all labels.")}</p>
            <p class="row"><button type="button" data-action="suggest" data-command=t("Suggest a change") prop:disabled=asked on:click=ask>{t("Suggest a change")}</button>{stopping}</p>
            <div aria-live="polite">{body}</div>
        </section>
    }
}

fn sentence(told: &Suggestion) -> &'static str {
    t(match told.state {
        SuggestionState::Helps => {
            key("This change drops every false alarm and keeps every incident.")
        }
        SuggestionState::HelpsSome => key(
            "This change drops some of the false alarms and keeps every incident; none drops all of them.",
        ),
        SuggestionState::NothingToDrop => key(
            "Nothing that this rule fires is labelled as a false alarm: there is nothing to drop.",
        ),
        SuggestionState::NoChangeHelps => {
            key("No change helps: whatever drops a false alarm would miss an incident too.")
        }
        SuggestionState::NoTime => key(
            "There was no time to find a change. Try again, or work in the Lab with a shorter range.",
        ),
    })
}

fn told_of(told: &Suggestion, may_write: Memo<bool>, apply: Callback<(String, u32)>) -> AnyView {
    let range = words::length(told.range.to_ms - told.range.from_ms);
    let labels = plural(u64::from(told.labels), "{n} label", "{n} labels");
    let mut over = tf(
        "Replayed over {time} and {labels}.",
        &[("time", &range), ("labels", &labels)],
    );
    if told.labels_unseen > 0 {
        let n = told.labels_unseen.to_string();
        over.push(' ');
        over.push_str(&tf(
            "{n} of them lie where there are no samples any more.",
            &[("n", &n)],
        ));
    }
    let version = told.rule_version;
    let buttons = told.id.clone().map(|id| {
        let provisioned = told.provisioned;
        let lab = told.lab.clone();
        let apply = move || {
            let id = id.clone();
            (may_write.get() && !provisioned).then(|| {
                view! { <button type="button" class="primary" data-action="apply" on:click=move |_| apply.run((id.clone(), version))>{t("Apply")}</button> }
            })
        };
        let locked = provisioned.then(|| {
            view! { <p class="muted">{t("This rule comes from the configuration file: change it there, or make a copy.")}</p> }
        });
        view! {
            <p class="row">{apply}<a class="button" href=lab>{t("Open in the Lab")}</a></p>
            {locked}
        }
    });
    let evidence = told.after.as_ref().map(|after| {
        let changes = told.changes.iter().map(|change| {
            view! { <tr><th scope="row"><code>{change.field.clone()}</code></th><td>{change.before.clone()}</td><td>{change.after.clone()}</td></tr> }
        });
        view! {
            <table class="changes"><caption>{t("What changes")}</caption>{head("")}<tbody>{changes.collect_any()}</tbody></table>
            {outcomes(&told.before, after)}
        }
    });
    view! {
        <p class="said" data-suggestion=state_word(told.state)>{sentence(told)}</p>
        <p class="muted">{over}</p>
        {evidence}
        {buttons}
        {cases(&told.cases)}
    }
    .into_any()
}

fn state_word(state: SuggestionState) -> &'static str {
    match state {
        SuggestionState::Helps => "helps",
        SuggestionState::HelpsSome => "helps_some",
        SuggestionState::NothingToDrop => "nothing_to_drop",
        SuggestionState::NoChangeHelps => "no_change_helps",
        SuggestionState::NoTime => "no_time",
    }
}

fn head(class: &'static str) -> AnyView {
    view! { <thead><tr><td></td><th scope="col" class=class>{t("Now")}</th><th scope="col" class=class>{t("Changed")}</th></tr></thead> }
        .into_any()
}

/// What comes of a change, as a table: before and after.
pub fn outcomes(before: &Outcome, after: &Outcome) -> AnyView {
    let figures = figures(before, after).map(|(name, word, before, after)| {
        view! { <tr data-figure=name><th scope="row">{word}</th><td class="number">{before}</td><td class="number">{after}</td></tr> }
    });
    view! { <table class="changes"><caption>{t("What comes of it")}</caption>{head("number")}<tbody>{figures.into_iter().collect_any()}</tbody></table> }
        .into_any()
}

fn figures(before: &Outcome, after: &Outcome) -> [(&'static str, &'static str, String, String); 4] {
    let found = |one: &Outcome| format!("{}/{}", one.found, one.incidents);
    let count = |number: u64| words::count(number);
    let of = |one: &Outcome| {
        (
            words::rate(one.pages_per_week),
            count(one.anomalies),
            found(one),
            count(one.labelled_false_alarms),
        )
    };
    let (now, then) = (of(before), of(after));
    [
        ("pages", t("Pages"), now.0, then.0),
        ("anomalies", t("Anomalies"), now.1, then.1),
        ("incidents", t("Incidents found"), now.2, then.2),
        ("false", t("Labelled false alarms"), now.3, then.3),
    ]
}

/// The anomalies of the rule as it is: which stay, and which go.
fn cases(cases: &[SuggestionCase]) -> Option<AnyView> {
    if cases.is_empty() {
        return None;
    }
    let zone = browser::zone_now();
    let row = |case: &SuggestionCase| {
        let said = match case.said {
            SuggestionSaid::Incident => t("incident"),
            SuggestionSaid::FalseAlarm => t("false alarm"),
            SuggestionSaid::Nothing => t("not judged"),
        };
        let (mark, fate) = if case.kept {
            ("●", t("still fires"))
        } else {
            ("○", t("falls silent"))
        };
        let at = minute_text(case.start_ms, &zone);
        view! { <li data-kept=case.kept.to_string()><span aria-hidden="true">{mark}</span>" "<time>{at}</time>" "{fate}" · "{said}" · "<span class="muted">{case.series.clone()}</span></li> }
    };
    let n = plural(cases.len() as u64, "{n} anomaly", "{n} anomalies");
    let rows = cases.iter().map(row).collect_any();
    Some(
        view! { <details><summary>{n}</summary><ol class="history">{rows}</ol></details> }
            .into_any(),
    )
}
