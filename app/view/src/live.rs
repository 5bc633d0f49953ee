//! What changes: `view!` hands over each closure without arguments, and all of them become views of one type.

use original::prelude::{AnyView, IntoAny, Render};

/// A closure of `view!`: between two tags a view, behind an equals sign a value.
#[derive(Debug)]
pub struct Live<F>(pub(crate) F);

/// A closure that is not written inside of a `view!`.
pub fn live<F>(make: F) -> Live<F> {
    Live(make)
}

/// The name by which `view!` hands it over.
#[doc(hidden)]
pub fn __as_shared_reactive_fn<F>(make: F) -> Live<F> {
    live(make)
}

/// What stands between two tags; the name that `view!` uses.
pub trait IntoRender {
    /// What is built of it.
    type Output;

    /// As that.
    fn into_render(self) -> Self::Output;
}

impl<T: Render> IntoRender for T {
    type Output = T;

    fn into_render(self) -> T {
        self
    }
}

impl<F, T> IntoRender for Live<F>
where
    F: FnMut() -> T + Send + 'static,
    T: IntoAny + 'static,
{
    type Output = AnyView;

    fn into_render(self) -> AnyView {
        let Self(mut make) = self;
        shown_live(Box::new(move || make().into_any()))
    }
}

/// What is given to an attribute; the name that `view!` uses.
pub trait IntoAttributeValue {
    /// What is given.
    type Output;

    /// As that.
    fn into_attribute_value(self) -> Self::Output;
}

impl<T> IntoAttributeValue for T {
    type Output = T;

    fn into_attribute_value(self) -> T {
        self
    }
}

/// The one kind of view that changes.
pub(crate) fn shown_live(mut make: Box<dyn FnMut() -> AnyView + Send>) -> AnyView {
    (move || make()).into_any()
}
