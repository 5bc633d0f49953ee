//! What people did while a rule ran, and what stood open beside it: what a replay folds with its samples.

use hindcast_shared::pipeline::{Command, Mute, Standing};
use hindcast_shared::replay::People;
use hindcast_shared::rule::Rule;
use hindcast_shared::time::TimeRange;

use crate::store::{Store, StoreResult};

/// All of it, over a range.
#[derive(Debug, Clone, Default)]
pub(crate) struct Meanwhile {
    /// Actions on the rule's anomalies.
    pub(crate) commands: Vec<Command>,
    /// The mutes that were in force.
    pub(crate) mutes: Vec<Mute>,
    /// What stood open of the rules that it depends on.
    pub(crate) standing: Vec<Standing>,
}

impl Meanwhile {
    /// What is stored, with at most so many actions.
    pub(crate) async fn load(
        store: &Store,
        rule: &Rule,
        range: TimeRange,
        most_commands: u32,
    ) -> StoreResult<Self> {
        let journal = store.journal();
        Ok(Self {
            commands: journal
                .commands(range, Some(&rule.id), most_commands)
                .await?,
            mutes: store.mutes().in_force(range).await?,
            standing: standing(store, rule, range).await?,
        })
    }

    /// As a replay takes it.
    pub(crate) fn people(&self) -> People<'_> {
        People {
            commands: &self.commands,
            mutes: &self.mutes,
            standing: &self.standing,
        }
    }
}

/// What stood open of the rules that a rule depends on.
pub(crate) async fn standing(
    store: &Store,
    rule: &Rule,
    range: TimeRange,
) -> StoreResult<Vec<Standing>> {
    if rule.paging.depends_on.is_empty() {
        return Ok(Vec::new());
    }
    let mut standing = store.journal().standing(range).await?;
    standing.retain(|one| one.rule_id != rule.id && rule.paging.names(&one.rule_id));
    Ok(standing)
}
