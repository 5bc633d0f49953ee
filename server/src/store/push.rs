//! Browsers that somebody has asked to be told by.

use hindcast_shared::api::PushDevice;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::{Store, StoreResult};

/// A browser, with what it takes to tell it something that nobody on the way can read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subscription {
    /// Its id here.
    pub id: String,
    /// Where its push service takes messages: whoever has it can send, so it is a secret.
    pub endpoint: String,
    /// Its public key, an uncompressed point of P-256.
    pub p256dh: Vec<u8>,
    /// 16 bytes that it shares with this server.
    pub auth: Vec<u8>,
}

/// The repository of browsers.
#[derive(Debug)]
pub(crate) struct PushDevices<'a>(&'a Store);

impl Store {
    /// Browsers that are told.
    pub(crate) fn push_devices(&self) -> PushDevices<'_> {
        PushDevices(self)
    }
}

impl PushDevices<'_> {
    /// All of them, for people.
    pub(crate) async fn list(&self) -> StoreResult<Vec<PushDevice>> {
        let rows = sqlx::query("SELECT * FROM push_device ORDER BY created_at_ms, id")
            .fetch_all(&self.0.readers)
            .await?;
        let device = |row: &SqliteRow| {
            Ok(PushDevice {
                id: row.try_get("id")?,
                name: row.try_get("name")?,
                owner: row.try_get("owner")?,
                created_at_ms: row.try_get("created_at_ms")?,
                last_sent_ms: row.try_get("last_sent_ms")?,
                error: row.try_get("error")?,
            })
        };
        rows.iter().map(device).collect()
    }

    /// Those that a message has not reached yet.
    pub(crate) async fn not_reached(&self, key: &str) -> StoreResult<Vec<Subscription>> {
        let rows = sqlx::query(
            "SELECT id, endpoint, p256dh, auth FROM push_device AS d WHERE NOT EXISTS \
             (SELECT 1 FROM push_sent AS s WHERE s.key = ? AND s.device_id = d.id) ORDER BY id",
        )
        .bind(key)
        .fetch_all(&self.0.readers)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Subscription {
                    id: row.try_get("id")?,
                    endpoint: row.try_get("endpoint")?,
                    p256dh: row.try_get("p256dh")?,
                    auth: row.try_get("auth")?,
                })
            })
            .collect()
    }

    /// How many there are.
    pub(crate) async fn count(&self) -> StoreResult<u32> {
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM push_device")
            .fetch_one(&self.0.readers)
            .await?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// Takes one in; one that is known by its address keeps its id. Answers the id.
    pub(crate) async fn put(
        &self,
        device: &Subscription,
        name: &str,
        owner: &str,
        now_ms: i64,
    ) -> StoreResult<String> {
        Ok(sqlx::query_scalar(
            "INSERT INTO push_device (id, endpoint, p256dh, auth, name, owner, created_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?) \
             ON CONFLICT (endpoint) DO UPDATE SET p256dh = excluded.p256dh, auth = excluded.auth, name = excluded.name, \
             owner = excluded.owner, error = NULL RETURNING id",
        )
        .bind(&device.id)
        .bind(&device.endpoint)
        .bind(&device.p256dh)
        .bind(&device.auth)
        .bind(name)
        .bind(owner)
        .bind(now_ms)
        .fetch_one(&self.0.writer)
        .await?)
    }

    /// Lets one go; answers whether there was such a one.
    pub(crate) async fn delete(&self, id: &str) -> StoreResult<bool> {
        let gone = sqlx::query("DELETE FROM push_device WHERE id = ?")
            .bind(id)
            .execute(&self.0.writer)
            .await?;
        Ok(gone.rows_affected() > 0)
    }

    /// A message has reached one.
    pub(crate) async fn reached(&self, id: &str, key: &str, now_ms: i64) -> StoreResult<()> {
        let mut tx = self.0.begin().await?;
        sqlx::query("UPDATE push_device SET last_sent_ms = ?, error = NULL WHERE id = ?")
            .bind(now_ms)
            .bind(id)
            .execute(&mut *tx)
            .await?;
        // Somebody may have let it go meanwhile.
        sqlx::query(
            "INSERT INTO push_sent (key, device_id) SELECT ?1, id FROM push_device WHERE id = ?2 ON CONFLICT DO NOTHING",
        )
        .bind(key)
        .bind(id)
        .execute(&mut *tx)
        .await?;
        self.0.finish(tx, None).await
    }

    /// A message has not reached one.
    pub(crate) async fn missed(&self, id: &str, why: &str) -> StoreResult<()> {
        sqlx::query("UPDATE push_device SET error = ? WHERE id = ?")
            .bind(why)
            .bind(id)
            .execute(&self.0.writer)
            .await?;
        Ok(())
    }

    /// A message is done with: which ones it has reached matters no more.
    pub(crate) async fn forget(&self, key: &str) -> StoreResult<()> {
        sqlx::query("DELETE FROM push_sent WHERE key = ?")
            .bind(key)
            .execute(&self.0.writer)
            .await?;
        Ok(())
    }
}
