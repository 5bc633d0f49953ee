//! What overview, wall and embeds know of rules and sources, fetched again every half minute, and the sentence made of it.

use hindcast_shared::api::{RuleRecord, SourceRecord};
use leptos::prelude::*;

use crate::api::{self, ApiError};
use crate::browser;
use crate::i18n::t;
use crate::live::{Link, Live};
use crate::load::{Load, loaded};
use crate::words::{Condition, Sentence, sentence};

/// How often rules and sources are asked for: they say whether the detector is late.
const EVERY_MS: i64 = 30_000;

/// Rules, sources and the sentence.
#[derive(Debug, Clone, Copy)]
pub(super) struct State {
    pub(super) rules: RwSignal<Load<Vec<RuleRecord>>>,
    pub(super) sources: RwSignal<Load<Vec<SourceRecord>>>,
    pub(super) sentence: Memo<Sentence>,
}

impl State {
    pub(super) fn start(live: Live) -> Self {
        let turn = Memo::new(move |_| live.now_ms.get() / EVERY_MS);
        let watch = move || {
            turn.get();
            live.epoch.track();
        };
        let rules = loaded(move || {
            watch();
            rules_of(live.only.get_value())
        });
        let sources = loaded(move || {
            watch();
            let few = live.only.with_value(|only| !only.is_empty());
            async move {
                // Who may see some rules sees no sources.
                if few {
                    Ok(Vec::new())
                } else {
                    api::list_sources().await
                }
            }
        });
        let (rules, sources) = (kept(rules), kept(sources));
        let sentence = Memo::new(move |_| compose(live, rules, sources));
        Self {
            rules,
            sources,
            sentence,
        }
    }

    /// A rule that is known, without following its changes.
    pub(super) fn find_rule(self, id: &str) -> Option<RuleRecord> {
        self.rules.with_untracked(|rules| {
            let rules = rules.ready()?;
            rules
                .iter()
                .find(|rule| rule.rule.id.as_deref() == Some(id))
                .cloned()
        })
    }
}

/// What was there last, while nothing newer comes: the page says by itself how old it is.
fn kept<T: Clone + Send + Sync + 'static>(fresh: RwSignal<Load<T>>) -> RwSignal<Load<T>> {
    let kept = RwSignal::new(Load::Waiting);
    crate::lean::effect(move || {
        let newest = fresh.get();
        let has_some = kept.with_untracked(|kept: &Load<T>| kept.ready().is_some());
        if newest.ready().is_some() || !has_some {
            kept.set(newest);
        }
    });
    kept
}

/// All rules, or those that are named, without those that there are not.
async fn rules_of(only: Vec<String>) -> Result<Vec<RuleRecord>, ApiError> {
    if only.is_empty() {
        return api::list_rules().await;
    }
    let mut rules = Vec::with_capacity(only.len());
    for id in only {
        match api::find_rule(&id).await {
            Ok(rule) => rules.push(rule),
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(rules)
}

fn compose(
    live: Live,
    rules: RwSignal<Load<Vec<RuleRecord>>>,
    sources: RwSignal<Load<Vec<SourceRecord>>>,
) -> Sentence {
    let plain = |condition, text: &str| Sentence {
        condition,
        text: text.to_owned(),
        also: Vec::new(),
    };
    let active = match live.active.get() {
        Load::Ready(active) => active,
        Load::Waiting => return plain(Condition::Unknown, t("Looking…")),
        Load::Failed(_) => {
            return plain(
                Condition::Blind,
                t("What is wrong is not known: the server does not answer."),
            );
        }
    };
    let rules = match rules.get() {
        Load::Ready(rules) => rules,
        Load::Waiting => return plain(Condition::Unknown, t("Looking…")),
        Load::Failed(_) => {
            return plain(
                Condition::Blind,
                t("What is being watched is not known: the server does not answer."),
            );
        }
    };
    let sources = sources.get().ready().cloned().unwrap_or_default();
    // The clock of the page only counts where something may be late.
    let now_ms = live.now_ms.get();
    let mut sentence = sentence(&active, &rules, &sources, now_ms, &browser::zone_now());
    if live.link.get() == Link::Stale {
        sentence.also.insert(
            0,
            t("The connection is lost: this is what was known last.").to_owned(),
        );
        if sentence.condition == Condition::Fine {
            sentence.condition = Condition::Blind;
        }
    }
    sentence
}

/// The word by which style sheets tell conditions apart.
pub(super) fn condition_name(condition: &Condition) -> &'static str {
    match condition {
        Condition::Unknown => "unknown",
        Condition::Wrong(severity) => severity.as_str(),
        Condition::Blind => "blind",
        Condition::Idle => "idle",
        Condition::Fine => "fine",
    }
}

/// The glyph of a condition.
pub(super) fn condition_glyph(condition: &Condition) -> &'static str {
    match condition {
        Condition::Unknown | Condition::Idle => "○",
        Condition::Wrong(severity) => crate::words::glyph(*severity),
        Condition::Blind => "◇",
        Condition::Fine => "✓",
    }
}
