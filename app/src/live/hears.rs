//! What a program hears of anomalies and samples.
//!
//! One that shows none names `NOTHING`, and with it carries no reader of them.

use std::pin::Pin;

use hindcast_shared::anomaly::Anomaly;
use hindcast_shared::api::AnomalyEvent;

use super::Live;
use crate::api::{self, ApiError};
use crate::asking::active_of;
use crate::json;
use crate::sorted::insert_by_key;

/// What is active, worst first, and the position of the journal at which it was.
type Known = (Vec<Anomaly>, i64);

type Coming = Pin<Box<dyn Future<Output = Result<Known, ApiError>>>>;

/// What a program hears of anomalies and samples. One that shows none carries no reader of them.
#[derive(Clone, Copy)]
pub struct Hears {
    pub(super) active: fn(Vec<String>, Option<String>) -> Coming,
    pub(super) anomaly: fn(Live, &str),
    pub(super) samples: fn(Live, &str),
}

impl Hears {
    /// Everything.
    pub const ALL: Self = Self {
        active: |only, series| {
            Box::pin(async move {
                let page = active_of(&only, series.as_deref()).await?;
                let mut items = Vec::with_capacity(page.items.len());
                for anomaly in page.items {
                    insert_by_key(&mut items, anomaly, rank);
                }
                Ok((items, page.as_of_seq))
            })
        },
        anomaly: |live, text| {
            if let Ok(event) = json::read::<AnomalyEvent>(text) {
                live.note(event.anomaly);
            }
        },
        samples: |live, text| {
            if let Ok(samples) = json::read(text) {
                live.spread(&samples);
            }
        },
    };
    /// Only that the server is there.
    pub const NOTHING: Self = Self {
        active: |_, _| Box::pin(async { Ok((Vec::new(), api::journal_position().await?)) }),
        anomaly: |_, _| {},
        samples: |_, _| {},
    };
}

/// Worst first, then those that nobody took, then newest.
pub(super) fn rank(
    anomaly: &Anomaly,
) -> (
    std::cmp::Reverse<hindcast_shared::rule::Severity>,
    hindcast_shared::anomaly::Status,
    i64,
) {
    (
        std::cmp::Reverse(anomaly.severity),
        anomaly.status,
        -anomaly.start_ms,
    )
}
