//! The one state machine: `score → decide → confirm → merge → suppress → page`.
//!
//! [`Transition`] is what an evaluator says, [`Page`] what becomes of it; both are stored before anyone hears of them.

mod transition;

pub use transition::{
    Action, Actor, Command, Page, PageKind, PageVerdict, SuppressReason, Transition, TransitionKind,
};
