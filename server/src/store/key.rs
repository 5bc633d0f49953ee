//! API keys made by command, and the sessions of browsers. What a hash is made of is `auth`'s business.

use hindcast_shared::api::Role;
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Store, StoreError, StoreResult, journal};
use crate::journal::{Draft, EntryKind};

/// A stored API key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiKey {
    /// Identity.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Hash of the key.
    pub hash: String,
    /// When it was made.
    pub created_at_ms: i64,
    /// When it was revoked.
    pub revoked_at_ms: Option<i64>,
    /// When it was last used.
    pub last_seen_ms: Option<i64>,
}

/// A browser's session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Session {
    /// Hash of the cookie's secret.
    pub id_hash: String,
    /// The key that it stands for.
    pub key_id: String,
    /// When it began.
    pub created_at_ms: i64,
    /// When it ends.
    pub expires_at_ms: i64,
}

/// What the journal keeps of a key.
#[derive(Debug, Serialize, Deserialize)]
struct KeyNote {
    id: String,
    name: String,
    role: Role,
}

/// The repository of API keys.
#[derive(Debug)]
pub(crate) struct Keys<'a>(&'a Store);

/// The repository of sessions.
#[derive(Debug)]
pub(crate) struct Sessions<'a>(&'a Store);

impl Store {
    /// API keys.
    pub(crate) fn keys(&self) -> Keys<'_> {
        Keys(self)
    }

    /// Sessions.
    pub(crate) fn sessions(&self) -> Sessions<'_> {
        Sessions(self)
    }
}

impl Keys<'_> {
    /// Every key, revoked ones too, oldest first.
    pub(crate) async fn list(&self) -> StoreResult<Vec<ApiKey>> {
        let rows = sqlx::query("SELECT * FROM api_key ORDER BY created_at_ms, id")
            .fetch_all(&self.0.readers)
            .await?;
        rows.iter().map(key).collect()
    }

    /// Keeps a new key.
    pub(crate) async fn insert(&self, key: &ApiKey, actor: &str) -> StoreResult<()> {
        let mut tx = self.0.begin().await?;
        sqlx::query(
            "INSERT INTO api_key (id, name, role, hash, created_at_ms) VALUES (?, ?, ?, ?, ?)",
        )
        .bind(&key.id)
        .bind(&key.name)
        .bind(role_word(key.role)?)
        .bind(&key.hash)
        .bind(key.created_at_ms)
        .execute(&mut *tx)
        .await?;
        let mut head = journal::head(&mut tx).await?;
        let draft = entry(EntryKind::KeyCreated, key, actor, key.created_at_ms)?;
        journal::append(&mut tx, &mut head, draft).await?;
        self.0.finish(tx, Some(head.seq)).await
    }

    /// Revokes a key and ends its sessions; answers whether it was in force.
    pub(crate) async fn revoke(&self, id: &str, actor: &str, now_ms: i64) -> StoreResult<bool> {
        let mut tx = self.0.begin().await?;
        let row = sqlx::query(
            "UPDATE api_key SET revoked_at_ms = ? WHERE id = ? AND revoked_at_ms IS NULL RETURNING *",
        )
        .bind(now_ms)
        .bind(id)
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else {
            return Ok(false);
        };
        sqlx::query("DELETE FROM session WHERE key_id = ?")
            .bind(id)
            .execute(&mut *tx)
            .await?;
        let mut head = journal::head(&mut tx).await?;
        let draft = entry(EntryKind::KeyRevoked, &key(&row)?, actor, now_ms)?;
        journal::append(&mut tx, &mut head, draft).await?;
        self.0.finish(tx, Some(head.seq)).await?;
        Ok(true)
    }

    /// Remembers that a key was used.
    pub(crate) async fn touch(&self, id: &str, now_ms: i64) -> StoreResult<()> {
        sqlx::query("UPDATE api_key SET last_seen_ms = ? WHERE id = ?")
            .bind(now_ms)
            .bind(id)
            .execute(&self.0.writer)
            .await?;
        Ok(())
    }
}

impl Sessions<'_> {
    /// Keeps a new session.
    pub(crate) async fn insert(&self, session: &Session) -> StoreResult<()> {
        sqlx::query("INSERT INTO session (id_hash, key_id, created_at_ms, expires_at_ms) VALUES (?, ?, ?, ?)")
            .bind(&session.id_hash)
            .bind(&session.key_id)
            .bind(session.created_at_ms)
            .bind(session.expires_at_ms)
            .execute(&self.0.writer)
            .await?;
        Ok(())
    }

    /// A session that has not ended.
    pub(crate) async fn get(&self, id_hash: &str, now_ms: i64) -> StoreResult<Option<Session>> {
        sqlx::query("SELECT * FROM session WHERE id_hash = ? AND expires_at_ms > ?")
            .bind(id_hash)
            .bind(now_ms)
            .fetch_optional(&self.0.readers)
            .await?
            .map(|row| {
                Ok(Session {
                    id_hash: row.try_get("id_hash")?,
                    key_id: row.try_get("key_id")?,
                    created_at_ms: row.try_get("created_at_ms")?,
                    expires_at_ms: row.try_get("expires_at_ms")?,
                })
            })
            .transpose()
    }

    /// Ends a session.
    pub(crate) async fn delete(&self, id_hash: &str) -> StoreResult<()> {
        sqlx::query("DELETE FROM session WHERE id_hash = ?")
            .bind(id_hash)
            .execute(&self.0.writer)
            .await?;
        Ok(())
    }
}

fn entry(kind: EntryKind, key: &ApiKey, actor: &str, now_ms: i64) -> StoreResult<Draft> {
    let note = KeyNote {
        id: key.id.clone(),
        name: key.name.clone(),
        role: key.role,
    };
    Ok(Draft {
        at_ms: now_ms,
        recorded_at_ms: now_ms,
        kind,
        rule_id: None,
        anomaly_id: None,
        actor: actor.to_owned(),
        payload: serde_json::to_string(&note)
            .map_err(|error| StoreError::corrupt("API key", &error))?,
    })
}

fn role_word(role: Role) -> StoreResult<String> {
    match serde_json::to_value(role) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        _ => Err(StoreError::corrupt("role", &"it is not a word")),
    }
}

fn key(row: &SqliteRow) -> StoreResult<ApiKey> {
    let role: String = row.try_get("role")?;
    Ok(ApiKey {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        role: serde_json::from_value(role.into())
            .map_err(|error| StoreError::corrupt("role", &error))?,
        hash: row.try_get("hash")?,
        created_at_ms: row.try_get("created_at_ms")?,
        revoked_at_ms: row.try_get("revoked_at_ms")?,
        last_seen_ms: row.try_get("last_seen_ms")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::Fixture;

    #[tokio::test]
    async fn key_when_revoked_then_its_sessions_end() -> anyhow::Result<()> {
        let fixture = Fixture::new().await?;
        let (keys, sessions) = (fixture.store.keys(), fixture.store.sessions());
        let key = ApiKey {
            id: "k1".to_owned(),
            name: "board".to_owned(),
            role: Role::Viewer,
            hash: "h".to_owned(),
            created_at_ms: 1,
            revoked_at_ms: None,
            last_seen_ms: None,
        };
        keys.insert(&key, "ann").await?;
        let session = Session {
            id_hash: "s".to_owned(),
            key_id: "k1".to_owned(),
            created_at_ms: 1,
            expires_at_ms: 10,
        };
        sessions.insert(&session).await?;
        keys.touch("k1", 2).await?;
        assert_eq!(sessions.get("s", 9).await?, Some(session));
        assert_eq!(sessions.get("s", 10).await?, None, "it has expired");
        assert!(keys.revoke("k1", "ann", 3).await?);
        assert!(!keys.revoke("k1", "ann", 4).await?);
        assert_eq!(sessions.get("s", 4).await?, None);
        let stored = keys.list().await?;
        assert_eq!(
            (stored[0].revoked_at_ms, stored[0].last_seen_ms),
            (Some(3), Some(2))
        );
        assert_eq!(fixture.store.journal().verify_chain().await?.entries, 2);
        sessions.delete("s").await?;
        Ok(())
    }
}
