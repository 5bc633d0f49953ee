//! When a drawing is made anew: at once, and then once a frame, and when its box has another size.

use std::cell::Cell;
use std::rc::Rc;

use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;
use web_sys::ResizeObserver;

/// How far work is in this frame.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Pace {
    Rests,
    Asked,
    Done,
    /// It is done, and was asked for again.
    Again,
}

struct Gathered {
    pace: Cell<Pace>,
    work: Box<dyn Fn()>,
}

/// Runs `work` when what is under way is done, and once more before the next frame if it is asked for meanwhile,
/// however often that is.
///
/// A frame comes a while after it was asked for: the first drawing is done by then.
pub(crate) fn gather(work: impl Fn() + 'static) -> impl Fn() + Copy + 'static {
    gathered(Box::new(work))
}

fn gathered(work: Box<dyn Fn()>) -> impl Fn() + Copy + 'static {
    let pace = Cell::new(Pace::Rests);
    // What is gone with its owner has nothing to do.
    let kept = StoredValue::new_local(Rc::new(Gathered { pace, work }));
    move || {
        let Some(gathered) = kept.try_get_value() else {
            return;
        };
        match gathered.pace.get() {
            Pace::Rests => gathered.pace.set(Pace::Asked),
            Pace::Asked => return,
            Pace::Done | Pace::Again => return gathered.pace.set(Pace::Again),
        }
        // It is queued behind the effects that follow the same change.
        spawn_local(async move {
            if let Some(gathered) = kept.try_get_value() {
                gathered.pace.set(Pace::Done);
                (gathered.work)();
            }
        });
        request_animation_frame(move || {
            if let Some(gathered) = kept.try_get_value()
                && gathered.pace.replace(Pace::Rests) == Pace::Again
            {
                (gathered.work)();
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
