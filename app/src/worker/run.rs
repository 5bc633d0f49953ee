//! One replay, from the request to what is drawn.

use hindcast_shared::api::{ReplaySummary, WouldHaveFired};
use hindcast_shared::pipeline::PageVerdict;
use hindcast_shared::reduce::{self, Reduced};
use hindcast_shared::replay::{
    Breath, People, Rehearsal, Rehearsed, Replay, Stopped, needs_from_ms, replay,
};
use hindcast_shared::rule::{Rule, Schedule, Ticks};
use hindcast_shared::series::{Labels, Series, SeriesKey};
use hindcast_shared::time::{TimeRange, WEEK_MS};

use wasm_bindgen::JsValue;

use super::compare::overlaps;
use super::data::{Kept, Shelf};
use super::grade::grade;
use super::jobs::{key_of, needed, valid};
use super::learning::{learning, until};
use super::lines::{Lines, Which};
use super::more;
use super::pack::{Packed, Packer};
use super::protocol::{Ask, Diff, Drawn, DrawnSeries, Funnel, Job, Outcome, Request};
use super::rows::{Marked, marks, rows};
use super::streaks::streaks;
use super::worst::worst_first;
use crate::draft;
use crate::sorted::insert_by_key;

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

/// What is drawn.
#[derive(Clone, Copy)]
pub(super) struct Sheet<'a> {
    pub(super) rule: &'a Rule,
    pub(super) kept: &'a Kept,
    pub(super) job: &'a Job,
    pub(super) rehearsal: &'a Rehearsal,
    pub(super) done: &'a Rehearsed,
}

fn draw(
    sheet: Sheet<'_>,
    lines: &mut Lines,
    saved: &[WouldHaveFired],
    compared: bool,
) -> (Drawn, Packed) {
    let Sheet {
        rule,
        kept,
        job,
        done,
        ..
    } = sheet;
    let fired = &done.summary.fired;
    let (kept_by_saved, kept_by_draft) = (overlaps(fired, saved), overlaps(saved, fired));
    let change = |kept: bool, otherwise| if kept || !compared { 0.0 } else { otherwise };
    let spans: Vec<_> = fired
        .iter()
        .zip(&kept_by_saved)
        .map(|(fired, kept)| (fired, change(*kept, 1.0)))
        .collect();
    let ghosts: Vec<_> = saved
        .iter()
        .zip(&kept_by_draft)
        .map(|(fired, kept)| (fired, change(*kept, 2.0)))
        .collect();
    let mut packer = Packer::default();
    let watched: Vec<_> = kept
        .names
        .iter()
        .filter_map(|key| Some((*key, kept.data.series.get(key)?)))
        .filter(|(_, series)| rule.watches(&series.labels.to_string()))
        .filter(|(key, series)| {
            let only = job.only.as_ref();
            only.is_none_or(|only| *only == key.to_string() || has_labels(only, &series.labels))
        })
        .collect();
    let watched = worst_first(watched, fired, job);
    let series = watched
        .iter()
        .take(job.most_series as usize)
        .map(|series| {
            let marks = (&spans[..], &ghosts[..]);
            draw_series(&mut packer, *series, sheet, lines, marks)
        })
        .collect();
    let removed = kept_by_draft.iter().filter(|kept| !**kept).count() as u32;
    let added = kept_by_saved.iter().filter(|kept| !**kept).count() as u32;
    let diff = compared.then_some(Diff {
        kept: fired.len() as u32 - added,
        added,
        removed,
        pages_before: saved.iter().map(sent).sum(),
    });
    let drawn = Drawn {
        range: job.range,
        offsets: job.offsets.clone(),
        series,
        series_total: watched.len() as u32,
        warnings: kept.head.warnings.clone(),
        live_since_ms: kept.past.as_ref().and_then(|past| past.live_since_ms),
        funnel: funnel(&done.summary),
        fired: if job.detail {
            rows(&spans, &ghosts, compared)
        } else {
            Vec::new()
        },
        diff,
        grade: grade(&watched, sheet),
        replay_ms: 0.0,
    };
    (drawn, packer.finish())
}

/// Whether a series has this text form, or one of the labels of each line; those of a line are separated by tabs: `host="a"`.
fn has_labels(wanted: &str, labels: &Labels) -> bool {
    let text = labels.to_string();
    let mut lines = wanted.lines();
    let mut has_all = || lines.all(|line| line.split('\t').any(|label| text.contains(label)));
    wanted == text || (wanted.contains('=') && has_all())
}

/// Pages of an anomaly that were sent.
fn sent(fired: &WouldHaveFired) -> u32 {
    let sent = |page: &&hindcast_shared::pipeline::Page| page.verdict == PageVerdict::Sent;
    fired.pages.iter().filter(sent).count() as u32
}

fn funnel(summary: &ReplaySummary) -> Funnel {
    let weeks = summary.range.duration_ms() as f64 / WEEK_MS as f64;
    Funnel {
        series: summary.series,
        samples: summary.samples,
        over: summary.over_threshold,
        confirmed: summary.confirmed,
        anomalies: summary.fired.len() as u64,
        anomalies_per_week: summary.fired.len() as f64 / weeks,
        suppressed: summary.pages_suppressed,
        pages: summary.pages_sent,
        pages_per_week: summary.pages_per_week,
    }
}

pub(super) fn draw_series(
    packer: &mut Packer,
    (key, series): (SeriesKey, &Series),
    sheet: Sheet<'_>,
    lines: &mut Lines,
    (spans, ghosts): (&Marked<'_>, &Marked<'_>),
) -> DrawnSeries {
    let job = sheet.job;
    let own = |fired: &&(&WouldHaveFired, f64)| fired.0.anomaly.series_key == key;
    // Whatever is reduced, the edges and peaks of what fired stay; but not in the Lab, where the line must not
    // change with every move and keeps the extremes of each pixel anyway.
    let mut edges: Vec<i64> = Vec::new();
    for (fired, _) in spans.iter().filter(own).filter(|_| !job.detail) {
        let anomaly = &fired.anomaly;
        let peak_ms = anomaly.peak.map_or(anomaly.start_ms, |peak| peak.at_ms);
        for at_ms in [anomaly.start_ms, peak_ms, anomaly.end_ms] {
            insert_by_key(&mut edges, at_ms, |at_ms| *at_ms);
        }
    }
    let judged = sheet.rehearsal.judged(sheet.done, key);
    let last_ms = series
        .values
        .iter()
        .rposition(|value| value.is_finite())
        .map(|index| series.at_ms(index));
    let pages: Vec<_> = spans
        .iter()
        .filter(own)
        .flat_map(|(fired, _)| &fired.pages)
        .collect();
    let line = lines.of(key, Which::Values, || {
        reduce::m4(series, job.range, job.columns, &edges)
    });
    // A page of charts asks for each line once.
    let line = if job.detail {
        packer.still(|packer| packer.reduced(line))
    } else {
        packer.reduced(line)
    };
    let (learning, still_at_ms) = learning(packer, lines, judged, key);
    let (streaks, counted) = streaks(packer, sheet, key);
    let band = judged.map_or_else(Default::default, |judged| {
        judged.band(job.range, job.columns)
    });
    let ribbon = judged.map_or_else(Default::default, |judged| {
        let highest = lines.of(key, Which::Highest, || {
            judged.highest(job.range, job.columns)
        });
        judged.scores_of(highest)
    });
    let scores = match judged.filter(|_| job.detail) {
        None => packer.reduced(&Reduced::default()),
        // Where the threshold follows from a budget, only scores stand still.
        Some(judged) if draft::budget(&job.rule).is_some() => {
            packer.reduced(&judged.scores(job.range, job.columns))
        }
        Some(judged) => {
            let line = lines.of(key, Which::Distances, || {
                judged.distances(job.range, job.columns)
            });
            packer.still(|packer| packer.reduced(line))
        }
    };
    DrawnSeries {
        key: key.to_string(),
        name: series.labels.to_string(),
        unit: if job.rule.unit.is_empty() {
            series.unit.clone()
        } else {
            job.rule.unit.clone()
        },
        step_ms: series.step_ms,
        last_ms,
        line,
        band: packer.envelope(&band),
        ribbon: packer.reduced(&ribbon),
        scores,
        spans: marks(packer, spans.iter().filter(own)),
        ghosts: marks(packer, ghosts.iter().filter(own)),
        pages: [
            packer.push(pages.iter().map(|page| page.at_ms as f64)),
            packer.push(
                pages
                    .iter()
                    .map(|page| f64::from(u8::from(page.verdict == PageVerdict::Sent))),
            ),
        ],
        streaks,
        streaky: counted,
        learning,
        still_learning: still_at_ms.filter(|_| job.detail).map(|at_ms| {
            lines.learning(key, || {
                until(sheet.rule, &sheet.kept.data, key, at_ms, &job.offsets)
            })
        }),
    }
}
