//! Fixtures for tests of the whole system: the real binary, real servers, a real browser.
//!
//! Each starts on a free port in a folder of its own, waits until it answers, and ends with the value that holds it.
//! What is not installed is named and fails the test; nothing is passed over.

mod alertmanager;
mod answer;
mod api;
mod browser;
pub mod checkout;
pub mod day;
mod delivered;
mod exporter;
pub mod flip;
mod frame;
mod hindcast;
mod history;
mod mailbox;
mod post_office;
mod prometheus;
pub mod pushed;
mod replayed;
mod responder;
mod server;
mod sink;
mod sse;
mod tls;
mod tour;
mod training;
mod victoria;
mod wait;
mod wave;

pub use alertmanager::Alertmanager;
pub use answer::Answer;
pub use api::Api;
pub use browser::{Browser, Script};
pub use delivered::{proved, to_be_told};
pub use exporter::Exporter;
pub use frame::FramePage;
pub use hindcast::{Hindcast, Setup, binary, free_port, key_of};
pub use history::History;
pub use mailbox::Mailbox;
pub use post_office::PostOffice;
pub use prometheus::Prometheus;
pub use replayed::{Replayed, replayed};
pub use server::{Server, find_program, require};
pub use sink::{Received, Sink, SinkReply};
pub use sse::{Follower, SseEvent, Stream};
pub use tls::Certificate;
pub use tour::Tour;
pub use training::goes_on;
pub use victoria::VictoriaMetrics;
pub use wait::{eventually, now_ms, within};
pub use wave::Wave;

/// Whether everything is to be done, however long it takes (`cargo xtask test --long`).
pub fn long() -> bool {
    std::env::var_os("HINDCAST_LONG").is_some()
}
