//! When a drawing is made anew: once a frame, and when its box has another size.

use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use web_sys::ResizeObserver;

/// Runs `work` at most once an animation frame, however often it is called.
pub(crate) fn gather(work: impl Fn() + Copy + 'static) -> impl Fn() + Copy + 'static {
    let asked = StoredValue::new(false);
    move || {
        if asked.get_value() {
            return;
        }
        asked.set_value(true);
        request_animation_frame(move || {
            // A chart that is gone has nothing to paint.
            if asked.try_set_value(false).is_none() {
                work();
            }
        });
    }
}

/// Follows the size of the box; the observer is kept, and dropped with the chart.
pub(crate) fn observe_size(frame_ref: NodeRef<Div>, size: RwSignal<(f64, f64)>) {
    let kept = StoredValue::new_local(None::<(ResizeObserver, Closure<dyn FnMut()>)>);
    crate::lean::effect(move || {
        let Some(element) = frame_ref.get() else {
            return;
        };
        let measured = element.clone();
        let changed = Closure::<dyn FnMut()>::new(move || {
            let now = (
                f64::from(measured.client_width()),
                f64::from(measured.client_height()),
            );
            if size.try_get_untracked().is_some_and(|old| old != now) {
                size.set(now);
            }
        });
        if let Ok(observer) = ResizeObserver::new(changed.as_ref().unchecked_ref()) {
            observer.observe(&element);
            kept.set_value(Some((observer, changed)));
        }
    });
    on_cleanup(move || {
        kept.try_update_value(|kept| {
            if let Some((observer, _)) = kept.take() {
                observer.disconnect();
            }
        });
    });
}
