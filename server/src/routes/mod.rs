//! One file a resource (or a folder with one file a verb): query, response, handler, tests, in that order.

pub(crate) mod about;
pub(crate) mod anomalies;
pub(crate) mod assist;
pub(crate) mod calendars;
pub(crate) mod capabilities;
pub(crate) mod digest;
pub(crate) mod docs;
pub(crate) mod embed;
mod etag;
pub(crate) mod fallback;
pub(crate) mod feedback;
pub(crate) mod grafana;
pub(crate) mod health;
pub(crate) mod journal;
pub(crate) mod kiosks;
pub(crate) mod lab;
pub(crate) mod labels;
pub(crate) mod metrics;
pub(crate) mod models;
pub(crate) mod mutes;
pub(crate) mod notifications;
pub(crate) mod openapi;
pub(crate) mod push;
pub(crate) mod range;
pub(crate) mod ready;
pub(crate) mod rules;
pub(crate) mod samples;
pub(crate) mod series;
pub(crate) mod sessions;
pub(crate) mod sources;
pub(crate) mod stream;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod tokens;
pub(crate) mod transitions;
pub(crate) mod uploads;
