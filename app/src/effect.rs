//! Effects, compiled once.

use leptos::prelude::Effect;

/// Does `work` now, and again whenever something that it has read changes; lives as long as its owner.
///
/// Leptos' own is compiled anew for each closure, which is half a kilobyte each time.
pub fn effect(work: impl FnMut() + 'static) {
    fn boxed(mut work: Box<dyn FnMut()>) {
        Effect::new(move || work());
    }
    boxed(Box::new(work));
}
