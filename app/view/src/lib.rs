//! Leptos as the front end uses it, with elements of its own.
//!
//! Leptos makes a type of each element, each attribute and each value, and compiles its code anew for each of them:
//! a page of sliders becomes half a megabyte. Here an element is one type, an attribute is a row in a list, and what
//! changes is a boxed function. `view!` and `#[component]` are Leptos' own, and so is everything that reacts.
//!
//! Only what a browser builds: there is no rendering on a server, and no attributes given to a component from outside.

// What `#[component]` writes speaks of `::leptos`.
extern crate self as leptos;

mod element;
mod given;
mod kids;
mod live;
pub mod show;
mod state;

pub use original::*;

pub use element::El;
pub use given::{Given, Plain, Val, Value};
#[doc(hidden)]
pub use live::__as_shared_reactive_fn;
pub use live::{Live, live};

/// What pages use.
pub mod prelude {
    pub use original::prelude::*;

    pub use crate::kids::IntoMaybeErased;
    pub use crate::live::{IntoAttributeValue, IntoRender};
    pub use crate::show::{Show, ShowProps};
}

/// What `view!` names by its path.
pub mod tachys {
    pub use original::tachys::*;

    /// Views.
    pub mod view {
        pub use original::tachys::view::*;

        /// Lists of views.
        pub mod iterators {
            pub use original::tachys::view::iterators::*;

            pub use crate::kids::StaticVec;
        }
    }

    /// HTML with elements of one type.
    pub mod html {
        pub use original::tachys::html::*;

        /// An element for each tag.
        pub mod element {
            pub use crate::element::tags::*;
            pub use original::tachys::html::element::{ElementType, HasElementType, HtmlElement};
        }
    }
}
