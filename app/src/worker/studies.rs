//! What page and full worker say to each other about studies, beside [`super::protocol`].

use hindcast_shared::api::LabelDraft;
use hindcast_shared::profile::{Advice, Said};
use serde::{Deserialize, Serialize};

/// What a study works out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Study {
    /// Recall against pages over the threshold, down to so many pages a week: a `study::Frontier` answers.
    Frontier(f64),
    /// The setting that finds incidents with few pages: a `study::Answer`.
    Budget(Wish),
    /// What kind of series it is: a [`Profiled`].
    Profile,
}

/// What a setting is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wish {
    /// At most so many pages a week.
    pub pages: f64,
    /// The incidents that must be found, of those that the job names; all, where none are named.
    pub never_miss: Option<Vec<LabelDraft>>,
}

/// What kind of series it is, and which detectors fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profiled {
    /// Text form of the series.
    pub name: String,
    /// What is worth saying.
    pub said: Vec<Said>,
    /// What is worth trying, the best first.
    pub advice: Vec<Advice>,
}
