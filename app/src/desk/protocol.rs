//! What the Lab's page and the program beside it say to each other: JSON in events at the tool's element.
//!
//! The two share a document and no memory. Both sides are built together; a page that was loaded before an update
//! says so.

use hindcast_shared::rule::RuleDraft;
use hindcast_shared::time::TimeRange;
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CustomEvent, CustomEventInit, Element, Event};

use crate::json;
use crate::worker::protocol::{Hello, Job, More};

/// The name of events by which the page speaks.
pub const SAY: &str = "hindcast:say";
/// The name of events by which the tools answer.
pub const WISH: &str = "hindcast:wish";

/// Where named drafts lie in the browser's storage: a list of [`Kept`].
pub const DRAFTS: &str = "hindcast-drafts";
/// Where the queries lie that were asked: a line each, newest first, its source and a tab before it.
pub const QUERIES: &str = "hindcast-queries";
/// Where those lie that somebody kept, in the same form.
pub const KEPT_QUERIES: &str = "hindcast-kept-queries";

/// What can be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tool {
    /// Thresholds, settings, the kind of a series.
    Study,
    /// Drafts with a name.
    Drafts,
    /// Files, and rules from elsewhere.
    Exchange,
    /// Why an anomaly would have fired.
    Why,
    /// What a stage of the pipeline let go.
    Stage,
    /// Queries that were asked, and those that are kept.
    Queries,
    /// The calendars that the draft goes by.
    Calendars,
    /// Proposals for the draft.
    Ask,
}

/// What stands in front of the page when somebody asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Front {
    /// Keys and what they do.
    Help,
    /// Where one can go, and what can be done.
    Commands,
}

/// What the page says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Say {
    /// Show this in front of the page, wherever it is said.
    Front(Front),
    /// Show a tool here.
    Open(Box<Opened>),
    /// Something has changed.
    Seen(Box<Seen>),
    /// The whole list of the newest replay, as JSON.
    Exported(String),
    /// Explain this sample: a `More` for the worker with every detector.
    Explain(Box<More>),
    /// Say why nothing is explained.
    Tell(String),
    /// The tool's place goes.
    Close,
}

/// How a tool begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    /// What the page is.
    pub hello: Hello,
    /// The tool.
    pub tool: Tool,
    /// What there is.
    pub seen: Seen,
}

/// What a tool knows about the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// The draft with everything that a worker is asked beside it; over the range that is shown.
    pub job: Job,
    /// Id of the rule that the draft changes.
    pub rule: Option<String>,
    /// Beginning of the range, as it is written.
    pub from: String,
    /// Its end.
    pub to: String,
    /// Key of the series that somebody chose.
    pub series: Option<String>,
    /// The stage of the pipeline that somebody chose, by its name in the address.
    pub stage: Option<String>,
    /// The newest result; none before the first.
    pub shown: Option<Shown>,
}

/// The series whose result is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// What was replayed.
    pub range: TimeRange,
    /// Key of the series; empty where there is none.
    pub key: String,
    /// Its text form.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// Pages a week of the whole rule.
    pub pages_per_week: f64,
}

/// A draft as it is kept under a name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// How it is called.
    pub name: String,
    /// Id of the rule that it changes.
    pub rule: Option<String>,
    /// The draft.
    pub draft: RuleDraft,
    /// Beginning of the range, as it is written.
    pub from: String,
    /// Its end.
    pub to: String,
    /// Key of the series that was shown.
    pub series: Option<String>,
}

/// What a tool asks the page for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// Say at once what there is.
    Look,
    /// Take this draft, as a change of the one that is there.
    Change(Box<RuleDraft>),
    /// Take this draft, as a step of its own.
    Take(Box<RuleDraft>),
    /// Open a draft that was kept.
    Open(Box<Kept>),
    /// So many drafts are kept now.
    Kept(u32),
    /// The whole list of the newest replay.
    Export,
}

/// Fetches the program, once; one that did not come is fetched again by the next who asks (`public/boot.js`).
///
/// # Errors
/// What the browser says when it did not come.
pub async fn fetch() -> Result<(), JsValue> {
    let fetch = js_sys::Reflect::get(&js_sys::global(), &"hindcastDesk".into())?;
    let fetch: js_sys::Function = fetch.dyn_into()?;
    let coming: js_sys::Promise = fetch.call0(&JsValue::UNDEFINED)?.dyn_into()?;
    JsFuture::from(coming).await?;
    Ok(())
}

/// Sends something at an element; whoever listens has heard it when this returns.
pub fn send(at: &Element, name: &str, what: &impl Serialize) {
    let init = CustomEventInit::new();
    init.set_bubbles(true);
    init.set_detail(&JsValue::from_str(&json::write(what)));
    // A plain name and plain text can always be sent.
    if let Ok(event) = CustomEvent::new_with_event_init_dict(name, &init) {
        at.dispatch_event(&event).ok();
    }
}

/// What was sent, and where; nothing where it cannot be read.
pub fn received<T: for<'a> Deserialize<'a>>(event: &Event) -> Option<(Element, T)> {
    let at = event.target()?.dyn_into().ok()?;
    let text = event.dyn_ref::<CustomEvent>()?.detail().as_string()?;
    Some((at, json::read(&text).ok()?))
}
