//! Calendars on the wire: when rules are judged, taught or told otherwise.

use serde::{Deserialize, Serialize};

use crate::calendar::CalendarEffects;
use crate::error::FieldError;
use crate::time::Millis;

/// A calendar as somebody writes it: events, an `.ics` file, a country's holidays, or all of these together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CalendarDraft {
    /// Slug by which rules name it; made from the name when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Name for people.
    pub name: String,
    /// Time zone by whose wall clock its events go, such as `Asia/Seoul`; the country's, or UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// What it does while it holds.
    #[serde(default)]
    pub effects: CalendarEffects,
    /// Events that are written out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<CalendarEvent>,
    /// The text of an iCalendar file (RFC 5545); its events go by their own zones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ics: Option<String>,
    /// Public holidays of `kr`, `ru` or `us`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holidays: Option<String>,
    /// Why; for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub comment: String,
}

/// An event: `{ start: "2026-11-20T02:00", length: 2h, rrule: "FREQ=WEEKLY;BYDAY=FR" }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CalendarEvent {
    /// A time on the wall, `2026-11-20T02:00`, or a whole day, `2026-11-20`.
    pub start: String,
    /// How long; of a whole day, as many days as are begun, and one unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<Millis>,
    /// How it comes again: a recurrence rule of RFC 5545.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rrule: Option<String>,
    /// Starts that are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
    /// What it is; for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
}

/// A calendar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CalendarRecord {
    /// Slug by which rules name it.
    pub id: String,
    /// What it says.
    pub calendar: CalendarDraft,
    /// Whether the configuration file owns it.
    pub provisioned: bool,
    /// Who wrote this version.
    pub author: String,
    /// Counts up with every change; also the `ETag`.
    pub version: u32,
    /// When this version was written; it holds from then on.
    pub updated_at_ms: i64,
    /// The last year whose public holidays are known exactly; later ones lack the days that a government decrees a
    /// year at a time. Of a calendar with holidays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holidays_exact_until: Option<i16>,
}

/// A deployment or another thing that just happens: one more event of a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MarkerDraft {
    /// What it is.
    pub title: String,
    /// When it begins; now unless given. It never holds before it is told.
    #[serde(default)]
    pub start_ms: Option<i64>,
    /// How long it lasts; 30m.
    #[serde(default)]
    pub length: Option<Millis>,
}

/// A stretch in which a calendar holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Occurrence {
    /// First instant.
    pub start_ms: i64,
    /// First instant after it.
    pub end_ms: i64,
    /// What it is.
    pub title: String,
}

/// Something that was told to a calendar: a deployment, a switch-over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Marker {
    /// Id of the calendar.
    pub calendar: String,
    /// First instant, as it was told.
    pub start_ms: i64,
    /// First instant after it.
    pub end_ms: i64,
    /// What it is.
    pub title: String,
    /// Who told it.
    pub author: String,
}

/// Query of `GET /api/v1/calendar-windows`. Times in the grammar of [`crate::time::parse_instant`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct CalendarWindowsQuery {
    /// Ids of calendars, separated by commas; at most 16.
    pub calendars: String,
    /// Overlapping this instant or later.
    pub from: String,
    /// Overlapping this instant or earlier.
    pub to: String,
}

/// Query of `GET /api/v1/calendars/{id}/occurrences` and `GET /api/v1/markers`. Times in the grammar of [`crate::time::parse_instant`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct OccurrencesQuery {
    /// Overlapping this instant or later; now unless given, of markers `now-7d`.
    pub from: Option<String>,
    /// Overlapping this instant or earlier; `now+90d` unless given, of markers now.
    pub to: Option<String>,
}

/// What a calendar would be, and would have changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PreviewRequest {
    /// The calendar, as if it had always been there.
    pub calendar: CalendarDraft,
    /// First instant looked at.
    pub from: String,
    /// First instant not looked at any more.
    pub to: String,
    /// Rules whose past is replayed with it.
    #[serde(default)]
    pub rules: Vec<String>,
}

/// The answer to a [`PreviewRequest`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviewResponse {
    /// When it holds, in order; the first thousand.
    pub occurrences: Vec<Occurrence>,
    /// How many there are.
    pub total: u64,
    /// What it would have changed, rule by rule.
    pub rules: Vec<CalendarChange>,
}

/// What a calendar would have changed for one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CalendarChange {
    /// The rule.
    pub rule_id: String,
    /// Pages that were sent without it.
    pub pages_without: u64,
    /// Pages that would have been sent with it.
    pub pages_with: u64,
    /// Anomalies without it.
    pub anomalies_without: u64,
    /// Anomalies with it.
    pub anomalies_with: u64,
    /// Labelled incidents that somebody was told of without it, and nobody with it.
    pub incidents_hidden: u64,
    /// All of it in a sentence: `removes 14 past pages, hides 1 labelled incident`.
    pub says: String,
}

/// Longest name and title, in characters.
const MAX_CHARS: usize = 200;
/// Most events that are written out.
const MAX_EVENTS: usize = 1_000;
/// Longest iCalendar file.
const MAX_ICS_BYTES: usize = 1_000_000;

impl CalendarDraft {
    /// What can be checked without zones and recurrences.
    ///
    /// # Errors
    /// [`FieldError`] with the first field that is wrong.
    pub fn check(&self) -> Result<(), FieldError> {
        let chars = self.name.trim().chars().count();
        if chars == 0 || chars > MAX_CHARS {
            let message = format!("must have 1 to {MAX_CHARS} characters");
            return Err(FieldError::new("name", message));
        }
        if self.comment.len() > 4_000 {
            return Err(FieldError::new("comment", "must not exceed 4,000 bytes"));
        }
        if self.events.len() > MAX_EVENTS {
            let message = format!("must not be more than {MAX_EVENTS}; send a file as `ics`");
            return Err(FieldError::new("events", message));
        }
        if self
            .ics
            .as_ref()
            .is_some_and(|ics| ics.len() > MAX_ICS_BYTES)
        {
            let message = format!("must not exceed {MAX_ICS_BYTES} bytes");
            return Err(FieldError::new("ics", message));
        }
        let fine = |scale: f64| (0.1..=100.0).contains(&scale);
        if self
            .effects
            .scale_threshold
            .is_some_and(|scale| !fine(scale))
        {
            let message = "must lie between 0.1 and 100";
            return Err(FieldError::new("effects.scale_threshold", message));
        }
        Ok(())
    }
}

impl MarkerDraft {
    /// Whether it says what it is, and does not last for ever.
    ///
    /// # Errors
    /// [`FieldError`] with the first field that is wrong.
    pub fn check(&self) -> Result<(), FieldError> {
        let chars = self.title.trim().chars().count();
        if chars == 0 || chars > MAX_CHARS {
            let message = format!("must have 1 to {MAX_CHARS} characters");
            return Err(FieldError::new("title", message));
        }
        let fine = |length: Millis| (1..=31 * crate::time::DAY_MS).contains(&length.ms());
        if self.length.is_some_and(|length| !fine(length)) {
            return Err(FieldError::new("length", "must lie between 1ms and 31d"));
        }
        Ok(())
    }
}
