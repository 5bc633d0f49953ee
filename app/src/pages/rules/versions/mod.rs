//! The versions of a rule: who, when, what changed in words and line by line, and back to any of them.

mod diff;
mod words;

use hindcast_shared::api::RuleVersion;
use hindcast_shared::chart::minute_text;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use self::diff::{Fate, lines, near_changes};
use self::words::changes;
use super::edit::{Desk, name_of};
use super::yaml;
use crate::api::{self, ApiError};
use crate::browser;
use crate::components::{Failure, Waiting};
use crate::draft;
use crate::i18n::{key, plural, t, tf};
use crate::lean::CollectAny as _;
use crate::load::{Load, loaded};
use crate::url_state;

/// Lines around a change that are shown.
const AROUND: usize = 2;

/// The list and the difference between two of them.
#[component]
pub(super) fn Versions(desk: Desk, id: String, locked: bool) -> impl IntoView {
    let of = id.clone();
    let versions = loaded(move || {
        desk.base.track();
        let id = of.clone();
        async move { api::list_rule_versions(&id).await }
    });
    let asked = |key: &str| -> Option<u32> { url_state::current().get(key)?.parse().ok() };
    // Older and newer; nothing said means the newest and the one before it.
    let pair = RwSignal::new((asked("from"), asked("to")));
    let failed = RwSignal::new(None::<ApiError>);
    let choose = move |change: (Option<u32>, Option<u32>)| {
        pair.set(change);
        let text = |version: Option<u32>| version.map(|version| version.to_string());
        let (from, to) = (text(change.0), text(change.1));
        url_state::replace(&[("from", from.as_deref()), ("to", to.as_deref())]);
    };
    let revert = Callback::new(move |version: u32| {
        let Some(base) = desk.base.get_untracked() else {
            return;
        };
        spawn_local(async move {
            let id = base.rule.id.clone().unwrap_or_default();
            match api::revert_rule(&id, base.version, version).await {
                Ok(record) => {
                    failed.try_set(None);
                    desk.saved(record);
                    pair.try_set((None, None));
                }
                Err(error) => drop(failed.try_set(Some(error))),
            }
        });
    });
    let list = move || match versions.get() {
        Load::Waiting => view! { <Waiting what=t("versions")/> }.into_any(),
        Load::Failed(error) => view! { <Failure error/> }.into_any(),
        Load::Ready(versions) => {
            let (from, to) = chosen(&versions, pair.get());
            let rows = rows(&versions, (from, to), locked, Callback::new(choose), revert);
            let find = |version| versions.iter().find(|each| each.version == version);
            let text = |version| find(version).map_or_else(String::new, written);
            let between = tf(
                "From version {old} to version {new}",
                &[("old", &from.to_string()), ("new", &to.to_string())],
            );
            // One version has nothing beside it.
            let alone = versions.len() < 2;
            let beside = (!alone).then(|| {
                view! {
                    <section aria-labelledby="difference">
                        <h2 id="difference">{between}</h2>
                        <Compared old=text(from) new=text(to)/>
                    </section>
                }
            });
            view! {
                <div class="versions-page" class:alone=alone>
                    <div class="scroll" tabindex="0" role="region" aria-label=t("Versions")>
                    <table class="versions">
                        <thead><tr>
                            <th scope="col">{t("Compare")}</th><th scope="col">{t("Version")}</th><th scope="col">{t("When")}</th>
                            <th scope="col">{t("Who")}</th><th scope="col">{t("What changed")}</th><th scope="col"><span class="visually-hidden">{t("Actions")}</span></th>
                        </tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                    </div>
                    {beside}
                    {alone.then(|| view! { <p class="muted">{t("What is changed from now on is compared here.")}</p> })}
                </div>
            }
            .into_any()
        }
    };
    view! {
        {move || failed.get().map(|error| view! { <Failure error/> })}
        {list}
    }
}

/// The two versions that are compared.
fn chosen(versions: &[RuleVersion], (from, to): (Option<u32>, Option<u32>)) -> (u32, u32) {
    let newest = versions.first().map_or(1, |version| version.version);
    let to = to.unwrap_or(newest);
    (from.unwrap_or(to.saturating_sub(1).max(1)), to)
}

fn rows(
    versions: &[RuleVersion],
    (from, to): (u32, u32),
    locked: bool,
    choose: Callback<(Option<u32>, Option<u32>)>,
    revert: Callback<u32>,
) -> AnyView {
    let zone = browser::zone_now();
    let row = |(at, version): (usize, &RuleVersion)| {
        let number = version.version;
        let what = what(version, versions.get(at + 1));
        let back = (at > 0 && !locked && !version.deleted).then(|| {
            view! {
                <button type="button" data-revert=number on:click=move |_| revert.run(number)>{t("Go back to this")}</button>
            }
        });
        let name = |side: &'static str| tf(side, &[("n", &number.to_string())]);
        view! {
            <tr data-version=number>
                <td class="compare">
                    <input type="radio" name="from" aria-label=name(key("From version {n}")) prop:checked=number == from
                        on:change=move |_| choose.run((Some(number), Some(to)))/>
                    <input type="radio" name="to" aria-label=name(key("To version {n}")) prop:checked=number == to
                        on:change=move |_| choose.run((Some(from), Some(number)))/>
                </td>
                <th scope="row" class="number">{number}</th>
                <td><time>{minute_text(version.at_ms, &zone)}</time></td>
                <td>{crate::words::actor(&version.actor)}</td>
                <td class="what">{what}</td>
                <td>{back}</td>
            </tr>
        }
    };
    versions.iter().enumerate().map(row).collect_any()
}

/// What a version changed, in words.
fn what(version: &RuleVersion, before: Option<&RuleVersion>) -> AnyView {
    let Some(before) = before else {
        return t("First version").into_any();
    };
    if version.deleted {
        return t("Deleted").into_any();
    }
    if before.deleted {
        return t("Brought back").into_any();
    }
    let (old, new) = (draft::to_json(&before.rule), draft::to_json(&version.rule));
    let found = changes(&old, &new);
    if found.is_empty() {
        return t("Nothing").into_any();
    }
    let kind = draft::named_kind(&version.rule);
    let lines = found.into_iter().map(|change| {
        let none = || t("nothing").to_owned();
        let text = tf(
            "{field}: {old} → {new}",
            &[
                ("field", &name_of(&change.path, kind)),
                ("old", &change.before.unwrap_or_else(none)),
                ("new", &change.after.unwrap_or_else(none)),
            ],
        );
        view! { <li>{text}</li> }
    });
    view! { <ul>{lines.collect_any()}</ul> }.into_any()
}

/// A version as YAML.
fn written(version: &RuleVersion) -> String {
    let mut value = draft::to_json(&version.rule);
    if let Value::Object(map) = &mut value {
        map.remove("id");
    }
    yaml::write(&value)
}

/// Two texts line by line: what went with a minus, what came with a plus.
#[component]
pub(super) fn Compared(old: String, new: String) -> impl IntoView {
    let all = lines(&old, &new);
    let count = |wanted: Fate| all.iter().filter(|(fate, _)| *fate == wanted).count() as u64;
    let (came, went) = (count(Fate::Came), count(Fate::Went));
    if came + went == 0 {
        return view! { <p class="muted">{t("Both are the same.")}</p> }.into_any();
    }
    let summary = format!(
        "{}, {}",
        plural(came, "{n} line added", "{n} lines added"),
        plural(went, "{n} line removed", "{n} lines removed")
    );
    let row = |line: Option<(Fate, &str)>| {
        let (fate, sign, text) = match line {
            None => ("gap", "…", ""),
            Some((Fate::Stayed, text)) => ("stayed", " ", text),
            Some((Fate::Came, text)) => ("came", "+", text),
            Some((Fate::Went, text)) => ("went", "−", text),
        };
        view! { <span class="diff-line" data-fate=fate><span class="diff-sign">{sign}</span>{text.to_owned()}"\n"</span> }
    };
    let shown = near_changes(&all, AROUND);
    view! {
        <p class="muted">{summary}</p>
        <pre class="line-diff" tabindex="0" role="group" aria-label=t("Difference") data-came=came data-went=went>{shown.into_iter().map(row).collect_any()}</pre>
    }
    .into_any()
}
