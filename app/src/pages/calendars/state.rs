//! What a calendar is made of, what it does, and its draft while it is typed. Owns no view.

use hindcast_shared::api::{CalendarDraft, CalendarEvent, Occurrence};
use hindcast_shared::calendar::CalendarEffects;
use hindcast_shared::chart::minute_text;
use hindcast_shared::time::{Millis, UtcOffsets};

use crate::i18n::{key, plural, t, tf};

/// What the form makes a calendar of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    /// What it is made of already.
    Kept,
    /// An event that may come again.
    Event,
    /// An iCalendar file.
    File,
    /// The holidays of a country.
    Holidays,
    /// Only what it is told.
    Told,
}

impl Made {
    pub(super) const ALL: [Self; 5] = [
        Self::Kept,
        Self::Event,
        Self::File,
        Self::Holidays,
        Self::Told,
    ];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Event => "event",
            Self::File => "file",
            Self::Holidays => "holidays",
            Self::Told => "told",
        }
    }

    pub(super) fn word(self) -> &'static str {
        t(match self {
            Self::Kept => key("what it is made of now"),
            Self::Event => key("an event that comes again"),
            Self::File => key("a calendar file (.ics)"),
            Self::Holidays => key("public holidays"),
            Self::Told => key("deployments that it is told of"),
        })
    }

    pub(super) fn named(word: &str) -> Self {
        let found = Self::ALL.into_iter().find(|each| each.as_str() == word);
        found.unwrap_or(Self::Event)
    }
}

/// Countries whose holidays the server knows.
pub(super) const COUNTRIES: [(&str, &str); 3] = [
    ("kr", key("Korea")),
    ("ru", key("Russia")),
    ("us", key("United States")),
];

/// How events usually come again, with the rule that says so.
pub(super) const AGAIN: [(&str, &str); 6] = [
    ("", key("once")),
    ("FREQ=DAILY", key("every day")),
    ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", key("on working days")),
    ("FREQ=WEEKLY", key("every week")),
    ("FREQ=MONTHLY", key("every month")),
    (
        "FREQ=MONTHLY;BYDAY=-1FR",
        key("on the last Friday of a month"),
    ),
];

/// What is typed, as text.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Typed {
    pub(super) name: String,
    /// As a field has it.
    pub(super) start: String,
    pub(super) length: String,
    pub(super) rrule: String,
    pub(super) zone: String,
    pub(super) ics: Option<String>,
    pub(super) country: String,
    pub(super) skip_paging: bool,
    pub(super) skip_learning: bool,
    pub(super) scale: String,
    pub(super) comment: String,
}

impl Typed {
    pub(super) fn of(draft: &CalendarDraft) -> Self {
        let effects = draft.effects;
        let event = draft.events.first();
        let text = |text: Option<&String>| text.cloned().unwrap_or_default();
        Self {
            name: draft.name.clone(),
            start: event.map(|event| event.start.clone()).unwrap_or_default(),
            length: event
                .and_then(|event| event.length)
                .map_or_else(String::new, |length| length.to_string()),
            rrule: text(event.and_then(|event| event.rrule.as_ref())),
            zone: text(draft.time_zone.as_ref()),
            ics: draft.ics.clone(),
            country: text(draft.holidays.as_ref()),
            skip_paging: effects.skip_paging,
            skip_learning: effects.skip_learning,
            scale: effects
                .scale_threshold
                .map_or_else(String::new, |scale| scale.to_string()),
            comment: draft.comment.clone(),
        }
    }

    /// The calendar, or the field that cannot be read and why.
    pub(super) fn draft(
        &self,
        made: Made,
        before: Option<&CalendarDraft>,
    ) -> Result<CalendarDraft, String> {
        let some = |text: &str| {
            let text = text.trim();
            (!text.is_empty()).then(|| text.to_owned())
        };
        let scale = some(&self.scale).map(|text| text.replace(',', ".").parse::<f64>());
        let scale = scale.transpose().map_err(|_| {
            t("The threshold must be multiplied by a number, such as 1.5.").to_owned()
        })?;
        let mut draft = match (made, before) {
            (Made::Kept, Some(before)) => before.clone(),
            _ => CalendarDraft {
                id: before.and_then(|before| before.id.clone()),
                name: String::new(),
                time_zone: None,
                effects: CalendarEffects::default(),
                events: Vec::new(),
                ics: None,
                holidays: None,
                comment: String::new(),
            },
        };
        draft.name.clone_from(&self.name);
        draft.comment.clone_from(&self.comment);
        draft.effects = CalendarEffects {
            skip_paging: self.skip_paging,
            skip_learning: self.skip_learning,
            scale_threshold: scale,
        };
        match made {
            Made::Kept | Made::Told => {}
            Made::Event => {
                let length = some(&self.length).map(|text| text.parse::<Millis>());
                draft.time_zone = some(&self.zone);
                draft.events = vec![CalendarEvent {
                    start: self.start.clone(),
                    length: length.transpose()?,
                    rrule: some(&self.rrule),
                    except: Vec::new(),
                    title: self.name.clone(),
                }];
            }
            Made::File => {
                draft.time_zone = some(&self.zone);
                let missing = || t("Choose a file first.").to_owned();
                draft.ics = Some(self.ics.clone().ok_or_else(missing)?);
            }
            Made::Holidays => draft.holidays = some(&self.country),
        }
        Ok(draft)
    }
}

/// What a calendar is made of, in words.
pub(super) fn made_of(draft: &CalendarDraft) -> String {
    let mut parts = Vec::new();
    if let Some(country) = &draft.holidays {
        let known = COUNTRIES.iter().find(|(code, _)| *code == country.as_str());
        let country = known.map_or(country.as_str(), |(_, word)| t(word));
        parts.push(tf("public holidays of {country}", &[("country", country)]));
    }
    if draft.ics.is_some() {
        parts.push(t("a calendar file").to_owned());
    }
    if !draft.events.is_empty() {
        let count = draft.events.len() as u64;
        parts.push(plural(count, "{n} event", "{n} events"));
    }
    if parts.is_empty() {
        return t("what it is told").to_owned();
    }
    parts.join(", ")
}

/// What a calendar does while it holds, in words.
pub(super) fn does(effects: CalendarEffects) -> String {
    let mut parts = Vec::new();
    if effects.skip_paging {
        parts.push(t("nobody is paged").to_owned());
    }
    if effects.skip_learning {
        parts.push(t("nothing is learned").to_owned());
    }
    if let Some(scale) = effects.scale_threshold {
        let scale = [("factor", &*scale.to_string())];
        parts.push(tf("the threshold is {factor} times as high", &scale));
    }
    if parts.is_empty() {
        return t("it only marks charts").to_owned();
    }
    parts.join(", ")
}

/// An occurrence: `20 Nov 2:00 to 20 Nov 4:00 · backup`.
pub(super) fn occurrence(one: &Occurrence, zone: &UtcOffsets) -> String {
    let (from, to) = (
        minute_text(one.start_ms, zone),
        minute_text(one.end_ms, zone),
    );
    // The day is said once.
    let to = match (from.rsplit_once(' '), to.rsplit_once(' ')) {
        (Some((day, _)), Some((same, time))) if day == same => time,
        _ => &to,
    };
    let times = tf("{from} to {to}", &[("from", &from), ("to", to)]);
    if one.title.is_empty() {
        times
    } else {
        format!("{times} · {}", one.title)
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn typed() -> Typed {
        Typed {
            name: "Backups".to_owned(),
            start: "2026-11-20T02:00".to_owned(),
            length: "2h".to_owned(),
            rrule: "FREQ=DAILY".to_owned(),
            zone: "Asia/Seoul".to_owned(),
            skip_paging: true,
            scale: "1,5".to_owned(),
            ..Typed::default()
        }
    }

    #[test]
    fn draft_when_an_event_is_typed_then_reads_back_as_it_was_typed() {
        let draft = typed().draft(Made::Event, None).expect("a draft");
        assert_eq!(draft.effects.scale_threshold, Some(1.5));
        let again = Typed::of(&draft);
        let typed = Typed {
            scale: "1.5".to_owned(),
            ..typed()
        };
        assert_eq!(again, typed);
    }

    #[test]
    fn draft_when_only_its_effects_change_then_keeps_what_it_is_made_of() {
        let mut before = typed().draft(Made::Event, None).expect("a draft");
        let second = before.events[0].clone();
        before.events.push(second);
        let changed = Typed {
            skip_learning: true,
            ..Typed::of(&before)
        };
        let after = changed.draft(Made::Kept, Some(&before)).expect("a draft");
        assert_eq!(after.events, before.events);
        assert!(after.effects.skip_learning);
    }

    #[test]
    fn draft_when_something_is_missing_then_says_what() {
        let wrong = Typed {
            scale: "high".to_owned(),
            ..typed()
        };
        assert!(wrong.draft(Made::Event, None).is_err());
        assert!(typed().draft(Made::File, None).is_err());
    }
}
