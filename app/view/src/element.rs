//! An element as it is described: its tag, what it is given, its children.

use original::prelude::{AnyView, IntoAny, NodeRef};
use original::tachys::html::element::ElementType;
use original::tachys::html::event::EventDescriptor;
use original::tachys::html::node_ref::NodeRefContainer;
use original::tachys::hydration::Cursor;
use original::tachys::no_attrs;
use original::tachys::prelude::{Render, RenderHtml};
use original::tachys::view::{Position, PositionState};
use send_wrapper::SendWrapper;
use wasm_bindgen::JsCast;
use web_sys::Event;

use crate::given::{Given, Value};
use crate::state::State;

/// Where something that is given goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    Attribute,
    Property,
    Class,
    Style,
    Listener,
    Reference,
}

/// One thing that is given.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) slot: Slot,
    pub(crate) name: &'static str,
    pub(crate) given: Given,
}

/// An element; a pointer, because each step of its making hands it on.
#[derive(Debug)]
pub struct El(pub(crate) Box<Described>);

#[derive(Debug)]
pub(crate) struct Described {
    pub(crate) tag: &'static str,
    pub(crate) child: Option<AnyView>,
    pub(crate) parts: SendWrapper<Vec<Part>>,
}

no_attrs!(El);

/// What `class=` and `style=` take: a value, or a name with a value.
pub trait Named {
    /// The name, if there is one, and the value.
    fn named(self) -> (Option<&'static str>, Given);
}

impl<V: Value> Named for V {
    fn named(self) -> (Option<&'static str>, Given) {
        (None, self.given())
    }
}

impl<V: Value> Named for (&'static str, V) {
    fn named(self) -> (Option<&'static str>, Given) {
        (Some(self.0), self.1.given())
    }
}

impl El {
    #[inline(never)]
    fn new(tag: &'static str) -> Self {
        Self(Box::new(Described {
            tag,
            child: None,
            parts: SendWrapper::new(Vec::new()),
        }))
    }

    #[inline(never)]
    fn holding(mut self, child: AnyView) -> Self {
        self.0.child = Some(child);
        self
    }

    #[inline(never)]
    fn with(mut self, slot: Slot, name: &'static str, given: Given) -> Self {
        self.0.parts.push(Part { slot, name, given });
        self
    }

    /// What is in it.
    #[must_use]
    #[inline(never)]
    pub fn child(self, child: impl IntoAny) -> Self {
        self.holding(child.into_any())
    }

    /// An attribute.
    #[must_use]
    #[inline(never)]
    pub fn attr(self, name: &'static str, value: impl Value) -> Self {
        self.with(Slot::Attribute, name, value.given())
    }

    /// A property of the object.
    #[must_use]
    #[inline(never)]
    pub fn prop(self, name: &'static str, value: impl Value) -> Self {
        self.with(Slot::Property, name, value.given())
    }

    /// The classes, or one of them that comes and goes.
    #[must_use]
    #[inline(never)]
    pub fn class(self, class: impl Named) -> Self {
        match class.named() {
            (None, given) => self.with(Slot::Attribute, "class", given),
            (Some(name), given) => self.with(Slot::Class, name, given),
        }
    }

    /// One property of its style.
    #[must_use]
    pub fn style(self, style: impl Named) -> Self {
        match style.named() {
            (None, given) => self.with(Slot::Attribute, "style", given),
            (Some(name), given) => self.with(Slot::Style, name, given),
        }
    }

    /// Markup that is in it.
    #[must_use]
    pub fn inner_html(self, value: impl Value) -> Self {
        self.prop("innerHTML", value)
    }

    /// A listener.
    #[must_use]
    pub fn on<E>(self, _event: E, mut heard: impl FnMut(E::EventType) + 'static) -> Self
    where
        E: Name,
        E::EventType: JsCast,
    {
        let heard = Box::new(move |event: Event| heard(event.unchecked_into()));
        self.with(Slot::Listener, E::NAME, Given::Heard(heard))
    }

    /// Fills a reference with the element.
    #[must_use]
    pub fn node_ref<E: ElementType>(self, place: NodeRef<E>) -> Self
    where
        NodeRef<E>: NodeRefContainer<E>,
    {
        let taken = Box::new(move |element: &web_sys::Element| place.load(element));
        self.with(Slot::Reference, "", Given::Taken(taken))
    }
}

macro_rules! events {
    ($($event:ident)*) => {
        /// An event whose name is known to the compiler.
        pub trait Name: EventDescriptor {
            /// What the browser calls it.
            const NAME: &'static str;
        }
        $(
            impl Name for original::ev::$event {
                const NAME: &'static str = stringify!($event);
            }
        )*
    };
}

events! {
    animationend blur change click close contextmenu copy dblclick dragend dragenter dragleave dragover dragstart
    drop error focus focusin focusout input keydown keyup load mousedown mouseenter mouseleave mousemove mouseout
    mouseover mouseup paste pointercancel pointerdown pointerenter pointerleave pointermove pointerout pointerover
    pointerup scroll select submit toggle touchend touchmove touchstart transitionend wheel
}

macro_rules! attributes {
    ($($method:ident $name:literal)*) => {
        impl El {
            $(
                #[doc = concat!("The attribute `", $name, "`.")]
                #[must_use]
                #[inline]
                pub fn $method(self, value: impl Value) -> Self {
                    self.attr($name, value)
                }
            )*
        }
    };
}

attributes! {
    accept "accept" action "action" alt "alt" autocapitalize "autocapitalize" autocomplete "autocomplete"
    autofocus "autofocus" checked "checked" cite "cite" cols "cols" colspan "colspan" content "content"
    contenteditable "contenteditable" datetime "datetime" dir "dir" disabled "disabled" download "download"
    draggable "draggable" enctype "enctype" enterkeyhint "enterkeyhint" r#for "for" form "form" headers "headers"
    height "height" hidden "hidden" high "high" href "href" hreflang "hreflang" id "id" inert "inert"
    inputmode "inputmode" label "label" lang "lang" list "list" low "low" max "max" maxlength "maxlength"
    method "method" min "min" minlength "minlength" multiple "multiple" name "name" novalidate "novalidate"
    open "open" optimum "optimum" part "part" pattern "pattern" placeholder "placeholder" popover "popover"
    popovertarget "popovertarget" popovertargetaction "popovertargetaction" readonly "readonly" rel "rel"
    required "required" reversed "reversed" role "role" rows "rows" rowspan "rowspan" sandbox "sandbox"
    scope "scope" selected "selected" size "size" spellcheck "spellcheck" src "src" srcdoc "srcdoc" start "start"
    step "step" tabindex "tabindex" target "target" title "title" translate "translate" r#type "type"
    value "value" width "width" wrap "wrap"
    aria_activedescendant "aria-activedescendant" aria_atomic "aria-atomic" aria_autocomplete "aria-autocomplete"
    aria_busy "aria-busy" aria_checked "aria-checked" aria_colcount "aria-colcount" aria_colindex "aria-colindex"
    aria_controls "aria-controls" aria_current "aria-current" aria_describedby "aria-describedby"
    aria_description "aria-description" aria_details "aria-details" aria_disabled "aria-disabled"
    aria_errormessage "aria-errormessage" aria_expanded "aria-expanded" aria_haspopup "aria-haspopup"
    aria_hidden "aria-hidden" aria_invalid "aria-invalid" aria_keyshortcuts "aria-keyshortcuts"
    aria_label "aria-label" aria_labelledby "aria-labelledby" aria_level "aria-level" aria_live "aria-live"
    aria_modal "aria-modal" aria_multiselectable "aria-multiselectable" aria_orientation "aria-orientation"
    aria_owns "aria-owns" aria_placeholder "aria-placeholder" aria_posinset "aria-posinset"
    aria_pressed "aria-pressed" aria_readonly "aria-readonly" aria_relevant "aria-relevant"
    aria_required "aria-required" aria_roledescription "aria-roledescription" aria_rowcount "aria-rowcount"
    aria_rowindex "aria-rowindex" aria_selected "aria-selected" aria_setsize "aria-setsize" aria_sort "aria-sort"
    aria_valuemax "aria-valuemax" aria_valuemin "aria-valuemin" aria_valuenow "aria-valuenow"
    aria_valuetext "aria-valuetext"
}

/// An element for each tag.
pub(crate) mod tags {
    use super::El;

    macro_rules! tags {
        ($($tag:ident)*) => {
            $(
                #[doc = concat!("`<", stringify!($tag), ">`")]
                #[must_use]
                pub fn $tag() -> El {
                    El::new(stringify!($tag))
                }
            )*
        };
    }

    tags! {
        a abbr address article aside audio b bdi bdo blockquote br button canvas caption code col colgroup data
        datalist dd del details dfn dialog div dl dt em fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6
        header hgroup hr i iframe img input ins kbd label legend li main map mark menu meter nav object ol optgroup
        option output p picture pre progress q s samp search section select slot small source span strong style sub
        summary sup table tbody td template textarea tfoot th thead time tr track u ul var video wbr
    }
}

impl Render for El {
    type State = State;

    fn build(self) -> State {
        State::build(self)
    }

    fn rebuild(self, state: &mut State) {
        state.rebuild(self);
    }
}

impl RenderHtml for El {
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
        _extra_attrs: Vec<original::attr::any_attribute::AnyAttribute>,
    ) {
        // Only browsers build these; what asks for text gets none.
    }

    fn hydrate<const FROM_SERVER: bool>(self, _: &Cursor, _: &PositionState) -> State {
        self.build()
    }

    fn into_owned(self) -> Self {
        self
    }
}
