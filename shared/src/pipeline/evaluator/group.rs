//! A rule whose detector compares its series with each other: one model over all of them, frame by frame.
//!
//! Members are the series that are known at the fit boundary. One that comes later is judged from the next
//! boundary on, unless the model needs no past of it.

use super::series::{Met, Moment, SeriesState, Taken};
use super::{Observer, Told};
use crate::calendar::SampleEffect;
use crate::detector::{GroupDetector, Reading};
use crate::map::Map;
use crate::pipeline::dataset::Dataset;
use crate::pipeline::transition::Transition;
use crate::rule::Rule;
use crate::series::{Series, SeriesKey};
use crate::time::TimeRange;

/// A model learns from at most so many frames, evenly spread over the window: more would not make it better,
/// and a thousand series over a week would not fit into memory.
const MOST_FRAMES: i64 = 4_096;

#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) detector: GroupDetector,
    pub(super) members: Vec<SeriesKey>,
}

impl Group {
    /// The group of a rule; nothing if its detector judges each series alone.
    pub(super) fn of(rule: &Rule) -> Option<Self> {
        Some(Self {
            detector: GroupDetector::new(rule)?,
            members: Vec::new(),
        })
    }

    /// Learns how the members are together.
    pub(super) fn fit(
        &mut self,
        rule: &Rule,
        members: Vec<SeriesKey>,
        data: &Dataset,
        boundary_ms: i64,
    ) {
        self.members = members;
        let step_ms = rule.step.ms();
        let frames = rule.window.ms() / step_ms;
        let stride_ms = step_ms * ((frames + MOST_FRAMES - 1) / MOST_FRAMES).max(1);
        let taught_by: Vec<(Option<&Series>, &[TimeRange])> = self
            .members
            .iter()
            .map(|key| (data.series.get(key), data.excluded(*key)))
            .collect();
        // Counted back from the boundary, so that the newest frame is always among them.
        let count = rule.window.ms() / stride_ms;
        let mut rows = Vec::with_capacity(count as usize * taught_by.len());
        for back in (1..=count).rev() {
            let at_ms = boundary_ms - back * stride_ms;
            rows.extend(taught_by.iter().map(|(series, excluded)| {
                let value = series.map_or(f64::NAN, |series| series.value_at(at_ms));
                if Met::new(value, at_ms, excluded, &data.calendars).teaches_nothing() {
                    f64::NAN
                } else {
                    value
                }
            }));
        }
        self.detector.fit(&rows, self.members.len());
    }

    /// Takes in series that have come since the boundary, where the model can judge them without a past.
    pub(super) fn meet(&mut self, series: &Map<SeriesKey, SeriesState>) {
        if self.detector.takes_newcomers() && self.members.len() != series.len() {
            self.members = series.keys().copied().collect();
        }
    }

    /// Folds one frame; `find` is asked for each series by its place among all of them.
    pub(super) fn step(
        &mut self,
        told: Told<'_>,
        series: &mut Map<SeriesKey, SeriesState>,
        moment: Moment<'_>,
        find: impl Fn(usize, &SeriesKey) -> Met,
        observer: &mut impl Observer,
        out: &mut Vec<Transition>,
    ) {
        let mut frame = vec![f64::NAN; self.members.len()];
        let mut leader = None;
        // Members and series are in the same order.
        let mut members = self.members.iter().enumerate().peekable();
        let met: Vec<(Taken, bool, Option<usize>, SampleEffect)> = series
            .iter_mut()
            .enumerate()
            .map(|(index, (key, state))| {
                let met = find(index, key);
                let taken = state.take(told.rule, met.value);
                while members.next_if(|(_, member)| *member < key).is_some() {}
                let member = members.next_if(|(_, member)| *member == key);
                let place = member.map(|(place, _)| place);
                if let (Some(place), false) = (place, met.excluded) {
                    frame[place] = taken.value;
                    // What is going on stays where it began, whoever contributes most by now.
                    if leader.is_none() && state.life.is_at_it() {
                        leader = Some(place);
                    }
                }
                (taken, met.excluded, place, met.effect)
            })
            .collect();
        // What calendars do they do to the whole frame; between two fits nothing is learned anyway.
        let effect = met.first().map_or(SampleEffect::at(&[], 0), |one| one.3);
        let mut readings = self.detector.step(&frame, leader);
        for reading in &mut readings {
            reading.tolerate(self.detector.scale(), effect.scale);
        }
        for ((key, state), (taken, excluded, place, _)) in series.iter_mut().zip(met) {
            let reading = match place {
                _ if excluded => Reading::excluded(),
                Some(place) => readings[place],
                None => Reading::unknown(taken.value),
            };
            state.conclude_apart(told, *key, moment, taken, &reading, observer, out);
        }
    }
}
