//! A certificate for loopback, made for one test.

use std::path::{Path, PathBuf};

use anyhow::Result;

/// Certificate and key as PEM files.
#[derive(Debug)]
pub struct Certificate {
    /// The certificate, which is its own authority.
    pub cert: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

impl Certificate {
    /// Makes one for 127.0.0.1 and localhost.
    ///
    /// # Errors
    /// When the files cannot be written.
    pub fn make(dir: &Path) -> Result<Self> {
        let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        let made = rcgen::generate_simple_self_signed(names)?;
        let (cert, key) = (dir.join("cert.pem"), dir.join("key.pem"));
        std::fs::write(&cert, made.cert.pem())?;
        std::fs::write(&key, made.signing_key.serialize_pem())?;
        Ok(Self { cert, key })
    }
}
