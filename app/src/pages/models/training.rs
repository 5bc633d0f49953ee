//! Hears how trainings go, as the stream tells it, so that nobody has to ask each second.
//!
//! Owns a port of its own to the script that holds the stream of this browser: no other page wants this topic, and
//! none shall carry the code that reads it. While the stream is away the board asks now and then.

use hindcast_shared::api::TrainingEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use web_sys::{MessageEvent, SharedWorker, Worker};

use crate::api;
use crate::browser;
use crate::http;
use crate::json;
use crate::live::Live;
use crate::stream::{Far, SCRIPT};

/// How often the script is told that this page is still there; it forgets who is silent for three minutes.
const ALIVE_EVERY_MS: i64 = 15_000;

/// What the stream says of trainings.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Told {
    /// It stands: what happened before is to be asked for.
    Here,
    /// It is gone, and tried again.
    Away,
    /// How far one is.
    Training(Box<TrainingEvent>),
}

/// What is wanted of the script.
#[derive(serde::Serialize)]
struct Want {
    since: i64,
    rules: [String; 0],
    only: [String; 0],
    series: Option<String>,
    token: Option<String>,
    training: bool,
}

struct Ear {
    far: Far,
    /// Kept for as long as it may be called.
    _message: Closure<dyn FnMut(MessageEvent)>,
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.far.listen(None);
        self.far.say("null");
        match &self.far {
            Far::Shared(port) => port.close(),
            Far::Own(worker) => worker.terminate(),
        }
    }
}

impl Ear {
    fn open(told: Callback<Told>) -> Option<Self> {
        let message = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
            let text = message.data().as_string().unwrap_or_default();
            if let Some(heard) = read(&text) {
                told.try_run(heard);
            }
        });
        let far = match SharedWorker::new(SCRIPT) {
            Ok(shared) => Far::Shared(shared.port()),
            Err(_) => Far::Own(Worker::new(SCRIPT).ok()?),
        };
        far.listen(Some(message.as_ref().unchecked_ref()));
        Some(Self {
            far,
            _message: message,
        })
    }

    /// Listens from a position of the journal on, so that nobody is told everything since the beginning.
    fn want(&self, since: i64) {
        self.far.say(&json::write(&Want {
            since,
            rules: [],
            only: [],
            series: None,
            token: http::token(),
            training: true,
        }));
    }
}

/// Reads `name id data`.
fn read(text: &str) -> Option<Told> {
    let mut parts = text.splitn(3, ' ');
    let (name, _id, data) = (parts.next()?, parts.next(), parts.next());
    match name {
        "open" => Some(Told::Here),
        "broken" => Some(Told::Away),
        "training" => {
            let event = json::read(data.unwrap_or_default()).ok()?;
            Some(Told::Training(Box::new(event)))
        }
        _ => None,
    }
}

/// Hears of trainings until the owner is gone; a hidden page lets go of the stream.
pub(super) fn follow(live: Live, told: Callback<Told>) {
    let ear = StoredValue::new_local(None::<Ear>);
    let listen = move || {
        spawn_local(async move {
            let since = api::journal_position().await;
            let Ok(since) = since else {
                told.try_run(Told::Away);
                return;
            };
            ear.try_update_value(|ear| {
                if ear.is_none() {
                    *ear = Ear::open(told);
                }
                if let Some(ear) = ear {
                    ear.want(since);
                }
            });
        });
    };
    let seen = StoredValue::new((false, 0_i64));
    let let_go = move || {
        ear.try_update_value(|ear| *ear = None);
    };
    crate::lean::effect(move || {
        let now_ms = live.now_ms.get();
        let is_here = !browser::document().hidden();
        let (was_here, said_ms) = seen.get_value();
        if is_here && !was_here {
            listen();
        } else if was_here && !is_here {
            let_go();
            told.run(Told::Away);
        }
        let late = now_ms - said_ms >= ALIVE_EVERY_MS;
        if is_here && late {
            ear.with_value(|ear| match ear {
                Some(ear) => ear.far.say(""),
                // The server was not there when it was asked for its position.
                None if was_here => listen(),
                None => {}
            });
        }
        seen.set_value((is_here, if late { now_ms } else { said_ms }));
    });
    let leaving = window_event_listener(leptos::ev::pagehide, move |_| let_go());
    on_cleanup(move || leaving.remove());
}

#[cfg(test)]
mod tests {
    use hindcast_shared::api::JobState;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn message_when_a_training_is_told_then_is_read_and_others_are_passed_over() {
        let text = r#"training  {"type":"training","job_id":7,"model":"load","state":"running","done":0.25,"eta_seconds":3.5,"loss":{"epoch":2,"training":0.5,"validation":0.75}}"#;
        let Some(Told::Training(event)) = read(text) else {
            panic!("a training");
        };
        assert_eq!((event.job_id, event.state), (7, JobState::Running));
        assert_eq!(event.loss.map(|loss| loss.epoch), Some(2));
        assert_eq!(read("open  "), Some(Told::Here));
        assert_eq!(read("broken  503"), Some(Told::Away));
        assert_eq!(read("sample  {}"), None);
        assert_eq!(read("training  {"), None);
    }
}
