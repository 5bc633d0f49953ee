//! `/api/v1/anomalies`: the list, one anomaly, what people do to it, counts.

mod accept;
mod act;
mod assign;
mod bulk;
mod detect;
mod explain;
mod find;
mod list;
mod note;
mod similar;
mod snooze;
mod source_link;
mod stats;

pub(crate) use self::accept::{
    __path_accept_anomaly, __path_keep_anomaly_alarming, accept_anomaly, keep_anomaly_alarming,
};
pub(crate) use self::act::{
    __path_acknowledge_anomaly, __path_judge_anomaly_expected, __path_judge_anomaly_false_alarm,
    __path_resolve_anomaly, __path_undo_anomaly, acknowledge_anomaly, judge_anomaly_expected,
    judge_anomaly_false_alarm, resolve_anomaly, undo_anomaly,
};
pub(crate) use self::assign::{__path_assign_anomaly, assign_anomaly};
pub(crate) use self::bulk::{__path_act_on_anomalies, act_on_anomalies};
pub(crate) use self::detect::{__path_detect_and_notify, detect_and_notify};
pub(crate) use self::explain::{__path_explain_anomaly, explain_anomaly};
pub(crate) use self::find::{__path_find_anomaly, find_anomaly};
pub(crate) use self::list::{__path_list_anomalies, list_anomalies};
pub(crate) use self::note::{__path_add_anomaly_note, add_anomaly_note};
pub(crate) use self::similar::{__path_list_similar_anomalies, list_similar_anomalies};
pub(crate) use self::snooze::{__path_snooze_anomaly, snooze_anomaly};
pub(crate) use self::stats::{__path_count_anomalies, count_anomalies};

use hindcast_shared::anomaly::AnomalyId;
use hindcast_shared::api::AnomalyDetail;
use hindcast_shared::message::{self, Lang};
use http::HeaderMap;
use http::header::ACCEPT_LANGUAGE;

use crate::error::{ApiError, ApiResult};
use crate::state::App;
use crate::store::StoredAnomaly;

/// The anomaly of a path.
pub(crate) async fn stored(app: &App, id: &str) -> ApiResult<StoredAnomaly> {
    let unknown = |message: String| ApiError::not_found("unknown_anomaly", message).about("id");
    let id: AnomalyId = id.parse().map_err(unknown)?;
    let found = app.store.anomalies().get(id).await?;
    found.ok_or_else(|| unknown(format!("there is no anomaly `{id}`")))
}

/// An anomaly with its story, in the language that the caller reads.
pub(crate) async fn detail(
    app: &App,
    stored: StoredAnomaly,
    headers: &HeaderMap,
) -> ApiResult<AnomalyDetail> {
    let lang = headers
        .get(ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .map_or(Lang::En, Lang::of_header);
    let anomaly = stored.anomaly;
    Ok(AnomalyDetail {
        title: message::title(&anomaly, lang),
        text: message::text(&anomaly, lang),
        history: app.store.journal().history(anomaly.id).await?,
        pages: app.store.pages_of(anomaly.id).await?,
        source_url: source_link::of(app, &anomaly).await?,
        machine_words: app.store.machine_words(anomaly.id, lang).await?,
        anomaly,
    })
}
