//! Who sends, as push services want to know it: a signed word for each of them (RFC 8292).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::json;
use url::Url;

use crate::base64::base64url;
use crate::store::{StoreError, StoreResult};

/// How long a word is good; a day is the most.
const GOOD_FOR_S: i64 = 12 * 3_600;

/// The server's own key.
#[derive(Debug)]
pub(super) struct Vapid(EcdsaKeyPair);

impl Vapid {
    /// A new key, as it is kept.
    pub(super) fn make() -> StoreResult<Vec<u8>> {
        let made =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        let made = made.map_err(|error| sqlx::Error::Io(std::io::Error::other(error)))?;
        Ok(made.as_ref().to_vec())
    }

    /// The key that was kept.
    pub(super) fn read(kept: &[u8]) -> StoreResult<Self> {
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, kept)
            .map(Self)
            .map_err(|error| StoreError::corrupt("push key", &error))
    }

    /// What browsers are told of it.
    pub(super) fn public(&self) -> String {
        base64url(self.0.public_key().as_ref())
    }

    /// The header for one push service. `contact` is whom its people write to.
    pub(super) fn header(
        &self,
        endpoint: &Url,
        contact: Option<&str>,
        now_ms: i64,
    ) -> Option<String> {
        let mut claims = json!({
            "aud": endpoint.origin().ascii_serialization(),
            "exp": now_ms / 1_000 + GOOD_FOR_S,
        });
        if let Some(contact) = contact {
            claims["sub"] = json!(contact);
        }
        let head = json!({"typ": "JWT", "alg": "ES256"}).to_string();
        let body = format!(
            "{}.{}",
            base64url(head.as_bytes()),
            base64url(claims.to_string().as_bytes())
        );
        let signature = self.0.sign(&SystemRandom::new(), body.as_bytes()).ok()?;
        let signature = base64url(signature.as_ref());
        Some(format!("vapid t={body}.{signature}, k={}", self.public()))
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::*;
    use crate::base64::read_base64url;

    #[test]
    fn word_when_signed_then_names_the_service_and_holds_against_the_public_key() {
        let vapid = Vapid::read(&Vapid::make().expect("a key")).expect("the key");
        let endpoint = Url::parse("https://push.example:8443/send/abc").expect("an address");
        let header = vapid
            .header(
                &endpoint,
                Some("https://hindcast.example/"),
                1_767_614_400_000,
            )
            .expect("a header");
        let (token, key) = header
            .strip_prefix("vapid t=")
            .and_then(|rest| rest.split_once(", k="))
            .expect("two parts");
        assert_eq!(key, vapid.public());
        let (body, signature) = token.rsplit_once('.').expect("a signature");
        let key = read_base64url(key).expect("a key");
        let signature = read_base64url(signature).expect("a signature");
        let theirs = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key);
        theirs
            .verify(body.as_bytes(), &signature)
            .expect("a good signature");
        assert!(theirs.verify(b"another", &signature).is_err());
        let claims = body
            .split_once('.')
            .and_then(|(_, claims)| read_base64url(claims));
        let claims: serde_json::Value =
            serde_json::from_slice(&claims.expect("claims")).expect("JSON");
        assert_eq!(claims["aud"], "https://push.example:8443");
        assert_eq!(claims["exp"], 1_767_614_400_i64 + 43_200);
        assert_eq!(claims["sub"], "https://hindcast.example/");
    }
}
