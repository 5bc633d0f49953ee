//! What Leptos compiles anew for each closure and each list, compiled once.

use leptos::prelude::{AnyView, Effect, IntoAny};

/// Does `work` now, and again whenever something that it has read changes; lives as long as its owner.
///
/// Leptos' own is half a kilobyte for each closure.
pub fn effect(work: impl FnMut() + 'static) {
    fn boxed(work: Box<dyn FnMut()>) {
        Effect::new(work);
    }
    boxed(Box::new(work));
}

/// Views in a row, all of one type: a list for each kind of element is two kilobytes for each.
pub trait CollectAny {
    /// The views, one after the other.
    fn collect_any(self) -> AnyView;
}

impl<I: IntoIterator<Item: IntoAny>> CollectAny for I {
    fn collect_any(self) -> AnyView {
        let views: Vec<AnyView> = self.into_iter().map(IntoAny::into_any).collect();
        views.into_any()
    }
}
