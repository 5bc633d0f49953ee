//! The detector as it runs in production: it sees the past only, and keeps less than 64 kB a series.
//!
//! Windows of 16, 64 and 256 rows, the longer ones on means of two and four rows, end with the newest value
//! and are compared with up to 768 and 1,536 windows of the history. A history that is longer is kept in
//! stretches. How far a value has left the level of a moment ago is added: windows smear a lone point. The raw
//! score is in the unit of the history: 1 is as odd as its oddest half percent, each part judged without itself.
//!
//! Windows stay odd while anything odd is in them. Once the series is back where it was, the windows that hold
//! its departure are not heard any more: [`Verdict::present`] is the share of the raw score that is left.

use serde::{Deserialize, Serialize};

use super::bank::{Bank, MOST_LEN, Said};
use super::departure::Departure;
use super::join::{self, distances};
use super::units::{Unit, thinned};
use super::windows::Windows;
use crate::detector::seasonal::gaps::bridged;
use crate::math::stats::{mean, quantile};

/// Windows of `len` values on means of every `every` rows, and the values that are kept.
struct Reach {
    pattern: &'static str,
    level: &'static str,
    len: usize,
    every: u32,
    most: usize,
}

const REACHES: [Reach; 3] = [
    Reach {
        pattern: "pattern of 16 samples",
        level: "level of 16 samples",
        len: 16,
        every: 1,
        most: 768,
    },
    Reach {
        pattern: "pattern of 64 samples",
        level: "level of 64 samples",
        len: 32,
        every: 2,
        most: 1536,
    },
    Reach {
        pattern: "pattern of 256 samples",
        level: "level of 256 samples",
        len: MOST_LEN,
        every: 4,
        most: 1536,
    },
];

/// A shorter history does not show what is usual.
const LEAST_HISTORY: usize = 128;
/// A track speaks when its history is at least so many of its windows long.
const LEAST_WINDOWS: usize = 4;
/// A history of so many values is half to be trusted: what it reaches counts double, because more of the
/// same would reach further.
const YOUNG: f64 = 256.0;
/// Until then the history itself is kept, and the banks are made anew each time it has doubled.
const MOST_PENDING: usize = 2048;
/// Longer gaps are not bridged: the windows begin anew.
const LONGEST_GAP: u32 = 16;
/// Beyond this many spreads a value grows with its logarithm only: single precision has seven digits.
const KNEE: f64 = 100.0;
/// The quantile of the history that counts as 1.
const CALM_QUANTILE: f64 = 0.995;
/// A calm score below this is the noise of single precision.
const LEAST_CALM: f64 = 0.01;
/// How much a departure from the level counts, beside each kind of distance of each reach.
const DEPARTURE_WEIGHT: f64 = 1.0;
/// What is less odd has not departed, however far it went.
const LEAST_ODD: f64 = 4.0 / 3.0;

/// What is said of a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// How odd the time up to this moment is: 1 is what the oddest half percent of the history reaches.
    pub raw: f64,
    /// How much of that is about this moment, 0 to 1: less than 1 once the series is back where it was.
    pub present: f64,
}

/// The online detector, without any rule.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Live {
    /// The history as long as it is short.
    pending: Vec<f64>,
    taught: Option<Taught>,
    last: f64,
    gap: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Taught {
    unit: Unit,
    /// What the history reaches, in logarithms of units.
    calm: f64,
    tracks: [Option<Track>; 3],
    departure: Departure,
    /// What was judged last, so that it need not be again when it is learned.
    #[serde(skip)]
    judged: Option<(u64, [Option<Said>; 3])>,
}

/// One rate.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Track {
    bank: Bank,
    /// Rows of the mean that is being made.
    total: f64,
    count: u32,
    /// What the last whole mean said.
    said: Option<Said>,
}

impl Live {
    /// Learns a whole history; NaN is a gap. Whatever was known before is forgotten.
    pub fn fit(&mut self, history: &[f64]) {
        *self = Self::default();
        let Some(filled) = bridged(history) else {
            return;
        };
        self.last = filled[filled.len() - 1];
        if filled.len() >= LEAST_HISTORY {
            self.taught = Taught::of(&filled);
        }
        if self.taught.is_none() {
            self.pending = filled;
        }
    }

    /// How odd a finite value is at this moment: 1 is what the oddest half percent of the history reaches.
    /// Nothing while there is too little history.
    pub fn judge(&mut self, value: f64) -> Option<f64> {
        self.verdict(value).map(|verdict| verdict.raw)
    }

    /// The same, with how much of it is over.
    pub fn verdict(&mut self, value: f64) -> Option<Verdict> {
        self.taught.as_mut()?.verdict(value)
    }

    /// Takes a finite value into the past.
    pub fn learn(&mut self, value: f64) {
        let is_short = !self.is_full();
        if is_short {
            self.pending.push(value);
        }
        self.pass(value);
        let known = self.pending.len();
        if is_short && known >= LEAST_HISTORY && known.is_power_of_two() {
            self.taught = Taught::of(&self.pending);
        }
        if known >= MOST_PENDING {
            self.pending = Vec::new();
        }
    }

    /// A finite value went by that is not usual: windows see it, the bank does not.
    pub fn skip(&mut self, value: f64) {
        self.pass(value);
    }

    /// There was no value: short gaps are bridged with the last one, after long ones windows begin anew.
    pub fn gap(&mut self) {
        self.gap = self.gap.saturating_add(1);
        let last = self.last;
        if let Some(taught) = &mut self.taught {
            if self.gap < LONGEST_GAP {
                taught.pass(last);
            } else if self.gap == LONGEST_GAP {
                taught.restart();
            }
        }
    }

    /// Whether there is enough history to judge by.
    pub fn is_taught(&self) -> bool {
        self.taught.is_some()
    }

    /// Whether the history is as long as it gets without another [`Live::fit`].
    pub fn is_full(&self) -> bool {
        self.taught.is_some() && self.pending.is_empty()
    }

    /// What adds up to the judgement of a value, by name.
    pub fn parts(&mut self, value: f64) -> Vec<(&'static str, f64)> {
        let Some(taught) = &mut self.taught else {
            return Vec::new();
        };
        let said = taught.said(value);
        let unit = taught.calm * 2.0 * said.iter().flatten().count() as f64;
        let mut parts = Vec::new();
        if unit > 0.0 {
            parts.push((
                "distance from the recent level",
                taught.departed(value) / unit,
            ));
        }
        for (reach, said) in REACHES.iter().zip(said) {
            if let Some(said) = said {
                parts.push((reach.pattern, log(said.pattern) / unit));
                parts.push((reach.level, log(said.level) / unit));
            }
        }
        parts
    }

    fn pass(&mut self, value: f64) {
        self.last = value;
        self.gap = 0;
        if let Some(taught) = &mut self.taught {
            taught.pass(value);
        }
    }
}

impl Taught {
    /// From at least [`LEAST_HISTORY`] finite values.
    fn of(history: &[f64]) -> Option<Self> {
        let unit = Unit::of(history, history.len()).or_else(|| Unit::of_constant(history))?;
        let units: Vec<f64> = history
            .iter()
            .map(|value| unit.apply(*value, KNEE))
            .collect();
        let track = |reach: &Reach| {
            let every = reach.every as usize;
            // Means end with the last row, so that the newest window is up to date.
            let whole = &units[units.len() % every..];
            let means = thinned(whole, every).into_iter().map(|mean| mean as f32);
            let means: Vec<f32> = means.collect();
            if means.len() < LEAST_WINDOWS * reach.len {
                return None;
            }
            let mut bank = Bank::of(&means, reach.len, reach.most);
            let calm = calm(&bank, reach.len);
            // Until the first mean is whole, the last value of the history stands for it.
            let said = bank.judge(means[means.len() - 1]);
            let track = Track {
                bank,
                total: 0.0,
                count: 0,
                said,
            };
            Some((track, calm))
        };
        let made = REACHES.each_ref().map(track);
        let reached: Vec<f64> = made.iter().flatten().map(|(_, calm)| *calm).collect();
        let caution = 1.0 + YOUNG / history.len() as f64;
        Some(Self {
            unit,
            calm: (mean(&reached) * caution).max(LEAST_CALM),
            tracks: made.map(|made| made.map(|(track, _)| track)),
            departure: Departure::of(&units),
            judged: None,
        })
    }

    fn verdict(&mut self, value: f64) -> Option<Verdict> {
        let said = self.said(value);
        let departed = self.departed(value);
        let raw = self.mean(said.iter().flatten(), departed)?;
        let unit = self.unit.apply(value, KNEE);
        let back = self.departure.back_for(unit, raw >= LEAST_ODD);
        let present = back.map_or(1.0, |rows| {
            let heard = said.iter().zip(&REACHES).filter(|(_, reach)| {
                // The newest mean may be as old as it is long.
                rows >= (reach.len as u32 + 1) * reach.every
            });
            let left = self.mean(heard.filter_map(|(said, _)| said.as_ref()), departed);
            if raw > 0.0 {
                (left.unwrap_or(0.0) / raw).min(1.0)
            } else {
                1.0
            }
        });
        Some(Verdict { raw, present })
    }

    /// What these say together, in the unit of the history; nothing if there are none.
    fn mean<'a>(&self, said: impl Iterator<Item = &'a Said>, departed: f64) -> Option<f64> {
        let (mut total, mut count) = (0.0, 0.0);
        for said in said {
            total += log(said.pattern) + log(said.level);
            count += 2.0;
        }
        (count > 0.0).then(|| (total + departed) / count / self.calm)
    }

    /// What a departure to this value counts.
    fn departed(&self, value: f64) -> f64 {
        let far = self.departure.distance(self.unit.apply(value, KNEE));
        DEPARTURE_WEIGHT * libm::log1p(far)
    }

    /// What each track says of a value.
    fn said(&mut self, value: f64) -> [Option<Said>; 3] {
        if let Some((bits, said)) = self.judged
            && bits == value.to_bits()
        {
            return said;
        }
        let unit = self.unit.apply(value, KNEE);
        let mut said = [None; 3];
        for ((track, reach), said) in self.tracks.iter_mut().zip(&REACHES).zip(&mut said) {
            let Some(track) = track else { continue };
            *said = if track.count + 1 < reach.every {
                track.said
            } else {
                let mean = (track.total + unit) / f64::from(reach.every);
                track.bank.judge(mean as f32)
            };
        }
        self.judged = Some((value.to_bits(), said));
        said
    }

    fn pass(&mut self, value: f64) {
        let said = self.said(value);
        let unit = self.unit.apply(value, KNEE);
        let verdict = self.verdict(value);
        let is_odd = verdict.is_some_and(|verdict| verdict.raw >= LEAST_ODD);
        self.departure.pass(unit, is_odd);
        for ((track, reach), said) in self.tracks.iter_mut().zip(&REACHES).zip(said) {
            let Some(track) = track else { continue };
            track.total += unit;
            track.count += 1;
            if track.count == reach.every {
                track
                    .bank
                    .push((track.total / f64::from(reach.every)) as f32);
                track.said = said;
                (track.total, track.count) = (0.0, 0);
            }
        }
        self.judged = None;
    }

    fn restart(&mut self) {
        for track in self.tracks.iter_mut().flatten() {
            track.bank.restart();
            (track.total, track.count, track.said) = (0.0, 0, None);
        }
        self.departure.restart();
        self.judged = None;
    }
}

fn log(distance: f32) -> f64 {
    libm::log1p(f64::from(distance))
}

/// What the windows of a bank reach, each without those that overlap it.
fn calm(bank: &Bank, len: usize) -> f64 {
    let (values, stretch) = bank.values();
    let values: Vec<f64> = values.iter().map(|value| f64::from(*value)).collect();
    let Some(windows) = Windows::of(&values, len) else {
        return 0.0;
    };
    let starts = (0..values.len()).step_by(stretch.max(1));
    let starts = starts.filter_map(|from| {
        let end = (from + stretch).min(values.len()) + 1;
        (end > from + len).then(|| from..end - len)
    });
    let whole = join::Bank {
        starts: starts.collect(),
        neighbours: 1,
        apart: len,
    };
    let Some(found) = distances::<2>(&windows, &whole, &mut |_| true) else {
        return 0.0;
    };
    let score = |row: usize| {
        let log = |kind: usize| libm::log1p(found.apart[kind][row]);
        0.5 * (log(0) + log(1))
    };
    let rows = whole.starts.iter().flat_map(Clone::clone);
    quantile(&rows.map(score).collect::<Vec<f64>>(), CALM_QUANTILE)
}

#[cfg(test)]
#[path = "live_tests.rs"]
mod tests;
