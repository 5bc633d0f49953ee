//! Work that waits until the hand rests.

use std::time::Duration;

use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle};
use leptos::prelude::*;

/// How long the hand must rest before addresses and long lists follow. Browsers fetch the page's icon at each change
/// of the address, and laying out two hundred rows takes longer than a frame.
const REST: Duration = Duration::from_millis(250);

/// Something that is done when it has not been asked for a moment.
#[derive(Debug, Clone, Copy)]
pub struct Later {
    work: Callback<()>,
    rest: Duration,
    waiting: StoredValue<Option<TimeoutHandle>>,
}

impl Later {
    /// Work that waits; what still waits when its owner goes is not done.
    pub fn new(work: impl Fn() + Send + Sync + 'static) -> Self {
        Self::after(REST, work)
    }

    /// The same after a rest of another length.
    pub fn after(rest: Duration, work: impl Fn() + Send + Sync + 'static) -> Self {
        let waiting = StoredValue::new(None::<TimeoutHandle>);
        // Whoever comes next has an address of its own.
        on_cleanup(move || {
            waiting.try_update_value(|waiting| waiting.take().map(|waiting| waiting.clear()));
        });
        Self {
            work: Callback::new(move |()| work()),
            rest,
            waiting,
        }
    }

    /// Asks for it, unless it waits already.
    pub fn nudge(self) {
        if self.waiting.with_value(Option::is_none) {
            self.call();
        }
    }

    /// Asks for it.
    pub fn call(self) {
        let again = set_timeout_with_handle(
            move || {
                self.waiting.try_set_value(None);
                self.work.run(());
            },
            self.rest,
        )
        .ok();
        let before = self
            .waiting
            .try_update_value(|waiting| std::mem::replace(waiting, again));
        if let Some(Some(before)) = before {
            before.clear();
        }
    }
}
