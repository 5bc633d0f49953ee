//! The Web Worker: the only place in the browser that has a detector.
//!
//! It fetches raw columns itself and keeps them, replays rules over them, and posts back what is drawn:
//! M4 columns in one transferable buffer, everything else as JSON. It never touches the DOM.

mod breath;
mod columns;
mod compare;
mod data;
pub mod dropped;
mod grade;
mod jobs;
mod learning;
mod lines;
pub mod many;
mod more;
mod pack;
pub mod protocol;
mod rows;
mod run;
mod samples;
mod sheet;
mod streaks;
pub mod studies;
mod study;
mod table;
mod whole;
mod worst;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use self::breath::Lungs;
use self::pack::Packed;
use self::protocol::{Answer, Ask, Hello, Outcome, Request};
use self::run::Desk;
use crate::json;

type OnMessage = Closure<dyn FnMut(MessageEvent)>;

thread_local! {
    /// Kept for as long as the worker lives.
    static ON_MESSAGE: RefCell<Option<OnMessage>> = const { RefCell::new(None) };
}

/// The same with every detector, and with what only a click asks for.
pub fn start_full() {
    hindcast_shared::detector::link_all();
    more::link();
    start();
}

/// The same with studies, which weigh as much as a third of it and run only when somebody asks for one.
pub fn start_study() {
    study::link();
    start_full();
}

/// Takes requests from now on, and says so.
pub fn start() {
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else {
        return;
    };
    // A page that has a token gives its worker the token as a name.
    crate::http::set_token(Some(scope.name()).filter(|name| !name.is_empty()));
    let desk = Rc::new(RefCell::new(Desk::default()));
    let stop = Rc::new(Cell::new(false));
    let poster = scope.clone();
    let on_message = Closure::new(move |message: MessageEvent| {
        let (desk, stop, scope) = (Rc::clone(&desk), Rc::clone(&stop), poster.clone());
        spawn_local(async move { serve(&desk, &stop, &scope, &message).await });
    });
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    ON_MESSAGE.set(Some(on_message));
    post(&scope, &Hello::own(), None);
}

/// The page sends one request at a time, so nothing else is under way here, but for the word that stops it.
async fn serve(
    desk: &Rc<RefCell<Desk>>,
    stop: &Rc<Cell<bool>>,
    scope: &DedicatedWorkerGlobalScope,
    message: &MessageEvent,
) {
    // What is handed over beside a request comes in a list with it.
    let data = message.data();
    let (text, beside) = match data.dyn_ref::<js_sys::Array>() {
        Some(parts) => (parts.get(0).as_string(), parts.get(1)),
        None => (data.as_string(), JsValue::UNDEFINED),
    };
    let Some(text) = text else {
        return crate::i18n::take(&data);
    };
    let request: Request = match json::read(&text) {
        Ok(request) => request,
        Err(error) => {
            let outcome =
                Outcome::failed(format!("the worker did not understand the page: {error}"));
            let outcome = Some(outcome);
            return post(scope, &Answer { id: 0, outcome }, None);
        }
    };
    let id = request.id;
    if request.ask == Ask::Stop {
        return stop.set(true);
    }
    stop.set(false);
    if !jobs::is_here(&request.ask) {
        return post(scope, &Answer { id, outcome: None }, None);
    }
    let mut taken = std::mem::take(&mut *desk.borrow_mut());
    let progress = |share| {
        let outcome = Some(Outcome::Progress { share });
        post(scope, &Answer { id, outcome }, None);
    };
    let lungs = Lungs::new(scope, stop, &progress);
    let (outcome, packed) = taken.answer(request, beside, &progress, &lungs).await;
    let packed = packed.map(|packed| taken.hand_over(packed));
    *desk.borrow_mut() = taken;
    let outcome = Some(outcome);
    post(scope, &Answer { id, outcome }, packed);
}

fn post(scope: &DedicatedWorkerGlobalScope, head: &impl serde::Serialize, packed: Option<Packed>) {
    let message = js_sys::Array::of1(&JsValue::from_str(&json::write(head)));
    let moved = js_sys::Array::new();
    let packed = packed.map(|packed| [packed.moving, packed.still]);
    for columns in packed.iter().flatten() {
        let buffer = js_sys::Float64Array::from(&columns[..]).buffer();
        message.push(&buffer);
        moved.push(&buffer);
    }
    // The only failure is a message that cannot be cloned, and text and buffers can.
    scope.post_message_with_transfer(&message, &moved).ok();
}
