//! The series of a query in small groups, each with what is kept from one replay to the next.
//!
//! A replay of a group is the replay of all series, cut: detectors that look at one series know no other, and the
//! pager decides anomaly by anomaly. Detectors that compare series get them all at once.

use hindcast_shared::pipeline::{Dataset, PageVerdict};
use hindcast_shared::reduce::pixel_column;
use hindcast_shared::replay::{Rehearsal, Rehearsed};
use hindcast_shared::rule::{Rule, Severity};
use hindcast_shared::series::SeriesKey;
use hindcast_shared::time::TimeRange;

use super::super::data::Kept;
use super::super::lines::Lines;
use super::super::pack::{Packed, Packer};
use super::super::protocol::{DrawnSeries, Job};
use super::super::run::past_of;
use super::super::sheet::{Sheet, draw_series};
use super::wire::{ManyDrawn, ManyFolded, ManyHead, STATS};

/// Series in a group: few enough that a stretch ends in time, enough that a replay's own cost is nothing.
const GROUP: usize = 8;
/// How long a stretch may take before the page hears of it and may have another wish.
const STRETCH_MS: f64 = 40.0;
/// Most samples of which the scores are kept, over all groups: 42 bytes each.
const MOST_KEPT: usize = 4_000_000;

/// What the groups were cut for.
#[derive(Debug, Clone, PartialEq, Default)]
struct Cut {
    fetched: u32,
    together: bool,
    pattern: Option<String>,
}

/// All series that a rule watches.
#[derive(Debug, Default)]
pub(super) struct Fleet {
    cut: Cut,
    groups: Vec<Group>,
    size: usize,
    keeps: bool,
}

#[derive(Debug)]
struct Group {
    keys: Vec<SeriesKey>,
    data: Dataset,
    rehearsal: Rehearsal,
    done: Option<Done>,
}

#[derive(Debug)]
struct Done {
    rule: Rule,
    range: TimeRange,
    rehearsed: Rehearsed,
}

impl Fleet {
    /// Takes the columns that were fetched; the groups stay while they are the same.
    pub(super) fn take(&mut self, kept: &Kept, rule: &Rule) {
        let cut = Cut {
            fetched: kept.fetched,
            together: rule.detector.kind().is_group(),
            pattern: rule.source_pattern.clone(),
        };
        if self.cut == cut {
            return;
        }
        let watched = kept.names.iter().copied().filter(|key| {
            let series = kept.data.series.get(key);
            series.is_some_and(|series| rule.watches(&series.labels.to_string()))
        });
        let keys: Vec<SeriesKey> = watched.collect();
        self.size = if cut.together {
            keys.len().max(1)
        } else {
            GROUP
        };
        self.keeps = kept.data.len() <= MOST_KEPT;
        self.groups = keys
            .chunks(self.size)
            .map(|keys| Group::of(keys, &kept.data, cut.together))
            .collect();
        self.cut = cut;
    }

    fn total(&self) -> u32 {
        self.groups
            .iter()
            .map(|group| group.keys.len())
            .sum::<usize>() as u32
    }

    /// All series in their places.
    fn heads(&self) -> Vec<ManyHead> {
        let members = self
            .groups
            .iter()
            .flat_map(|group| group.keys.iter().map(move |key| (key, group)));
        members
            .filter_map(|(key, group)| {
                let series = group.data.series.get(key)?;
                Some(ManyHead {
                    key: key.to_string(),
                    labels: series.labels.clone(),
                    unit: series.unit.clone(),
                })
            })
            .collect()
    }

    /// Replays group after group, until a stretch is full.
    pub(super) fn fold(
        &mut self,
        rule: &Rule,
        kept: &Kept,
        asked: &super::wire::ManyAsk,
    ) -> (ManyFolded, Packed) {
        let began = js_sys::Date::now();
        let job = &asked.many;
        let mut folded = ManyFolded {
            fetched: self.cut.fetched,
            total: self.total(),
            first: asked.from * self.size as u32,
            warnings: kept.head.warnings.clone(),
            ..ManyFolded::default()
        };
        if asked.known != self.cut.fetched {
            folded.heads = self.heads();
        }
        let (mut stats, mut cells) = (Vec::new(), Vec::new());
        let mut at = asked.from as usize;
        while let Some(group) = self.groups.get_mut(at) {
            group.replay(rule, kept, job);
            group.tell(asked.heat, &mut stats, &mut cells, &mut folded);
            if !self.keeps {
                group.forget();
            }
            at += 1;
            if js_sys::Date::now() - began >= STRETCH_MS {
                break;
            }
        }
        folded.next = (at < self.groups.len()).then_some(at as u32);
        let mut packer = Packer::default();
        folded.stats = packer.push(stats);
        folded.heat = packer.push(cells);
        (folded, packer.finish())
    }

    /// Draws the series in some places.
    pub(super) fn draw(
        &mut self,
        rule: &Rule,
        kept: &Kept,
        job: &Job,
        places: &[u32],
    ) -> (ManyDrawn, Packed) {
        let mut packer = Packer::default();
        let mut drawn = ManyDrawn {
            fetched: self.cut.fetched,
            places: Vec::with_capacity(places.len()),
            series: Vec::with_capacity(places.len()),
        };
        for place in places {
            let (at, within) = (*place as usize / self.size, *place as usize % self.size);
            let Some(group) = self.groups.get_mut(at) else {
                continue;
            };
            group.replay(rule, kept, job);
            if let Some(series) = group.draw(&mut packer, rule, kept, job, within) {
                drawn.places.push(*place);
                drawn.series.push(series);
            }
        }
        (drawn, packer.finish())
    }
}

impl Group {
    fn of(keys: &[SeriesKey], all: &Dataset, whole: bool) -> Self {
        let mut data = Dataset::new(all.step_ms);
        data.offsets = all.offsets.clone();
        for key in all.series.keys() {
            // What a rule does not watch stays out of either.
            if (whole || keys.contains(key))
                && let Some(series) = all.series.get(key)
            {
                data.series.insert(*key, series.clone());
                if let Some(ranges) = all.excluded.get(key) {
                    data.excluded.insert(*key, ranges.clone());
                }
            }
        }
        Self {
            keys: keys.to_vec(),
            data,
            rehearsal: Rehearsal::default(),
            done: None,
        }
    }

    fn replay(&mut self, rule: &Rule, kept: &Kept, job: &Job) {
        let same = |done: &Done| done.rule == *rule && done.range == job.range;
        if self.done.as_ref().is_some_and(same) {
            return;
        }
        let (ticks, people) = past_of(rule, kept);
        let rehearsed =
            self.rehearsal
                .replay(rule, job.version, &self.data, job.range, &ticks, people);
        self.done = Some(Done {
            rule: rule.clone(),
            range: job.range,
            rehearsed,
        });
    }

    fn forget(&mut self) {
        self.rehearsal.forget();
        self.done = None;
    }

    /// What is told of each series of the newest replay.
    fn tell(
        &self,
        columns: u32,
        stats: &mut Vec<f64>,
        cells: &mut Vec<f64>,
        folded: &mut ManyFolded,
    ) {
        let Some(Done {
            range, rehearsed, ..
        }) = &self.done
        else {
            return;
        };
        let summary = &rehearsed.summary;
        folded.samples += summary.samples;
        folded.over += summary.over_threshold;
        folded.confirmed += summary.confirmed;
        folded.count += self.keys.len() as u32;
        for key in &self.keys {
            let judged = self.rehearsal.judged(rehearsed, *key);
            let row = cells.len();
            cells.resize(row + columns as usize, f64::NAN);
            let mut highest = f64::NAN;
            let ribbon = judged.map(|judged| judged.ribbon(*range, columns.max(1)));
            if let Some(ribbon) = ribbon {
                for (at_ms, score) in ribbon.times_ms.iter().zip(&ribbon.values) {
                    // `max` of a number and a NaN is the number.
                    highest = highest.max(*score);
                    let column = pixel_column(*at_ms, *range, columns) as usize;
                    if let Some(cell) = cells.get_mut(row + column).filter(|_| columns > 0) {
                        *cell = cell.max(*score);
                    }
                }
            }
            stats.extend(self.stats_of(*key, rehearsed, highest, *range));
        }
    }

    fn stats_of(
        &self,
        key: SeriesKey,
        rehearsed: &Rehearsed,
        highest: f64,
        range: TimeRange,
    ) -> [f64; STATS] {
        let [mut anomalies, mut pages, mut open] = [0.0; 3];
        let mut worst = None::<(Severity, f64, i64)>;
        let all = rehearsed.summary.fired.iter();
        for fired in all.filter(|fired| fired.anomaly.series_key == key) {
            let anomaly = &fired.anomaly;
            let sent = |page: &&_| {
                let page: &hindcast_shared::pipeline::Page = page;
                page.verdict == PageVerdict::Sent
            };
            anomalies += 1.0;
            pages += fired.pages.iter().filter(sent).count() as f64;
            open = if anomaly.status.is_active() {
                1.0
            } else {
                open
            };
            let at_ms = anomaly.peak.map_or(anomaly.start_ms, |peak| peak.at_ms);
            let mine = (anomaly.severity, anomaly.peak_score(), at_ms);
            if worst.is_none_or(|worst| (worst.0, worst.1) < (mine.0, mine.1)) {
                worst = Some(mine);
            }
        }
        let samples = self.data.series.get(&key).map_or(0, |series| {
            let within = series.slice(range.from_ms, range.to_ms).iter();
            within.filter(|value| value.is_finite()).count()
        });
        let severity = worst.map_or(f64::NAN, |worst| match worst.0 {
            Severity::Info => 0.0,
            Severity::Warning => 1.0,
            Severity::Critical => 2.0,
        });
        let worst_ms = worst.map_or(f64::NAN, |worst| worst.2 as f64);
        [
            anomalies,
            highest,
            pages,
            severity,
            worst_ms,
            open,
            samples as f64,
        ]
    }

    fn draw(
        &self,
        packer: &mut Packer,
        rule: &Rule,
        kept: &Kept,
        job: &Job,
        within: usize,
    ) -> Option<DrawnSeries> {
        let key = *self.keys.get(within)?;
        let series = self.data.series.get(&key)?;
        let done = &self.done.as_ref()?.rehearsed;
        let spans: Vec<_> = done
            .summary
            .fired
            .iter()
            .map(|fired| (fired, 0.0))
            .collect();
        let sheet = Sheet {
            rule,
            kept,
            job,
            rehearsal: &self.rehearsal,
            done,
        };
        let mut lines = Lines::default();
        Some(draw_series(
            packer,
            (key, series),
            sheet,
            &mut lines,
            (&spans, &[]),
        ))
    }
}
