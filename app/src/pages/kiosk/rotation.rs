//! Which face of the wall is shown: the turns of the pages, and the new critical anomaly that stops them.
//!
//! Knows no page and no browser; time comes in with each tick.

use hindcast_shared::time::{HOUR_MS, Millis, SECOND_MS};

/// What one page of the wall shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Face {
    /// How things are, with the charts of what is worst.
    Overview,
    /// What is open, as a list.
    Anomalies,
    /// The charts of one rule.
    Rule(String),
    /// A page that there is not.
    Unknown(String),
}

/// What the address asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) faces: Vec<Face>,
    pub(super) every_ms: i64,
    /// How long a new critical anomaly stays.
    pub(super) hold_ms: i64,
    /// From which hour of the wall's clock to which one the screen is darker, if it ever is.
    dark: Option<(u32, u32)>,
}

/// Darker while few people look at it.
const DARK: (u32, u32) = (22, 6);

impl Plan {
    /// Reads `pages=overview,rule:X&every=30s&hold=2m&dim=22-6`; `dim=off` keeps the screen as bright all night.
    pub(super) fn read(
        pages: Option<&str>,
        every: Option<&str>,
        hold: Option<&str>,
        dim: Option<&str>,
    ) -> Self {
        let faces = pages.unwrap_or("overview").split(',').map(str::trim);
        let faces = faces.filter(|page| !page.is_empty()).map(|page| {
            match (page, page.strip_prefix("rule:")) {
                ("overview", _) => Face::Overview,
                ("anomalies", _) => Face::Anomalies,
                (_, Some(rule)) if !rule.is_empty() => Face::Rule(rule.to_owned()),
                _ => Face::Unknown(page.to_owned()),
            }
        });
        let faces: Vec<Face> = faces.collect();
        let span = |text: Option<&str>, otherwise: i64| {
            let asked = text.and_then(|text| text.parse::<Millis>().ok());
            asked.map_or(otherwise, |asked| asked.ms().clamp(5 * SECOND_MS, HOUR_MS))
        };
        Self {
            faces: if faces.is_empty() {
                vec![Face::Overview]
            } else {
                faces
            },
            every_ms: span(every, 30 * SECOND_MS),
            hold_ms: span(hold, 120 * SECOND_MS),
            dark: dim.map_or(Some(DARK), hours),
        }
    }

    /// Whether the screen is darker in this hour of the day.
    pub(super) fn is_dark(&self, hour: u32) -> bool {
        self.dark.is_some_and(|(from, to)| {
            if from <= to {
                (from..to).contains(&hour)
            } else {
                hour >= from || hour < to
            }
        })
    }
}

/// Two hours of the day, as in `22-6`; anything else is no time at all.
fn hours(text: &str) -> Option<(u32, u32)> {
    let (from, to) = text.split_once('-')?;
    let hour = |text: &str| text.parse().ok().filter(|hour| *hour < 24);
    Some((hour(from)?, hour(to)?))
}

/// Where the wall stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Rotation {
    /// The page, as an index into the plan.
    pub(super) index: usize,
    /// How many turns there were: each moves things about, for the sake of the screen.
    pub(super) turns: u32,
    /// Since when this page or this alarm is shown.
    pub(super) since_ms: i64,
    /// The critical anomaly that is shown in place of the page.
    pub(super) alarm: Option<String>,
    /// The critical anomalies that were seen already; none before the first look.
    known: Option<Vec<String>>,
}

impl Rotation {
    /// Begins with the first page.
    pub(super) fn start(now_ms: i64) -> Self {
        Self {
            since_ms: now_ms,
            ..Self::default()
        }
    }

    /// Goes on by the clock. `critical` are the anomalies that are critical and that nobody has taken, if it is known.
    pub(super) fn tick(&mut self, plan: &Plan, now_ms: i64, critical: Option<Vec<String>>) {
        if let Some(critical) = critical {
            let new = self
                .known
                .as_ref()
                .and_then(|known| critical.iter().find(|id| !known.contains(id)).cloned());
            if self
                .alarm
                .as_ref()
                .is_some_and(|alarm| !critical.contains(alarm))
            {
                // It is over, or somebody has taken it.
                self.alarm = None;
                self.since_ms = now_ms;
            }
            if new.is_some() {
                self.alarm = new;
                self.since_ms = now_ms;
            }
            self.known = Some(critical);
        }
        // A clock that was set back must not stop the wall.
        if now_ms < self.since_ms {
            self.since_ms = now_ms;
        }
        if now_ms - self.since_ms < self.span_ms(plan) {
            return;
        }
        self.since_ms = now_ms;
        self.turns = self.turns.wrapping_add(1);
        if self.alarm.take().is_none() {
            self.index = (self.index + 1) % plan.faces.len();
        }
    }

    /// Shows what it shows for a while longer.
    pub(super) fn wait(&mut self, now_ms: i64) {
        self.since_ms = now_ms;
    }

    /// How long what is shown stays.
    pub(super) fn span_ms(&self, plan: &Plan) -> i64 {
        match self.alarm {
            Some(_) => plan.hold_ms,
            None => plan.every_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn plan() -> Plan {
        Plan::read(
            Some("overview, rule:a ,nothing"),
            Some("10s"),
            Some("1m"),
            None,
        )
    }

    fn ids(ids: &[&str]) -> Vec<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    #[test]
    fn plan_when_read_then_has_the_pages_in_order_and_no_absurd_times() {
        let plan = plan();
        let unknown = Face::Unknown("nothing".to_owned());
        assert_eq!(
            plan.faces,
            [Face::Overview, Face::Rule("a".to_owned()), unknown]
        );
        assert_eq!((plan.every_ms, plan.hold_ms), (10_000, 60_000));
        let odd = Plan::read(Some(","), Some("1ms"), Some("yes"), None);
        assert_eq!(odd.faces, [Face::Overview]);
        assert_eq!((odd.every_ms, odd.hold_ms), (5_000, 120_000));
    }

    #[test]
    fn plan_when_it_is_night_then_the_screen_is_darker_unless_it_is_told_not_to_be() {
        let dark = |dim: Option<&str>| {
            let plan = Plan::read(None, None, None, dim);
            (0..24)
                .filter(|hour| plan.is_dark(*hour))
                .collect::<Vec<_>>()
        };
        assert_eq!(dark(None), [0, 1, 2, 3, 4, 5, 22, 23]);
        assert_eq!(dark(Some("1-4")), [1, 2, 3]);
        for never in ["off", "5-5", "22-24", "night"] {
            assert_eq!(dark(Some(never)), Vec::<u32>::new(), "{never}");
        }
    }

    #[test]
    fn wall_when_time_goes_by_then_turns_page_by_page_and_begins_anew() {
        let (plan, mut wall) = (plan(), Rotation::start(0));
        let mut shown = Vec::new();
        for now_ms in (0..=40_000).step_by(1_000) {
            wall.tick(&plan, now_ms, Some(ids(&["old"])));
            shown.push(wall.index);
        }
        shown.dedup();
        assert_eq!(shown, [0, 1, 2, 0, 1]);
        assert_eq!(wall.turns, 4);
        wall.tick(&plan, -5_000, None);
        wall.tick(&plan, 5_000, None);
        assert_eq!(wall.turns, 5, "a clock that was set back stops nothing");
    }

    #[test]
    fn wall_when_a_critical_anomaly_is_new_then_shows_it_for_as_long_as_asked_and_goes_on() {
        let (plan, mut wall) = (plan(), Rotation::start(0));
        wall.tick(&plan, 0, Some(ids(&["old"])));
        assert_eq!(
            wall.alarm, None,
            "what was there before the wall is not new"
        );
        wall.tick(&plan, 4_000, Some(ids(&["new", "old"])));
        assert_eq!(wall.alarm.as_deref(), Some("new"));
        wall.tick(&plan, 63_000, Some(ids(&["new", "old"])));
        assert_eq!((wall.alarm.as_deref(), wall.index), (Some("new"), 0));
        wall.tick(&plan, 64_000, Some(ids(&["new", "old"])));
        assert_eq!((wall.alarm.as_deref(), wall.index), (None, 0));
        wall.tick(&plan, 74_000, Some(ids(&["new", "old"])));
        assert_eq!(wall.index, 1, "it is not new a second time");
        wall.tick(&plan, 75_000, Some(ids(&["newer", "new", "old"])));
        wall.tick(&plan, 76_000, Some(ids(&["new", "old"])));
        assert_eq!(wall.alarm, None, "it was taken");
        wall.tick(&plan, 77_000, None);
        assert_eq!(wall.index, 1, "what is not known changes nothing");
    }
}
