//! One replay, from the request to its result; `sheet` has what is drawn of it.

use hindcast_shared::api::{ReplaySummary, WouldHaveFired};
use hindcast_shared::replay::{
    Breath, People, Rehearsal, Rehearsed, Replay, Stopped, needs_from_ms, replay,
};
use hindcast_shared::rule::{Rule, Schedule, Ticks};
use hindcast_shared::time::TimeRange;
use wasm_bindgen::JsValue;

use super::data::{Kept, Shelf};
use super::jobs::{key_of, needed, valid};
use super::lines::Lines;
use super::more;
use super::pack::Packed;
use super::protocol::{Ask, Drawn, Job, Outcome, Request};
use super::sheet::{Sheet, draw};

/// What the worker has in its hands.
#[derive(Debug, Default)]
pub(super) struct Desk {
    shelf: Shelf,
    /// The newest replay, for the file.
    newest: Option<ReplaySummary>,
    /// The saved rule's result, as long as rule, data and range stay the same.
    saved: Option<(SavedKey, Vec<WouldHaveFired>)>,
    /// Scores of the draft, for the next move of a slider; of which fetch they are.
    rehearsal: (u32, Rehearsal),
    /// Lines that a move leaves alone.
    lines: Lines,
    /// The columns that the page has: those that stood still in an answer before.
    handed: Vec<f64>,
}

#[derive(Debug, Clone, PartialEq)]
struct SavedKey {
    rule: Box<Rule>,
    range: TimeRange,
    fetched: u32,
}

impl Desk {
    /// Does what is asked; the columns go beside the outcome.
    pub(super) async fn answer(
        &mut self,
        request: Request,
        beside: JsValue,
        progress: &dyn Fn(f64),
        breath: &dyn Breath,
    ) -> (Outcome, Option<Packed>) {
        match request.ask {
            Ask::Table(name) => more::table(&mut self.shelf, name, beside).await,
            Ask::Stop => (Outcome::Stopped, None),
            Ask::Export => (self.export(), None),
            Ask::More(text) => more::answer(&mut self.shelf, &text, progress).await,
            Ask::Replay(job) => match self.replay(*job, breath).await {
                Ok((drawn, columns)) => (Outcome::Drawn(Box::new(drawn)), Some(columns)),
                Err(outcome) => (outcome, None),
            },
        }
    }

    /// Leaves out what the page has.
    pub(super) fn hand_over(&mut self, mut packed: Packed) -> Packed {
        // As bits: where a line breaks there is a NaN, which is not even itself.
        let same = |(one, other): (&f64, &f64)| one.to_bits() == other.to_bits();
        let (still, handed) = (&packed.still, &self.handed);
        if still.len() == handed.len() && still.iter().zip(handed).all(same) {
            packed.still.clear();
        } else if !packed.still.is_empty() {
            self.handed.clone_from(&packed.still);
        }
        packed
    }

    fn export(&self) -> Outcome {
        match &self.newest {
            None => Outcome::failed(crate::i18n::t("nothing has been replayed yet").to_owned()),
            Some(summary) => Outcome::Exported {
                json: crate::json::write(summary),
            },
        }
    }

    async fn replay(&mut self, job: Job, breath: &dyn Breath) -> Result<(Drawn, Packed), Outcome> {
        let rule = valid(job.rule.clone())?;
        let saved = job
            .saved
            .as_ref()
            .map(|saved| Ok((valid(saved.0.clone())?, saved.1)))
            .transpose()?
            .map(|(rule, version): (Rule, u32)| (Box::new(rule), version));
        let mut needs = needed(&rule, &job);
        if let Some((saved, _)) = &saved {
            needs.from_ms = needs.from_ms.min(needs_from_ms(saved, job.range.from_ms));
        }
        let kept = self.shelf.get(key_of(&rule, &job), needs, &job).await?;
        let began = js_sys::Date::now();
        if self.rehearsal.0 != kept.fetched {
            // Other samples: nothing of what was said about the old ones may be played back.
            self.rehearsal = (kept.fetched, Rehearsal::default());
        }
        let rehearsal = &mut self.rehearsal.1;
        let done = rehearse(rehearsal, &rule, job.version, kept, &job, breath)
            .await
            .map_err(|Stopped| Outcome::Stopped)?;
        self.lines.keep_for(kept.fetched, &job, done.scored == 0);
        let ghosts = saved.map(|(saved, version)| {
            let key = SavedKey {
                rule: saved,
                range: job.range,
                fetched: kept.fetched,
            };
            match self.saved.take() {
                Some((old, fired)) if old == key => (key, fired),
                _ => {
                    kept.go_by(&key.rule.calendars);
                    let fired = fold(&key.rule, version, kept, &job).summary.fired;
                    kept.go_by(&rule.calendars);
                    (key, fired)
                }
            }
        });
        let replay_ms = js_sys::Date::now() - began;
        let nothing = Vec::new();
        let before = ghosts.as_ref().map(|(_, fired)| fired);
        let sheet = Sheet {
            rule: &rule,
            kept,
            job: &job,
            rehearsal,
            done: &done,
        };
        let (mut drawn, columns) = draw(
            sheet,
            &mut self.lines,
            before.unwrap_or(&nothing),
            before.is_some(),
        );
        drawn.replay_ms = replay_ms;
        self.saved = ghosts;
        if job.detail {
            self.newest = Some(done.summary);
        }
        Ok((drawn, columns))
    }
}

/// When the rule runs, and what people did meanwhile.
pub(super) fn past_of<'a>(rule: &Rule, kept: &'a Kept) -> (Ticks, People<'a>) {
    let own_ticks = || match rule.schedule {
        Schedule::Every { every, .. } => Ticks::Every(every.ms()),
        // Only the server can read cron; it sends the ticks of a stored rule.
        Schedule::Cron { .. } => Ticks::Every(rule.step.ms()),
    };
    let past = kept.past.as_ref();
    let ticks = past
        .and_then(|past| past.ticks.clone())
        .unwrap_or_else(own_ticks);
    let people = past.map_or_else(People::default, |past| People {
        commands: &past.commands,
        mutes: &past.mutes,
        standing: &past.standing,
    });
    (ticks, people)
}

pub(super) fn fold(rule: &Rule, version: u32, kept: &Kept, job: &Job) -> Replay {
    let (ticks, people) = past_of(rule, kept);
    replay(rule, version, &kept.data, job.range, &ticks, people)
}

async fn rehearse(
    rehearsal: &mut Rehearsal,
    rule: &Rule,
    version: u32,
    kept: &Kept,
    job: &Job,
    breath: &dyn Breath,
) -> Result<Rehearsed, Stopped> {
    if !job.detail {
        // A wall of charts replays each of its rules once, and a rehearsal remembers.
        return Ok(fold(rule, version, kept, job).into());
    }
    let (ticks, people) = past_of(rule, kept);
    let (data, range) = (&kept.data, job.range);
    rehearsal
        .replay_in_slices(rule, version, data, range, &ticks, people, breath)
        .await
}
