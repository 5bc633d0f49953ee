//! Links by which somebody without a login says whether an anomaly was right: what they open, and until when.
//!
//! A link speaks of one anomaly and of the route whose message it stands in, and of nothing else. Its signature is
//! made with a secret of the store; another secret makes every link void. Who has a link may say one thing once, so
//! it is short-lived and never written into a log.

use hindcast_shared::anomaly::AnomalyId;
use hindcast_shared::hash::hex;
use subtle::ConstantTimeEq as _;

use crate::notify::hmac;

/// What a signature is about, so that no other signature of the same secret can be taken for one.
const PURPOSE: &str = "hindcast feedback link 1";

/// Bytes of a signature: 128 bits, in a path that people see.
const SIGNATURE: usize = 16;

/// What a link opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    /// The anomaly.
    pub(crate) anomaly_id: AnomalyId,
    /// Name of the route.
    pub(crate) route: String,
    /// When it ends, in seconds since 1970.
    pub(crate) expires_s: i64,
}

/// Why a link opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shut {
    /// It was not made here, or with another secret.
    Unknown,
    /// Its time is over.
    Expired,
}

impl Link {
    /// The token of a path.
    pub(crate) fn token(&self, key: &str) -> String {
        format!(
            "{}.{}.{}.{}",
            self.anomaly_id,
            self.expires_s,
            self.signature(key),
            self.route
        )
    }

    /// What a token opens.
    pub(crate) fn read(token: &str, key: &str, now_ms: i64) -> Result<Self, Shut> {
        // The name of a route comes last: it may have dots.
        let mut parts = token.splitn(4, '.');
        let mut part = || parts.next().ok_or(Shut::Unknown);
        let (anomaly_id, expires_s, signature, route) = (part()?, part()?, part()?, part()?);
        let link = Self {
            anomaly_id: anomaly_id.parse().map_err(|_| Shut::Unknown)?,
            expires_s: expires_s.parse().map_err(|_| Shut::Unknown)?,
            route: route.to_owned(),
        };
        let own = link.signature(key);
        if !bool::from(own.as_bytes().ct_eq(signature.as_bytes())) {
            return Err(Shut::Unknown);
        }
        if link.expires_s.saturating_mul(1_000) <= now_ms {
            return Err(Shut::Expired);
        }
        Ok(link)
    }

    fn signature(&self, key: &str) -> String {
        let message = format!(
            "{PURPOSE}\n{}\n{}\n{}",
            self.anomaly_id, self.expires_s, self.route
        );
        hex(&hmac(key.as_bytes(), message.as_bytes())[..SIGNATURE])
    }
}

#[cfg(test)]
mod tests {
    use hindcast_shared::anomaly::AnomalyKind;
    use hindcast_shared::series::SeriesKey;

    use super::*;

    fn link() -> Link {
        let rule = "cpu".parse().expect("a rule");
        Link {
            anomaly_id: AnomalyId::new(
                &rule,
                SeriesKey([7; 16]),
                AnomalyKind::Deviation,
                1_000_000,
            ),
            route: "chat.of-night_shift".to_owned(),
            expires_s: 2_000,
        }
    }

    #[test]
    fn link_when_written_then_reads_back_until_its_time_is_over() {
        let token = link().token("secret");
        assert_eq!(Link::read(&token, "secret", 1_999_999), Ok(link()));
        assert_eq!(Link::read(&token, "secret", 2_000_000), Err(Shut::Expired));
        assert_eq!(Link::read(&token, "another", 0), Err(Shut::Unknown));
    }

    #[test]
    fn link_when_anything_in_it_is_changed_then_opens_nothing() {
        let token = link().token("secret");
        for (at, byte) in token.bytes().enumerate() {
            let other = if byte == b'7' { '8' } else { '7' };
            let mut changed = token.clone();
            changed.replace_range(at..=at, &other.to_string());
            assert_eq!(
                Link::read(&changed, "secret", 0),
                Err(Shut::Unknown),
                "{at}"
            );
        }
        for broken in ["", ".", "...", "a.b.c.d", &token[..token.len() - 1]] {
            assert_eq!(Link::read(broken, "secret", 0), Err(Shut::Unknown));
        }
    }
}
