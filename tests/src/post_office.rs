//! A real mail server: aiosmtpd, with TLS and a login; Python's own parser reads what arrives.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Certificate, Server, eventually, free_port};

/// The Python of the distribution, which has its packages.
const PYTHON: &str = "/usr/bin/python3";

/// A running mail server on loopback.
#[derive(Debug)]
pub struct PostOffice {
    _server: Server,
    address: SocketAddr,
    out: PathBuf,
    certificate: Certificate,
    _dir: TempDir,
}

impl PostOffice {
    /// Who may send, and by which password.
    pub const LOGIN: (&str, &str) = ("hindcast", "pass phrase of the test");

    /// Starts one that speaks TLS from the first byte, or asks for it.
    ///
    /// # Errors
    /// When aiosmtpd is not installed, or does not come up.
    pub async fn start(implicit: bool) -> Result<Self> {
        anyhow::ensure!(
            Path::new("/usr/lib/python3/dist-packages/aiosmtpd").exists(),
            "aiosmtpd is not installed; `cargo xtask setup` installs it"
        );
        let dir = tempfile::tempdir()?;
        let certificate = Certificate::make(dir.path())?;
        let (address, out) = (free_port()?, dir.path().join("mails"));
        let arguments = json!({
            "host": address.ip(), "port": address.port(), "cert": certificate.cert, "key": certificate.key,
            "user": Self::LOGIN.0, "password": Self::LOGIN.1, "implicit": implicit, "out": out,
        });
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/post_office.py");
        let mut command = Command::new(PYTHON);
        command.arg(script).arg(arguments.to_string());
        let mut server = Server::start("post-office", &mut command, dir.path())?;
        eventually("the post office", Duration::from_secs(30), || {
            let alive = server.check_alive();
            let open = std::net::TcpStream::connect(address);
            async move {
                alive?;
                Ok(open.ok().map(|_| ()))
            }
        })
        .await?;
        Ok(Self {
            _server: server,
            address,
            out,
            certificate,
            _dir: dir,
        })
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The certificate, which is its own authority.
    pub fn certificate(&self) -> &Path {
        &self.certificate.cert
    }

    /// The mails, as they were read.
    ///
    /// # Errors
    /// When what was written down cannot be read.
    pub fn mails(&self) -> Result<Vec<Value>> {
        let text = std::fs::read_to_string(&self.out).unwrap_or_default();
        text.lines()
            .map(|line| serde_json::from_str(line).context("a mail"))
            .collect()
    }
}
