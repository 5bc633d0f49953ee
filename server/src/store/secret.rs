//! Keys that the server makes for itself, once, and keeps.

use super::{Store, StoreResult};

impl Store {
    /// A secret by its name, made when it is asked for the first time.
    pub(crate) async fn secret(
        &self,
        name: &str,
        make: impl FnOnce() -> StoreResult<Vec<u8>>,
    ) -> StoreResult<Vec<u8>> {
        let known: Option<Vec<u8>> = sqlx::query_scalar("SELECT body FROM secret WHERE name = ?")
            .bind(name)
            .fetch_optional(&self.readers)
            .await?;
        if let Some(known) = known {
            return Ok(known);
        }
        // Of two that ask at the same time both get what the first has made.
        sqlx::query("INSERT INTO secret (name, body) VALUES (?, ?) ON CONFLICT DO NOTHING")
            .bind(name)
            .bind(make()?)
            .execute(&self.writer)
            .await?;
        Ok(sqlx::query_scalar("SELECT body FROM secret WHERE name = ?")
            .bind(name)
            .fetch_one(&self.writer)
            .await?)
    }
}

/// 256 bits of chance.
pub(crate) fn random_secret() -> StoreResult<Vec<u8>> {
    let mut bytes = vec![0; 32];
    getrandom::fill(&mut bytes).map_err(|error| sqlx::Error::Io(std::io::Error::other(error)))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::Fixture;

    #[tokio::test]
    async fn secret_when_asked_for_again_then_is_the_same_and_another_name_has_another()
    -> anyhow::Result<()> {
        let fixture = Fixture::new().await?;
        let first = fixture.store.secret("a", random_secret).await?;
        assert_eq!(first.len(), 32);
        assert_eq!(fixture.store.secret("a", random_secret).await?, first);
        assert_ne!(fixture.store.secret("b", random_secret).await?, first);
        Ok(())
    }
}
