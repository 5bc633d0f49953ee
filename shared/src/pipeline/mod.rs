//! The one state machine: `score → decide → confirm → merge → suppress → page`.
//!
//! [`Evaluator`] folds the samples of one rule into [`Transition`]s, [`Pager`] folds the transitions of all
//! rules into [`Page`]s, and [`Watch`] tells of rules that do not run. Production, replay and browser run exactly
//! this code; nothing else decides about an anomaly. None of them knows a clock: every decision uses the nominal
//! time of its tick.

mod confirm;
mod dataset;
mod decide;
mod evaluator;
mod life;
mod page;
mod pager;
mod transition;
mod watch;

pub use dataset::Dataset;
pub use evaluator::{Evaluator, Frame, Input, Observer};
pub(crate) use evaluator::{Reel, Tape, in_order};
pub use page::{Page, PageKind, PageVerdict, SuppressReason};
pub use pager::{Mute, Pager, PagerRun, Standing};
pub use transition::{AcceptedLevel, Action, Actor, Command, Transition, TransitionKind};
pub use watch::{RunOutcome, Watch, Watched};
