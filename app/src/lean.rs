//! What Leptos compiles anew for each closure and each list, compiled once.

use leptos::prelude::{AnyView, ArcMemo, Effect, IntoAny, Memo, RwSignal, on_cleanup};
use leptos::reactive::graph::{
    AnySource, Observer, Source as _, Subscriber as _, ToAnySource as _,
};

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

/// Something that is read by views that come and go while it stays.
///
/// Leptos keeps a reader that is gone in the list of what it has read for as long as that is there. A wall that turns
/// its pages for weeks would fill these lists, and each change would be told to everybody who ever listened.
pub trait Lasting: Copy {
    /// What the readers are listed at.
    fn source(self) -> AnySource;

    /// Follows its changes, until the reader is gone.
    fn follow(self) {
        fn listed(source: AnySource) {
            let Some(reader) = Observer::get() else {
                return;
            };
            reader.add_source(source.clone());
            source.add_subscriber(reader.clone());
            on_cleanup(move || source.remove_subscriber(&reader));
        }
        listed(self.source());
    }
}

impl<T: Send + Sync + 'static> Lasting for RwSignal<T> {
    fn source(self) -> AnySource {
        self.to_any_source()
    }
}

impl<T: Send + Sync + 'static> Lasting for Memo<T> {
    fn source(self) -> AnySource {
        ArcMemo::from(self).to_any_source()
    }
}

/// Something that changes, as a view of the one type that all such things have.
pub fn live<V: IntoAny + 'static>(make: impl FnMut() -> V + Send + 'static) -> AnyView {
    leptos::prelude::IntoRender::into_render(leptos::live(make))
}
