//! The signature of a webhook: HMAC-SHA256 over time and body, so that neither can be changed and no old one counts.

use hindcast_shared::hash::hex;
use sha2::{Digest as _, Sha256};

/// Length of a block of SHA-256.
const BLOCK: usize = 64;

/// `v1=…`, over `{timestamp}.{body}`.
pub(super) fn signature(secret: &str, timestamp_s: i64, body: &str) -> String {
    let message = format!("{timestamp_s}.{body}");
    format!("v1={}", hex(&hmac(secret.as_bytes(), message.as_bytes())))
}

/// RFC 2104.
pub(crate) fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = [0_u8; BLOCK];
    if key.len() > BLOCK {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let with = |pad: u8, parts: &[&[u8]]| -> [u8; 32] {
        let mut digest = Sha256::new();
        digest.update(block.map(|byte| byte ^ pad));
        for part in parts {
            digest.update(part);
        }
        digest.finalize().into()
    };
    let inner = with(0x36, &[message]);
    with(0x5c, &[&inner])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hmac_when_of_the_standards_examples_then_is_theirs() {
        // RFC 4231, cases 2 and 6.
        let second = hex(&hmac(b"Jefe", b"what do ya want for nothing?"));
        assert_eq!(
            second,
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        let long = hex(&hmac(
            &[0xaa; 131],
            b"Test Using Larger Than Block-Size Key - Hash Key First",
        ));
        assert_eq!(
            long,
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn signature_when_time_or_body_change_then_is_another() {
        let one = signature("s", 1, "{}");
        assert!(one.starts_with("v1=") && one.len() == 67);
        assert_ne!(one, signature("s", 2, "{}"));
        assert_ne!(one, signature("s", 1, "{ }"));
    }
}
