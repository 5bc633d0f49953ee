//! The fields of a rule in the order in which data flows, as a table.

use super::field::{Field, Kind};
use crate::i18n::key;

const DIRECTIONS: &[(&str, &str)] = &[
    ("", key("As the detector has it")),
    ("both", key("Both sides")),
    ("above", key("Only above")),
    ("below", key("Only below")),
];

const FILLS: &[(&str, &str)] = &[
    ("none", key("Gaps stay gaps")),
    ("forward", key("The last value goes on")),
    ("zero", key("Zero")),
    ("linear", key("A straight line")),
];

/// What is watched.
pub(super) const WHAT: &[Field] = &[
    Field::new(
        "name",
        Kind::Text,
        key("Name"),
        key("What people call it; it stands in every page."),
    ),
    Field::new(
        "enabled",
        Kind::Flag(true),
        key("On"),
        key("Whether the schedule runs it."),
    ),
    Field::new(
        "query",
        Kind::Code,
        key("Query"),
        key("PromQL, or a selector of the source's series."),
    ),
    Field::new(
        "source_pattern",
        Kind::Code,
        key("Only series like"),
        key("A pattern over the text form of a series; * is any text."),
    )
    .usually("*"),
    Field::new(
        "unit",
        Kind::Text,
        key("Unit"),
        key("Stands beside every value."),
    ),
];

/// The identity; only of a new rule.
pub(super) const ID: Field = Field::new(
    "id",
    Kind::Code,
    key("Id"),
    key(
        "Lower-case letters, digits and dashes; made from the name when it is empty, and never changed.",
    ),
);

/// When it runs, and on how much.
pub(super) const WHEN: &[Field] = &[
    Field::new(
        "step",
        Kind::Length,
        key("Step"),
        key("Distance between two samples."),
    )
    .usually("1m"),
    Field::new(
        "window",
        Kind::Length,
        key("Window"),
        key("History that the detector may look back on."),
    )
    .usually("7d"),
    Field::new(
        "fit_every",
        Kind::Length,
        key("Fit every"),
        key("How often the detector learns anew; a multiple of the step."),
    )
    .usually("1d"),
    Field::new(
        "delay",
        Kind::Length,
        key("Delay"),
        key("Age at which a sample is final."),
    )
    .usually("30s"),
];

/// How far starts are spread, whatever the schedule.
const JITTER: Field = Field::new(
    "schedule.jitter",
    Kind::Length,
    key("Jitter"),
    key("Starts are spread over this, so that rules do not start all at once."),
)
.usually("0s");

/// How long after a stop runs are made up for, whatever the schedule.
const CATCH_UP: Field = Field::new(
    "schedule.catch_up",
    Kind::Length,
    key("Catch up"),
    key("After a stop, runs missed for at most this long are made up for."),
)
.usually("1h");

/// A schedule by a length of time.
pub(super) const EVERY: &[Field] = &[
    Field::new(
        "schedule.every",
        Kind::Length,
        key("Runs every"),
        key("At every multiple of this."),
    )
    .usually("1m"),
    JITTER,
    CATCH_UP,
];

/// A schedule by a cron expression.
pub(super) const CRON: &[Field] = &[
    Field::new(
        "schedule.cron",
        Kind::Code,
        key("Cron"),
        key("Six fields, seconds first: 0 */5 * * * *."),
    ),
    Field::new(
        "schedule.tz",
        Kind::Text,
        key("Time zone of the schedule"),
        key("Such as Asia/Seoul."),
    )
    .usually("UTC"),
    JITTER,
    CATCH_UP,
];

/// The wall clock by which seasons go.
pub(super) const SEASONS: &[Field] = &[
    Field::new(
        "time_zone",
        Kind::Text,
        key("Time zone"),
        key("By whose wall clock days and weeks go, such as Asia/Seoul."),
    )
    .usually("UTC"),
    Field::new(
        "holidays",
        Kind::Lines,
        key("Holidays"),
        key("Days on which a Sunday is expected, one a line."),
    )
    .usually("2026-12-25"),
];

/// From a score to "anomalous".
pub(super) const DECIDE: &[Field] = &[
    Field::new(
        "decision.threshold",
        Kind::Number(""),
        key("Threshold"),
        key("Where the score is 1; empty where a budget says it."),
    ),
    Field::new(
        "decision.alarms_per_week",
        Kind::Number(key("a week")),
        key("Budget of alarms"),
        key("In place of a threshold: so many alarms a week may come from calm samples."),
    ),
    Field::new(
        "decision.direction",
        Kind::Choice(DIRECTIONS),
        key("Which side counts"),
        key("Above or below what is expected."),
    ),
    Field::new(
        "decision.inclusive",
        Kind::Flag(false),
        key("The threshold itself counts"),
        key("Whether a value exactly at the threshold is anomalous."),
    ),
    Field::new(
        "decision.min_deviation.rel",
        Kind::Number(""),
        key("Least relative deviation"),
        key("As a share of the expected value; smaller ones never count."),
    )
    .usually("0"),
    Field::new(
        "decision.min_deviation.abs",
        Kind::Number(""),
        key("Least absolute deviation"),
        key("In the unit of the series; smaller ones never count."),
    )
    .usually("0"),
    Field::new(
        "decision.range.above",
        Kind::Number(""),
        key("Only values over"),
        key("The business range: nothing inside of it matters."),
    ),
    Field::new(
        "decision.range.below",
        Kind::Number(""),
        key("Only values under"),
        key("The business range: nothing inside of it matters."),
    ),
];

/// From "anomalous" to an anomaly, and its end.
pub(super) const CONFIRM: &[Field] = &[
    Field::new(
        "for",
        Kind::Confirm,
        key("For"),
        key("Samples in a row (3), of the last (3 of 5), or a length of time (45s)."),
    )
    .usually("1"),
    Field::new(
        "recover.below",
        Kind::Number(""),
        key("Calm below"),
        key("Scores under this are calm; 1 is the threshold."),
    )
    .usually("0.9"),
    Field::new(
        "recover.for",
        Kind::Number(key("samples")),
        key("Calm for"),
        key("So many calm samples in a row end an anomaly."),
    )
    .usually("3"),
    Field::new(
        "merge_gap",
        Kind::Length,
        key("Merge gap"),
        key("Anomalies of one series nearer than this are one."),
    )
    .usually("5m"),
];

/// What stands in gaps.
pub(super) const GAPS: Field = Field::new(
    "fill",
    Kind::Choice(FILLS),
    key("Gaps"),
    key("What stands where there is no sample."),
);

/// Silence, where it counts.
pub(super) const SILENCE: &[Field] = &[
    Field::new(
        "no_data.after",
        Kind::Length,
        key("Silence of"),
        key("How long nothing must come before it is an anomaly."),
    )
    .usually("5m"),
    Field::new(
        "no_data.severity",
        Kind::Choice(SEVERITIES),
        key("Severity of silence"),
        key("How bad silence is."),
    ),
];

const SEVERITIES: &[(&str, &str)] = &[
    ("warning", key("Warning")),
    ("info", key("Notice")),
    ("critical", key("Critical")),
];

/// Severity by score.
pub(super) const SEVERITY: &[Field] = &[
    Field::new(
        "severity.info",
        Kind::Number(key("score")),
        key("Notice from"),
        key("Empty: never a notice."),
    ),
    Field::new(
        "severity.warning",
        Kind::Number(key("score")),
        key("Warning from"),
        key("Empty: never a warning."),
    ),
    Field::new(
        "severity.critical",
        Kind::Number(key("score")),
        key("Critical from"),
        key("Empty: never critical."),
    ),
];

/// What holds pages back.
pub(super) const PAGING: &[Field] = &[
    Field::new(
        "calendars",
        Kind::Lines,
        key("Calendars"),
        key(
            "It goes by these, one id a line: while they hold nobody is paged, nothing is learned or more is tolerated.",
        ),
    ),
    Field::new(
        "paging.flap.changes",
        Kind::Number(""),
        key("Flapping from"),
        key("So many beginnings and ends in so long, and it pages when it settles."),
    ),
    Field::new(
        "paging.flap.within",
        Kind::Length,
        key("Flapping within"),
        key("The time in which changes are counted."),
    ),
    Field::new(
        "paging.flap.settle",
        Kind::Length,
        key("Settled after"),
        key("So long without a change."),
    ),
    Field::new(
        "paging.limit.pages",
        Kind::Number(key("pages")),
        key("At most"),
        key("More pages than this are held back."),
    ),
    Field::new(
        "paging.limit.within",
        Kind::Length,
        key("Pages within"),
        key("The time in which pages are counted."),
    ),
    Field::new(
        "paging.depends_on",
        Kind::Depends,
        key("Explained by"),
        key(
            "Nobody is paged while one of these rules is open, one a line: host-* series=web* equal=host wait=2m.",
        ),
    ),
];

/// What is rarely touched.
pub(super) const MORE: &[Field] = &[
    Field::new(
        "labels",
        Kind::Pairs,
        key("Labels"),
        key("Put on every anomaly: name=value, one a line."),
    )
    .usually("team=shop"),
    Field::new(
        "learn_from_anomalies",
        Kind::Flag(false),
        key("Learn from anomalies"),
        key("Whether anomalous samples enter the baseline."),
    ),
    Field::new(
        "seed",
        Kind::Number(""),
        key("Seed"),
        key("Of detectors that throw dice."),
    )
    .usually("0"),
];
