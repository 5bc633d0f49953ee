//! A file on its way to the server, with how much of it is there already: a plain call cannot tell that.

use std::rc::Rc;

use hindcast_shared::api::{ErrorBody, ErrorDetail};
use js_sys::Promise;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, ProgressEvent, XmlHttpRequest};

use super::ApiError;
use crate::http;
use crate::i18n::{in_own_words, tf};
use crate::json;

/// Posts a file; tells the share that has been sent, 0 to 1; gives back the text of the answer.
pub(super) async fn send_file(
    path: &str,
    file: &File,
    sent: impl Fn(f64) + 'static,
) -> Result<String, ApiError> {
    let call = Rc::new(XmlHttpRequest::new().map_err(|_| ApiError::Unreachable)?);
    let open = || {
        call.open("POST", path)?;
        call.set_request_header("Content-Type", "application/octet-stream")?;
        call.set_request_header("Accept-Language", crate::i18n::language().tag())?;
        if let Some(token) = http::token() {
            call.set_request_header("Authorization", &format!("Bearer {token}"))?;
        }
        Ok(())
    };
    open().map_err(|_: wasm_bindgen::JsValue| ApiError::Unreachable)?;
    let progress = Closure::<dyn Fn(ProgressEvent)>::new(move |event: ProgressEvent| {
        if event.length_computable() {
            sent(event.loaded() / event.total().max(1.0));
        }
    });
    if let Ok(upload) = call.upload() {
        upload.set_onprogress(Some(progress.as_ref().unchecked_ref()));
    }
    let over = {
        let call = Rc::clone(&call);
        Promise::new(&mut |resolve, reject| {
            call.set_onload(Some(&resolve));
            call.set_onerror(Some(&reject));
            call.set_onabort(Some(&reject));
            call.set_ontimeout(Some(&reject));
        })
    };
    let begun = call.send_with_opt_blob(Some(file));
    begun.map_err(|_| ApiError::Unreachable)?;
    let over = JsFuture::from(over).await;
    // The callback may go only when nothing calls it any more.
    drop(progress);
    over.map_err(|_| ApiError::Unreachable)?;
    let text = call.response_text().ok().flatten().unwrap_or_default();
    match call.status().unwrap_or(0) {
        200..=299 => Ok(text),
        401 => Err(ApiError::SignedOut),
        429 => Err(ApiError::Busy { wait_s: 10 }),
        status => Err(refused(status, &text).await),
    }
}

async fn refused(status: u16, text: &str) -> ApiError {
    let detail = match json::read::<ErrorBody>(text) {
        Ok(body) => in_own_words(body.error).await,
        Err(_) => ErrorDetail {
            code: "unknown".to_owned(),
            message: tf("the server answered {n}", &[("n", &status.to_string())]),
            field: None,
        },
    };
    ApiError::Refused { status, detail }
}
