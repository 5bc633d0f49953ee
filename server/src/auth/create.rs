//! Making a key: by command and by request alike.

use hindcast_shared::api::Role;
use hindcast_shared::error::FieldError;

use super::{hash_of, random_token};
use crate::error::{ApiError, ApiResult};
use crate::store::{ApiKey, Store};

/// How a key begins, so that scanners of leaked secrets and people know it.
const PREFIX: &str = "hck_";

/// Makes a key and keeps its hash; answers the key itself, which nobody can read again.
pub(crate) async fn create_key(
    store: &Store,
    name: &str,
    role: Role,
    actor: &str,
    now_ms: i64,
) -> ApiResult<(String, ApiKey)> {
    let name = name.trim();
    let plain = !name.chars().any(|c| c.is_control() || c == ':');
    if name.is_empty() || name.chars().count() > 64 || !plain {
        let error = FieldError::new("name", "must have 1 to 64 characters, without colons");
        return Err(ApiError::invalid_body("invalid_token", error));
    }
    let keys = store.keys().list().await?;
    let in_force = |key: &ApiKey| key.name == name && key.revoked_at_ms.is_none();
    if keys.iter().any(in_force) {
        let message = format!("a key with the name `{name}` is in force");
        return Err(ApiError::conflict("token_exists", message).about("name"));
    }
    let key = format!("{PREFIX}{}", random_token()?);
    let hash = hash_of(&key);
    let stored = ApiKey {
        id: format!("key-{}", &hash[..16]),
        name: name.to_owned(),
        role,
        hash,
        created_at_ms: now_ms,
        revoked_at_ms: None,
        last_seen_ms: None,
    };
    store.keys().insert(&stored, actor).await?;
    Ok((key, stored))
}
