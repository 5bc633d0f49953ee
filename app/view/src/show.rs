//! One thing or another, all of one type: Leptos' own is compiled anew for each condition and each view.

use original::children::{TypedChildrenFn, ViewFn};
use original::prelude::{AnyView, ArcMemo, Get as _, IntoAny as _, IntoView, component};

use crate::live::shown_live;

/// Shows its children for as long as something holds, and what stands instead otherwise.
#[component(transparent)]
pub fn Show<W, C>(
    /// What is shown.
    children: TypedChildrenFn<C>,
    /// What must hold.
    when: W,
    /// What stands instead; nothing unless it is given.
    #[prop(optional, into)]
    fallback: ViewFn,
) -> AnyView
where
    W: Fn() -> bool + Send + Sync + 'static,
    C: IntoView + 'static,
{
    let children = children.into_inner();
    shown(
        Box::new(when),
        Box::new(move || children().into_any()),
        fallback,
    )
}

fn shown(
    when: Box<dyn Fn() -> bool + Send + Sync>,
    children: Box<dyn Fn() -> AnyView + Send>,
    fallback: ViewFn,
) -> AnyView {
    let holds = ArcMemo::new(move |_| when());
    shown_live(Box::new(move || {
        if holds.get() {
            children()
        } else {
            fallback.run()
        }
    }))
}
