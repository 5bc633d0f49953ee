//! Stable identities from content: 128-bit keys, and a running hash over samples.
//!
//! SHA-256 for what is named once and kept for ever; FNV-1a for what runs along with every sample.

use sha2::{Digest, Sha256};

/// The first 16 bytes of SHA-256 over the parts, each preceded by its length so that no two lists collide.
pub fn digest128(parts: &[&[u8]]) -> [u8; 16] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let full = hasher.finalize();
    let mut out = [0; 16];
    out.copy_from_slice(&full[..16]);
    out
}

/// Lower-case hexadecimal text.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// A running 64-bit FNV-1a hash over samples, cheap enough for every point.
///
/// It is evidence, not a seal: it shows that two runs saw the same data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct DataHash(pub u64);

impl DataHash {
    /// The hash of no samples (the FNV-1a offset basis).
    pub const EMPTY: Self = Self(0xcbf2_9ce4_8422_2325);

    /// Adds one sample; every NaN counts as the same NaN.
    pub fn add(&mut self, value: f64) {
        let bits = if value.is_nan() {
            f64::NAN.to_bits()
        } else {
            value.to_bits()
        };
        // Two words instead of eight bytes: the multiplication is the cost, and evidence needs no more.
        for word in [bits & 0xffff_ffff, bits >> 32] {
            self.0 = (self.0 ^ word).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}
