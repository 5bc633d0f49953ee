//! When a rule is evaluated, and which tick a sample belongs to.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::time::{Millis, ceil_to};

/// When a rule runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum Schedule {
    /// At every multiple of a duration since 1970.
    Every {
        /// The duration.
        every: Millis,
        /// Real start is delayed by up to this, evenly spread over rules; decisions use the nominal time.
        #[serde(default)]
        jitter: Millis,
        /// After a stop, ticks missed for at most this long are made up for.
        #[serde(default = "one_hour")]
        catch_up: Millis,
    },
    /// By a cron expression (with seconds), in a time zone.
    Cron {
        /// For example `0 */5 * * * *`; its grammar is checked by the server.
        cron: String,
        /// Name of a time zone.
        #[serde(default = "utc")]
        tz: String,
        /// As for `every`.
        #[serde(default)]
        jitter: Millis,
        /// As for `every`.
        #[serde(default = "one_hour")]
        catch_up: Millis,
    },
}

fn one_hour() -> Millis {
    Millis::from_secs(3_600)
}

fn utc() -> String {
    "UTC".to_owned()
}

// Read by hand: it says what is wrong with which field, and the browser is spared the code that tries forms in turn.
impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Flat {
            every: Option<Millis>,
            cron: Option<String>,
            #[serde(default = "utc")]
            tz: String,
            #[serde(default)]
            jitter: Millis,
            #[serde(default = "one_hour")]
            catch_up: Millis,
        }
        let flat = Flat::deserialize(deserializer)?;
        let (jitter, catch_up) = (flat.jitter, flat.catch_up);
        match (flat.every, flat.cron) {
            (Some(every), _) => Ok(Self::Every {
                every,
                jitter,
                catch_up,
            }),
            (None, Some(cron)) => Ok(Self::Cron {
                cron,
                tz: flat.tz,
                jitter,
                catch_up,
            }),
            (None, None) => Err(D::Error::custom("needs `every` or `cron`")),
        }
    }
}

impl Schedule {
    /// At every multiple of `every`, without jitter.
    pub fn every(every: Millis) -> Self {
        Self::Every {
            every,
            jitter: Millis::new(0),
            catch_up: one_hour(),
        }
    }

    /// Largest real delay of a tick.
    pub fn jitter(&self) -> Millis {
        match self {
            Self::Every { jitter, .. } | Self::Cron { jitter, .. } => *jitter,
        }
    }

    /// How long ago a missed tick may lie to be made up for.
    pub fn catch_up(&self) -> Millis {
        match self {
            Self::Every { catch_up, .. } | Self::Cron { catch_up, .. } => *catch_up,
        }
    }
}

/// The nominal times at which a rule ran or runs: what turns a sample's time into its detection time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ticks {
    /// Every multiple of so many milliseconds.
    Every(i64),
    /// These instants, ascending (a cron schedule, resolved by the server).
    At(Vec<i64>),
}

impl Ticks {
    /// The first tick at which a sample of `at_ms` is final.
    ///
    /// After the last known instant of [`Ticks::At`] the sample's own finality counts.
    pub fn tick_for(&self, at_ms: i64, delay_ms: i64) -> i64 {
        let final_ms = at_ms + delay_ms;
        match self {
            Self::Every(every_ms) => ceil_to(final_ms, *every_ms),
            Self::At(times) => times
                .get(times.partition_point(|tick| *tick < final_ms))
                .copied()
                .unwrap_or(final_ms),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedule_when_written_then_reads_back() {
        let cron = r#"{"cron":"0 */5 * * * *"}"#;
        let cron: Schedule = serde_json::from_str(cron).expect("a schedule");
        assert_eq!(cron.catch_up(), one_hour());
        for schedule in [Schedule::every(Millis::from_secs(90)), cron] {
            let text = serde_json::to_string(&schedule).expect("a schedule");
            assert_eq!(
                serde_json::from_str::<Schedule>(&text).expect("a schedule"),
                schedule
            );
        }
        let refused = |text| {
            serde_json::from_str::<Schedule>(text)
                .expect_err("no schedule")
                .to_string()
        };
        assert!(refused(r#"{"every":"soon"}"#).contains("`soon` is not a duration"));
        assert!(refused(r#"{"tz":"UTC"}"#).contains("needs `every` or `cron`"));
    }

    #[test]
    fn tick_when_the_sample_is_not_final_then_waits_for_the_next() {
        let ticks = Ticks::Every(60_000);
        assert_eq!(ticks.tick_for(60_000, 0), 60_000);
        assert_eq!(ticks.tick_for(60_000, 1), 120_000);
        let ticks = Ticks::At(vec![10, 20, 40]);
        assert_eq!(ticks.tick_for(15, 10), 40);
        assert_eq!(ticks.tick_for(35, 10), 45);
    }
}
