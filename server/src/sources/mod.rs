//! Where series come from: Prometheus, this machine, made-up services, files, and whoever pushes.
//!
//! Owns the way from a source to [`Series`] on an aligned grid; knows nothing of rules, scores or HTTP routes.

mod configured;
pub(crate) mod csv;
pub(crate) mod demo;
mod error;
pub(crate) mod host;
pub(crate) mod model;
pub(crate) mod prometheus;
pub(crate) mod push;
mod registry;
mod samples;
mod selector;

use async_trait::async_trait;
use hindcast_shared::api::SourceKind;
use hindcast_shared::series::Series;
use hindcast_shared::time::{Millis, TimeRange};

pub(crate) use self::configured::{configured, configured_remotes};
pub(crate) use self::error::SourceError;
pub(crate) use self::prometheus::layout::layout;
pub(crate) use self::registry::{POINTS_LIMIT, SERIES_LIMIT, Sources};
pub(crate) use self::samples::{Sample, SampleStore, SampledSeries};
pub(crate) use self::selector::Selector;

/// Somewhere that series come from.
#[async_trait]
pub(crate) trait Source: Send + Sync {
    /// What it is.
    fn kind(&self) -> SourceKind;

    /// The series that the query picks, on the aligned grid of `step`, at the instants in `range`.
    ///
    /// The value at *t* is the source's value at *t*; for kept samples the last one in `(t - step, t]`.
    /// Gaps are NaN. A series without any value in the range is left out.
    async fn fetch(
        &self,
        query: &str,
        range: TimeRange,
        step: Millis,
    ) -> Result<Vec<Series>, SourceError>;

    /// Queries to begin with, for pickers.
    async fn suggestions(&self) -> Vec<String>;

    /// What is allowed in a query but probably not meant, such as a raw counter.
    async fn warnings(&self, _query: &str) -> Vec<String> {
        Vec::new()
    }

    /// Asks for a sign of life.
    async fn probe(&self) -> Result<(), SourceError> {
        Ok(())
    }
}
