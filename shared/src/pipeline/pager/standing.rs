//! What stands open: the anomalies that others can depend on, as long as the pager knew them to be open.

use serde::{Deserialize, Serialize};

use super::Pager;
use crate::anomaly::AnomalyId;
use crate::pipeline::transition::{Transition, TransitionKind};
use crate::rule::RuleId;
use crate::time::TimeRange;

/// An anomaly as long as it was known to be open.
///
/// Like a mute it holds from the millisecond after it was written down: whoever decides about an earlier nominal
/// instant did not know it, whichever of two rules was folded first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Standing {
    /// The anomaly.
    pub anomaly_id: AnomalyId,
    /// Its rule.
    pub rule_id: RuleId,
    /// Text form of its series.
    pub series: String,
    /// Instants at which it was known to be open; the end of time while it is.
    pub range: TimeRange,
}

impl Standing {
    /// Folds a transition that was written down at `recorded_ms` into what stands.
    pub fn fold(standing: &mut Vec<Self>, transition: &Transition, recorded_ms: i64) {
        let anomaly = &transition.anomaly;
        match transition.kind {
            TransitionKind::Opened
            | TransitionKind::Reopened
            | TransitionKind::Undone
            | TransitionKind::Closed
            | TransitionKind::Judged => {}
            _ => return,
        }
        let last = standing
            .iter_mut()
            .rfind(|one| one.anomaly_id == anomaly.id && one.range.to_ms == i64::MAX);
        match (last, anomaly.status.is_active()) {
            (Some(last), false) => last.range.to_ms = recorded_ms + 1,
            (None, true) => standing.push(Self {
                anomaly_id: anomaly.id,
                rule_id: anomaly.rule_id.clone(),
                series: anomaly.series.clone(),
                range: TimeRange {
                    from_ms: recorded_ms + 1,
                    to_ms: i64::MAX,
                },
            }),
            _ => {}
        }
    }
}

impl Pager {
    /// Takes these for all that stood and stands open.
    pub fn set_standing(&mut self, standing: Vec<Standing>) {
        self.standing = standing;
    }

    /// Hears of what other rules may depend on, once it is written down.
    pub fn heard(&mut self, transitions: &[Transition], recorded_ms: i64) {
        for transition in transitions {
            Standing::fold(&mut self.standing, transition, recorded_ms);
        }
    }
}
