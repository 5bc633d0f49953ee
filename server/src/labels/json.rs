//! Labels from JSON. Every check runs inside the parser, so that a refusal knows its line.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::table::is_incident;
use super::{Interval, instant, is_end, is_start};
use crate::sources::csv::parse::CsvError;

/// Entries that a message names at most.
const NAMED: usize = 10;

pub(super) fn read(bytes: &[u8], entry: Option<&str>) -> Result<Vec<Interval>, CsvError> {
    let file: File = serde_json::from_slice(bytes)
        .map_err(|error| CsvError::new(error.line().max(1) as u64, error.to_string()))?;
    let mut entries = match (file, entry) {
        (File::List(list), None) => return Ok(list),
        (File::List(_), Some(_)) => {
            let message = "a list has no entries to choose from; only JSON as NAB writes it has";
            return Err(CsvError::new(1, message));
        }
        (File::Entries(entries), _) => entries,
    };
    let chosen = match entry {
        Some(entry) => entries.iter().position(|(name, _)| name == entry),
        None => (entries.len() == 1).then_some(0),
    };
    let Some(chosen) = chosen else {
        let names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
        let shown = names[..names.len().min(NAMED)].join(", ");
        let message = format!(
            "--labels-entry must name one of its {} entries: {shown}",
            names.len()
        );
        return Err(CsvError::new(1, message));
    };
    let (_, mut windows) = entries.swap_remove(chosen);
    for window in &mut windows {
        // NAB's windows end with a row, not after it.
        window.span.end = window.span.end.saturating_add(1);
    }
    Ok(windows)
}

enum File {
    List(Vec<Interval>),
    Entries(Vec<(String, Vec<Interval>)>),
}

impl<'de> Deserialize<'de> for File {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Shape;
        impl<'de> Visitor<'de> for Shape {
            type Value = File;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of intervals, or lists of windows by file")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<File, A::Error> {
                let mut list = Vec::new();
                while let Some(Item(interval)) = seq.next_element()? {
                    list.extend(interval);
                }
                Ok(File::List(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<File, A::Error> {
                let mut entries = Vec::new();
                let mut items = None;
                while let Some(name) = map.next_key::<String>()? {
                    match name.as_str() {
                        "next_cursor" | "as_of_seq" => {
                            map.next_value::<IgnoredAny>()?;
                        }
                        "items" => items = Some(map.next_value::<Vec<Item>>()?),
                        _ => {
                            let windows: Vec<Item> = map.next_value()?;
                            let windows = windows.into_iter().filter_map(|item| item.0);
                            entries.push((name, windows.collect()));
                        }
                    }
                }
                Ok(match items {
                    Some(items) => {
                        File::List(items.into_iter().filter_map(|item| item.0).collect())
                    }
                    None => File::Entries(entries),
                })
            }
        }
        deserializer.deserialize_any(Shape)
    }
}

/// An interval, or nothing where the label is not about an incident.
struct Item(Option<Interval>);

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Shape;
        impl<'de> Visitor<'de> for Shape {
            type Value = Item;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an interval: [start, end], or an object with start and end")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Item, A::Error> {
                let wanted = || de::Error::custom("an interval has a start and an end");
                let start: Cell = seq.next_element()?.ok_or_else(wanted)?;
                let end: Cell = seq.next_element()?.ok_or_else(wanted)?;
                if seq.next_element::<IgnoredAny>()?.is_some() {
                    return Err(de::Error::custom("an interval has only a start and an end"));
                }
                item(start.at("start")?, end.at("end")?, None)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Item, A::Error> {
                let (mut start, mut end) = (None, None);
                let (mut series, mut incident) = (None, true);
                while let Some(name) = map.next_key::<String>()? {
                    match name.as_str() {
                        name if is_start(name) => {
                            start = Some(map.next_value::<Cell>()?.at(name)?);
                        }
                        name if is_end(name) => end = Some(map.next_value::<Cell>()?.at(name)?),
                        "series" | "pattern" => {
                            series = map.next_value::<Option<String>>()?.or(series);
                        }
                        "kind" => {
                            let kind: String = map.next_value()?;
                            incident = is_incident(&kind).ok_or_else(|| {
                                de::Error::custom(format!(
                                    "`{kind}` is not a kind: incident, normal or exclude"
                                ))
                            })?;
                        }
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                let start = start.ok_or_else(|| de::Error::missing_field("start"))?;
                let end = end.ok_or_else(|| de::Error::missing_field("end"))?;
                let item = item(start, end, series)?;
                Ok(if incident { item } else { Item(None) })
            }
        }
        deserializer.deserialize_any(Shape)
    }
}

fn item<E: de::Error>(start: i64, end: i64, series: Option<String>) -> Result<Item, E> {
    if start >= end {
        return Err(E::custom("the start must be before the end"));
    }
    let span = start..end;
    Ok(Item(Some(Interval { span, series })))
}

/// A time as text or as a number.
struct Cell(String);

impl Cell {
    fn at<E: de::Error>(&self, name: &str) -> Result<i64, E> {
        instant(name, &self.0).ok_or_else(|| E::custom(format!("`{}` is not a time", self.0)))
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Shape;
        impl Visitor<'_> for Shape {
            type Value = Cell;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Cell, E> {
                Ok(Cell(text.to_owned()))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Cell, E> {
                Ok(Cell(number.to_string()))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Cell, E> {
                Ok(Cell(number.to_string()))
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Cell, E> {
                Ok(Cell(number.to_string()))
            }
        }
        deserializer.deserialize_any(Shape)
    }
}
