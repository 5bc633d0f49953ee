//! How a long fold looks up: it lets the worker hear the page, says how far it is, and ends when it is told to.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;

use hindcast_shared::replay::Breath;
use wasm_bindgen_futures::JsFuture;
use web_sys::DedicatedWorkerGlobalScope;

/// So long a fold may be deaf.
const DEAF_MS: f64 = 40.0;
/// Work that is shorter is not spoken of.
const SILENT_MS: f64 = 200.0;

/// What a fold breathes with.
pub(super) struct Lungs<'a> {
    scope: &'a DedicatedWorkerGlobalScope,
    stop: &'a Rc<Cell<bool>>,
    tell: &'a dyn Fn(f64),
    began_ms: f64,
    drawn_ms: Cell<f64>,
}

impl<'a> Lungs<'a> {
    pub(super) fn new(
        scope: &'a DedicatedWorkerGlobalScope,
        stop: &'a Rc<Cell<bool>>,
        tell: &'a dyn Fn(f64),
    ) -> Self {
        let now_ms = js_sys::Date::now();
        Self {
            scope,
            stop,
            tell,
            began_ms: now_ms,
            drawn_ms: Cell::new(now_ms),
        }
    }
}

impl Breath for Lungs<'_> {
    fn is_due(&self) -> bool {
        js_sys::Date::now() - self.drawn_ms.get() >= DEAF_MS
    }

    fn draw(&self, share: f64) -> Pin<Box<dyn Future<Output = bool> + '_>> {
        Box::pin(async move {
            if js_sys::Date::now() - self.began_ms >= SILENT_MS {
                (self.tell)(share);
            }
            let pause = js_sys::Promise::new(&mut |done, _| {
                // A worker that cannot wait goes on at once.
                if self.scope.set_timeout_with_callback(&done).is_err() {
                    done.call0(&done).ok();
                }
            });
            JsFuture::from(pause).await.ok();
            self.drawn_ms.set(js_sys::Date::now());
            !self.stop.get()
        })
    }
}
