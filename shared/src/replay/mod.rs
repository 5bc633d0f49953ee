//! What a rule would have fired: the production fold over a range of the past.
//!
//! Causal: a detector is refitted exactly when production would refit it, from exactly the samples that
//! production would have had. Owns no decision of its own; it drives [`Evaluator`] and [`Pager`] and keeps
//! what they say.

mod collect;
mod explain;
mod judged;
mod rehearsal;
mod slices;
mod steady;
mod streaks;
mod table;

pub use collect::Columns;
pub use explain::{explain, explain_from_ms, learns_until_ms};
pub use judged::Judged;
pub use rehearsal::{Rehearsal, Rehearsed};
pub use slices::{Breath, Stopped};
pub use steady::{Steady, flipped};
pub use streaks::{Streak, Streaks};
pub use table::{ANOMALIES_HEAD, SCORES_HEAD, anomalies_csv, cell, scores_csv};

use std::sync::Arc;

use collect::{Collector, Counts};
use slices::{Deaf, Walk};

use crate::anomaly::AnomalyId;
use crate::api::{ReplaySummary, WouldHaveFired};
use crate::map::Map;
use crate::pipeline::{
    Command, Dataset, Evaluator, Mute, Page, PageVerdict, Pager, PagerRun, Standing, Transition,
};
use crate::rule::{Rule, Ticks};
use crate::series::SeriesKey;
use crate::time::{TimeRange, WEEK_MS, ceil_to};

/// Result of a replay.
#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    /// Anomalies, pages and counts.
    pub summary: ReplaySummary,
    /// Score and expected band of every sample in the range.
    pub columns: Map<SeriesKey, Columns>,
}

/// What people did meanwhile; nothing by default.
#[derive(Debug, Clone, Copy, Default)]
pub struct People<'a> {
    /// Their actions on anomalies, folded where production folded them.
    pub commands: &'a [Command],
    /// The mutes that were in force.
    pub mutes: &'a [Mute],
    /// What stood open of the rules that this one depends on.
    pub standing: &'a [Standing],
}

/// From where on data must reach for a replay that begins at `from_ms`.
pub fn needs_from_ms(rule: &Rule, from_ms: i64) -> i64 {
    rule.needs_from_ms(ceil_to(from_ms, rule.step.ms()))
}

/// Replays a rule over the samples of `[range.from_ms, range.to_ms)`.
///
/// `data` must reach back to [`needs_from_ms`]. `people` is what people did then; `ticks` are the nominal times of
/// the rule's runs.
pub fn replay(
    rule: &Rule,
    version: u32,
    data: &Dataset,
    range: TimeRange,
    ticks: &Ticks,
    people: People<'_>,
) -> Replay {
    slices::at_once(whole(rule, version, data, range, ticks, people, &Deaf))
        .unwrap_or_else(|Stopped| unreachable!("nobody stops a fold that never looks up"))
}

async fn whole(
    rule: &Rule,
    version: u32,
    data: &Dataset,
    range: TimeRange,
    ticks: &Ticks,
    people: People<'_>,
    breath: &dyn Breath,
) -> Result<Replay, Stopped> {
    let span = Span::of(rule, range);
    let collector = Collector::new(rule, data, span, true);
    let evaluator = Evaluator::new(Arc::new(rule.clone()), version).without_growth();
    let (story, _, collector) =
        run(evaluator, data, range, ticks, people, collector, breath).await?;
    let (columns, counts) = collector.finish();
    let summary = summed(story, range, counts, columns.len() as u32);
    Ok(Replay { summary, columns })
}

/// The samples of a replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "all of them are instants")]
struct Span {
    /// The fit boundary at which the fold begins.
    boundary_ms: i64,
    first_ms: i64,
    last_ms: i64,
}

impl Span {
    fn of(rule: &Rule, range: TimeRange) -> Self {
        let step_ms = rule.step.ms();
        let first_ms = ceil_to(range.from_ms, step_ms);
        Self {
            boundary_ms: rule.fold_from_ms(first_ms),
            first_ms,
            last_ms: ceil_to(range.to_ms, step_ms) - step_ms,
        }
    }
}

/// Folds a range from the boundary before which nothing matters; what lies in the range is collected.
async fn run(
    mut evaluator: Evaluator,
    data: &Dataset,
    range: TimeRange,
    ticks: &Ticks,
    people: People<'_>,
    mut observer: Collector,
    breath: &dyn Breath,
) -> Result<(Story, Evaluator, Collector), Stopped> {
    let step_ms = evaluator.rule().step.ms();
    let Span {
        boundary_ms,
        first_ms,
        last_ms,
    } = Span::of(evaluator.rule(), range);
    let commands = in_order(people.commands);
    evaluator.know(people.commands);
    evaluator.begin_at(boundary_ms, data);
    let rule = Arc::clone(evaluator.rule());
    let mut story = Story::default();
    story.pager.set_mutes(people.mutes.to_vec());
    story.pager.set_standing(people.standing.to_vec());
    let until = |to_ms| PagerRun {
        calendars: &data.calendars,
        ..PagerRun::of(&rule, to_ms)
    };
    let at_once = until(i64::MIN);

    let (before, during): (Vec<&Command>, Vec<&Command>) = commands
        .into_iter()
        .filter(|command| command.watermark_ms >= boundary_ms)
        .partition(|command| command.at_ms < range.from_ms);
    let mut walk = Walk {
        data,
        ticks,
        breath,
        from_ms: boundary_ms,
        to_ms: last_ms,
        at_ms: boundary_ms - step_ms,
    };
    for command in before {
        let said = walk
            .on_to(command.watermark_ms, &mut evaluator, &mut observer)
            .await?;
        story.pager.fold(at_once, &said);
        story
            .pager
            .fold(until(command.at_ms), &evaluator.command(command));
    }
    let said = walk
        .on_to(first_ms - step_ms, &mut evaluator, &mut observer)
        .await?;
    story.pager.fold(until(range.from_ms), &said);
    story.carry(&evaluator);
    observer.waiting = false;

    for command in during
        .iter()
        .filter(|command| command.watermark_ms <= last_ms)
    {
        let said = walk
            .on_to(command.watermark_ms, &mut evaluator, &mut observer)
            .await?;
        story.fold(at_once, said);
        story.fold(until(command.at_ms), evaluator.command(command));
    }
    let said = walk.on_to(last_ms, &mut evaluator, &mut observer).await?;
    story.fold(until(range.to_ms), said);
    story.finish(&evaluator);
    Ok((story, evaluator, observer))
}

fn summed(story: Story, range: TimeRange, counts: Counts, series: u32) -> ReplaySummary {
    let pages = story.fired.values().flat_map(|fired| &fired.pages);
    let (sent, suppressed): (Vec<&Page>, Vec<&Page>) =
        pages.partition(|page| page.verdict == PageVerdict::Sent);
    let (pages_sent, pages_suppressed) = (sent.len() as u64, suppressed.len() as u64);
    let weeks = range.duration_ms() as f64 / WEEK_MS as f64;
    ReplaySummary {
        range,
        series,
        samples: counts.samples,
        over_threshold: counts.over_threshold,
        confirmed: counts.confirmed,
        fired: story.fired.into_values().collect(),
        pages_sent,
        pages_suppressed,
        pages_per_week: pages_sent as f64 / weeks,
    }
}

/// The commands as they were folded. They come in that order, so looking from the end finds the place;
/// the standard library's sort would be a tenth of the Web Worker.
fn in_order(commands: &[Command]) -> Vec<&Command> {
    let key = |command: &Command| (command.watermark_ms, command.at_ms);
    let mut ordered: Vec<&Command> = Vec::with_capacity(commands.len());
    for command in commands {
        let before = ordered
            .iter()
            .rposition(|earlier| key(earlier) <= key(command));
        ordered.insert(before.map_or(0, |at| at + 1), command);
    }
    ordered
}

/// What has happened so far.
#[derive(Default)]
struct Story {
    pager: Pager,
    fired: Map<AnomalyId, WouldHaveFired>,
}

impl Story {
    /// Anomalies that are going on when the range begins: the pager has folded their beginnings.
    fn carry(&mut self, evaluator: &Evaluator) {
        for anomaly in evaluator.active() {
            let fired = WouldHaveFired {
                anomaly: anomaly.clone(),
                carried: true,
                pages: Vec::new(),
            };
            self.fired.insert(anomaly.id, fired);
        }
    }

    fn fold(&mut self, run: PagerRun<'_>, transitions: Vec<Transition>) {
        let pages = self.pager.fold(run, &transitions);
        for transition in transitions {
            let carried = transition.kind == crate::pipeline::TransitionKind::Reopened;
            let anomaly = &transition.anomaly;
            let begun = || WouldHaveFired {
                anomaly: anomaly.clone(),
                // One that begins by coming back has its beginning before the range.
                carried,
                pages: Vec::new(),
            };
            let fired = self.fired.get_or_insert_with(anomaly.id, begun);
            fired.anomaly = transition.anomaly;
        }
        for page in pages {
            if let Some(fired) = self.fired.get_mut(&page.anomaly_id) {
                fired.pages.push(page);
            }
        }
    }

    /// Takes in how far the anomalies have come that are still going on.
    fn finish(&mut self, evaluator: &Evaluator) {
        for anomaly in evaluator.active() {
            if let Some(fired) = self.fired.get_mut(&anomaly.id) {
                fired.anomaly = anomaly.clone();
            }
        }
    }
}

#[cfg(test)]
mod tests;
