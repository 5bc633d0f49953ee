//! What a person would otherwise try by hand: where the threshold should lie, and which settings keep to a budget.
//!
//! Everything here replays the production fold over the same samples again and again and compares what would have
//! fired with labelled incidents. It decides about no anomaly, and knows neither clock nor screen: whoever calls
//! says when it is enough ([`Patience`]), and gets what was found until then.

mod frontier;
mod nice;
mod outcome;
mod scene;
mod search;
mod suggest;
#[cfg(test)]
mod testing;

pub use frontier::{Frontier, FrontierPoint, Walk};
pub use outcome::{Incidents, Outcome, Said};
pub use scene::{Cannot, Endless, Patience, Scene, Stage, Tried, as_it_is};
pub use search::{Answer, Better, Budget, Found, Search, with_detector};
pub use suggest::{Change, Proposal, suggest};
