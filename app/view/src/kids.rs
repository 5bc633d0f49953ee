//! Views beside each other, as `view!` makes them: a list of pointers, each of which is one call.

use original::attr::any_attribute::AnyAttribute;
use original::prelude::{AnyView, IntoAny};
use original::tachys::hydration::Cursor;
use original::tachys::no_attrs;
use original::tachys::prelude::{Render, RenderHtml};
use original::tachys::view::any_view::AnyViewState;
use original::tachys::view::{Position, PositionState, iterators};

/// A view in a list.
#[derive(Debug)]
pub struct Kid(Box<AnyView>);

/// What becomes a view in a list.
pub trait IntoMaybeErased {
    /// As that.
    fn into_maybe_erased(self) -> Kid;
}

impl<T: IntoAny> IntoMaybeErased for T {
    #[inline(never)]
    fn into_maybe_erased(self) -> Kid {
        Kid(Box::new(self.into_any()))
    }
}

/// The list, under the name that `view!` uses.
#[derive(Debug)]
pub struct StaticVec;

impl StaticVec {
    /// The list.
    #[must_use]
    pub fn from(kids: Vec<Kid>) -> iterators::StaticVec<AnyView> {
        let kids: Vec<AnyView> = kids.into_iter().map(|kid| *kid.0).collect();
        kids.into()
    }
}

no_attrs!(Kid);

impl Render for Kid {
    type State = AnyViewState;

    fn build(self) -> AnyViewState {
        self.0.build()
    }

    fn rebuild(self, state: &mut AnyViewState) {
        self.0.rebuild(state);
    }
}

impl RenderHtml for Kid {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(
        self,
        _buf: &mut String,
        _position: &mut Position,
        _escape: bool,
        _mark_branches: bool,
        _extra_attrs: Vec<AnyAttribute>,
    ) {
        // Only browsers build these; what asks for text gets none.
    }

    fn hydrate<const FROM_SERVER: bool>(self, _: &Cursor, _: &PositionState) -> AnyViewState {
        self.build()
    }

    fn into_owned(self) -> Self {
        self
    }
}
