//! Streams between Rust and the browser, as far as Leptos' server functions are compiled with them.
//!
//! Takes the place of the crate of this name: that one exports classes to JavaScript, which no linker may leave out,
//! and so each program of the app carried twelve kilobytes that nobody calls. The app has no server functions;
//! here, what nobody calls is left out.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;

use futures_util::stream::{self, Stream, StreamExt as _};
use js_sys::{Object, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue, UnwrapThrowExt as _};
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{ReadableStreamDefaultController, ReadableStreamDefaultReader};

type Items = Pin<Box<dyn Stream<Item = Result<JsValue, JsValue>>>>;

/// A stream of the browser's that can be read.
#[derive(Debug)]
pub struct ReadableStream(web_sys::ReadableStream);

impl ReadableStream {
    /// Takes one of the browser's.
    pub fn from_raw(raw: web_sys::ReadableStream) -> Self {
        Self(raw)
    }

    /// Gives it back.
    pub fn into_raw(self) -> web_sys::ReadableStream {
        self.0
    }

    /// Makes one of a stream; an error ends it.
    pub fn from_stream(items: impl Stream<Item = Result<JsValue, JsValue>> + 'static) -> Self {
        let items: Rc<Cell<Option<Items>>> = Rc::new(Cell::new(Some(Box::pin(items))));
        let pull = move |controller: ReadableStreamDefaultController| -> JsValue {
            let items = Rc::clone(&items);
            // The browser asks for the next one only when this one is there.
            future_to_promise(async move {
                if let Some(mut rest) = items.take() {
                    match rest.next().await {
                        Some(item) => {
                            controller.enqueue_with_chunk(&item?)?;
                            items.set(Some(rest));
                        }
                        None => controller.close()?,
                    }
                }
                Ok(JsValue::UNDEFINED)
            })
            .into()
        };
        let pull = Closure::<dyn FnMut(ReadableStreamDefaultController) -> JsValue>::new(pull);
        let source = Object::new();
        Reflect::set(&source, &JsValue::from_str("pull"), &pull.into_js_value())
            .expect_throw("a new object takes any property");
        let raw = web_sys::ReadableStream::new_with_underlying_source(&source);
        Self(raw.expect_throw("the browser has streams"))
    }

    /// What is read from it; it ends with the first error.
    pub fn into_stream(self) -> impl Stream<Item = Result<JsValue, JsValue>> + 'static {
        let reader: ReadableStreamDefaultReader = self.0.get_reader().unchecked_into();
        stream::unfold(Some(reader), |reader| async move {
            let reader = reader?;
            let part = |result: &JsValue, name: &str| Reflect::get(result, &JsValue::from_str(name));
            let read = JsFuture::from(reader.read()).await;
            match read.and_then(|result| Ok((part(&result, "done")?, part(&result, "value")?))) {
                Ok((done, _)) if done.is_truthy() => None,
                Ok((_, value)) => Some((Ok(value), Some(reader))),
                Err(error) => Some((Err(error), None)),
            }
        })
    }
}
