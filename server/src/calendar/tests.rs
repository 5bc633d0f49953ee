//! Recurrences against another implementation, files as programs write them, and what is refused.

use hindcast_shared::time::HOUR_MS;
use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

use super::*;

/// What another implementation says; the file tells which.
const RECURRENCES: &str = include_str!("recurrences.txt");

fn draft(value: serde_json::Value) -> CalendarDraft {
    serde_json::from_value(value).expect("a draft")
}

fn read(value: serde_json::Value) -> Calendar {
    Calendar::read(&draft(value)).expect("a calendar")
}

fn ms(text: &str) -> i64 {
    let at: jiff::Timestamp = text.parse().expect("an instant");
    at.as_millisecond()
}

fn range(from: &str, to: &str) -> TimeRange {
    TimeRange::new(ms(from), ms(to)).expect("a range")
}

fn starts(calendar: &Calendar, range: TimeRange) -> Vec<String> {
    let text = |at_ms: i64| {
        jiff::Timestamp::from_millisecond(at_ms)
            .expect("an instant")
            .to_string()
    };
    calendar
        .within(range)
        .iter()
        .map(|one| text(one.start_ms))
        .collect()
}

#[test]
fn recurrence_when_clocks_change_then_is_what_dateutil_says() {
    let mut lines = 0;
    for line in RECURRENCES.lines().filter(|line| !line.starts_with('#')) {
        let parts: Vec<&str> = line.split('|').collect();
        let [zone_name, start, rule, expected] = parts[..] else {
            panic!("{line}");
        };
        let zone = zone(zone_name).expect("a zone");
        let expected: Vec<i64> = expected
            .split(',')
            .filter_map(|one| one.parse::<i64>().ok())
            .map(|seconds| seconds * 1_000)
            .collect();
        let (start, _) = value::date_time(start).expect("a start");
        let event = Event {
            start,
            zone,
            length: Length::Millis(1),
            rules: vec![Recurrence::parse(rule, start).expect("a rule")],
            also: Vec::new(),
            except_ms: Vec::new(),
            title: String::new(),
        };
        let (first, last) = (expected[0], expected[expected.len() - 1]);
        // A rule that ends has nothing after its last one; others go on.
        let ends = rule.contains("COUNT") || rule.contains("UNTIL");
        let range = TimeRange {
            from_ms: first - 400 * DAY_MS,
            to_ms: last + if ends { 400 * DAY_MS } else { 1 },
        };
        let mut found = Vec::new();
        event.within(range, &mut found);
        found.sort();
        let found: Vec<i64> = found.iter().map(|one| one.start_ms).collect();
        assert_eq!(found, expected, "{line}");
        // Asked about its middle only, it says the same.
        let middle = expected[expected.len() / 2];
        let mut found = Vec::new();
        event.within(
            TimeRange {
                from_ms: middle,
                to_ms: middle + 1,
            },
            &mut found,
        );
        assert_eq!(found.len(), 1, "{line}");
        lines += 1;
    }
    assert!(lines > 100, "{lines} recurrences");
}

#[test]
fn event_when_written_out_then_holds_on_the_wall_of_its_zone() {
    let calendar = read(json!({
        "name": "nights", "time_zone": "Europe/Berlin", "events": [
            {"start": "2026-03-27T22:00", "length": "8h", "rrule": "FREQ=DAILY", "except": ["2026-03-28T22:00"]},
            {"start": "2026-03-29", "title": "a short day"},
        ],
    }));
    let found = calendar.within(range("2026-03-27T00:00:00Z", "2026-03-30T21:00:00Z"));
    let told: Vec<_> = found
        .iter()
        .map(|one| (one.start_ms, one.end_ms - one.start_ms))
        .collect();
    assert_eq!(
        told,
        [
            (ms("2026-03-27T21:00:00Z"), 8 * HOUR_MS),
            (ms("2026-03-28T23:00:00Z"), 23 * HOUR_MS),
            (ms("2026-03-29T20:00:00Z"), 8 * HOUR_MS),
            (ms("2026-03-30T20:00:00Z"), 8 * HOUR_MS),
        ]
    );
    let ranges = merged(found, range("2026-03-28T00:00:00Z", "2026-03-30T22:00:00Z"));
    let lengths: Vec<_> = ranges
        .iter()
        .map(|one| one.duration_ms() / HOUR_MS)
        .collect();
    assert_eq!(
        lengths,
        [5, 29, 2],
        "cut to where it holds, and joined where it overlaps"
    );
}

#[rstest]
#[case("kr", "2026-02-17", "Korean New Year")]
#[case("kr", "2029-09-22", "Chuseok")]
#[case("ru", "2026-05-11", "Victory Day (observed)")]
#[case("us", "2032-11-25", "Thanksgiving Day")]
fn holidays_when_a_country_is_named_then_are_days_of_its_zone(
    #[case] country: &str,
    #[case] day: &str,
    #[case] title: &str,
) {
    let calendar = read(json!({"name": "holidays", "holidays": country}));
    let noon = ms(&format!("{day}T12:00:00Z"));
    let found = calendar.within(TimeRange {
        from_ms: noon,
        to_ms: noon + 1,
    });
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (found[0].title.as_str(), found[0].end_ms - found[0].start_ms),
        (title, DAY_MS)
    );
    for year in 2025..=2036 {
        let days = holidays::lines().filter(|(code, at, _)| *code == country && at.year() == year);
        assert!(days.count() >= 10, "{country} in {year}");
    }
}

const FILE: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WR-TIMEZONE:Asia/Seoul\r\n\
BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:DAYLIGHT\r\nDTSTART:19700329T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n\
TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n\
BEGIN:VEVENT\r\nUID:backup\r\nSUMMARY:Backup\\, full\r\nDTSTART;TZID=\"Europe/Berlin\":20261023T020000\r\nDTEND;TZID=Europe/Berlin:20261023T0\r\n 30000\r\n\
RRULE:FREQ=DAILY;UNTIL=20261028T235959Z\r\nEXDATE;TZID=Europe/Berlin:20261024T020000\r\n\
BEGIN:VALARM\r\nTRIGGER:-PT5M\r\nDURATION:PT1M\r\nEND:VALARM\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nUID:backup\r\nRECURRENCE-ID;TZID=Europe/Berlin:20261026T020000\r\nDTSTART;TZID=Europe/Berlin:20261026T050000\r\nDURATION:PT90M\r\nSUMMARY:Backup late\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nUID:backup\r\nRECURRENCE-ID;TZID=Europe/Berlin:20261027T020000\r\nSTATUS:CANCELLED\r\nDTSTART;TZID=Europe/Berlin:20261027T020000\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nUID:day\r\nDTSTART;VALUE=DATE:20261025\r\nDTEND;VALUE=DATE:20261027\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nUID:floating\r\nDTSTART:20261029T090000\r\nDURATION:PT1H\r\nRDATE:20261030T090000,20261031T000000Z\r\nRRULE:FREQ=DAILY;COUNT=1\r\nEND:VEVENT\r\n\
BEGIN:VJOURNAL\r\nDTSTART:20261020T090000\r\nEND:VJOURNAL\r\nEND:VCALENDAR\r\n";

#[test]
fn file_when_it_has_overrides_alarms_and_zones_then_its_events_are_read() {
    let calendar = read(json!({"name": "file", "ics": FILE}));
    let all = range("2026-10-01T00:00:00Z", "2026-12-01T00:00:00Z");
    assert_eq!(
        starts(&calendar, all),
        [
            "2026-10-23T00:00:00Z",
            // Two whole days in Seoul.
            "2026-10-24T15:00:00Z",
            // Summer time has ended; two o'clock came twice, and the first counts.
            "2026-10-25T00:00:00Z",
            "2026-10-26T04:00:00Z",
            "2026-10-28T01:00:00Z",
            "2026-10-29T00:00:00Z",
            "2026-10-30T00:00:00Z",
            "2026-10-31T00:00:00Z",
        ]
    );
    let found = calendar.within(all);
    assert_eq!(found[0].title, "Backup, full");
    assert_eq!(found[1].end_ms - found[1].start_ms, 2 * DAY_MS);
    assert_eq!(found[3].end_ms - found[3].start_ms, 90 * 60_000);
}

fn in_file(properties: &str) -> String {
    format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\n{properties}\nEND:VEVENT\nEND:VCALENDAR")
}

/// Components within components.
fn deep(most: usize) -> String {
    format!("BEGIN:VCALENDAR\n{}", "BEGIN:VEVENT\n".repeat(most))
}

#[test]
fn file_when_it_names_periods_then_each_has_its_own_length() {
    let text = in_file(
        "DTSTART;TZID=W. Europe Standard Time:20260323T100000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2\n\
         RDATE;VALUE=PERIOD;TZID=Europe/Berlin:20260328T230000/20260329T070000,20260330T080000/PT30M\n\
         RDATE:20260401T080000\nEXDATE:20260324T100000",
    );
    let calendar = read(json!({"name": "periods", "ics": text}));
    let found = calendar.within(range("2026-03-01T00:00:00Z", "2026-05-01T00:00:00Z"));
    let told: Vec<_> = found
        .iter()
        .map(|one| (one.start_ms, (one.end_ms - one.start_ms) / 60_000))
        .collect();
    assert_eq!(
        told,
        [
            (ms("2026-03-23T09:00:00Z"), 60),
            // An hour is lost in this night.
            (ms("2026-03-28T22:00:00Z"), 7 * 60),
            (ms("2026-03-30T06:00:00Z"), 30),
            (ms("2026-04-01T06:00:00Z"), 60),
        ]
    );
    // Longer than the event itself, it is found by its end too.
    let late = calendar.within(range("2026-03-29T04:59:00Z", "2026-03-29T05:30:00Z"));
    assert_eq!(late.len(), 1);
}

#[test]
fn file_when_a_line_cannot_be_read_then_its_line_is_named() {
    let text = "BEGIN:VCALENDAR\r\nX-A:one\r\n two\r\n\r\nBEGIN:VEVENT\r\n@@@\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let refused = Calendar::read(&draft(json!({"name": "a", "ics": text}))).expect_err("a refusal");
    assert!(refused.message.contains("line 6: `@@@`"), "{refused}");
    let text =
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Backup\nDTSTART:soon\nEND:VEVENT\nEND:VCALENDAR\n";
    let refused = Calendar::read(&draft(json!({"name": "a", "ics": text}))).expect_err("a refusal");
    assert!(
        refused.message.contains("event 1 (Backup): `soon`"),
        "{refused}"
    );
}

#[test]
fn file_when_it_holds_two_calendars_then_both_are_read() {
    let one = |day: &str, zone: &str| {
        format!(
            "BEGIN:VCALENDAR\nX-WR-TIMEZONE:{zone}\nBEGIN:VEVENT\nDTSTART:{day}T000000\nDURATION:PT1H\nEND:VEVENT\nEND:VCALENDAR\n"
        )
    };
    let text = format!(
        "\u{feff}{}{}",
        one("20260101", "Asia/Seoul"),
        one("20260102", "UTC")
    );
    let calendar = read(json!({"name": "two", "ics": text}));
    assert_eq!(
        starts(
            &calendar,
            range("2025-12-01T00:00:00Z", "2026-02-01T00:00:00Z")
        ),
        ["2025-12-31T15:00:00Z", "2026-01-02T00:00:00Z"]
    );
}

/// A rule that names each second of each day.
fn every_second() -> String {
    let all = |most: u32| {
        let numbers: Vec<String> = (0..most).map(|one| one.to_string()).collect();
        numbers.join(",")
    };
    let sixty = all(60);
    format!(
        "FREQ=YEARLY;BYHOUR={};BYMINUTE={sixty};BYSECOND={sixty}",
        all(24)
    )
}

#[rstest]
#[case("FREQ=YEARLY;INTERVAL=3")]
#[case("FREQ=YEARLY;BYDAY=20MO")]
#[case("FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=31")]
#[case("FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,SU")]
#[case("FREQ=DAILY;INTERVAL=17")]
#[case("FREQ=HOURLY;INTERVAL=1000")]
#[case("FREQ=MINUTELY;INTERVAL=10000")]
#[case("FREQ=YEARLY;BYWEEKNO=20,53;BYDAY=MO")]
#[case("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1")]
fn recurrence_when_asked_about_late_then_is_what_was_counted_from_its_beginning(
    #[case] rule: &str,
) {
    let calendar = read(json!({
        "name": "long", "time_zone": "Europe/Berlin",
        "events": [{"start": "1931-01-31T02:30", "length": "2h", "rrule": rule}],
    }));
    let all = starts(
        &calendar,
        range("1930-01-01T00:00:00Z", "2040-01-01T00:00:00Z"),
    );
    for year in 2020..2040 {
        let (from, to) = (
            format!("{year}-01-01T00:00:00Z"),
            format!("{}-01-01T00:00:00Z", year + 1),
        );
        let year = format!("{year}-");
        let expected: Vec<&String> = all.iter().filter(|at| at.starts_with(&year)).collect();
        let found = starts(&calendar, range(&from, &to));
        let found: Vec<&String> = found.iter().filter(|at| at.starts_with(&year)).collect();
        assert_eq!(found, expected, "{rule}");
    }
}

#[rstest]
#[case(json!({"name": " "}), "name")]
#[case(json!({"name": "a", "time_zone": "Mars/Olympus"}), "time_zone")]
#[case(json!({"name": "a", "holidays": "xx"}), "holidays")]
#[case(json!({"name": "a", "effects": {"scale_threshold": 0.0}}), "effects.scale_threshold")]
#[case(json!({"name": "a", "events": [{"start": "soon"}]}), "events[0].start")]
#[case(json!({"name": "a", "events": [{"start": "2026-01-01T00:00"}]}), "events[0].length")]
#[case(json!({"name": "a", "events": [{"start": "2026-01-01", "rrule": "FREQ=FORTNIGHTLY"}]}), "events[0].rrule")]
#[case(json!({"name": "a", "events": [{"start": "2026-01-01", "rrule": "FREQ=SECONDLY"}]}), "events")]
#[case(json!({"name": "a", "events": [{"start": "2026-01-01", "rrule": "FREQ=MINUTELY;BYMONTH=1,2"}]}), "events")]
#[case(json!({"name": "a", "events": [{"start": "2026-01-01", "rrule": "FREQ=MINUTELY;BYMONTH=1;BYSECOND=0,1;BYSETPOS=1"}]}), "events[0].rrule")]
#[case(json!({"name": "a", "events": [{"start": "2026-01-01", "rrule": "FREQ=SECONDLY;INTERVAL=2;BYYEARDAY=1;BYHOUR=0;BYSECOND=1"}]}), "events[0].rrule")]
#[case(json!({"name": "a", "events": [{"start": "2026-01-01", "rrule": "FREQ=DAILY;COUNT=200000"}]}), "events[0].rrule")]
#[case(json!({"name": "a", "events": [{"start": "2026-01-01", "rrule": "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30"}]}), "events[0].rrule")]
#[case(json!({"name": "a", "events": [{"start": "2026-01-01", "rrule": "FREQ=WEEKLY;BYDAY=é"}]}), "events[0].rrule")]
#[case(json!({"name": "a", "events": [{"start": "2026-01-01", "rrule": "BYDAY=MO"}]}), "events[0].rrule")]
#[case(json!({"name": "a", "events": [{"start": "2026-01-01", "rrule": "FREQ=DAILY;COUNT=2;UNTIL=20270101"}]}), "events[0].rrule")]
#[case(json!({"name": "a", "events": [{"start": "2026-01-01", "rrule": "FREQ=WEEKLY;BYDAY=1MO"}]}), "events[0].rrule")]
#[case(json!({"name": "a", "events": [{"start": "2026-01-01", "except": ["x"]}]}), "events[0].except[0]")]
#[case(json!({"name": "a", "events": [{"start": "1700-01-01", "rrule": "FREQ=DAILY"}]}), "events")]
#[case(json!({"name": "a", "events": [{"start": "2026-01-01", "rrule": every_second()}]}), "events")]
#[case(json!({"name": "a", "events": vec![json!({"start": "2026-01-01", "rrule": "FREQ=DAILY;COUNT=9"}); 300]}), "events")]
#[case(json!({"name": "a", "events": [{"start": "2026-01-01T02:00+09:00", "length": "1h"}]}), "events[0].start")]
#[case(json!({"name": "a", "ics": "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101\nDURATION:PT1é\nEND:VEVENT\nEND:VCALENDAR"}), "ics")]
#[case(json!({"name": "a", "ics": "hello: world"}), "ics")]
#[case(json!({"name": "a", "ics": deep(40_000)}), "ics")]
#[case(json!({"name": "a", "ics": in_file("DTSTART:20260101\nRDATE;VALUE=PERIOD:20260102T000000/20260101T000000")}), "ics")]
#[case(json!({"name": "a", "ics": in_file("DTSTART;TZID=Mars/Olympus:20260101T000000")}), "ics")]
#[case(json!({"name": "a", "ics": in_file("DTSTART:20260101\nEXDATE:20260101/P1D")}), "ics")]
#[case(json!({"name": "a", "ics": "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101\nEND:VCALENDAR"}), "ics")]
#[case(json!({"name": "a", "ics": "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101"}), "ics")]
#[case(json!({"name": "a", "ics": "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:x\nEND:VEVENT\nEND:VCALENDAR"}), "ics")]
fn calendar_when_something_is_wrong_then_the_field_is_named(
    #[case] value: serde_json::Value,
    #[case] field: &str,
) {
    let error = Calendar::read(&draft(value)).expect_err("a refusal");
    assert_eq!(error.field, field, "{error}");
}

proptest! {
    #[test]
    fn file_when_any_text_then_never_panics(lines in proptest::collection::vec(
        "(BEGIN:VEVENT|END:VEVENT|BEGIN:VCALENDAR|DTSTART:[0-9TZ]{0,16}|DTEND:[0-9TZ]{8,16}|RRULE:FREQ=DAILY;.{0,9}|DURATION:P[0-9TWDHMSé]{0,8}|.{0,12})", 0..20)) {
        let text = format!("BEGIN:VCALENDAR\n{}", lines.join("\n"));
        if let Ok(calendar) = Calendar::read(&draft(json!({"name": "any", "ics": text}))) {
            calendar.within(range("2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z"));
        }
    }

    #[test]
    fn rule_when_any_text_then_never_panics(rule in "(FREQ=(MINUTELY|HOURLY|DAILY|WEEKLY|MONTHLY|YEARLY);?)?((BYDAY|BYWEEKNO|BYHOUR|BYMONTH|BYMONTHDAY|BYSETPOS|BYYEARDAY|INTERVAL|COUNT)=[-+0-9MOTUSAFR,]{0,8};?){0,4}") {
        let value = json!({"name": "any", "events": [{"start": "2026-01-31", "rrule": rule}]});
        if let Ok(calendar) = Calendar::read(&draft(value)) {
            let found = calendar.within(range("2026-01-01T00:00:00Z", "2028-03-01T00:00:00Z"));
            prop_assert!(found.iter().all(|one| one.start_ms < one.end_ms));
        }
    }
}
