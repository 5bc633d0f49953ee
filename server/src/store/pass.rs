//! Passes: links that show one panel, walls that nobody logs in to, and the codes of walls that wait.

use hindcast_shared::rule::RuleId;
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Store, StoreError, StoreResult, journal};
use crate::journal::{Draft, EntryKind};

/// Most walls that wait at a time; anybody may ask, so the oldest make room.
const MAX_PAIRINGS: u32 = 64;

/// What a pass is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PassKind {
    /// One panel on somebody else's page.
    Panel,
    /// A wall.
    Kiosk,
}

impl PassKind {
    /// The word in the database.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Panel => "panel",
            Self::Kiosk => "kiosk",
        }
    }
}

/// What a pass shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct PassScope {
    /// Only these rules; all when empty.
    #[serde(default)]
    pub rules: Vec<RuleId>,
    /// Only this series, by its text form.
    #[serde(default)]
    pub series: Option<String>,
    /// Pages of a wall.
    #[serde(default)]
    pub pages: Vec<String>,
}

/// A stored pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pass {
    /// Identity.
    pub id: String,
    /// What it is for.
    pub kind: PassKind,
    /// Where it is used, for people.
    pub name: String,
    /// Hash of its secret.
    pub hash: String,
    /// What it shows.
    pub scope: PassScope,
    /// When it was given.
    pub created_at_ms: i64,
    /// By whom.
    pub created_by: String,
    /// When it ends.
    pub expires_at_ms: Option<i64>,
    /// When it was revoked.
    pub revoked_at_ms: Option<i64>,
    /// When it was last used.
    pub last_seen_ms: Option<i64>,
}

impl Pass {
    /// Whether it opens anything.
    pub(crate) fn in_force(&self, now_ms: i64) -> bool {
        self.revoked_at_ms.is_none() && self.expires_at_ms.is_none_or(|end_ms| now_ms < end_ms)
    }
}

/// A wall that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WaitingWall {
    /// What it shows.
    pub code: String,
    /// Hash of what it keeps.
    pub hash: String,
    /// When it began to wait.
    pub created_at_ms: i64,
    /// When its code ends.
    pub expires_at_ms: i64,
}

/// What the journal keeps of a pass.
#[derive(Debug, Serialize)]
struct Note<'a> {
    id: &'a str,
    kind: PassKind,
    name: &'a str,
    scope: &'a PassScope,
}

/// The repository of passes.
#[derive(Debug)]
pub(crate) struct Passes<'a>(&'a Store);

impl Store {
    /// Passes.
    pub(crate) fn passes(&self) -> Passes<'_> {
        Passes(self)
    }
}

impl Passes<'_> {
    /// Every pass of a kind, revoked ones too, oldest first.
    pub(crate) async fn list(&self, kind: PassKind) -> StoreResult<Vec<Pass>> {
        let rows = sqlx::query("SELECT * FROM pass WHERE kind = ? ORDER BY created_at_ms, id")
            .bind(kind.as_str())
            .fetch_all(&self.0.readers)
            .await?;
        rows.iter().map(pass).collect()
    }

    /// The pass with this hash, in force or not.
    pub(crate) async fn by_hash(&self, hash: &str) -> StoreResult<Option<Pass>> {
        let row = sqlx::query("SELECT * FROM pass WHERE hash = ?")
            .bind(hash)
            .fetch_optional(&self.0.readers)
            .await?;
        row.as_ref().map(pass).transpose()
    }

    /// The pass with this id, in force or not.
    pub(crate) async fn get(&self, id: &str) -> StoreResult<Option<Pass>> {
        let row = sqlx::query("SELECT * FROM pass WHERE id = ?")
            .bind(id)
            .fetch_optional(&self.0.readers)
            .await?;
        row.as_ref().map(pass).transpose()
    }

    /// Gives a pass. With a `code` it is the wall's that waits under it: its hash is taken, and it waits no more.
    pub(crate) async fn give(&self, mut given: Pass, code: Option<&str>) -> StoreResult<Pass> {
        let mut tx = self.0.begin().await?;
        if let Some(code) = code {
            let hash: Option<String> = sqlx::query_scalar(
                "DELETE FROM pairing WHERE code = ? AND expires_at_ms > ? RETURNING hash",
            )
            .bind(code)
            .bind(given.created_at_ms)
            .fetch_optional(&mut *tx)
            .await?;
            given.hash = hash.ok_or_else(|| StoreError::NotFound {
                what: "waiting wall",
                id: code.to_owned(),
            })?;
        }
        sqlx::query(
            "INSERT INTO pass (id, kind, name, hash, scope, created_at_ms, created_by, expires_at_ms) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(&given.id)
        .bind(given.kind.as_str())
        .bind(&given.name)
        .bind(&given.hash)
        .bind(json(&given.scope)?)
        .bind(given.created_at_ms)
        .bind(&given.created_by)
        .bind(given.expires_at_ms)
        .execute(&mut *tx)
        .await?;
        let mut head = journal::head(&mut tx).await?;
        let at_ms = given.created_at_ms;
        let draft = entry(EntryKind::PassCreated, &given, &given.created_by, at_ms)?;
        journal::append(&mut tx, &mut head, draft).await?;
        self.0.finish(tx, Some(head.seq)).await?;
        Ok(given)
    }

    /// Revokes a pass of a kind; answers whether there was one to revoke.
    pub(crate) async fn revoke(
        &self,
        kind: PassKind,
        id: &str,
        actor: &str,
        now_ms: i64,
    ) -> StoreResult<bool> {
        let mut tx = self.0.begin().await?;
        let row = sqlx::query(
            "UPDATE pass SET revoked_at_ms = ? WHERE id = ? AND kind = ? AND revoked_at_ms IS NULL RETURNING *",
        )
        .bind(now_ms)
        .bind(id)
        .bind(kind.as_str())
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else {
            return Ok(false);
        };
        let mut head = journal::head(&mut tx).await?;
        let draft = entry(EntryKind::PassRevoked, &pass(&row)?, actor, now_ms)?;
        journal::append(&mut tx, &mut head, draft).await?;
        self.0.finish(tx, Some(head.seq)).await?;
        Ok(true)
    }

    /// Remembers that a pass was used.
    pub(crate) async fn touch(&self, id: &str, now_ms: i64) -> StoreResult<()> {
        sqlx::query("UPDATE pass SET last_seen_ms = ? WHERE id = ?")
            .bind(now_ms)
            .bind(id)
            .execute(&self.0.writer)
            .await?;
        Ok(())
    }

    /// Lets a wall wait under its code.
    pub(crate) async fn wait(&self, wall: &WaitingWall) -> StoreResult<()> {
        let mut tx = self.0.begin().await?;
        sqlx::query(
            "DELETE FROM pairing WHERE expires_at_ms <= ? OR code NOT IN \
             (SELECT code FROM pairing ORDER BY created_at_ms DESC, code LIMIT ?)",
        )
        .bind(wall.created_at_ms)
        .bind(MAX_PAIRINGS - 1)
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "INSERT INTO pairing (code, hash, created_at_ms, expires_at_ms) VALUES (?, ?, ?, ?)",
        )
        .bind(&wall.code)
        .bind(&wall.hash)
        .bind(wall.created_at_ms)
        .bind(wall.expires_at_ms)
        .execute(&mut *tx)
        .await?;
        self.0.finish(tx, None).await
    }

    /// Whether a wall that keeps this hash still waits.
    pub(crate) async fn waits(&self, hash: &str, now_ms: i64) -> StoreResult<bool> {
        let found: Option<i64> =
            sqlx::query_scalar("SELECT 1 FROM pairing WHERE hash = ? AND expires_at_ms > ?")
                .bind(hash)
                .bind(now_ms)
                .fetch_optional(&self.0.readers)
                .await?;
        Ok(found.is_some())
    }
}

fn json(scope: &PassScope) -> StoreResult<String> {
    serde_json::to_string(scope).map_err(|error| StoreError::corrupt("pass", &error))
}

fn entry(kind: EntryKind, pass: &Pass, actor: &str, now_ms: i64) -> StoreResult<Draft> {
    let note = Note {
        id: &pass.id,
        kind: pass.kind,
        name: &pass.name,
        scope: &pass.scope,
    };
    Ok(Draft {
        at_ms: now_ms,
        recorded_at_ms: now_ms,
        kind,
        rule_id: None,
        anomaly_id: None,
        actor: actor.to_owned(),
        payload: serde_json::to_string(&note)
            .map_err(|error| StoreError::corrupt("pass", &error))?,
    })
}

fn pass(row: &SqliteRow) -> StoreResult<Pass> {
    let (kind, scope): (String, String) = (row.try_get("kind")?, row.try_get("scope")?);
    Ok(Pass {
        id: row.try_get("id")?,
        kind: serde_json::from_value(kind.into())
            .map_err(|error| StoreError::corrupt("kind of pass", &error))?,
        name: row.try_get("name")?,
        hash: row.try_get("hash")?,
        scope: serde_json::from_str(&scope)
            .map_err(|error| StoreError::corrupt("scope of a pass", &error))?,
        created_at_ms: row.try_get("created_at_ms")?,
        created_by: row.try_get("created_by")?,
        expires_at_ms: row.try_get("expires_at_ms")?,
        revoked_at_ms: row.try_get("revoked_at_ms")?,
        last_seen_ms: row.try_get("last_seen_ms")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::Fixture;

    fn wall(code: &str, at_ms: i64) -> WaitingWall {
        WaitingWall {
            code: code.to_owned(),
            hash: format!("hash of {code}"),
            created_at_ms: at_ms,
            expires_at_ms: at_ms + 100,
        }
    }

    fn given(id: &str, at_ms: i64) -> Pass {
        Pass {
            id: id.to_owned(),
            kind: PassKind::Kiosk,
            name: "hall".to_owned(),
            hash: String::new(),
            scope: PassScope::default(),
            created_at_ms: at_ms,
            created_by: "ann".to_owned(),
            expires_at_ms: None,
            revoked_at_ms: None,
            last_seen_ms: None,
        }
    }

    #[tokio::test]
    async fn wall_when_let_in_then_has_its_own_pass_and_the_code_is_used_up() -> anyhow::Result<()>
    {
        let fixture = Fixture::new().await?;
        let passes = fixture.store.passes();
        passes.wait(&wall("A", 1)).await?;
        assert!(passes.waits("hash of A", 100).await?);
        assert!(!passes.waits("hash of A", 101).await?, "its time is over");
        let late = passes.give(given("p0", 101), Some("A")).await;
        assert!(matches!(late, Err(StoreError::NotFound { .. })));
        let pass = passes.give(given("p1", 50), Some("A")).await?;
        assert_eq!(passes.by_hash("hash of A").await?, Some(pass.clone()));
        let twice = passes.give(given("p2", 50), Some("A")).await;
        assert!(matches!(twice, Err(StoreError::NotFound { .. })));
        passes.touch("p1", 60).await?;
        assert!(passes.revoke(PassKind::Kiosk, "p1", "bob", 70).await?);
        assert!(!passes.revoke(PassKind::Kiosk, "p1", "bob", 71).await?);
        let stored = passes.list(PassKind::Kiosk).await?;
        assert!(!stored[0].in_force(71) && stored[0].last_seen_ms == Some(60));
        assert!(passes.list(PassKind::Panel).await?.is_empty());
        assert_eq!(fixture.store.journal().verify_chain().await?.entries, 2);
        Ok(())
    }

    #[tokio::test]
    async fn walls_when_too_many_wait_then_the_oldest_make_room() -> anyhow::Result<()> {
        let fixture = Fixture::new().await?;
        let passes = fixture.store.passes();
        for at_ms in 0..70 {
            passes.wait(&wall(&format!("{at_ms:03}"), at_ms)).await?;
        }
        assert!(!passes.waits("hash of 005", 71).await?);
        assert!(passes.waits("hash of 006", 71).await?);
        assert!(passes.waits("hash of 069", 71).await?);
        Ok(())
    }
}
