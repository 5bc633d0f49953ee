//! The front end and its worker, as a library, so that both programs and the browser tests share it.
//!
//! The page ([`app`], [`pages`], [`components`]) shows what the server says and asks the worker for everything
//! that has to do with scores; it holds no detector. The worker ([`worker`]) holds no page.

#![expect(
    clippy::needless_pass_by_value,
    reason = "a component owns its properties"
)]
#![expect(
    unreachable_pub,
    reason = "the component macro makes public items in private modules"
)]

pub mod api;
pub mod app;
pub mod asking;
pub mod bridge;
pub mod browser;
pub mod chart;
pub mod components;
pub mod desk;
pub mod draft;
pub mod http;
pub mod i18n;
pub mod json;
pub mod later;
pub mod lean;
pub mod live;
pub mod load;
pub mod pages;
pub mod route;
pub mod sorted;
pub mod stream;
pub mod token;
pub mod url_state;
pub mod why;
pub mod words;
pub mod worker;
