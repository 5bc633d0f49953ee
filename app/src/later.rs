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
        if self.waiting.try_with_value(Option::is_none) == Some(true) {
            self.call();
        }
    }

    /// Asks for it; nothing is done when its owner is gone.
    pub fn call(self) {
        let again = set_timeout_with_handle(
            move || {
                // An effect may ask once more when its owner is gone, and a test's clock rings what was taken back.
                let is_gone = self.waiting.try_set_value(None).is_some();
                if !is_gone {
                    self.work.run(());
                }
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

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use leptos::reactive::owner::Owner;
    use wasm_bindgen_futures::JsFuture;
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::browser;

    /// Comes after timers without a rest that were set before.
    async fn all_timers() {
        let timer = js_sys::Promise::new(&mut |resolve, _| {
            browser::window()
                .set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, 20)
                .expect("a timer");
        });
        JsFuture::from(timer).await.expect("it rings");
    }

    #[wasm_bindgen_test]
    async fn work_when_its_owner_is_gone_then_is_not_done_however_it_is_asked_for() {
        let done = Arc::new(AtomicU32::new(0));
        let owner = Owner::new();
        let later = owner.with(|| {
            let done = Arc::clone(&done);
            Later::after(Duration::ZERO, move || {
                done.fetch_add(1, Ordering::Relaxed);
            })
        });
        later.nudge();
        all_timers().await;
        assert_eq!(done.load(Ordering::Relaxed), 1);
        later.call();
        owner.cleanup();
        later.nudge();
        later.call();
        all_timers().await;
        assert_eq!(done.load(Ordering::Relaxed), 1);
    }
}
