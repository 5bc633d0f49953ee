//! What an attribute, a property or a class can be given: a value, or something that changes.

use std::borrow::Cow;
use std::sync::Arc;

use original::oco::Oco;
use original::prelude::{Get, Memo, ReadSignal, RwSignal, Signal};
use wasm_bindgen::JsValue;
use web_sys::{Element, Event};

use crate::live::Live;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Val {
    /// Not there.
    Nothing,
    /// There or not there.
    Flag(bool),
    /// A number.
    Number(f64),
    /// Text of the program.
    Word(&'static str),
    /// Text.
    Text(String),
}

impl Val {
    /// As the text of an attribute; nothing takes the attribute away.
    pub(crate) fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Nothing | Self::Flag(false) => None,
            Self::Flag(true) => Some(Cow::Borrowed("")),
            Self::Number(number) => Some(Cow::Owned(number.to_string())),
            Self::Word(word) => Some(Cow::Borrowed(word)),
            Self::Text(text) => Some(Cow::Borrowed(text)),
        }
    }

    /// As the value of a property.
    pub(crate) fn js(&self) -> JsValue {
        match self {
            Self::Nothing => JsValue::UNDEFINED,
            Self::Flag(flag) => JsValue::from_bool(*flag),
            Self::Number(number) => JsValue::from_f64(*number),
            Self::Word(word) => JsValue::from_str(word),
            Self::Text(text) => JsValue::from_str(text),
        }
    }
}

/// What is given.
pub enum Given {
    /// It stays.
    Still(Val),
    /// It changes with what it reads.
    Live(Box<dyn FnMut() -> Val>),
    /// A listener.
    Heard(Box<dyn FnMut(Event)>),
    /// Takes the element.
    Taken(Box<dyn FnOnce(&Element)>),
}

impl std::fmt::Debug for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Given")
    }
}

/// A plain value.
pub trait Plain {
    /// As the one type.
    fn val(self) -> Val;
}

/// A plain value, or something that changes.
pub trait Value {
    /// As the one type.
    fn given(self) -> Given;
}

macro_rules! plain {
    ($($type:ty: $value:ident => $val:expr;)*) => {
        $(
            impl Plain for $type {
                fn val(self) -> Val {
                    let $value = self;
                    $val
                }
            }

            impl Value for $type {
                fn given(self) -> Given {
                    Given::Still(self.val())
                }
            }
        )*
    };
}

plain! {
    bool: flag => Val::Flag(flag);
    &'static str: word => Val::Word(word);
    String: text => Val::Text(text);
    Arc<str>: text => Val::Text(text.as_ref().to_owned());
    Cow<'static, str>: text => Val::Text(text.into_owned());
    Oco<'static, str>: text => Val::Text(text.as_str().to_owned());
    char: one => Val::Text(one.into());
    f64: number => Val::Number(number);
    i32: number => Val::Number(f64::from(number));
    u32: number => Val::Number(f64::from(number));
    // Exact up to 2^53, beyond which nothing here counts.
    i64: number => Val::Number(number as f64);
    u64: number => Val::Number(number as f64);
    usize: number => Val::Number(number as f64);
}

impl<T: Plain> Plain for Option<T> {
    fn val(self) -> Val {
        self.map_or(Val::Nothing, Plain::val)
    }
}

impl<T: Plain> Value for Option<T> {
    fn given(self) -> Given {
        Given::Still(self.val())
    }
}

impl<F: FnMut() -> T + 'static, T: Plain> Value for F {
    fn given(mut self) -> Given {
        Given::Live(Box::new(move || self().val()))
    }
}

impl<F: FnMut() -> T + 'static, T: Plain> Value for Live<F> {
    fn given(self) -> Given {
        self.0.given()
    }
}

macro_rules! signals {
    ($($signal:ident)*) => {
        $(
            impl<T: Plain + Clone + Send + Sync + 'static> Value for $signal<T> {
                fn given(self) -> Given {
                    Given::Live(Box::new(move || self.get().val()))
                }
            }
        )*
    };
}

signals! { Signal Memo ReadSignal RwSignal }
