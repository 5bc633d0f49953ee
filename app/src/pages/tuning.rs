//! The week: which rules were noisiest, which pages nobody acted on, which rules never fired; each leads into the Lab.

use hindcast_shared::api::{Digest, DigestAnomaly, DigestAnswers, DigestRule, DigestSilentRule};
use hindcast_shared::chart::minute_text;
use leptos::prelude::*;

use crate::api::feedback as api;
use crate::browser;
use crate::components::{Failure, Waiting};
use crate::i18n::{key, plural, t, tf};
use crate::lean::CollectAny as _;
use crate::load::{Load, loaded};
use crate::route::Route;
use crate::{url_state, words};

/// The page.
#[component]
pub fn Tuning() -> impl IntoView {
    let route = expect_context::<Route>();
    let again = RwSignal::new(0_u32);
    let digest = loaded(move || {
        // Another week is another address.
        route.place.track();
        again.track();
        let week = url_state::current().get("week").map(str::to_owned);
        async move { api::find_digest(week.as_deref()).await }
    });
    let retry = Callback::new(move |()| again.update(|again| *again += 1));
    let body = move || match digest.get() {
        Load::Waiting => view! { <Waiting what=t("the week")/> }.into_any(),
        Load::Failed(error) => view! { <Failure error retry/> }.into_any(),
        Load::Ready(digest) => told(&digest),
    };
    view! {
        <div class="mutes-page tuning-page">
            <p class="crumbs"><a href="rules">{t("Rules")}</a>" / "{t("Tuning")}</p>
            <h1 id="tuning">{t("Tuning")}</h1>
            {body}
        </div>
    }
}

fn told(digest: &Digest) -> AnyView {
    let zone = browser::zone_now();
    let times = tf(
        "{from} to {to}",
        &[
            ("from", &minute_text(digest.range.from_ms, &zone)),
            ("to", &minute_text(digest.range.to_ms, &zone)),
        ],
    );
    let next = digest.next.as_ref().map(|next| {
        view! { <a class="button" href=format!("tuning?week={next}")>{t("Week after")}</a> }
    });
    let pages = plural(digest.pages, "{n} page", "{n} pages");
    let anomalies = plural(digest.anomalies, "{n} anomaly", "{n} anomalies");
    let unattended = plural(
        digest.unattended_total,
        "{n} that nobody acted on",
        "{n} that nobody acted on",
    );
    view! {
        <div class="section-head">
            <h2 data-week=digest.week.clone()>{digest.week.clone()}" "<span class="muted">{times}</span></h2>
            <a class="button" href=format!("tuning?week={}", digest.previous)>{t("Week before")}</a>
            {next}
        </div>
        <p class="digest-sentence" data-varies="" data-pages=digest.pages>{anomalies}" · "{pages}" · "{unattended}</p>
        {said(&digest.answers)}
        <section aria-labelledby="noisiest-title">
            <h2 id="noisiest-title">{t("Noisiest rules")}</h2>
            {noisiest(&digest.noisiest)}
        </section>
        <section aria-labelledby="unattended-title">
            <h2 id="unattended-title">{t("Pages that nobody acted on")}</h2>
            {unattended_list(digest)}
        </section>
        <section aria-labelledby="never-title">
            <h2 id="never-title">{t("Rules that have never fired")}</h2>
            {never(&digest.never_fired)}
        </section>
    }
    .into_any()
}

fn said(answers: &DigestAnswers) -> AnyView {
    if *answers == DigestAnswers::default() {
        return view! { <p class="muted">{t("Nobody said of an anomaly whether it was right.")}</p> }.into_any();
    }
    let text = tf(
        "Feedback: right {right}, false alarms {false}, expected {expected}, wrong team {team}.",
        &[
            ("right", &answers.right.to_string()),
            ("false", &answers.false_alarms.to_string()),
            ("expected", &answers.expected.to_string()),
            ("team", &answers.wrong_team.to_string()),
        ],
    );
    view! { <p data-answers=answers.false_alarms>{text}</p> }.into_any()
}

fn noisiest(rules: &[DigestRule]) -> AnyView {
    if rules.is_empty() {
        return view! { <p class="muted">{t("No rule paged anybody in this week.")}</p> }
            .into_any();
    }
    let row = |rule: &DigestRule| {
        let number = |name: &'static str, value: u64| {
            view! { <td class="number" data-name=t(name)>{words::count(value)}</td> }
        };
        view! {
            <tr data-rule=rule.rule_id.clone() data-pages=rule.pages>
                <th scope="row"><a class="rule-name" href=format!("rules/{}", rule.rule_id)>{rule.name.clone()}</a></th>
                {number(key("Pages"), rule.pages)}
                {number(key("Anomalies"), rule.anomalies)}
                {number(key("Nobody acted"), rule.unattended)}
                {number(key("False alarms"), rule.answers.false_alarms)}
                <td class="rule-buttons">{lab(&rule.lab)}</td>
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=t("Noisiest rules")>
            <table class="rules">
                <caption class="visually-hidden">{t("Noisiest rules")}</caption>
                <thead><tr>
                    <th scope="col">{t("Rule")}</th>
                    <th scope="col" class="number">{t("Pages")}</th>
                    <th scope="col" class="number">{t("Anomalies")}</th>
                    <th scope="col" class="number">{t("Nobody acted")}</th>
                    <th scope="col" class="number">{t("False alarms")}</th>
                    <th scope="col"><span class="visually-hidden">{t("Actions")}</span></th>
                </tr></thead>
                <tbody>{rules.iter().map(row).collect_any()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn unattended_list(digest: &Digest) -> AnyView {
    if digest.unattended.is_empty() {
        return view! { <p class="muted">{t("Somebody acted on every page, or nobody was paged.")}</p> }.into_any();
    }
    let zone = browser::zone_now();
    let row = |one: &DigestAnomaly| {
        let pages = plural(one.pages, "{n} page", "{n} pages");
        view! {
            <tr data-anomaly=one.id.clone() data-severity=one.severity.as_str()>
                <th scope="row">
                    <a class="rule-name" href=format!("anomalies/{}", one.id)>{one.rule_name.clone()}</a>
                    <span class="rule-query">{minute_text(one.start_ms, &zone)}" · "{one.series.clone()}</span>
                </th>
                <td><span class="mark" aria-hidden="true">{words::glyph(one.severity)}</span>" "{words::severity_word(one.severity)}</td>
                <td>{words::status_word(one.status)}</td>
                <td class="number">{pages}</td>
                <td class="rule-buttons">{lab(&one.lab)}</td>
            </tr>
        }
    };
    let shown = digest.unattended.len() as u64;
    let more = (digest.unattended_total > shown).then(|| {
        let n = (digest.unattended_total - shown).to_string();
        view! { <p class="muted">{tf("{n} more are not shown.", &[("n", &n)])}</p> }
    });
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=t("Pages that nobody acted on")>
            <table class="rules">
                <caption class="visually-hidden">{t("Pages that nobody acted on")}</caption>
                <tbody>{digest.unattended.iter().map(row).collect_any()}</tbody>
            </table>
        </div>
        {more}
    }
    .into_any()
}

fn never(rules: &[DigestSilentRule]) -> AnyView {
    if rules.is_empty() {
        return view! { <p class="muted">{t("Every rule that runs has fired before, or is new.")}</p> }.into_any();
    }
    let now_ms = browser::now_ms();
    let row = |rule: &DigestSilentRule| {
        let since = tf(
            "made {when}",
            &[("when", &words::ago(rule.since_ms, now_ms))],
        );
        view! {
            <tr data-rule=rule.rule_id.clone()>
                <th scope="row"><a class="rule-name" href=format!("rules/{}", rule.rule_id)>{rule.name.clone()}</a></th>
                <td>{since}</td>
                <td class="rule-buttons">{lab(&rule.lab)}</td>
            </tr>
        }
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=t("Rules that have never fired")>
            <table class="rules">
                <caption class="visually-hidden">{t("Rules that have never fired")}</caption>
                <tbody>{rules.iter().map(row).collect_any()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn lab(address: &str) -> AnyView {
    view! { <a class="button" href=address.to_owned()>{t("Open in the Lab")}</a> }.into_any()
}
