//! Links to pictures: signed and good for a while, so that a chat's server can fetch one without an account.
//!
//! `{anomaly}.{language}.{good until, in seconds}.{signature}`; nothing else of the server opens with it.

use hindcast_shared::anomaly::AnomalyId;
use hindcast_shared::hash::hex;
use hindcast_shared::message::Lang;
use subtle::ConstantTimeEq as _;

use super::super::signature::hmac;

/// How long a link is good.
const GOOD_FOR_S: i64 = 14 * 86_400;

/// Characters of the signature that are kept: 128 bits.
const KEPT: usize = 32;

/// The token of a link.
pub(super) fn token(key: &[u8], id: AnomalyId, lang: Lang, now_ms: i64) -> String {
    // Within a day it is the same, so that what was fetched once need not be fetched again.
    let until_s = (now_ms / 86_400_000) * 86_400 + GOOD_FOR_S;
    let body = format!("{id}.{}.{until_s}", lang.tag());
    let sign = sign(key, &body);
    format!("{body}.{sign}")
}

/// What a token shows; none when it is not ours or too old.
pub(super) fn read(key: &[u8], token: &str, now_ms: i64) -> Option<(AnomalyId, Lang)> {
    let (body, given) = token.rsplit_once('.')?;
    let good: bool = sign(key, body).as_bytes().ct_eq(given.as_bytes()).into();
    let mut parts = body.split('.');
    let id = parts.next()?.parse().ok()?;
    let lang = parts.next()?.parse().ok()?;
    let until_s: i64 = parts.next()?.parse().ok()?;
    (good && parts.next().is_none() && now_ms / 1_000 < until_s).then_some((id, lang))
}

fn sign(key: &[u8], body: &str) -> String {
    let mut text = hex(&hmac(key, format!("picture {body}").as_bytes()));
    text.truncate(KEPT);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::anomaly;
    use hindcast_shared::anomaly::Status;

    #[test]
    fn link_when_changed_or_old_or_of_another_key_then_shows_nothing() {
        let id = anomaly("r", "s", 1_000, Status::Open).id;
        let now_ms = 1_767_614_400_000;
        let token = token(b"key", id, Lang::Ko, now_ms);
        assert_eq!(read(b"key", &token, now_ms), Some((id, Lang::Ko)));
        assert_eq!(read(b"other", &token, now_ms), None);
        assert_eq!(read(b"key", &token, now_ms + GOOD_FOR_S * 1_000), None);
        assert_eq!(read(b"key", &token.replace(".ko.", ".ru."), now_ms), None);
        for wrong in [
            "",
            ".",
            "a.b.c.d",
            &format!("{token}0"),
            &format!("x.{token}"),
        ] {
            assert_eq!(read(b"key", wrong, now_ms), None, "{wrong}");
        }
    }
}
