//! Which entries of the journal are wanted, and in which order.

use hindcast_shared::anomaly::AnomalyId;
use hindcast_shared::rule::RuleId;
use hindcast_shared::time::TimeRange;
use sqlx::{QueryBuilder, Sqlite};

use crate::journal::EntryKind;

/// Which entries are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntryFilter {
    /// After this position.
    pub(crate) after: i64,
    /// Up to this position.
    pub(crate) until: i64,
    /// Whether the last one comes first.
    pub(crate) newest_first: bool,
    /// Of this rule.
    pub(crate) rule: Option<RuleId>,
    /// Caused by this name.
    pub(crate) actor: Option<String>,
    /// Of these kinds; of any where none is named.
    pub(crate) kinds: Vec<EntryKind>,
    /// With a nominal time in here.
    pub(crate) range: TimeRange,
    /// Of this anomaly.
    pub(crate) anomaly: Option<AnomalyId>,
}

impl EntryFilter {
    /// The rest of a query over the journal's columns.
    pub(super) fn push_into(&self, query: &mut QueryBuilder<Sqlite>, limit: u32) {
        query.push(" WHERE seq > ").push_bind(self.after);
        query.push(" AND seq <= ").push_bind(self.until);
        query.push(" AND at_ms >= ").push_bind(self.range.from_ms);
        query.push(" AND at_ms < ").push_bind(self.range.to_ms);
        if let Some(id) = self.anomaly {
            query.push(" AND anomaly_id = ").push_bind(id.to_string());
        }
        if let Some(rule) = &self.rule {
            query.push(" AND rule_id = ").push_bind(rule.as_str());
        }
        if let Some(actor) = &self.actor {
            query.push(" AND actor = ").push_bind(actor);
        }
        if !self.kinds.is_empty() {
            query.push(" AND kind IN (");
            let mut kinds = query.separated(", ");
            for kind in &self.kinds {
                kinds.push_bind(kind.as_str());
            }
            query.push(")");
        }
        let order = if self.newest_first { " DESC" } else { "" };
        query.push(" ORDER BY seq").push(order);
        query.push(" LIMIT ").push_bind(limit);
    }
}
