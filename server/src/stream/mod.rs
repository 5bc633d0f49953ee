//! The event stream: journal entries out to browsers, each serialised once.
//!
//! After a commit the [`Hub`] is woken, reads the journal from where it stood and broadcasts: order is by position,
//! and nothing is sent that is not stored. Decides nothing about an anomaly; knows nothing of routes.

mod client;
mod hub;
mod item;

pub(crate) use client::{Settings, Start};
pub(crate) use hub::Hub;
pub(crate) use item::Filter;
