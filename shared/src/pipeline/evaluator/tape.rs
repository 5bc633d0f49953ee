//! What a detector said, kept for the next threshold: a fold over the same samples plays it back.
//!
//! A raw distance is the same under every threshold that taught the detector the same; [`Path`] says which do.
//! The tape keeps, for each fit epoch of each series, what was read, the path in blocks, and the detector's state
//! now and then. Under another threshold an epoch is
//! - played back as it is where its path is the same (a threshold that no sample lies between);
//! - scored anew from the last kept state before the first sample that changes sides;
//! - fitted anew where the samples before its boundary change sides, and scored anew only if the detector then
//!   knows anything else than before.
//!
//! Playing back visits no sample of a block that is calm while nothing is going on: only crossings and what follows
//! them pass through the rule's `for`, merge and recovery, which are the ones of every other fold.
//! The tape is for detectors that judge each series alone by a threshold that stands still; nothing else is put on it.

use crate::anomaly::Side;
use crate::detector::{Band, Detector, Entry, History, Path, PointState, Reading, Scale};
use crate::hash::DataHash;
use crate::map::Map;
use crate::rule::{Decision, Rule};
use crate::series::{SeriesKey, grid_len};

/// Samples that are passed over, or not, together.
pub(super) const BLOCK: usize = 64;
/// Blocks between two states of a detector: an epoch of a day of seconds keeps eleven.
const BLOCKS_BETWEEN_STATES: usize = 128;

/// What detectors said about all samples of a fold.
#[derive(Debug, Clone)]
pub(crate) struct Tape {
    scale: Scale,
    decision: Decision,
    start_ms: i64,
    step_ms: i64,
    len: usize,
    reels: Map<SeriesKey, Reel>,
    /// Samples that were scored and not played back, since the fold began.
    scored: u64,
}

/// One series: columns over the whole fold, and the epochs that they were read in.
#[derive(Debug, Clone)]
pub(crate) struct Reel {
    pub(crate) states: Vec<PointState>,
    sides: Vec<Side>,
    pub(crate) raws: Vec<f64>,
    pub(crate) expected: Vec<f64>,
    pub(crate) bands: Vec<Band>,
    epochs: Map<i64, Epoch>,
}

/// One fit epoch of one series.
#[derive(Debug, Clone)]
struct Epoch {
    /// The threshold under which all of this was read, or would have been.
    scale: Scale,
    fit: Path,
    /// The hash of what was fitted.
    hash: DataHash,
    /// The detector as it was fitted.
    start: Detector,
    /// The detector after the last sample that is kept.
    head: Detector,
    /// The detector before every so many blocks.
    states: Vec<Detector>,
    /// Index of the first sample; nothing until a fold arrives.
    first: Option<usize>,
    /// Whether this fold has arrived.
    begun: bool,
    /// Samples that are kept.
    len: usize,
    blocks: Vec<Block>,
}

#[derive(Debug, Clone, Copy)]
struct Block {
    path: Path,
    /// The highest raw distance.
    highest: f64,
    /// Whether every sample was measured and scored.
    plain: bool,
    /// The hash of the samples up to the end of the block.
    hash: DataHash,
}

/// A sample as a series takes it in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heard {
    pub(super) measured: bool,
    pub(super) hash: DataHash,
}

impl Tape {
    /// An empty one for a rule's fold over `[start_ms, end_ms]`.
    pub(crate) fn new(rule: &Rule, start_ms: i64, end_ms: i64) -> Self {
        let step_ms = rule.step.ms();
        Self {
            scale: Scale::new(rule.detector.kind(), &rule.decision),
            decision: rule.decision,
            start_ms,
            step_ms,
            len: grid_len(start_ms, end_ms + step_ms, step_ms),
            reels: Map::new(),
            scored: 0,
        }
    }

    /// Goes back to the beginning, for a fold under another decision about the same scores.
    pub(crate) fn rewind(&mut self, rule: &Rule) {
        self.scale = Scale::new(rule.detector.kind(), &rule.decision);
        self.decision = rule.decision;
        self.scored = 0;
    }

    /// Samples that were scored and not played back, since the fold began.
    pub(crate) fn scored(&self) -> u64 {
        self.scored
    }

    /// Instant of the first sample, and the distance between two.
    pub(crate) fn grid(&self) -> (i64, i64) {
        (self.start_ms, self.step_ms)
    }

    /// From raw distances to scores, under the newest decision.
    pub(crate) fn scale(&self) -> &Scale {
        &self.scale
    }

    pub(crate) fn reel(&self, key: SeriesKey) -> Option<&Reel> {
        self.reels.get(&key)
    }

    /// All series, by their keys.
    pub(crate) fn reels(&self) -> impl Iterator<Item = (SeriesKey, &Reel)> {
        self.reels.iter().map(|(key, reel)| (*key, reel))
    }

    fn index(&self, at_ms: i64) -> usize {
        usize::try_from((at_ms - self.start_ms) / self.step_ms).unwrap_or(0)
    }

    /// Begins an epoch of a series as in the fold before, if fitting it again would teach the same; says with which
    /// hash it begins.
    pub(super) fn fit_again(&mut self, key: SeriesKey, boundary_ms: i64) -> Option<DataHash> {
        let epoch = self.reels.get_mut(&key)?.epochs.get_mut(&boundary_ms)?;
        let same =
            !epoch.start.holds_out() || epoch.fit.is_the_same_under(&self.scale, &epoch.scale);
        same.then(|| {
            epoch.turn(&self.scale, &self.decision);
            epoch.hash
        })
    }

    /// Begins an epoch of a series with this history before it, which has this hash.
    pub(super) fn fit(
        &mut self,
        rule: &Rule,
        key: SeriesKey,
        boundary_ms: i64,
        history: &History<'_>,
        hash: DataHash,
    ) {
        let len = self.len;
        let reel = self.reels.get_or_insert_with(key, || Reel::new(len));
        let mut start = Detector::new(rule);
        let fit = start.fit_path(history);
        let kept = reel.epochs.remove(&boundary_ms);
        let mut epoch = match kept.filter(|kept| start.knows_what(&kept.start)) {
            Some(kept) => Epoch { fit, start, ..kept },
            None => Epoch::new(self.scale.clone(), start, fit, hash),
        };
        epoch.turn(&self.scale, &self.decision);
        reel.epochs.insert(boundary_ms, epoch);
    }

    /// The epoch at work, with its series' columns; `at_ms` is the next sample that it is asked about.
    pub(super) fn play(
        &mut self,
        key: SeriesKey,
        boundary_ms: i64,
        at_ms: i64,
    ) -> Option<Playing<'_>> {
        let index = self.index(at_ms);
        let reel = self.reels.get_mut(&key)?;
        let epoch = reel.epochs.get_mut(&boundary_ms)?;
        epoch.begin_at(index, &self.decision);
        Some(Playing {
            epoch,
            states: &mut reel.states,
            sides: &mut reel.sides,
            raws: &mut reel.raws,
            expected: &mut reel.expected,
            bands: &mut reel.bands,
            scale: &self.scale,
            index,
            scored: &mut self.scored,
        })
    }
}

impl Reel {
    fn new(len: usize) -> Self {
        Self {
            states: vec![PointState::Gap; len],
            sides: vec![Side::High; len],
            raws: vec![0.0; len],
            expected: vec![f64::NAN; len],
            bands: vec![Band::NONE; len],
            epochs: Map::new(),
        }
    }

    /// What fitting asked of the threshold, of each epoch in which the threshold decides about what is learned.
    pub(crate) fn fits(&self) -> impl Iterator<Item = Path> {
        let held_out = self.epochs.values().filter(|epoch| epoch.start.holds_out());
        held_out.map(|epoch| epoch.fit)
    }

    /// Whether what was learned between boundaries lies where the threshold is.
    pub(crate) fn is_clipped(&self) -> bool {
        let held_out = self.epochs.values().filter(|epoch| epoch.start.holds_out());
        held_out
            .flat_map(|epoch| &epoch.blocks)
            .any(|block| block.path.is_clipped())
    }
}

impl Epoch {
    fn new(scale: Scale, start: Detector, fit: Path, hash: DataHash) -> Self {
        Self {
            scale,
            fit,
            hash,
            head: start.clone(),
            start,
            states: Vec::new(),
            first: None,
            begun: false,
            len: 0,
            blocks: Vec::new(),
        }
    }

    /// Takes another threshold, and forgets what it would have read otherwise.
    fn turn(&mut self, scale: &Scale, decision: &Decision) {
        self.begun = false;
        if self.start.holds_out() {
            let other = |block: &Block| !block.path.is_the_same_under(scale, &self.scale);
            if let Some(block) = self.blocks.iter().position(other) {
                let state = block / BLOCKS_BETWEEN_STATES;
                self.head = self.states[state].clone();
                self.states.truncate(state);
                self.blocks.truncate(state * BLOCKS_BETWEEN_STATES);
                self.len = self.blocks.len() * BLOCK;
            }
        }
        if *scale != self.scale {
            self.head = self.head.under(decision);
            self.scale = scale.clone();
        }
    }

    /// The first sample of a fold. A series that is met at another moment than the last time begins anew.
    fn begin_at(&mut self, index: usize, decision: &Decision) {
        if std::mem::replace(&mut self.begun, true) {
            return;
        }
        if self.first != Some(index) {
            self.first = Some(index);
            self.len = 0;
            self.head = self.start.under(decision);
            self.states.clear();
            self.blocks.clear();
        }
    }
}

/// An epoch that is played, from one sample to the next.
pub(super) struct Playing<'a> {
    epoch: &'a mut Epoch,
    states: &'a mut [PointState],
    sides: &'a mut [Side],
    raws: &'a mut [f64],
    expected: &'a mut [f64],
    bands: &'a mut [Band],
    scale: &'a Scale,
    /// Of the next sample.
    index: usize,
    scored: &'a mut u64,
}

impl Playing<'_> {
    /// How far into the epoch the next sample lies.
    fn place(&self) -> usize {
        self.index - self.epoch.first.unwrap_or(0)
    }

    /// Passes over the next block if nobody who is at rest would notice it: every sample measured, scored and
    /// calm. Says with which hash it ends.
    #[inline]
    pub(super) fn pass_calm(&mut self) -> Option<DataHash> {
        let place = self.place();
        if !place.is_multiple_of(BLOCK) || place + BLOCK > self.epoch.len {
            return None;
        }
        let block = self.epoch.blocks[place / BLOCK];
        let calm = block.plain && self.scale.score(block.highest) <= 1.0;
        calm.then(|| {
            self.index += BLOCK;
            block.hash
        })
    }

    /// What is read of the next sample: as it was, or else as `detect` reads it now.
    #[inline]
    pub(super) fn read(
        &mut self,
        heard: Heard,
        detect: impl FnOnce(&mut Detector) -> Reading,
    ) -> Reading {
        let (place, index) = (self.place(), self.index);
        self.index += 1;
        if place < self.epoch.len {
            return self.again(index);
        }
        *self.scored += 1;
        if place.is_multiple_of(BLOCK * BLOCKS_BETWEEN_STATES) {
            self.epoch.states.push(self.epoch.head.clone());
        }
        let reading = detect(&mut self.epoch.head);
        self.epoch.record(heard, &reading);
        self.states[index] = reading.state;
        self.sides[index] = reading.side;
        self.raws[index] = reading.raw;
        self.expected[index] = reading.expected;
        self.bands[index] = reading.band;
        reading
    }

    fn again(&self, index: usize) -> Reading {
        let scored = self.states[index] == PointState::Scored;
        let (raw, band) = (self.raws[index], self.bands[index]);
        let (lower, upper) = band.edges(self.scale.threshold());
        Reading {
            state: self.states[index],
            raw,
            rank: raw,
            score: if scored { self.scale.score(raw) } else { 0.0 },
            expected: self.expected[index],
            lower,
            upper,
            side: self.sides[index],
            band,
            entry: Entry::Plain,
        }
    }
}

impl Epoch {
    #[inline]
    fn record(&mut self, heard: Heard, reading: &Reading) {
        if self.len.is_multiple_of(BLOCK) {
            self.blocks.push(Block {
                path: Path::ANY,
                highest: f64::NEG_INFINITY,
                plain: true,
                hash: DataHash::EMPTY,
            });
        }
        self.len += 1;
        if let Some(block) = self.blocks.last_mut() {
            block.path.see(reading);
            block.highest = block.highest.max(reading.raw);
            block.plain &= heard.measured && reading.state == PointState::Scored;
            block.hash = heard.hash;
        }
    }
}
