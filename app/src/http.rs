//! One call over HTTP, from the page as from the worker.

use std::cell::RefCell;

use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestInit, Response, Window};

thread_local! {
    static TOKEN: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Sends a token along with each call from now on: a wall and a panel have no cookie.
pub fn set_token(token: Option<String>) {
    TOKEN.set(token);
}

/// The token that is sent along; it stands in no address and in no storage of a panel.
pub fn token() -> Option<String> {
    TOKEN.with_borrow(Clone::clone)
}

/// What is sent.
#[derive(Debug, Default)]
pub struct Call<'a> {
    /// `GET` unless something else is said.
    pub method: &'a str,
    /// Names and values.
    pub headers: &'a [(&'a str, &'a str)],
    /// JSON, if anything.
    pub body: Option<String>,
    /// What breaks it off, if anything may.
    pub stop: Option<&'a AbortSignal>,
}

/// Sends it; the answer's body is still on its way.
///
/// # Errors
/// What the browser says when nobody answers.
pub async fn send(address: &str, call: Call<'_>) -> Result<Response, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in call.headers {
        headers.set(name, value)?;
    }
    if let Some(token) = token() {
        headers.set("Authorization", &format!("Bearer {token}"))?;
    }
    let init = RequestInit::new();
    if !call.method.is_empty() {
        init.set_method(call.method);
    }
    if let Some(body) = call.body {
        headers.set("Content-Type", "application/json")?;
        init.set_body(&JsValue::from_str(&body));
    }
    init.set_headers(&headers);
    init.set_signal(call.stop);
    // A worker's global object is no window, but it fetches by the same name.
    let scope: Window = js_sys::global().unchecked_into();
    JsFuture::from(scope.fetch_with_str_and_init(address, &init))
        .await?
        .dyn_into()
}

/// The body as text.
///
/// # Errors
/// What the browser says when the connection breaks.
pub async fn text(response: &Response) -> Result<String, JsValue> {
    let text = JsFuture::from(response.text()?).await?;
    Ok(text.as_string().unwrap_or_default())
}
