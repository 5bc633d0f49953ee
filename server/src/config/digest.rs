//! `digest:` when and whom to tell what a week was like.

use hindcast_shared::error::FieldError;
use hindcast_shared::rule::Schedule;
use hindcast_shared::time::Millis;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::notify::minute_of_day;
use crate::schedule::{Timetable, zone};

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// When and whom to tell what the last week was like; nobody unless routes are named.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DigestConfig {
    /// Day of the week: `mon` to `sun`.
    pub(crate) day: String,
    /// Time of that day: `09:00`.
    pub(crate) at: String,
    /// Name of the time zone in which weeks begin and that time is meant.
    pub(crate) tz: String,
    /// Names of the routes of `notify.routes` that are told: webhooks, chats or mail.
    pub(crate) routes: Vec<String>,
}

impl Default for DigestConfig {
    fn default() -> Self {
        Self {
            day: "mon".to_owned(),
            at: "09:00".to_owned(),
            tz: "UTC".to_owned(),
            routes: Vec::new(),
        }
    }
}

impl DigestConfig {
    pub(super) fn check(&self) -> Result<(), FieldError> {
        if !DAYS.contains(&self.day.as_str()) {
            let message = format!("`{}` is not one of {}", self.day, DAYS.join(", "));
            return Err(FieldError::new("day", message));
        }
        zone(&self.tz).map_err(|message| FieldError::new("tz", message))?;
        self.timetable().map(|_| ())
    }

    /// When a digest is due.
    ///
    /// # Errors
    /// [`FieldError`] that names `at` or `tz`.
    pub(crate) fn timetable(&self) -> Result<Timetable, FieldError> {
        let minute =
            minute_of_day(&self.at).map_err(|message| FieldError::new("at", message))? % (24 * 60);
        let cron = format!("0 {} {} * * {}", minute % 60, minute / 60, self.day);
        let never = Millis::new(0);
        let schedule = Schedule::Cron {
            cron,
            tz: self.tz.clone(),
            jitter: never,
            catch_up: never,
        };
        Timetable::new(&schedule).map_err(|error| FieldError::new("at", error.message))
    }
}
