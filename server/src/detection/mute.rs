//! Mutes as people make them: journaled, then folded by the one pager.
//!
//! The clock is read while the pager is held: a tick that was decided on before is then never later than a mute
//! that it did not know.

use hindcast_shared::api::{MuteDraft, MuteRecord};

use super::Detection;
use crate::store::StoreResult;

/// What somebody does to a mute.
#[derive(Debug, Clone)]
pub(crate) enum MuteChange {
    /// A new one.
    Create(MuteDraft),
    /// The next version of one.
    Update {
        /// Which one.
        id: String,
        /// What it says from now on.
        draft: MuteDraft,
        /// The version that the caller has seen.
        seen: Option<u32>,
    },
    /// It ends now.
    End {
        /// Which one.
        id: String,
        /// The version that the caller has seen.
        seen: Option<u32>,
    },
}

impl Detection {
    /// Changes the mutes; from then on every page is decided on with them.
    pub(crate) async fn mute(&self, change: MuteChange, actor: &str) -> StoreResult<MuteRecord> {
        let mut pager = self.pager.lock().await;
        let now_ms = self.clock.now_ms();
        let mutes = self.store.mutes();
        let saved = match change {
            MuteChange::Create(draft) => mutes.create(draft, actor, now_ms).await,
            MuteChange::Update { id, draft, seen } => {
                mutes.update(&id, draft, seen, actor, now_ms).await
            }
            MuteChange::End { id, seen } => mutes.end(&id, seen, actor, now_ms).await,
        }?;
        pager.set_mutes(saved.in_force);
        Ok(saved.record)
    }
}
