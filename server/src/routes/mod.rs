//! One file a resource (or a folder with one file a verb): query, response, handler, tests, in that order.

pub(crate) mod health;
pub(crate) mod openapi;
