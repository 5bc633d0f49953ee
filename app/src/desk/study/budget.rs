//! What a search for a setting answers: before, after, and the way to take it.

use hindcast_shared::rule::RuleDraft;
use hindcast_shared::study::{Answer, Outcome};
use serde_json::Value;

use super::markup::{delay, found, of, pages, precision};
use super::tree::{Node, button, cell, el, head, hint, table};
use crate::draft;
use crate::i18n::{t, tf};
use crate::words;

/// Takes what a search has found into a draft: how is judged and how long it must last, and nothing else.
pub(super) fn into_draft(found: &RuleDraft, draft: &mut RuleDraft) {
    draft.detector.clone_from(&found.detector);
    draft.decision.threshold = found.decision.threshold;
    draft.decision.alarms_per_week = None;
    let same = draft::kind(draft) == draft::kind(found);
    if !same || draft.decision.inclusive.is_some() {
        draft.decision.inclusive = found.decision.inclusive;
    }
    if draft.decision.direction.unwrap_or_default() != found.decision.direction.unwrap_or_default()
    {
        draft.decision.direction = found.decision.direction;
    }
    if draft::confirm(draft) != draft::confirm(found) {
        draft.confirm.clone_from(&found.confirm);
    }
}

/// The answer in words and figures.
pub(super) fn told(answer: &Answer, most: f64) -> Node {
    let out = el("div").with("class", "study-answer");
    let Some((rule, after)) = answer.rule.as_ref().zip(answer.after) else {
        let text = t("No detector says anything about these samples.");
        return out.add(el("p").text(text));
    };
    let named = answer.before.required;
    let (count, most) = (named.to_string(), pages(most));
    let found_after = of(after.required_found, named);
    let pages_after = pages(after.pages_per_week);
    let figures: [(&str, &str); 4] = [
        ("n", &count),
        ("most", &most),
        ("found", &found_after),
        ("pages", &pages_after),
    ];
    let head_text = match (answer.fits, named) {
        (true, 0) => tf(
            "No incident has to be found: this is as sensitive as {most} pages a week allow.",
            &figures,
        ),
        (true, _) => tf(
            "This setting finds {found} incidents with {pages} pages a week.",
            &figures,
        ),
        (false, _) => tf(
            "No setting finds all {n} incidents with at most {most} pages a week. The nearest finds {found}, with {pages}.",
            &figures,
        ),
    };
    let row = |name: &str, figure: fn(&Outcome) -> String| {
        vec![
            head(name),
            cell(&figure(&answer.before)),
            cell(&figure(&after)),
        ]
    };
    let mut rows = vec![
        row(t("Pages a week"), |it| pages(it.pages_per_week)),
        row(t("Incidents found"), found),
        row(t("False alarms"), |it| it.false_alarms.to_string()),
        row(t("Precision"), precision),
        row(t("Delay"), delay),
    ];
    if named < answer.before.incidents {
        let of_named = |it: &Outcome| of(it.required_found, it.required);
        rows.insert(2, row(t("Never to be missed"), of_named));
    }
    let word = if answer.fits {
        t("Take this setting")
    } else {
        t("Take the nearest")
    };
    let fits = if answer.fits { "true" } else { "false" };
    let heads = ["", t("Before"), t("After")];
    let out = out
        .add(el("p").with("data-fits", fits).text(&head_text))
        .add(el("p").add(el("code").text(&setting(rule))))
        .add(table(t("Before and after"), &heads, rows))
        .add(el("p").add(button("data-do", "take", word).with("id", "study-take")));
    if answer.is_complete {
        return out;
    }
    let count = words::count(u64::from(answer.tried));
    out.add(hint(&tf(
        "There was no time to try everything: it is the best of {n} settings.",
        &[("n", &count)],
    )))
}

/// The setting as it would be written: only what differs from what the detector has when nothing is set.
fn setting(rule: &RuleDraft) -> String {
    let kind = draft::kind(rule);
    let mut parts = vec![kind.as_str().to_owned()];
    for param in kind.params() {
        let value = match rule.detector.get(param.name) {
            Some(Value::String(word)) => word.clone(),
            Some(value) if value.as_f64() != Some(param.default) => crate::json::write(value),
            _ => continue,
        };
        parts.push(format!("{} {value}", param.name));
    }
    if let Some(threshold) = rule.decision.threshold {
        parts.push(format!("threshold {}", super::frontier::short(threshold)));
    }
    parts.push(format!("for {}", draft::confirm(rule).0));
    parts.join(", ")
}
