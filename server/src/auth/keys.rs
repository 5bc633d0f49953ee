//! The ring of keys that are in force, from the keys file and from the store.

use std::path::Path;

use anyhow::{Context as _, bail};
use hindcast_shared::api::Role;
use subtle::ConstantTimeEq as _;

use super::secret::hash_of;
use crate::store::ApiKey;

/// Fewer characters can be guessed.
const MIN_KEY_LEN: usize = 32;

/// A key in force, without the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KnownKey {
    /// Identity: that of the store, or `file:name:…` with the beginning of the hash, so that a changed key is another.
    pub(crate) id: String,
    /// What or whom it is for.
    pub(crate) name: String,
    /// What it may do.
    pub(crate) role: Role,
    /// SHA-256 of the key, in hexadecimal.
    pub(crate) hash: String,
    /// When it was made, as the file says.
    pub(crate) created: String,
}

impl KnownKey {
    /// A key of the store, unless it is revoked.
    pub(super) fn from_stored(key: &ApiKey) -> Option<Self> {
        key.revoked_at_ms.is_none().then(|| Self {
            id: key.id.clone(),
            name: key.name.clone(),
            role: key.role,
            hash: key.hash.clone(),
            created: key.created_at_ms.to_string(),
        })
    }
}

/// All keys in force.
#[derive(Debug, Default)]
pub(crate) struct KeyRing(Vec<KnownKey>);

impl KeyRing {
    pub(super) fn new(keys: Vec<KnownKey>) -> Self {
        Self(keys)
    }

    /// The key with this hash. Looks at all of them and at every byte, so that time tells nothing.
    pub(super) fn find(&self, hash: &str) -> Option<KnownKey> {
        let mut found = None;
        for key in &self.0 {
            if bool::from(key.hash.as_bytes().ct_eq(hash.as_bytes())) {
                found = Some(key);
            }
        }
        found.cloned()
    }

    pub(super) fn get(&self, id: &str) -> Option<KnownKey> {
        self.0.iter().find(|key| key.id == id).cloned()
    }
}

/// Reads `name:role:created:key` lines; the key may stand as `sha256=…`. Empty lines and `#` are skipped.
pub(crate) fn read_keys_file(path: &Path) -> anyhow::Result<Vec<KnownKey>> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("auth.keys_file: {} cannot be read", path.display()))?;
    let mut keys: Vec<KnownKey> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let place = || format!("{}:{}", path.display(), index + 1);
        // The sentence must not repeat the line: it holds the key.
        let key = parse_line(line).with_context(place)?;
        if keys.iter().any(|known| known.name == key.name) {
            bail!("{}: the name `{}` is given twice", place(), key.name);
        }
        keys.push(key);
    }
    Ok(keys)
}

fn parse_line(line: &str) -> anyhow::Result<KnownKey> {
    let form = "expected name:role:created:key";
    let (name, rest) = line.split_once(':').context(form)?;
    let (role, rest) = rest.split_once(':').context(form)?;
    // A time of day has colons, a key has none.
    let (created, key) = rest.rsplit_once(':').context(form)?;
    if name.is_empty() {
        bail!("the name is empty");
    }
    let role: Role = serde_json::from_value(role.into())
        .ok()
        .context("the role is not one of embed, viewer, operator, admin")?;
    let dated = created.parse::<jiff::civil::Date>().is_ok()
        || created.parse::<jiff::civil::DateTime>().is_ok()
        || created.parse::<jiff::Timestamp>().is_ok();
    if !dated {
        bail!("the creation date is not a date such as 2026-01-31");
    }
    let hash = match key.strip_prefix("sha256=") {
        Some(hash) if hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            hash.to_ascii_lowercase()
        }
        Some(_) => bail!("sha256= needs 64 hexadecimal digits"),
        None if key.chars().count() < MIN_KEY_LEN => {
            bail!("the key must have at least {MIN_KEY_LEN} characters")
        }
        None => hash_of(key),
    };
    Ok(KnownKey {
        id: format!("file:{name}:{}", &hash[..16]),
        name: name.to_owned(),
        role,
        hash,
        created: created.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn line_when_plain_or_hashed_then_is_the_same_key() {
        let plain = parse_line(&format!("ann:admin:2026-01-31:{KEY}")).expect("a key");
        let hashed = format!("ann:admin:2026-01-31T10:00:00Z:sha256={}", hash_of(KEY));
        let hashed = parse_line(&hashed).expect("a key");
        assert_eq!((&plain.hash, &plain.id), (&hashed.hash, &hashed.id));
        assert_eq!(plain.role, Role::Admin);
        let ring = KeyRing::new(vec![plain]);
        assert!(ring.find(&hash_of(KEY)).is_some() && ring.find(&hash_of("x")).is_none());
    }

    #[rstest]
    #[case("ann:admin:2026-01-31", "name:role:created:key")]
    #[case("ann:root:2026-01-31:0123456789abcdef0123456789abcdef", "role")]
    #[case("ann:admin:soon:0123456789abcdef0123456789abcdef", "date")]
    #[case("ann:admin:2026-01-31:hunter2", "at least 32")]
    #[case("ann:admin:2026-01-31:sha256=hunter2", "64 hexadecimal")]
    fn line_when_wrong_then_says_why_without_the_key(#[case] line: &str, #[case] why: &str) {
        let error = parse_line(line).expect_err("a wrong line").to_string();
        assert!(error.contains(why), "{error}");
        assert!(
            !error.contains("hunter2") && !error.contains("0123"),
            "{error}"
        );
    }

    #[test]
    fn file_when_a_name_is_given_twice_then_the_line_is_named() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("keys");
        let line = format!("ann:viewer:2026-01-31:{KEY}\n");
        std::fs::write(&path, format!("# keys\n\n{line}{line}")).expect("written");
        let error = read_keys_file(&path).expect_err("a name twice").to_string();
        assert!(
            error.contains("keys:4") && error.contains("given twice"),
            "{error}"
        );
    }
}
