//! What is usual at this hour of the day, this day of the week, this hour of the week, or by the sum of
//! hour and day.
//!
//! Median and scaled median absolute deviation of the values that earlier cycles had in the same slot of
//! the wall clock (as the seasonal part of Hochenbaum, Vallis and Kejariwal, Automatic Anomaly Detection
//! in the Cloud Via Statistical Learning, 2017, without the assumption of a normal rest). Between the
//! middles of two slots the expected value goes over from one median to the other, so that a steep
//! morning is no anomaly. A slot that was met too seldom says so instead of borrowing from others: a
//! first Saturday is no odd Friday. Each visit of a slot leaves a few values, so a day that is excluded
//! or missing leaves none, and the memory is bounded: 60 kB.

use serde::{Deserialize, Serialize};

use super::additive::Additive;
use super::season::{SEASON, Slots};
use crate::detector::about::{About, ParamSpec, ScaleKind};
use crate::detector::params::{MIN_SPREAD_ABS, MIN_SPREAD_REL, SpreadFloor};
use crate::detector::{DetectorSpec, Judgement, Model, Part, Sample, Setup};
use crate::math::stats::{MAD_TO_DEVIATION, median_mut};

const CYCLES: ParamSpec = ParamSpec::integer(
    "cycles",
    "Memory",
    "So many earlier days or weeks make the profile.",
    "cycles",
    (2, 32, 8),
);
const MIN_CYCLES: ParamSpec = ParamSpec::integer(
    "min_cycles",
    "Minimum history",
    "A slot that has been met on fewer days or weeks than this is still learning.",
    "cycles",
    (1, 8, 2),
);

/// Values that all slots keep together.
const MOST_VALUES: u32 = 4_800;

/// What one slot remembers: the values of the last visits, oldest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Slot {
    pub(super) values: Vec<f64>,
    /// When each was seen, as a visit's number.
    pub(super) visits: Vec<i32>,
}

/// Centre and spread of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Usual {
    pub(super) centre: f64,
    pub(super) spread: f64,
    /// Of how many visits.
    pub(super) visits: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Profile {
    slots: Slots,
    cycles: u32,
    min_cycles: u32,
    floor: SpreadFloor,
    step_ms: i64,
    /// Of each stretch of so long, the first sample is kept.
    stride_ms: i64,
    kept: Vec<Slot>,
    /// For the sum of hour and day: as the kept values had it when the present hour began.
    additive: Option<Additive>,
    /// What the kept values come to; nothing where it must be found anew.
    #[serde(skip)]
    usual: Vec<Option<Usual>>,
}

impl Profile {
    /// What is usual in a slot, from its own visits or those of its hour and its day.
    fn usual(&mut self, slot: usize) -> Option<Usual> {
        if let Some(additive) = &self.additive {
            let usual = additive.usual(slot);
            return usual.filter(|usual| usual.visits >= self.min_cycles);
        }
        self.usual.resize(self.kept.len(), None);
        if self.usual[slot].is_none() {
            let Slot { values, visits } = &self.kept[slot];
            self.usual[slot] = summary(values.clone(), distinct(visits));
        }
        self.usual[slot].filter(|usual| usual.visits >= self.min_cycles)
    }

    /// Centre and spread at a wall-clock time: between the middles of two slots it goes over.
    fn expected(&mut self, local_ms: i64) -> Option<(f64, f64)> {
        let own = self.usual(self.slots.slot(local_ms))?;
        let mut centre = own.centre;
        if self.slots.are_smooth() {
            let (beside, share) = self.slots.neighbour(local_ms);
            if let Some(other) = self.usual(beside) {
                centre += (other.centre - own.centre) * share;
            }
        }
        Some((centre, own.spread))
    }
}

pub(super) fn distinct(visits: &[i32]) -> u32 {
    visits.chunk_by(|a, b| a == b).count() as u32
}

fn summary(mut values: Vec<f64>, visits: u32) -> Option<Usual> {
    if values.is_empty() {
        return None;
    }
    let centre = median_mut(&mut values);
    for value in &mut values {
        *value = (*value - centre).abs();
    }
    let spread = median_mut(&mut values) * MAD_TO_DEVIATION;
    Some(Usual {
        centre,
        spread,
        visits,
    })
}

impl Model for Profile {
    const ABOUT: About = About {
        name: "profile",
        title: "Seasonal profile",
        help: "Finds values that are unusual for this hour of the day or of the week.",
        scale: ScaleKind::Ratio,
        threshold: ParamSpec::threshold("σ", (0.5, 20.0, 0.05, 4.0)),
        inclusive: false,
        params: &[SEASON, CYCLES, MIN_CYCLES, MIN_SPREAD_ABS, MIN_SPREAD_REL],
    };

    fn new(spec: &DetectorSpec, setup: Setup) -> Self {
        let slots = Slots::of_season(spec.choice(&SEASON));
        let (count, cycles) = (slots.count() as u32, spec.integer(&CYCLES).max(1));
        let a_visit = i64::from((MOST_VALUES / count / cycles).max(1));
        let step_ms = setup.step_ms.max(1);
        let samples = (slots.slot_ms() / step_ms).max(1);
        Self {
            slots,
            cycles,
            min_cycles: spec.integer(&MIN_CYCLES).clamp(1, cycles),
            floor: SpreadFloor::of(spec),
            step_ms,
            stride_ms: step_ms * (samples + a_visit - 1).div_euclid(a_visit),
            kept: vec![Slot::default(); slots.count()],
            additive: Slots::are_added(spec.choice(&SEASON)).then(Additive::default),
            usual: Vec::new(),
        }
    }

    fn clear(&mut self) {
        self.kept.fill(Slot::default());
        self.usual.clear();
        if let Some(additive) = &mut self.additive {
            *additive = Additive::default();
        }
    }

    fn judge(&mut self, sample: Sample) -> Option<Judgement> {
        let (centre, spread) = self.expected(sample.local_ms)?;
        let spread = self.floor.apply(spread, centre);
        Some(Judgement::centred(sample.value, centre, spread))
    }

    fn learn(&mut self, sample: Sample) {
        if self.slots.inside_ms(sample.local_ms) % self.stride_ms >= self.step_ms {
            return;
        }
        let slot = self.slots.slot(sample.local_ms);
        let visit = self.slots.visit(sample.local_ms) as i32;
        let most = MOST_VALUES as usize / self.kept.len();
        if let Some(additive) = &mut self.additive
            && self.kept[slot].visits.last() != Some(&visit)
        {
            *additive = Additive::of(&self.kept);
        }
        let Slot { values, visits } = &mut self.kept[slot];
        visits.push(visit);
        values.push(sample.value);
        while distinct(visits) > self.cycles || values.len() > most {
            // The oldest visit leaves as a whole, unless it is the only one.
            let gone = match distinct(visits) {
                1 => 1,
                _ => visits.partition_point(|visit| *visit <= visits[0]),
            };
            visits.drain(..gone);
            values.drain(..gone);
        }
        if let Some(usual) = self.usual.get_mut(slot) {
            *usual = None;
        }
    }

    fn is_full(&self) -> bool {
        if let Some(additive) = &self.additive {
            return additive.knows_all(self.min_cycles);
        }
        self.kept
            .iter()
            .all(|slot| distinct(&slot.visits) >= self.min_cycles)
    }

    fn explain(&mut self, sample: Sample) -> Vec<Part> {
        let Some((centre, _)) = self.expected(sample.local_ms) else {
            return Vec::new();
        };
        let rest = Part::of_value("rest", sample.value - centre);
        if let Some(additive) = &self.additive {
            let slot = self.slots.slot(sample.local_ms);
            let day = additive.day(slot);
            return vec![
                Part::of_value("level", additive.level),
                // On the way to another hour's middle some of it is there already.
                Part::of_value("hour", centre - additive.level - day),
                Part::of_value("day", day),
                rest,
            ];
        }
        let all = self.kept.iter().flat_map(|slot| slot.values.clone());
        let level = median_mut(&mut all.collect::<Vec<f64>>());
        vec![
            Part::of_value("level", level),
            Part::of_value("season", centre - level),
            rest,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::testing::rule_of;
    use crate::detector::{Detector, PointState};
    use crate::time::{DAY_MS, HOUR_MS, MINUTE_MS, UtcOffsets};
    use serde_json::json;

    const STEP_MS: i64 = 5 * MINUTE_MS;

    /// Busy from 8 to 18 o'clock on the wall, quiet at night and at the weekend.
    fn load(local_ms: i64) -> f64 {
        let hour = local_ms.rem_euclid(DAY_MS) / HOUR_MS;
        let weekday = (local_ms / DAY_MS + 3).rem_euclid(7);
        let noise = (local_ms / STEP_MS * 7_919).rem_euclid(101) as f64 / 50.0;
        let busy = (8..18).contains(&hour) && weekday < 5;
        noise + if busy { 100.0 } else { 10.0 }
    }

    fn taught(season: &str, days: i64, offsets: &UtcOffsets) -> (Detector, i64) {
        let rule = rule_of(
            json!({"kind": "profile", "season": season}),
            json!({"step": "5m"}),
        );
        let mut detector = Detector::new(&rule);
        for index in 0..days * DAY_MS / STEP_MS {
            let at_ms = index * STEP_MS;
            let local_ms = at_ms + offsets.offset_ms(at_ms);
            detector.step(Sample::new(load(local_ms), at_ms, offsets));
        }
        (detector, days * DAY_MS)
    }

    #[test]
    fn profile_when_a_night_looks_like_a_day_then_is_seen() {
        let utc = UtcOffsets::utc();
        let (mut detector, now_ms) = taught("hour_of_week", 28, &utc);
        // 1970-01-29 is a Thursday.
        let mut score = |hour: i64, value| {
            let sample = Sample::new(value, now_ms + hour * HOUR_MS, &utc);
            detector.step(sample).score
        };
        assert!(score(3, 100.0) > 1.0);
        assert!(score(3, 11.0) < 1.0);
        assert!(score(12, 101.0) < 1.0);
        assert!(score(12, 12.0) > 1.0);
        assert!(score(2 * 24 + 12, 101.0) > 1.0, "a Saturday");
    }

    #[test]
    fn profile_when_the_clocks_change_then_follows_the_wall() {
        let summer_ms = 14 * DAY_MS;
        let offsets = UtcOffsets::new(vec![(0, 0), (summer_ms, HOUR_MS)]);
        let (mut detector, now_ms) = taught("hour_of_day", 15, &offsets);
        let mut score = |utc_minutes: i64, value| {
            let at_ms = now_ms + utc_minutes * MINUTE_MS;
            detector.step(Sample::new(value, at_ms, &offsets)).score
        };
        assert!(
            score(7 * 60 + 30, 100.0) < 1.0,
            "half past eight on the wall"
        );
        assert!(
            score(17 * 60 + 30, 100.0) > 1.0,
            "half past six in the evening"
        );
    }

    #[test]
    fn profile_when_a_slot_was_met_too_seldom_then_says_learning() {
        let utc = UtcOffsets::utc();
        let (mut detector, now_ms) = taught("day_of_week", 6, &utc);
        let reading = detector.step(Sample::new(10.0, now_ms, &utc));
        assert_eq!(reading.state, PointState::Learning);
    }

    #[test]
    fn profile_when_restored_then_goes_on_with_equal_bits_and_stays_small() {
        let utc = UtcOffsets::utc();
        let (mut detector, now_ms) = taught("hour_of_week", 70, &utc);
        let bytes = detector.save();
        assert!(bytes.len() < 64 * 1_024, "{}", bytes.len());
        let mut again = Detector::load(&bytes).expect("its own bytes");
        for index in 0..500 {
            let at_ms = now_ms + index * STEP_MS;
            let sample = Sample::new(load(at_ms) + 0.01 * index as f64, at_ms, &utc);
            let (a, b) = (detector.step(sample), again.step(sample));
            assert_eq!(
                [a.raw, a.upper].map(f64::to_bits),
                [b.raw, b.upper].map(f64::to_bits)
            );
        }
    }
}
