//! One consistent copy of the whole store.

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};

use super::connect::fresh_id;
use super::{Store, StoreResult};

impl Store {
    /// Writes a copy to a new file. The copy has an identity of its own: streams that were
    /// following this store must not go on in a restored one as if nothing had happened.
    pub(crate) async fn backup(&self, target: &Path, now_ms: i64) -> StoreResult<()> {
        sqlx::query("VACUUM INTO ?")
            .bind(target.to_string_lossy().into_owned())
            .execute(&self.writer)
            .await?;
        let options = SqliteConnectOptions::new().filename(target);
        let mut copy = SqliteConnection::connect_with(&options).await?;
        sqlx::query("UPDATE meta SET value = ? WHERE key = 'store_id'")
            .bind(fresh_id(now_ms)?)
            .execute(&mut copy)
            .await?;
        copy.close().await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::store::testing::Fixture;
    use crate::store::{OpenOptions, Store};

    #[tokio::test]
    async fn backup_when_opened_then_has_the_rules_and_another_identity() -> anyhow::Result<()> {
        let fixture = Fixture::new().await?;
        fixture.rule("r", 1_000).await?;
        let path = fixture.folder.path().join("copy.db");
        fixture.store.backup(&path, 5).await?;
        let options = OpenOptions {
            path,
            migrate: false,
            max_series: 10,
        };
        let copy = Store::open(&options, 6).await?;
        assert_eq!(copy.rules().list().await?.len(), 1);
        assert_ne!(copy.store_id(), fixture.store.store_id());
        copy.journal().verify_chain().await?;
        Ok(())
    }
}
