//! Something that comes from the server: on its way, there, or refused.

use std::future::Future;
use std::pin::Pin;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::ApiError;

/// The state of something that is loaded.
#[derive(Debug, Clone, PartialEq)]
pub enum Load<T> {
    /// Asked for.
    Waiting,
    /// There.
    Ready(T),
    /// Refused, or not reached.
    Failed(ApiError),
}

impl<T> Load<T> {
    /// The thing, if it is there.
    pub fn ready(&self) -> Option<&T> {
        match self {
            Self::Ready(value) => Some(value),
            Self::Waiting | Self::Failed(_) => None,
        }
    }
}

/// Loads into a signal; what was there before stays visible until the answer comes.
///
/// `turn` counts the askings: an answer to an older one is dropped.
pub fn load_into<T: Send + Sync + 'static>(
    signal: RwSignal<Load<T>>,
    turn: StoredValue<u32>,
    future: impl Future<Output = Result<T, ApiError>> + 'static,
) {
    // Boxed, so that what follows is there once for a type and not once for a call.
    await_into(signal, turn, Box::pin(future));
}

fn await_into<T: Send + Sync + 'static>(
    signal: RwSignal<Load<T>>,
    turn: StoredValue<u32>,
    future: Pin<Box<dyn Future<Output = Result<T, ApiError>>>>,
) {
    turn.update_value(|turn| *turn += 1);
    let mine = turn.get_value();
    spawn_local(async move {
        let outcome = future.await;
        if turn.try_get_value() != Some(mine) {
            return;
        }
        // A page that is gone takes no answer any more.
        signal.try_set(match outcome {
            Ok(value) => Load::Ready(value),
            Err(error) => Load::Failed(error),
        });
    });
}

/// A signal that is loaded now and again whenever something that `ask` reads changes.
pub fn loaded<T, F>(ask: impl Fn() -> F + 'static) -> RwSignal<Load<T>>
where
    T: Send + Sync + 'static,
    F: Future<Output = Result<T, ApiError>> + 'static,
{
    let signal = RwSignal::new(Load::Waiting);
    let turn = StoredValue::new(0);
    crate::lean::effect(move || load_into(signal, turn, ask()));
    signal
}
