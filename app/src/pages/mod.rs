//! One page an address.

mod anomaly;
mod calendars;
mod embed;
mod fitting;
mod journal;
mod kiosk;
mod lab;
mod login;
mod many;
mod models;
mod mutes;
mod not_found;
mod notifications;
mod overview;
mod rules;
mod state;
mod tuning;

pub use anomaly::AnomalyPage;
pub use calendars::Calendars;
pub use embed::Embed;
pub use journal::Journal;
pub use kiosk::Kiosk;
pub use lab::Lab;
pub use login::Login;
pub use many::ManySeriesPage;
pub use models::Models;
pub use mutes::Mutes;
pub use not_found::NotFound;
pub use notifications::Notifications;
pub use overview::Overview;
pub use rules::{RulePage, Rules};
pub use tuning::Tuning;
