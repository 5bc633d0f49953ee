//! Proposals for a draft: by the search and by the profile of the series, and by a language model of one's own where one
//! is configured.
//!
//! A model proposes and decides nothing: what it writes is checked (`proposal`), each change passes what a saved rule
//! passes, and is replayed over the range and the labels before anybody sees it. Nothing is saved here; the Lab takes
//! what its operator wants.

mod diff;
mod evidence;
mod proposal;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use hindcast_shared::api::{
    AssistAnswer, AssistCard, AssistRequest, AssistSilence, CardOrigin, DropReason, DroppedCard,
};
use hindcast_shared::message::Lang;
use hindcast_shared::profile::{Advice, Said};
use hindcast_shared::rule::{Rule, RuleDraft};
use hindcast_shared::study::{Budget, Outcome};
use hindcast_shared::time::TimeRange;
use serde_json::{Value, json};

use self::evidence::Known;
use self::proposal::{Proposal, with_detector};
use crate::config::Ollama;
use crate::error::ApiResult;
use crate::routes::rules::checked_rule;
use crate::state::App;
use crate::study::{Stage, Turns, refused};
use crate::words::{Model, Silence, numbers};

/// Detectors of the profile that become proposals.
const MOST_ADVICE: usize = 2;

/// Pages a week that the search allows unless somebody says another number; the Lab's field begins with it too.
const PAGES_PER_WEEK: f64 = 2.0;

/// Works out what could be better about a draft; whoever drops this stops it.
pub(crate) async fn propose(
    app: &App,
    rule: Rule,
    range: TimeRange,
    asked: &AssistRequest,
) -> ApiResult<AssistAnswer> {
    let stored = app.store.rules().get(&rule.id).await?;
    let version = stored.map_or(1, |stored| stored.version);
    let draft = RuleDraft::from(rule.clone());
    let stage = Stage::gather(app, rule, version, range).await?;
    let incidents = stage.incidents(app).await?;
    let budget = Budget {
        most_pages_per_week: asked.most_pages_per_week.unwrap_or(PAGES_PER_WEEK),
    };
    let work = Turns::take(app, move |patience| {
        let before = stage.outcome(&incidents, patience)?;
        // What cannot be searched may still be asked about.
        let found = stage.search(&incidents, budget, patience).ok();
        let known = Known::of(&stage, &incidents, found);
        Ok((before, known))
    });
    let (before, known) = work.await?.map_err(refused)?;
    let mut desk = Desk {
        app,
        range,
        version,
        id: asked.rule.id.clone(),
        draft,
        told: AssistAnswer {
            model: None,
            silence: None,
            before,
            cards: Vec::new(),
            dropped: Vec::new(),
        },
    };
    let ollama = app.config.words.ollama.as_ref();
    desk.told.model = ollama.map(|ollama| ollama.model.clone());
    if let (Some(ollama), false) = (ollama, asked.wish.trim().is_empty()) {
        desk.by_model(ollama, &known, asked).await?;
    }
    desk.by_search(&known).await?;
    desk.by_profile(&known).await?;
    Ok(desk.told)
}

/// Where proposals are laid down.
struct Desk<'a> {
    app: &'a App,
    range: TimeRange,
    version: u32,
    /// As the draft has it, which may be none.
    id: Option<String>,
    draft: RuleDraft,
    told: AssistAnswer,
}

/// A card before it is replayed.
struct Blank {
    origin: CardOrigin,
    title: String,
    why: String,
    said: Option<Said>,
    rule: Value,
}

impl Desk<'_> {
    async fn by_model(
        &mut self,
        ollama: &Ollama,
        known: &Known,
        asked: &AssistRequest,
    ) -> ApiResult<()> {
        let lang = asked.lang.as_deref().and_then(|lang| lang.parse().ok());
        let facts = known.facts(&self.draft)?;
        let question = proposal::question(&facts, asked, lang.unwrap_or(Lang::En));
        let model = Model::open(ollama.clone())?;
        let proposals = match model.answer(&question).await {
            Ok(answer) => Proposal::read(&answer),
            Err(silence) => {
                self.told.silence = Some(match silence {
                    Silence::Late => AssistSilence::Timeout,
                    Silence::Unreachable => AssistSilence::Unreachable,
                    Silence::Unreadable => AssistSilence::Unreadable,
                });
                return Ok(());
            }
        };
        let Some(proposals) = proposals else {
            self.told.silence = Some(AssistSilence::Unreadable);
            return Ok(());
        };
        let given: BTreeSet<String> = numbers(&question.user).into_iter().collect();
        let draft = serde_json::to_value(&self.draft).map_err(anyhow::Error::from)?;
        for proposal in proposals {
            let changed = proposal
                .check(&given)
                .and_then(|()| proposal.applied(&draft));
            let laid = match changed {
                Ok(rule) => {
                    let blank = Blank {
                        origin: CardOrigin::Model,
                        title: proposal.title.clone(),
                        why: proposal.why.clone(),
                        said: None,
                        rule,
                    };
                    self.lay(blank).await?
                }
                Err(flaw) => Err(flaw),
            };
            if let Err((why, detail)) = laid {
                let title = proposal.shown_title();
                let dropped = DroppedCard { title, why, detail };
                self.told.dropped.push(dropped);
            }
        }
        Ok(())
    }

    /// What is not better than nothing is left out without a word: nobody has asked for it.
    async fn by_search(&mut self, known: &Known) -> ApiResult<()> {
        if let Some(rule) = &known.found {
            let rule = serde_json::to_value(rule).map_err(anyhow::Error::from)?;
            let _left_out = self.lay(own(CardOrigin::Search, None, rule)).await?;
        }
        Ok(())
    }

    async fn by_profile(&mut self, known: &Known) -> ApiResult<()> {
        for advice in known.advice.iter().take(MOST_ADVICE) {
            let mut rule = serde_json::to_value(&self.draft).map_err(anyhow::Error::from)?;
            take_advice(advice, &mut rule);
            let said = Some(advice.why.clone());
            let _left_out = self.lay(own(CardOrigin::Profile, said, rule)).await?;
        }
        Ok(())
    }

    /// Checks and replays a changed draft; what does not hold is answered with the reason.
    async fn lay(&mut self, blank: Blank) -> ApiResult<Result<(), (DropReason, String)>> {
        let rule = match checked_rule(self.app, blank.rule).await {
            Ok(rule) => rule,
            Err(error) => return Ok(Err((DropReason::Invalid, error.to_string()))),
        };
        let mut changed = RuleDraft::from(rule.clone());
        let diff = diff::lines(&self.draft, &changed)?;
        changed.id.clone_from(&self.id);
        let cards = &mut self.told.cards;
        if diff.is_empty() || cards.iter().any(|card| card.rule == changed) {
            return Ok(Err((DropReason::Nothing, String::new())));
        }
        let after = match self.replayed(rule).await? {
            Ok(after) => after,
            Err(why) => return Ok(Err((DropReason::NotReplayed, why))),
        };
        self.told.cards.push(AssistCard {
            origin: blank.origin,
            title: blank.title,
            why: blank.why,
            said: blank.said,
            rule: changed,
            diff,
            after,
        });
        Ok(Ok(()))
    }

    /// A changed rule may look further back: it has a stage of its own.
    async fn replayed(&self, rule: Rule) -> ApiResult<Result<Outcome, String>> {
        let stage = Stage::gather(self.app, rule, self.version, self.range).await?;
        let incidents = stage.incidents(self.app).await?;
        let work = Turns::take(self.app, move |patience| {
            stage.outcome(&incidents, patience)
        });
        Ok(work.await?.map_err(|cannot| cannot.to_string()))
    }
}

fn own(origin: CardOrigin, said: Option<Said>, rule: Value) -> Blank {
    Blank {
        origin,
        title: String::new(),
        why: String::new(),
        said,
        rule,
    }
}

/// What *Try* in the Lab does.
fn take_advice(advice: &Advice, rule: &mut Value) {
    let mut detector = advice.params.clone();
    let kind = json!(advice.kind.as_str());
    let is_other = rule["detector"]["kind"] != kind;
    detector.insert("kind".to_owned(), kind);
    if is_other {
        with_detector(rule, detector);
    } else {
        rule["detector"] = Value::Object(detector);
    }
    if let Some(samples) = advice.samples {
        rule["for"] = json!(samples);
    }
}
