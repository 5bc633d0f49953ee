//! Messages that only one browser can read: `aes128gcm` of RFC 8188 with the keys of RFC 8291.

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::error::Unspecified;

use super::super::signature::hmac;

/// Size of a record: every push service takes this much.
const RECORD: u32 = 4_096;

/// Longest message: a record without what is around it.
pub(super) const LONGEST: usize = RECORD as usize - 16 - 1 - 86;

/// Ends the last record.
const LAST: u8 = 2;

/// Encrypts for a browser's public key and the secret that it shares.
pub(super) fn encrypted(text: &[u8], theirs: &[u8], auth: &[u8]) -> Result<Vec<u8>, Unspecified> {
    let ours = PrivateKey::generate(&ECDH_P256)?;
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|_| Unspecified)?;
    sealed(text, theirs, auth, &ours, &salt)
}

fn sealed(
    text: &[u8],
    theirs: &[u8],
    auth: &[u8],
    ours: &PrivateKey,
    salt: &[u8; 16],
) -> Result<Vec<u8>, Unspecified> {
    if text.len() > LONGEST {
        return Err(Unspecified);
    }
    let public = ours.compute_public_key()?;
    let shared = agree(
        ours,
        UnparsedPublicKey::new(&ECDH_P256, theirs),
        Unspecified,
        |shared| Ok(hmac(auth, shared)),
    )?;
    let mut info = b"WebPush: info\0".to_vec();
    info.extend(theirs);
    info.extend(public.as_ref());
    let (key, nonce) = content_key(salt, &expanded(&shared, &info));
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key)?);

    let mut record = text.to_vec();
    record.push(LAST);
    key.seal_in_place_append_tag(
        Nonce::assume_unique_for_key(nonce),
        Aad::empty(),
        &mut record,
    )?;
    let mut body = salt.to_vec();
    body.extend(RECORD.to_be_bytes());
    body.push(u8::try_from(public.as_ref().len()).map_err(|_| Unspecified)?);
    body.extend(public.as_ref());
    body.append(&mut record);
    Ok(body)
}

/// Key and nonce of the only record (RFC 8188, 2.2 and 2.3).
fn content_key(salt: &[u8], secret: &[u8]) -> ([u8; 16], [u8; NONCE_LEN]) {
    let extracted = hmac(salt, secret);
    let (mut key, mut nonce) = ([0; 16], [0; NONCE_LEN]);
    key.copy_from_slice(&expanded(&extracted, b"Content-Encoding: aes128gcm\0")[..16]);
    nonce.copy_from_slice(&expanded(&extracted, b"Content-Encoding: nonce\0")[..NONCE_LEN]);
    (key, nonce)
}

/// The first block of RFC 5869's expansion: nothing here needs a second one.
fn expanded(key: &[u8], info: &[u8]) -> [u8; 32] {
    hmac(key, &[info, &[1]].concat())
}

/// Whether a browser's public key is a point at all.
pub(super) fn is_public_key(bytes: &[u8]) -> bool {
    let probe = PrivateKey::generate(&ECDH_P256);
    bytes.len() == 65
        && probe.is_ok_and(|probe| {
            let theirs = UnparsedPublicKey::new(&ECDH_P256, bytes);
            agree(&probe, theirs, Unspecified, |_| Ok(())).is_ok()
        })
}

#[cfg(test)]
pub(in super::super) mod testing {
    use super::*;

    /// A browser: its key and the secret that it shares.
    pub(in super::super::super) struct Browser {
        key: PrivateKey,
        pub(in super::super::super) auth: Vec<u8>,
    }

    impl Browser {
        pub(in super::super::super) fn new(auth: u8) -> Self {
            Self {
                key: PrivateKey::generate(&ECDH_P256).expect("a key"),
                auth: vec![auth; 16],
            }
        }

        pub(in super::super) fn with(key: &[u8], auth: Vec<u8>) -> Self {
            let key = PrivateKey::from_private_key(&ECDH_P256, key).expect("a key");
            Self { key, auth }
        }

        pub(in super::super::super) fn public(&self) -> Vec<u8> {
            let public = self.key.compute_public_key().expect("a public key");
            public.as_ref().to_vec()
        }

        /// What a body says to this browser; nothing when it is for another.
        pub(in super::super::super) fn read(&self, body: &[u8]) -> Option<Vec<u8>> {
            let (salt, rest) = body.split_at_checked(16)?;
            let (size, rest) = rest.split_at_checked(4)?;
            assert_eq!(size, RECORD.to_be_bytes());
            let (length, rest) = rest.split_first()?;
            let (theirs, record) = rest.split_at_checked(usize::from(*length))?;
            let peer = UnparsedPublicKey::new(&ECDH_P256, theirs);
            let shared = agree(&self.key, peer, Unspecified, |shared| {
                Ok(hmac(&self.auth, shared))
            });
            let mut info = b"WebPush: info\0".to_vec();
            info.extend(self.public());
            info.extend(theirs);
            let (key, nonce) = content_key(salt, &expanded(&shared.ok()?, &info));
            let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).ok()?);
            let mut record = record.to_vec();
            let nonce = Nonce::assume_unique_for_key(nonce);
            let text = key.open_in_place(nonce, Aad::empty(), &mut record).ok()?;
            let (last, text) = text.split_last()?;
            assert_eq!(*last, LAST);
            Some(text.to_vec())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::testing::Browser;
    use super::*;
    use crate::base64::{base64url, read_base64url};

    fn bytes(text: &str) -> Vec<u8> {
        read_base64url(text).expect("base64url")
    }

    #[test]
    fn message_when_of_the_standards_example_then_is_its_body() {
        // RFC 8291, appendix A.
        let theirs = bytes(
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        );
        let auth = bytes("BTBZMqHH6r4Tts7J_aSIgg");
        let ours = bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw");
        let ours = PrivateKey::from_private_key(&ECDH_P256, &ours).expect("a key");
        let salt: [u8; 16] = bytes("DGv6ra1nlYgDCS1FRnbzlw")
            .try_into()
            .expect("16 bytes");
        let text = b"When I grow up, I want to be a watermelon";
        let body = sealed(text, &theirs, &auth, &ours, &salt).expect("a body");
        assert_eq!(
            base64url(&body),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        );
        let browser = Browser::with(&bytes("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), auth);
        assert_eq!(browser.public(), theirs);
        assert_eq!(browser.read(&body).as_deref(), Some(text.as_slice()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn message_when_read_by_its_browser_then_is_the_same_and_nobody_else_can(text in proptest::collection::vec(any::<u8>(), 0..LONGEST)) {
            let (one, other) = (Browser::new(1), Browser::new(1));
            let body = encrypted(&text, &one.public(), &one.auth).expect("a body");
            prop_assert!(body.len() <= RECORD as usize);
            prop_assert_eq!(one.read(&body), Some(text));
            prop_assert_eq!(other.read(&body), None);
            let mut changed = body;
            let last = changed.len() - 1;
            changed[last] ^= 1;
            prop_assert_eq!(one.read(&changed), None);
        }
    }

    #[test]
    fn key_when_no_point_or_message_when_too_long_then_is_refused() {
        let browser = Browser::new(1);
        assert!(is_public_key(&browser.public()));
        let mut off = browser.public();
        off[64] ^= 1;
        for wrong in [vec![], vec![4; 65], off] {
            assert!(!is_public_key(&wrong));
            assert!(encrypted(b"a", &wrong, &[0; 16]).is_err());
        }
        assert!(encrypted(&vec![0; LONGEST + 1], &browser.public(), &browser.auth).is_err());
    }
}
