//! ADWIN: a window that grows while its two ends agree and loses its old end when they do not.
//!
//! Bifet & Gavaldà, *Learning from Time-Changing Data with Adaptive Windowing*, SDM 2007 (the ADWIN2 of section 3.2):
//! the window is kept as buckets of 1, 2, 4, … samples, at most `BUCKETS` of each size, and every border between
//! two buckets is a cut that is tested with the paper's variance bound.
//! The stream should be of magnitude one (the bound has an absolute term), so callers normalise first.

mod bound;

use serde::{Deserialize, Serialize};

use super::Drift;
use super::watching::{Levels, PARAMS, Watch};
use crate::detector::DetectorSpec;
use crate::detector::about::{About, ParamSpec, ScaleKind};
use bound::Bound;

/// Buckets of one size before the oldest two become one of the next size; the paper's `M`.
const BUCKETS: usize = 5;

/// Neither side of a cut is shorter.
const SHORTEST_SIDE: f64 = 5.0;

/// A window of this many samples or fewer is not tested at all.
const SHORTEST_WINDOW: f64 = 10.0;

/// A difference of means below this share of the means themselves is rounding, not change.
const ROUNDING: f64 = 1e-12;

/// Larger magnitudes would overflow in the squares; they count as this.
const LARGEST: f64 = 1e70;

/// What the user chooses.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AdwinParams {
    /// Confidence: about the chance of a false cut at each test, above 0 and below 1.
    pub delta: f64,
    /// The cuts are tested at every so many samples; 0 counts as 1.
    pub clock: u32,
}

impl Default for AdwinParams {
    fn default() -> Self {
        Self {
            delta: 0.002,
            clock: 32,
        }
    }
}

/// Buckets of one size, oldest first: their sums and their sums of squared deviations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Row {
    used: u32,
    totals: [f64; BUCKETS + 1],
    squares: [f64; BUCKETS + 1],
}

impl Row {
    const EMPTY: Self = Self {
        used: 0,
        totals: [0.0; BUCKETS + 1],
        squares: [0.0; BUCKETS + 1],
    };

    #[inline]
    fn push(&mut self, total: f64, squares: f64) {
        let index = self.used as usize;
        self.totals[index] = total;
        self.squares[index] = squares;
        self.used += 1;
    }

    #[inline]
    fn drop_oldest(&mut self, count: usize) {
        self.totals.copy_within(count.., 0);
        self.squares.copy_within(count.., 0);
        self.used -= count as u32;
    }
}

/// The adaptive window of one stream; about 100 bytes for each doubling of its length.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Adwin {
    params: AdwinParams,
    rows: Vec<Row>,
    width: f64,
    total: f64,
    squares: f64,
    seen: u64,
    until_test: u32,
}

impl Default for Adwin {
    fn default() -> Self {
        Self::new(AdwinParams::default())
    }
}

impl Adwin {
    /// An empty window. A `delta` outside of (0, 1) counts as the default.
    pub fn new(params: AdwinParams) -> Self {
        let default = AdwinParams::default();
        let delta = if params.delta > 0.0 && params.delta < 1.0 {
            params.delta
        } else {
            default.delta
        };
        let params = AdwinParams {
            delta,
            clock: params.clock.max(1),
        };
        Self {
            params,
            rows: vec![Row::EMPTY],
            width: 0.0,
            total: 0.0,
            squares: 0.0,
            seen: 0,
            until_test: params.clock,
        }
    }

    /// Forgets the window, as some users of the algorithm do after a drift; the count of samples goes on.
    pub fn reset(&mut self) {
        let seen = self.seen;
        *self = Self::new(self.params);
        self.seen = seen;
    }

    /// Samples in the window.
    pub fn width(&self) -> u64 {
        self.width as u64
    }

    /// Mean of the window; 0 while it is empty.
    pub fn mean(&self) -> f64 {
        if self.width > 0.0 {
            self.total / self.width
        } else {
            0.0
        }
    }

    /// Variance of the window (divided by its length); 0 while it is empty.
    pub fn variance(&self) -> f64 {
        if self.width > 0.0 {
            (self.squares / self.width).max(0.0)
        } else {
            0.0
        }
    }

    /// Takes a value in without a test. NaN is ignored.
    pub fn push(&mut self, value: f64) {
        if !value.is_nan() {
            self.seen += 1;
            self.insert(value.clamp(-LARGEST, LARGEST));
        }
    }

    /// The most significant cut, and how significant it is: −log10 of the `delta` at which it would just be made.
    pub fn strongest_cut(&self) -> Option<(f64, Drift)> {
        if self.width <= SHORTEST_WINDOW {
            return None;
        }
        let bound = Bound::new(self);
        let mut most = None;
        let mut highest = 0.0;
        self.any_cut(|older, older_total| {
            let confidence = bound.confidence_of(older, older_total);
            if confidence > highest {
                highest = confidence;
                most = Some((older, older_total));
            }
            false
        });
        let (older, older_total) = most?;
        let decades = (highest - libm::log(2.0 * libm::log(self.width))) / std::f64::consts::LN_10;
        Some((decades.max(0.0), self.drift_at(older, older_total)))
    }

    /// Forgets all buckets before a sample, as far as whole ones are.
    pub fn forget_before(&mut self, at: u64) {
        let keep = self.seen.saturating_sub(at).max(1) as f64;
        while self.width > keep && self.width - self.oldest_size() >= keep {
            self.drop_oldest();
        }
    }

    /// Takes a value in, and says what was cut off if the window turned out to hold two levels. NaN is ignored.
    #[inline]
    pub fn update(&mut self, value: f64) -> Option<Drift> {
        if value.is_nan() {
            return None;
        }
        self.seen += 1;
        self.insert(value.clamp(-LARGEST, LARGEST));
        self.until_test -= 1;
        if self.until_test > 0 {
            return None;
        }
        self.until_test = self.params.clock;
        self.shrink()
    }

    #[inline]
    fn insert(&mut self, value: f64) {
        if self.width > 0.0 {
            let distance = value - self.total / self.width;
            self.squares += self.width * distance * distance / (self.width + 1.0);
        }
        self.width += 1.0;
        self.total += value;
        self.rows[0].push(value, 0.0);
        if self.rows[0].used as usize > BUCKETS {
            self.merge();
        }
    }

    /// Makes one bucket of the oldest two wherever a row is too full.
    fn merge(&mut self) {
        let mut size = 1.0;
        let mut index = 0;
        while self.rows[index].used as usize > BUCKETS {
            let row = &mut self.rows[index];
            let apart = row.totals[0] / size - row.totals[1] / size;
            let total = row.totals[0] + row.totals[1];
            let squares = row.squares[0] + row.squares[1] + size * 0.5 * apart * apart;
            row.drop_oldest(2);
            index += 1;
            if index == self.rows.len() {
                self.rows.push(Row::EMPTY);
            }
            self.rows[index].push(total, squares);
            size += size;
        }
    }

    /// Drops the oldest bucket as long as some cut divides the window into two levels.
    fn shrink(&mut self) -> Option<Drift> {
        let mut drift = None;
        while self.width > SHORTEST_WINDOW && self.has_cut() {
            // What is dropped says little: a cut in the newest bucket still only costs the oldest one.
            drift.get_or_insert_with(|| self.likeliest_cut());
            self.drop_oldest();
        }
        drift
    }

    /// The cut that explains most of the window's variance, which is the most likely place of one change.
    fn likeliest_cut(&self) -> Drift {
        let mut likeliest = (self.width, self.total);
        let mut most = -1.0;
        self.any_cut(|older, older_total| {
            let newer = self.width - older;
            let apart = older_total / older - (self.total - older_total) / newer;
            let explained = older * newer * apart * apart;
            if explained > most {
                most = explained;
                likeliest = (older, older_total);
            }
            false
        });
        self.drift_at(likeliest.0, likeliest.1)
    }

    fn drift_at(&self, older: f64, older_total: f64) -> Drift {
        let newer = self.width - older;
        Drift {
            at: self.seen - newer as u64,
            before: older_total / older,
            after: (self.total - older_total) / newer.max(1.0),
        }
    }

    fn oldest_size(&self) -> f64 {
        (1_u64 << (self.rows.len() - 1)) as f64
    }

    fn drop_oldest(&mut self) {
        let last = self.rows.len() - 1;
        let size = self.oldest_size();
        let row = &mut self.rows[last];
        let (total, squares) = (row.totals[0], row.squares[0]);
        row.drop_oldest(1);
        if row.used == 0 && last > 0 {
            self.rows.pop();
        }
        self.width -= size;
        self.total -= total;
        let apart = total / size - self.total / self.width;
        self.squares -= squares + size * self.width * apart * apart / (size + self.width);
    }

    fn has_cut(&self) -> bool {
        let bound = Bound::new(self);
        self.any_cut(|older, older_total| bound.is_cut(older, older_total))
    }

    /// Whether `test` holds for some border between buckets, given the length and the total of the older side.
    #[inline]
    fn any_cut(&self, mut test: impl FnMut(f64, f64) -> bool) -> bool {
        let (mut older, mut older_total) = (0.0, 0.0);
        let mut size = self.oldest_size();
        for row in self.rows.iter().rev() {
            for total in &row.totals[..row.used as usize] {
                older += size;
                older_total += total;
                if older < SHORTEST_SIDE {
                    continue;
                }
                if self.width - older < SHORTEST_SIDE {
                    return false;
                }
                if test(older, older_total) {
                    return true;
                }
            }
            size *= 0.5;
        }
        false
    }
}

/// The rule of the same name: its threshold is the confidence, so no `delta` is needed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AdwinWatch {
    adwin: Adwin,
    until_test: u32,
    strongest: Option<(f64, Drift)>,
}

/// The rule tests more often than the paper's users do: its samples come by the minute.
const CLOCK: u32 = 8;

impl Watch for AdwinWatch {
    const ABOUT: About = About {
        name: "adwin",
        title: "Adaptive window (ADWIN)",
        help: "Finds a level that has moved for good: the two ends of a growing window disagree.",
        scale: ScaleKind::Ratio,
        // The paper's users take δ = 0.002, which is 2.7; once a minute that is too often.
        threshold: ParamSpec::threshold("decades", (1.0, 30.0, 0.1, 5.0)),
        inclusive: false,
        params: PARAMS,
    };

    fn new(_: &DetectorSpec) -> Self {
        Self {
            adwin: Adwin::default(),
            until_test: CLOCK,
            strongest: None,
        }
    }

    fn prepare(&mut self, _: &[f64]) {
        self.adwin = Adwin::default();
        (self.until_test, self.strongest) = (CLOCK, None);
    }

    fn take(&mut self, residual: f64) {
        self.adwin.push(residual);
        self.until_test -= 1;
        if self.until_test == 0 {
            self.until_test = CLOCK;
            self.strongest = self.adwin.strongest_cut();
        }
    }

    fn levels(&self) -> Levels {
        self.strongest
            .map_or_else(Levels::default, |(raw, drift)| Levels::of(raw, &drift))
    }

    fn drift(&self) -> Option<Drift> {
        self.strongest.map(|(_, drift)| drift)
    }

    fn restart(&mut self) {
        if let Some((_, drift)) = self.strongest.take() {
            self.adwin.forget_before(drift.at);
        }
    }
}
