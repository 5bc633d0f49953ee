//! The default detector: what lies far from everything the series has done in calm times is odd.
//!
//! # Method
//! Distance to the nearest window of a calm history, amplitude kept. Most papers divide every window by its
//! own deviation first, which throws away exactly what operators call an anomaly; here windows are only
//! centred on their means ("pattern"), compared with their means as well ("level"), and with half the weight
//! divided by their deviations ("shape"). Five lengths from 16 to 512 rows vote. All three distances come from
//! one product that is updated along diagonals (Zimmerman et al., Matrix Profile XIV: SCAMP, 2019; Yeh et
//! al., Matrix Profile I, 2016), so that the bank of neighbours is every window of the history and not a
//! sample. The spread of the calm part is the unit of all of them; the mean of the logarithms is the score.
//!
//! One configuration serves everything: nothing is looked up by name or length of a series, and no parameter
//! needs touching.
mod bank;
mod full;
mod join;
mod live;
mod model;
mod profile;
mod units;
mod windows;

pub use full::{AutoScores, PartScores, full};
pub use live::Live;
pub(crate) use model::{Auto, batch};
pub use profile::{Profile, Season, profile};

#[cfg(test)]
mod tests;
