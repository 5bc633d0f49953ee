//! A fold in slices, so that whoever drives it can look up between two of them, say how far it is, and stop it.
//!
//! Where it is cut changes nothing: a fold to an instant, and on from there, is the fold to the end.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use super::collect::Collector;
use crate::pipeline::{Dataset, Evaluator, Transition, in_order};
use crate::rule::Ticks;

/// Samples of a slice, over all series: a few milliseconds of a plain detector; tests cut wherever they can.
const SAMPLES: i64 = if cfg!(test) { 37 } else { 8_192 };

/// What happens between two slices.
pub trait Breath {
    /// Whether it is time for it; asked after each slice.
    fn is_due(&self) -> bool;

    /// Looks up, `share` of 1 being done; false stops the fold.
    fn draw(&self, share: f64) -> Pin<Box<dyn Future<Output = bool> + '_>>;
}

/// Never looks up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deaf;

impl Breath for Deaf {
    fn is_due(&self) -> bool {
        false
    }

    fn draw(&self, _share: f64) -> Pin<Box<dyn Future<Output = bool> + '_>> {
        Box::pin(async { true })
    }
}

/// The fold was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped;

/// The way of a fold from its boundary to its end.
pub(super) struct Walk<'a> {
    pub(super) data: &'a Dataset,
    pub(super) ticks: &'a Ticks,
    pub(super) breath: &'a dyn Breath,
    /// Where it begins and ends, in UTC milliseconds.
    pub(super) from_ms: i64,
    pub(super) to_ms: i64,
    /// How far it has come.
    pub(super) at_ms: i64,
}

impl Walk<'_> {
    /// Folds on to an instant; what comes of it is in the order in which one fold to there gives it.
    pub(super) async fn on_to(
        &mut self,
        to_ms: i64,
        evaluator: &mut Evaluator,
        observer: &mut Collector,
    ) -> Result<Vec<Transition>, Stopped> {
        let step_ms = evaluator.rule().step.ms();
        let series = i64::try_from(self.data.series.len()).unwrap_or(1).max(1);
        let slice_ms = (SAMPLES / series).max(1) * step_ms;
        let mut said = Vec::new();
        loop {
            let next_ms = self.at_ms.saturating_add(slice_ms).min(to_ms);
            let more = evaluator.advance(self.data, next_ms, self.ticks, observer);
            said.extend(more);
            self.at_ms = self.at_ms.max(next_ms);
            if next_ms >= to_ms {
                return Ok(in_order(said));
            }
            if self.breath.is_due() {
                let whole = (self.to_ms - self.from_ms).max(1) as f64;
                let share = (self.at_ms - self.from_ms) as f64 / whole;
                if !self.breath.draw(share.clamp(0.0, 1.0)).await {
                    return Err(Stopped);
                }
            }
        }
    }
}

/// The result of a fold that never waits: it is there at once.
pub(super) fn at_once<T>(fold: impl Future<Output = Result<T, Stopped>>) -> Result<T, Stopped> {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(fold).poll(&mut context) {
        Poll::Ready(done) => done,
        Poll::Pending => unreachable!("nobody waits in a fold that never waits"),
    }
}
