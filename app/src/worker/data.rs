//! Raw columns: fetched once, kept, and given out again for every move of a slider.

use hindcast_shared::api::columns::{self, Head};
use hindcast_shared::api::{ErrorBody, LabelDraft, LabelKind};
use hindcast_shared::calendar::CalendarTable;
use hindcast_shared::map::Map;
use hindcast_shared::pipeline::{Command, Dataset, Mute, Standing};
use hindcast_shared::rule::Ticks;
use hindcast_shared::series::{Series, SeriesKey};
use hindcast_shared::time::TimeRange;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use super::dropped::TABLE;
use super::protocol::{Job, Outcome};
use super::table::Table;
use crate::http::{self, Call};
use crate::i18n::t;
use crate::json;

/// How many sets of columns are kept; the oldest goes first.
const MOST_KEPT: usize = 4;

/// What identifies a set of columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    /// Id of a stored rule; or nothing, and then the next two count.
    pub(super) stored: Option<String>,
    pub(super) source: String,
    pub(super) query: String,
    pub(super) step_ms: i64,
    /// Name of the zone by whose wall clock the rule's seasons go.
    pub(super) zone: String,
    /// Whether the journal's part is there as well.
    pub(super) detail: bool,
}

/// What a replay needs of `api::TransitionsResponse`: not the transitions, which it computes itself.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Past {
    pub(super) commands: Vec<Command>,
    pub(super) mutes: Vec<Mute>,
    #[serde(default)]
    pub(super) standing: Vec<Standing>,
    #[serde(default)]
    pub(super) calendars: Vec<CalendarTable>,
    pub(super) ticks: Option<Ticks>,
    pub(super) live_since_ms: Option<i64>,
}

/// What is needed of `api::ListPage<CalendarTable>`.
#[derive(Debug, serde::Deserialize)]
struct Windows {
    items: Vec<CalendarTable>,
}

/// Columns, and what was fetched with them.
#[derive(Debug)]
pub(super) struct Kept {
    /// Counts what may be learned from: from 1, fetches and changes of what is left out.
    pub(super) fetched: u32,
    key: Key,
    covers: TimeRange,
    pub(super) data: Dataset,
    pub(super) names: Vec<SeriesKey>,
    pub(super) head: Head,
    pub(super) past: Option<Past>,
    /// Calendars as they held, of the stored rule; and others as if they had always held, with the ids of all of these.
    tables: Vec<CalendarTable>,
    as_if_always: Vec<String>,
}

/// The columns that are here.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    kept: Vec<Kept>,
    /// The table that was dropped, if one was; it cannot be fetched again.
    table: Option<Kept>,
    fetches: u32,
}

impl Shelf {
    /// Columns over `needs`, from here if they are here, without what a job's labels leave out.
    pub(super) async fn get(
        &mut self,
        key: Key,
        needs: TimeRange,
        job: &Job,
    ) -> Result<&mut Kept, Outcome> {
        if key.source == TABLE {
            let Some(table) = &mut self.table else {
                let message = t("drop the table again: it was only in this page");
                return Err(Outcome::failed(message.to_owned()));
            };
            let reached = table.reach_back(needs.from_ms);
            let labels = job.labels.as_ref();
            if labels.is_some_and(|labels| table.leave_out(labels)) || reached {
                self.fetches += 1;
                table.fetched = self.fetches;
            }
            return Ok(table);
        }
        let found = self.kept.iter().position(|kept| {
            kept.key == key
                && !kept.is_of_older_calendars(job)
                && kept.covers.from_ms <= needs.from_ms
                && needs.to_ms <= kept.covers.to_ms
        });
        let mut kept = match found {
            Some(at) if !job.fresh => self.kept.remove(at),
            _ => {
                self.kept.retain(|kept| kept.key != key);
                self.fetches += 1;
                fetch(key, needs, self.fetches).await?
            }
        };
        if let Some(labels) = &job.labels
            && kept.leave_out(labels)
        {
            self.fetches += 1;
            kept.fetched = self.fetches;
        }
        kept.ask_for_calendars(job).await?;
        kept.go_by(&job.rule.calendars);
        self.kept.truncate(MOST_KEPT - 1);
        self.kept.insert(0, kept);
        Ok(&mut self.kept[0])
    }
}

impl Shelf {
    /// Keeps a table in place of the one before.
    pub(super) fn take_table(&mut self, table: Table) {
        self.fetches += 1;
        self.table = Some(Kept {
            fetched: self.fetches,
            key: Key {
                stored: None,
                source: TABLE.to_owned(),
                query: String::new(),
                step_ms: table.read.step_ms,
                zone: String::new(),
                detail: true,
            },
            covers: table.read.range,
            data: table.data,
            names: table.names,
            head: table.head,
            past: None,
            tables: Vec::new(),
            as_if_always: Vec::new(),
        });
    }
}

impl Kept {
    /// Has every series begin where a rule begins to learn, as what is fetched does; says whether any had to.
    fn reach_back(&mut self, from_ms: i64) -> bool {
        if self.covers.from_ms <= from_ms {
            return false;
        }
        let (step_ms, names) = (self.key.step_ms, self.names.clone());
        for key in names {
            if let Some(series) = self.data.series.get(&key) {
                let before = Series {
                    labels: series.labels.clone(),
                    unit: series.unit.clone(),
                    start_ms: from_ms.div_euclid(step_ms) * step_ms,
                    step_ms,
                    values: vec![f64::NAN],
                };
                self.data.insert(key, before);
            }
        }
        self.covers.from_ms = from_ms;
        true
    }

    /// Whether the rule was saved with a calendar since: from then on it counts as it really holds.
    fn is_of_older_calendars(&self, job: &Job) -> bool {
        let saved = job.saved.as_ref().map(|saved| &saved.0.calendars);
        let asked = &self.as_if_always;
        saved.is_some_and(|saved| asked.iter().any(|id| saved.contains(id)))
    }

    /// Fetches when the calendars hold that the draft goes by and the saved rule does not.
    async fn ask_for_calendars(&mut self, job: &Job) -> Result<(), Outcome> {
        // A chart that has nothing to compare with shows the saved rule itself.
        let saved = job.saved.as_ref().map_or(&job.rule, |saved| &saved.0);
        let saved = Some(saved).filter(|_| self.past.is_some());
        let is_here = |id: &String| {
            self.as_if_always.contains(id)
                || saved.is_some_and(|saved| saved.calendars.contains(id))
        };
        let new = job.rule.calendars.iter().filter(|id| !is_here(id));
        let new: Vec<String> = new.cloned().collect();
        if new.is_empty() {
            return Ok(());
        }
        let (from, to) = (
            self.covers.from_ms.to_string(),
            self.covers.to_ms.to_string(),
        );
        let ids = new.join(",");
        let query = [("calendars", ids.as_str()), ("from", &from), ("to", &to)];
        let body = get("calendar-windows", &query, "application/json").await?;
        let windows: Windows = json::read(&String::from_utf8_lossy(&body))
            .map_err(|error| Outcome::failed(error.to_string()))?;
        self.tables.retain(|table| !new.contains(&table.id));
        self.tables.extend(windows.items);
        self.as_if_always.extend(new);
        Ok(())
    }

    /// Goes by these calendars, in their order.
    pub(super) fn go_by(&mut self, ids: &[String]) {
        let mut chosen = Vec::new();
        for id in ids {
            let of = self.tables.iter().filter(|table| table.id == *id);
            chosen.extend(of.cloned());
        }
        self.data.calendars = chosen;
    }

    /// Leaves out what labels say and nothing else; tells whether that is something new.
    fn leave_out(&mut self, labels: &[LabelDraft]) -> bool {
        let mut excluded: Map<SeriesKey, Vec<TimeRange>> = Map::new();
        for label in labels {
            // As the server, which names no range that the columns do not reach.
            let reached = label.start_ms < self.covers.to_ms && label.end_ms > self.covers.from_ms;
            let range = TimeRange::new(label.start_ms, label.end_ms);
            let left_out = label.kind == LabelKind::Exclude && reached;
            for range in range.into_iter().filter(|_| left_out) {
                for (key, series) in &self.data.series {
                    if label.speaks_of(*key, &series.labels.to_string()) {
                        excluded.get_or_default(*key).push(range);
                    }
                }
            }
        }
        let is_new = self.data.excluded != excluded;
        self.data.excluded = excluded;
        is_new
    }
}

async fn fetch(key: Key, needs: TimeRange, fetched: u32) -> Result<Kept, Outcome> {
    let (from, to) = (needs.from_ms.to_string(), needs.to_ms.to_string());
    let step = format!("{}ms", key.step_ms);
    let mut query = vec![("from", from.as_str()), ("to", &to), ("tz", &key.zone)];
    match &key.stored {
        Some(rule) => query.push(("rule", rule)),
        None => query.extend([
            ("source", key.source.as_str()),
            ("query", &key.query),
            ("step", &step),
        ]),
    }
    let body = get("series", &query, columns::MEDIA_TYPE).await?;
    let (head, series) = columns::decode_with(&body, |text| {
        json::read(text).map_err(|error| error.to_string())
    })
    .map_err(|error| Outcome::failed(error.to_string()))?;
    let mut past: Option<Past> = match &key.stored {
        Some(rule) if key.detail => {
            let query = [("from", from.as_str()), ("to", &to), ("rule", rule)];
            let body = get("transitions", &query, "application/json").await?;
            let past = json::read(&String::from_utf8_lossy(&body)).map_err(|error| {
                Outcome::failed(format!("the journal could not be read: {error}"))
            })?;
            Some(past)
        }
        _ => None,
    };
    let mut data = Dataset::new(key.step_ms);
    data.offsets = head.offsets.clone();
    data.excluded.clone_from(&head.excluded);
    let tables = past
        .as_mut()
        .map_or_else(Vec::new, |past| std::mem::take(&mut past.calendars));
    let mut names = Vec::with_capacity(series.len());
    for (series_key, series) in series {
        if series.step_ms == key.step_ms {
            names.push(series_key);
            data.insert(series_key, series);
        }
    }
    Ok(Kept {
        fetched,
        key,
        covers: needs,
        data,
        names,
        head,
        past,
        tables,
        as_if_always: Vec::new(),
    })
}

async fn get(path: &str, query: &[(&str, &str)], accept: &str) -> Result<Vec<u8>, Outcome> {
    let unreachable = |_: JsValue| Outcome::Failed {
        message: crate::i18n::t("the server does not answer").to_owned(),
        field: None,
        // As browsers count an answer that never came.
        status: Some(0),
    };
    let call = Call {
        headers: &[("Accept", accept)],
        ..Call::default()
    };
    let response = http::send(&crate::api::address(path, query), call)
        .await
        .map_err(unreachable)?;
    let body = JsFuture::from(response.array_buffer().map_err(unreachable)?)
        .await
        .map_err(unreachable)?;
    let body = js_sys::Uint8Array::new(&body).to_vec();
    if response.ok() {
        return Ok(body);
    }
    let status = response.status();
    let (message, field) = match json::read::<ErrorBody>(&String::from_utf8_lossy(&body)) {
        Ok(body) => (body.error.message, body.error.field),
        Err(_) => (
            crate::i18n::tf("the server answered {n}", &[("n", &status.to_string())]),
            None,
        ),
    };
    Err(Outcome::Failed {
        message,
        field,
        status: Some(status),
    })
}
