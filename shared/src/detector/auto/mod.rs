//! The default detector: what lies far from everything the series has done in calm times is odd.
//!
//! # Method
//! Distance to the nearest window of a calm history, amplitude kept. Most papers divide every window by its
//! own deviation first, which throws away exactly what operators call an anomaly; here windows are only
//! centred on their means ("pattern"), compared with their means as well ("level"), and with half the weight
//! divided by their deviations ("shape"). Five lengths from 16 to 512 rows vote, the middle ones most,
//! and so does the step from one value to the next, for lone points. All three distances come from
//! one product that is updated along diagonals (Yeh et al., Matrix Profile I, 2016; Zimmerman et al., Matrix
//! Profile XIV: SCAMP, 2019), so that the bank of neighbours is every window of the history and not a sample.
//! The spread of the calm part is the unit of all of them; the mean of the logarithms is the score.
//!
//! One configuration serves everything: nothing is looked up by name or length of a series, and no parameter
//! needs touching. There are two sizes of it: [`full()`] for a whole series, and [`Live`] for a stream, with
//! less than 64 kB a series: three lengths on three rates, and single precision.
//!
//! # When it is over
//! A window is odd for as long as anything odd is in it. [`Live`] knows the level before a departure from it,
//! and once the series is back, windows that hold the departure count no more for the score of a rule
//! ([`Verdict::present`]): an anomaly ends with its event. The raw distance, by which moments are ranked, keeps
//! them, because labels are as broad as windows.
//!
//! # Measured
//! Mean VUS-PR over the 48 development series (2 ECG, 4 MGAB, 30 NASA, 12 SMD); the last column is the mean
//! of the four groups. Nothing was fitted to a group: the weights are ones and halves.
//!
//! | | mean | ECG | MGAB | NASA | SMD | macro |
//! |---|---|---|---|---|---|---|
//! | `full` | 0.617 | 0.847 | 0.493 | 0.767 | 0.243 | 0.588 |
//! | `full` without a calm beginning | 0.582 | 0.679 | 0.525 | 0.725 | 0.226 | 0.539 |
//! | `Live`, untaught on the beginning and then taught | 0.484 | 0.763 | 0.284 | 0.602 | 0.209 | 0.465 |
//! | pattern and shape of 64 rows, three nearest (baseline) | 0.512 | 0.872 | 0.124 | 0.664 | 0.201 | 0.465 |
//!
//! Leaving out one length of `full` costs at most 0.011 of the mean, leaving out the pattern 0.039, the level
//! 0.030, the shape 0.002. What was changed last had to help every group, with and without a calm
//! beginning, and series of another kind: the step and the weights of the lengths bring 0.001 to 0.008 to each
//! group, 0.013 to the labelled windows of NAB, and raise eight drawn hourly series whose only oddities are one
//! to three points from 0.33 to 0.56.
//!
//! # Tried without success
//! - The mean of the three nearest instead of the nearest: 0.580 against 0.604 with the same lengths.
//! - Standardising the distances before adding them: by ranks 0.527, by deviations 0.604, by quantiles 0.576;
//!   logarithms of units 0.612, and they need no scores to learn from.
//! - Values bent by `asinh` or replaced by their ranks: better for ECG (0.92), worse for servers (0.16), whose
//!   oddities are high peaks.
//! - Differences of the series in place of its values: 0.443 alone, and nothing gained in the mean.
//! - Residuals of each row against its neighbours: sharper, but 0.03 worse, because labels are broad.
//! - Smoothing the final score: nothing; the mean over covering windows is already smooth. Their highest or
//!   lowest distance instead of the mean: 0.50 and 0.44 against 0.54.
//! - Adding how rare a window is in the whole series, beside the calm part: 0.01 worse.
//! - More weight for windows of 16 rows: half a point better for servers, two worse for NASA.
//! - Windows of 2 to 8 rows: as good for lone points as the step, and 0.002 to 0.01 worse for the rest.
//! - Moving what a window says to those of its rows that a shorter window finds odd: 0.02 to 0.04 worse.
//! - The unit of each distance from its own calm quantiles: the same or up to 0.02 worse.
//! - `Live`: the newest residuals against the nearest window in place of its distance, to see when an event is
//!   over: 0.01 worse, and no end after a high spike, to which the neighbour was chosen. Ranking by what is
//!   present only: 0.43, because labels are broad.

mod bank;
mod departure;
mod full;
mod join;
mod jump;
mod live;
mod model;
mod profile;
mod units;
mod windows;

pub use full::{AutoScores, PartScores, full};
pub use live::{Live, Verdict};
pub(crate) use model::{Auto, batch};
pub use profile::{Profile, Season, profile};

#[cfg(test)]
mod tests;
