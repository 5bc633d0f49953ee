//! The page's side of the worker: one request at a time, and of requests on one line only the newest waits.
//!
//! It begins with the light worker, and changes to the full one when a rule has a detector that only that one has.
//! A worker that goes with its bridge is how long work is stopped: nothing reaches a worker that computes.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::browser;
use crate::i18n::{self, t};
use crate::json;
use crate::worker::protocol::{Answer, Ask, Columns, Hello, Outcome, Request};

/// Hears what came of a request.
pub type Reply = Box<dyn FnOnce(Outcome, Columns)>;
type OnProgress = Rc<dyn Fn(f64)>;

/// A request that waits, or is under way.
struct Job {
    line: u32,
    ask: Ask,
    /// What is handed over beside it.
    beside: JsValue,
    reply: Reply,
    /// Whether its replay was told to stop.
    stopped: bool,
}

struct Inner {
    worker: Worker,
    ready: bool,
    broken: Option<String>,
    /// Hears how far a long work has come.
    on_progress: Option<OnProgress>,
    next_id: u32,
    next_line: u32,
    waiting: VecDeque<Job>,
    /// Under way; its line may have been hung up meanwhile.
    under_way: BTreeMap<u32, Job>,
    /// The columns that came last of those that stand still.
    still: Arc<Vec<f64>>,
    /// The dropped table that this worker has, if it has one.
    table: JsValue,
    on_message_kept: Option<Closure<dyn FnMut(MessageEvent)>>,
    on_error_kept: Option<Closure<dyn FnMut(web_sys::Event)>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

/// The worker that nearly every page is content with.
const LIGHT: &str = "worker_loader.js";
/// The one with every detector, which weighs more; fetched when a rule asks for it.
const FULL: &str = "full_worker_loader.js";
/// The one that studies a rule as well; fetched when somebody asks for that.
const STUDY: &str = "study_worker_loader.js";

/// The line of what no place on the page asked for; theirs begin with 1.
const NOBODY: u32 = 0;

fn worker(script: &str) -> Result<Worker, String> {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    // The name is the one thing that a worker has before its first message.
    if let Some(token) = crate::http::token() {
        options.set_name(&token);
    }
    Worker::new_with_options(script, &options)
        .map_err(|_| t("this browser starts no worker").to_owned())
}

impl Inner {
    fn listen(&self) {
        let message = self.on_message_kept.as_ref();
        let error = self.on_error_kept.as_ref();
        self.worker
            .set_onmessage(message.map(|kept| kept.as_ref().unchecked_ref()));
        self.worker
            .set_onerror(error.map(|kept| kept.as_ref().unchecked_ref()));
    }

    /// Goes on with the worker that has every detector; nothing that waits is lost.
    fn take_full_worker(&mut self, job: Job) -> Result<(), String> {
        let full = worker(FULL)?;
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        std::mem::replace(&mut self.worker, full).terminate();
        self.ready = false;
        self.listen();
        // A newer request of the same place has taken this one's turn already.
        if self.waiting.iter().all(|waiting| waiting.line != job.line) {
            self.waiting.push_front(job);
        }
        Ok(())
    }
}

/// A worker that answers; shared by cloning.
#[derive(Clone)]
pub struct Bridge(Rc<RefCell<Inner>>);

impl std::fmt::Debug for Bridge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bridge")
    }
}

/// Where a sequence of requests of one place stands: newer ones replace older ones that still wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line(u32);

impl Bridge {
    /// Starts a worker.
    ///
    /// # Errors
    /// What the browser says when it allows no worker.
    pub fn start() -> Result<Self, String> {
        Self::over(LIGHT, None)
    }

    /// Starts the worker that has every detector, and hears how far its work has come, of 1.
    ///
    /// # Errors
    /// What the browser says when it allows no worker.
    pub fn start_full(on_progress: impl Fn(f64) + 'static) -> Result<Self, String> {
        Self::over(FULL, Some(Rc::new(on_progress)))
    }

    /// Starts the worker that studies rules, and hears how far its work has come, of 1.
    ///
    /// # Errors
    /// What the browser says when it allows no worker.
    pub fn start_study(on_progress: impl Fn(f64) + 'static) -> Result<Self, String> {
        Self::over(STUDY, Some(Rc::new(on_progress)))
    }

    fn over(script: &str, on_progress: Option<OnProgress>) -> Result<Self, String> {
        let worker = worker(script)?;
        let inner = Rc::new(RefCell::new(Inner {
            worker,
            ready: false,
            broken: None,
            on_progress,
            next_id: 0,
            next_line: 0,
            waiting: VecDeque::new(),
            under_way: BTreeMap::new(),
            still: Arc::default(),
            table: JsValue::UNDEFINED,
            on_message_kept: None,
            on_error_kept: None,
        }));
        let weak = Rc::downgrade(&inner);
        let on_message = Closure::new(move |message: MessageEvent| {
            if let Some(inner) = weak.upgrade() {
                hear(&inner, &message);
            }
        });
        let weak = Rc::downgrade(&inner);
        let on_error = Closure::new(move |_: web_sys::Event| {
            if let Some(inner) = weak.upgrade() {
                give_up(&inner, t("the worker stopped; load the page again"));
            }
        });
        {
            let mut inner = inner.borrow_mut();
            inner.on_message_kept = Some(on_message);
            inner.on_error_kept = Some(on_error);
            inner.listen();
        }
        Ok(Self(inner))
    }

    /// A line of its own for a place on the page.
    pub fn line(&self) -> Line {
        let mut inner = self.0.borrow_mut();
        inner.next_line += 1;
        Line(inner.next_line)
    }

    /// Asks; the newest request of a line takes the place of the one that waits there.
    pub fn ask(&self, line: Line, ask: Ask, reply: impl FnOnce(Outcome, Columns) + 'static) {
        self.ask_about(line, ask, JsValue::UNDEFINED, Box::new(reply));
    }

    /// Asks about something that is handed over beside it.
    pub fn ask_about(&self, line: Line, ask: Ask, beside: JsValue, reply: Reply) {
        let broken = self.0.borrow().broken.clone();
        if let Some(why) = broken {
            return reply(Outcome::failed(why), Columns::default());
        }
        match ask {
            Ask::Table(_) => self.0.borrow_mut().table = beside.clone(),
            _ => self.hand_table(),
        }
        let job = Job {
            line: line.0,
            ask,
            beside,
            reply,
            stopped: false,
        };
        self.stop(line);
        {
            let mut inner = self.0.borrow_mut();
            match inner
                .waiting
                .iter_mut()
                .find(|waiting| waiting.line == line.0)
            {
                Some(waiting) => *waiting = job,
                None => inner.waiting.push_back(job),
            }
        }
        send_next(&self.0);
    }

    /// Gives the worker the table that is shown, unless it has it: no worker can fetch it.
    fn hand_table(&self) {
        let table = browser::held_table();
        let has_it = js_sys::Object::is(&table, &self.0.borrow().table);
        if has_it || table.is_undefined() {
            return;
        }
        let name = table.dyn_ref::<web_sys::File>().map(web_sys::File::name);
        let mut inner = self.0.borrow_mut();
        inner.table = table.clone();
        inner.waiting.push_back(Job {
            line: NOBODY,
            ask: Ask::Table(name.unwrap_or_default()),
            beside: table,
            // What is wrong with it was told when it was dropped.
            reply: Box::new(|_, _| {}),
            stopped: false,
        });
    }

    /// Stops the replay of a line that is under way: it answers that it was stopped.
    pub fn stop(&self, line: Line) {
        let mut inner = self.0.borrow_mut();
        let Inner {
            under_way, worker, ..
        } = &mut *inner;
        for (id, job) in under_way.iter_mut() {
            if job.line == line.0 && !job.stopped && matches!(job.ask, Ask::Replay(_)) {
                job.stopped = true;
                let request = Request {
                    id: *id,
                    ask: Ask::Stop,
                };
                // Text can always be cloned.
                worker.post_message(&json::write(&request).into()).ok();
            }
        }
    }

    /// Hears how far the work of this worker has come, of 1, from now on.
    pub fn hear_progress(&self, told: impl Fn(f64) + 'static) {
        self.0.borrow_mut().on_progress = Some(Rc::new(told));
    }

    /// Takes back what a line still waits for: its place on the page is gone.
    pub fn hang_up(&self, line: Line) {
        self.stop(line);
        let mut inner = self.0.borrow_mut();
        inner.waiting.retain(|job| job.line != line.0);
        for job in inner
            .under_way
            .values_mut()
            .filter(|job| job.line == line.0)
        {
            job.reply = Box::new(|_, _| {});
        }
    }
}

fn send_next(inner: &Rc<RefCell<Inner>>) {
    let mut inner = inner.borrow_mut();
    if !inner.ready || !inner.under_way.is_empty() {
        return;
    }
    let Some(job) = inner.waiting.pop_front() else {
        return;
    };
    inner.next_id += 1;
    let id = inner.next_id;
    let request = Request {
        id,
        ask: job.ask.clone(),
    };
    let text = JsValue::from_str(&json::write(&request));
    let message = if job.beside.is_undefined() {
        text
    } else {
        js_sys::Array::of2(&text, &job.beside).into()
    };
    inner.under_way.insert(id, job);
    // Texts and files can always be cloned.
    inner.worker.post_message(&message).ok();
}

fn hear(inner: &Rc<RefCell<Inner>>, message: &MessageEvent) {
    let parts: js_sys::Array = message.data().unchecked_into();
    let text = parts.get(0).as_string().unwrap_or_default();
    if !inner.borrow().ready {
        match json::read::<Hello>(&text) {
            Ok(hello) if hello == Hello::own() => {
                let mut inner = inner.borrow_mut();
                inner.ready = true;
                if let Some(words) = i18n::handed() {
                    // A catalogue is plain text under plain keys.
                    inner.worker.post_message(&words).ok();
                }
            }
            _ => {
                return give_up(
                    inner,
                    t("the page and its worker are of different versions; load the page again"),
                );
            }
        }
        return send_next(inner);
    }
    let Ok(answer) = json::read::<Answer>(&text) else {
        return give_up(
            inner,
            t("the worker's answer could not be read; load the page again"),
        );
    };
    if let Some(Outcome::Progress { share }) = answer.outcome {
        let told = inner.borrow().on_progress.clone();
        return told.into_iter().for_each(|told| told(share));
    }
    let [moving, still] = [1, 2].map(|at| js_sys::Float64Array::new(&parts.get(at)).to_vec());
    if !still.is_empty() {
        inner.borrow_mut().still = Arc::new(still);
    }
    let Some(job) = inner.borrow_mut().under_way.remove(&answer.id) else {
        return send_next(inner);
    };
    let Some(outcome) = answer.outcome else {
        let taken = inner.borrow_mut().take_full_worker(job);
        return taken.unwrap_or_else(|why| give_up(inner, &why));
    };
    let still = Arc::clone(&inner.borrow().still);
    send_next(inner);
    (job.reply)(outcome, Columns { moving, still });
}

/// Answers everybody with a failure: nothing waits forever.
fn give_up(inner: &Rc<RefCell<Inner>>, why: &str) {
    let jobs: Vec<Job> = {
        let mut inner = inner.borrow_mut();
        inner.broken = Some(why.to_owned());
        let under_way = std::mem::take(&mut inner.under_way);
        under_way
            .into_values()
            .chain(inner.waiting.drain(..))
            .collect()
    };
    for job in jobs {
        (job.reply)(Outcome::failed(why.to_owned()), Columns::default());
    }
}
