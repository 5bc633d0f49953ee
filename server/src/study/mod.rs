//! What a rule is studied over on the server: the samples of a range, what people did and labelled there, and for how
//! long somebody may have a thread compute.
//!
//! The arithmetic is `hindcast_shared::study` and `replay`. Knows nothing of routes and of what the findings are for.

pub(crate) mod labels;
mod profile;
mod turns;

pub(crate) use self::profile::{OfSeries, written};
pub(crate) use self::turns::Turns;

use hindcast_shared::api::LabelKind;
use hindcast_shared::pipeline::Dataset;
use hindcast_shared::replay::{Replay, needs_from_ms, replay};
use hindcast_shared::rule::{Rule, Ticks};
use hindcast_shared::study::{
    Answer, Budget, Cannot, Incidents, Outcome, Patience, Scene, Search, as_it_is,
};
use hindcast_shared::time::TimeRange;

use crate::detection::{Meanwhile, history};
use crate::error::{ApiError, ApiResult};
use crate::schedule;
use crate::state::App;

/// More than people can do to one rule's anomalies in any range that is looked at.
pub(crate) const MOST_COMMANDS: u32 = 100_000;

/// A rule and everything that a replay of it over a range needs.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) rule: Rule,
    version: u32,
    range: TimeRange,
    pub(crate) data: Dataset,
    ticks: Ticks,
    meanwhile: Meanwhile,
}

impl Stage {
    /// Reads it from the rule's source and the store, as far back as the rule looks.
    pub(crate) async fn gather(
        app: &App,
        rule: Rule,
        version: u32,
        range: TimeRange,
    ) -> ApiResult<Self> {
        let from_ms = needs_from_ms(&rule, range.from_ms);
        let needed = TimeRange::new(from_ms, range.to_ms).unwrap_or(range);
        Ok(Self {
            data: history::load(Some(&app.store), &app.sources, &rule, needed).await?,
            ticks: schedule::ticks(&rule, needed)?,
            meanwhile: Meanwhile::load(&app.store, &rule, needed, MOST_COMMANDS).await?,
            rule,
            version,
            range,
        })
    }

    /// What is replayed, without what is read before it.
    pub(crate) fn range(&self) -> TimeRange {
        self.range
    }

    /// What people labelled as incidents.
    pub(crate) async fn incidents(&self, app: &App) -> ApiResult<Incidents> {
        let labels = labels::labels(&app.store, &self.rule.source).await?;
        Ok(labels::spans(
            &labels,
            LabelKind::Incident,
            &self.data,
            self.range,
        ))
    }

    /// What the rule would have fired. Takes seconds: not for a thread that answers requests.
    pub(crate) fn replay(&self) -> Replay {
        let people = self.meanwhile.people();
        let Self { rule, data, .. } = self;
        replay(rule, self.version, data, self.range, &self.ticks, people)
    }

    /// The setting that keeps to a budget of pages and finds the incidents. Takes as long as there is patience.
    ///
    /// # Errors
    /// [`Cannot`].
    pub(crate) fn search(
        &self,
        incidents: &Incidents,
        budget: Budget,
        patience: &dyn Patience,
    ) -> Result<Answer, Cannot> {
        let scene = self.scene(incidents, patience);
        let mut search = Search::new(scene, &self.rule, budget)?;
        while search.step()? {}
        Ok(search.finish().into())
    }

    /// What comes of the rule: pages, and which incidents it finds.
    ///
    /// # Errors
    /// [`Cannot::NoTime`].
    pub(crate) fn outcome(
        &self,
        incidents: &Incidents,
        patience: &dyn Patience,
    ) -> Result<Outcome, Cannot> {
        as_it_is(self.scene(incidents, patience), &self.rule)
    }

    fn scene<'a>(&'a self, incidents: &'a Incidents, patience: &'a dyn Patience) -> Scene<'a> {
        Scene {
            data: &self.data,
            range: self.range,
            ticks: &self.ticks,
            people: self.meanwhile.people(),
            incidents,
            required: None,
            normal: None,
            patience,
        }
    }
}

/// Why there is nothing to tell.
pub(crate) fn refused(cannot: Cannot) -> ApiError {
    ApiError::conflict("cannot_study", cannot.to_string())
}
