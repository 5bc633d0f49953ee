//! `GET /api/v1/journal`: the audit trail, as pages or as one stream of JSON lines.

use axum::Json;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use futures::stream;
use hindcast_shared::anomaly::AnomalyId;
use hindcast_shared::api::{
    ErrorBody, JournalChain, JournalEntry, JournalOrder, JournalQuery, ListPage,
};
use hindcast_shared::hash::hex;
use hindcast_shared::rule::RuleId;
use hindcast_shared::time::{DAY_MS, Edge, TimeRange, UtcOffsets, parse_instant};
use http::HeaderMap;
use http::header::{ACCEPT, CONTENT_TYPE, VARY};

use crate::auth::Operator;
use crate::error::{ApiError, ApiResult};
use crate::extract::Query;
use crate::journal::{Entry, EntryKind};
use crate::state::AppState;
use crate::store::{EntryFilter, Store, StoreError, StoreResult};

/// Items of a page when the query does not say.
const DEFAULT_LIMIT: u32 = 100;

/// Most items of a page, and of one reading for JSON lines.
const MAX_LIMIT: u32 = 1_000;

/// What an entry a line is called.
const LINES: &str = "application/x-ndjson";

/// Lists who did what and when, oldest first unless asked, with the hashes that tie each entry to the one before.
///
/// JSON lines where `Accept` names `application/x-ndjson`: all entries of the range, or `limit` of them.
#[utoipa::path(get, path = "/api/v1/journal", tag = "operating", operation_id = "list_journal",
    params(JournalQuery),
    responses((status = OK, description = "The entries", content((ListPage<JournalEntry> = "application/json"),
            (String = "application/x-ndjson"))),
        (status = BAD_REQUEST, body = ErrorBody)))]
pub(crate) async fn list_journal(
    app: AppState,
    _: Operator,
    headers: HeaderMap,
    Query(query): Query<JournalQuery>,
) -> ApiResult<Response> {
    let as_of_seq = app.store.head();
    let filter = filter(&query, as_of_seq, app.clock.now_ms())?;
    let wants_lines = headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains(LINES));
    if wants_lines {
        let left = query.limit.map_or(u64::MAX, u64::from);
        let headers = [(CONTENT_TYPE, LINES), (VARY, ACCEPT.as_str())];
        let body = Body::from_stream(lines(app.store.clone(), filter, left));
        return Ok((headers, body).into_response());
    }
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    if limit == 0 || limit > MAX_LIMIT {
        let message = format!("must lie between 1 and {MAX_LIMIT}");
        return Err(ApiError::invalid_query("limit", message));
    }
    let mut entries = app.store.journal().entries(&filter, limit + 1).await?;
    let more = entries.len() > limit as usize;
    entries.truncate(limit as usize);
    let next_cursor = entries.last().filter(|_| more);
    let page = ListPage {
        next_cursor: next_cursor.map(|last| last.seq.to_string()),
        items: entries.into_iter().map(told).collect(),
        as_of_seq,
    };
    Ok(([(VARY, ACCEPT.as_str())], Json(page)).into_response())
}

fn filter(query: &JournalQuery, head: i64, now_ms: i64) -> ApiResult<EntryFilter> {
    let instant = |field: &'static str, text: &Option<String>, edge, otherwise| match text {
        None => Ok(otherwise),
        Some(text) => parse_instant(text, now_ms, edge, &UtcOffsets::utc())
            .map_err(|message| ApiError::invalid_query(field, message)),
    };
    let anomaly: Option<AnomalyId> = query
        .anomaly
        .as_ref()
        .map(|id| id.parse())
        .transpose()
        .map_err(|message: String| ApiError::invalid_query("anomaly", message))?;
    let earliest_ms = anomaly.map_or(now_ms - DAY_MS, |_| 0);
    let from_ms = instant("from", &query.from, Edge::From, earliest_ms)?;
    let to_ms = instant("to", &query.to, Edge::To, i64::MAX)?;
    let range = TimeRange::new(from_ms, to_ms)
        .ok_or_else(|| ApiError::invalid_query("from", "must be earlier than `to`"))?;
    let rule: Option<RuleId> = query
        .rule
        .as_ref()
        .map(|id| id.parse())
        .transpose()
        .map_err(|message: String| ApiError::invalid_query("rule", message))?;
    let kinds: Result<Vec<EntryKind>, String> =
        query.kind.iter().map(|kind| kind.parse()).collect();
    let cursor: Option<i64> = query
        .cursor
        .as_ref()
        .map(|cursor| cursor.parse())
        .transpose()
        .map_err(|_| {
            let message = "is not a cursor; give `next_cursor` of the page before";
            ApiError::invalid_query("cursor", message)
        })?;
    let newest_first = query.order == Some(JournalOrder::Newest);
    let (after, until) = match cursor {
        Some(seq) if newest_first => (0, head.min(seq - 1)),
        cursor => (cursor.unwrap_or(0), head),
    };
    Ok(EntryFilter {
        after,
        until,
        newest_first,
        range,
        anomaly,
        rule,
        actor: query.actor.clone(),
        kinds: kinds.map_err(|message| ApiError::invalid_query("kind", message))?,
    })
}

/// Reads the whole journal and says whether it is as it was written.
#[utoipa::path(get, path = "/api/v1/journal/chain", tag = "operating", operation_id = "verify_journal",
    responses((status = OK, body = JournalChain)))]
pub(crate) async fn verify_journal(app: AppState, _: Operator) -> ApiResult<Json<JournalChain>> {
    let chain = match app.store.journal().verify_chain().await {
        Ok(chain) => JournalChain {
            holds: true,
            anchor_seq: chain.anchor_seq,
            entries: chain.entries,
            broken_seq: None,
        },
        Err(StoreError::BrokenChain { seq }) => JournalChain {
            holds: false,
            anchor_seq: app.store.journal().anchor().await?,
            entries: 0,
            broken_seq: Some(seq),
        },
        Err(error) => return Err(error.into()),
    };
    Ok(Json(chain))
}

/// The entries, a line each, read in batches; what comes meanwhile is left out.
fn lines(
    store: Store,
    filter: EntryFilter,
    left: u64,
) -> impl futures::Stream<Item = StoreResult<Vec<u8>>> {
    stream::try_unfold(
        (store, filter, left),
        |(store, mut filter, left)| async move {
            let batch = u32::try_from(left).unwrap_or(MAX_LIMIT).min(MAX_LIMIT);
            if batch == 0 {
                return Ok(None);
            }
            let entries = store.journal().entries(&filter, batch).await?;
            let Some(last) = entries.last() else {
                return Ok(None);
            };
            if filter.newest_first {
                filter.until = last.seq - 1;
            } else {
                filter.after = last.seq;
            }
            let left = left - entries.len() as u64;
            let mut text = Vec::new();
            for entry in entries {
                text.extend(serde_json::to_vec(&told(entry)).unwrap_or_default());
                text.push(b'\n');
            }
            Ok::<_, StoreError>(Some((text, (store, filter, left))))
        },
    )
}

fn told(entry: Entry) -> JournalEntry {
    let draft = entry.draft;
    JournalEntry {
        seq: entry.seq,
        at_ms: draft.at_ms,
        recorded_at_ms: draft.recorded_at_ms,
        kind: draft.kind.as_str().to_owned(),
        rule_id: draft.rule_id.map(|id| id.to_string()),
        anomaly_id: draft.anomaly_id.map(|id| id.to_string()),
        actor: draft.actor,
        payload: serde_json::from_str(&draft.payload).unwrap_or_default(),
        prev_hash: hex(&entry.prev_hash),
        hash: hex(&entry.hash),
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use rstest::rstest;
    use serde_json::{Value, json};

    use crate::routes::testing::{NOW_MS, TestApp};

    #[tokio::test]
    async fn journal_when_paged_then_holds_every_entry_once_and_in_a_chain() -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let found = app.open("s", NOW_MS - 60_000).await?;
        let action = format!("/api/v1/anomalies/{}/acknowledge", found.id);
        app.post(&action, &[], "").await?;
        let mute = json!({"rule": "r", "end_ms": NOW_MS + 60_000, "comment": "known"});
        app.post("/api/v1/mutes", &[], &mute.to_string()).await?;
        let (mut uri, mut items) = ("/api/v1/journal?from=0&limit=2".to_owned(), Vec::new());
        loop {
            let page = app.get(&uri).await?;
            assert_eq!(page.status, StatusCode::OK, "{}", page.body);
            assert_eq!(page.body["as_of_seq"], app.store.head());
            items.extend(page.body["items"].as_array().cloned().unwrap_or_default());
            let Some(cursor) = page.body["next_cursor"].as_str() else {
                break;
            };
            uri = format!("/api/v1/journal?from=0&limit=2&cursor={cursor}");
        }
        let seqs: Vec<_> = items
            .iter()
            .filter_map(|item| item["seq"].as_i64())
            .collect();
        assert_eq!(seqs, (1..=app.store.head()).collect::<Vec<_>>());
        for pair in items.windows(2) {
            assert_eq!(pair[0]["hash"], pair[1]["prev_hash"]);
        }
        let last = items.last().expect("entries");
        assert_eq!(
            (&last["kind"], &last["actor"]),
            (&json!("mute_saved"), &json!("anonymous"))
        );
        assert_eq!(last["payload"]["comment"], "known");

        let lines = [("accept", "application/x-ndjson")];
        let all = app.get_with("/api/v1/journal?from=0", &lines).await?;
        assert_eq!(all.header("content-type"), "application/x-ndjson");
        let read = |bytes: &[u8]| -> Vec<Value> {
            let text = String::from_utf8_lossy(bytes);
            text.lines()
                .filter_map(|line| serde_json::from_str(line).ok())
                .collect()
        };
        assert_eq!(read(&all.bytes), items);
        let few = app
            .get_with("/api/v1/journal?from=0&limit=2", &lines)
            .await?;
        assert_eq!(read(&few.bytes), items[..2]);
        let of_one = app
            .get(&format!("/api/v1/journal?anomaly={}", found.id))
            .await?;
        let kinds: Vec<_> = of_one.body["items"]
            .as_array()
            .expect("items")
            .iter()
            .filter_map(|item| item["kind"].as_str())
            .collect();
        assert_eq!(kinds, ["opened", "command", "acknowledged"]);
        Ok(())
    }

    #[tokio::test]
    async fn journal_when_narrowed_and_turned_round_then_pages_back_through_what_fits()
    -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let found = app.open("s", NOW_MS - 60_000).await?;
        for action in ["acknowledge", "resolve"] {
            let path = format!("/api/v1/anomalies/{}/{action}", found.id);
            app.post(&path, &[], "").await?;
        }
        let seqs = |page: &Value| -> Vec<i64> {
            let items = page["items"].as_array().cloned().unwrap_or_default();
            items
                .iter()
                .filter_map(|item| item["seq"].as_i64())
                .collect()
        };
        let all = app.get("/api/v1/journal?from=0").await?;
        let mut wanted = seqs(&all.body);
        wanted.reverse();
        let (mut uri, mut got) = (
            "/api/v1/journal?from=0&order=newest&limit=2".to_owned(),
            Vec::new(),
        );
        loop {
            let page = app.get(&uri).await?;
            got.extend(seqs(&page.body));
            let Some(cursor) = page.body["next_cursor"].as_str() else {
                break;
            };
            uri = format!("/api/v1/journal?from=0&order=newest&limit=2&cursor={cursor}");
        }
        assert_eq!(got, wanted);
        let lines = [("accept", "application/x-ndjson")];
        let text = app
            .get_with("/api/v1/journal?from=0&order=newest", &lines)
            .await?;
        let lines = String::from_utf8_lossy(&text.bytes).lines().count();
        assert_eq!(lines, wanted.len());
        let kinds = |page: &Value| -> Vec<String> {
            let items = page["items"].as_array().cloned().unwrap_or_default();
            let words = items.iter().filter_map(|item| item["kind"].as_str());
            words.map(str::to_owned).collect()
        };
        let commands = app
            .get("/api/v1/journal?from=0&kind=command&kind=opened&rule=r")
            .await?;
        assert_eq!(kinds(&commands.body), ["opened", "command", "command"]);
        let nobody = app.get("/api/v1/journal?from=0&actor=nobody").await?;
        assert_eq!(nobody.body["items"], json!([]));
        let other = app.get("/api/v1/journal?from=0&rule=other").await?;
        assert_eq!(other.body["items"], json!([]));
        let chain = app.get("/api/v1/journal/chain").await?;
        assert_eq!(
            chain.body,
            json!({"holds": true, "anchor_seq": 0, "entries": app.store.head(), "broken_seq": null})
        );
        Ok(())
    }

    #[rstest]
    #[case("rule=No%20slug", "rule")]
    #[case("kind=nothing", "kind")]
    #[case("order=random", "order")]
    #[case("from=now&to=now-1h", "from")]
    #[case("to=tomorrow", "to")]
    #[case("anomaly=x", "anomaly")]
    #[case("limit=0", "limit")]
    #[case("limit=1001", "limit")]
    #[case("cursor=x", "cursor")]
    #[case("colour=red", "colour")]
    #[tokio::test]
    async fn journal_when_the_query_is_wrong_then_names_the_field(
        #[case] query: &str,
        #[case] field: &str,
    ) -> anyhow::Result<()> {
        let app = TestApp::new().await?;
        let answer = app.get(&format!("/api/v1/journal?{query}")).await?;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
        assert_eq!(answer.body["error"]["field"], field);
        Ok(())
    }
}
