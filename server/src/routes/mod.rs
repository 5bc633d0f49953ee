//! One file a resource (or a folder with one file a verb): query, response, handler, tests, in that order.

pub(crate) mod docs;
pub(crate) mod fallback;
pub(crate) mod health;
pub(crate) mod metrics;
pub(crate) mod openapi;
pub(crate) mod ready;
pub(crate) mod sessions;
pub(crate) mod sources;
pub(crate) mod tokens;
