//! Random secrets and their hashes. Keys and session secrets are long and random, so one SHA-256 is enough:
//! there is no short password that a slow hash would have to protect.

use hindcast_shared::hash::hex;
use sha2::{Digest as _, Sha256};

use crate::error::ApiError;

/// 256 random bits from the operating system, in hexadecimal.
pub(crate) fn random_token() -> Result<String, ApiError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| ApiError::internal(anyhow::anyhow!("no entropy: {error}")))?;
    Ok(hex(&bytes))
}

/// SHA-256 in hexadecimal: what is stored and compared in place of a secret.
pub(crate) fn hash_of(secret: &str) -> String {
    hash_of_bytes(secret.as_bytes())
}

/// The same for bytes, such as a file's content.
pub(crate) fn hash_of_bytes(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_when_made_twice_then_differs_and_is_long() {
        let (one, two) = (random_token(), random_token());
        let (one, two) = (one.expect("entropy"), two.expect("entropy"));
        assert!(one != two && one.len() == 64);
    }

    #[test]
    fn hash_when_of_a_known_text_then_is_sha256() {
        assert!(hash_of("abc").starts_with("ba7816bf8f01cfea"));
    }
}
