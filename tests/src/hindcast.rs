//! The product itself: the real binary with a configuration, a folder and a port of its own.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::{Api, Certificate, Server, Stream, eventually};

const READY: &str = "ready at ";

/// An address on loopback that nobody listens on.
///
/// # Errors
/// When there is none.
pub fn free_port() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// What a server is started with.
#[derive(Debug)]
pub struct Setup {
    dir: TempDir,
    config: Map<String, Value>,
    time_scale: Option<u32>,
}

/// A running server.
#[derive(Debug)]
pub struct Hindcast {
    dir: TempDir,
    config_file: PathBuf,
    address: SocketAddr,
    time_scale: Option<u32>,
    base: String,
    server: Server,
    /// Whether the test has come to its end, so that nobody needs the log.
    passed: bool,
}

impl Setup {
    /// The defaults, but for a store in a folder of its own and limits that tests do not reach.
    ///
    /// # Errors
    /// When no folder can be made.
    pub fn new() -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let mut config = Map::new();
        let store = dir.path().join("hindcast.db");
        config.insert("store".to_owned(), json!({ "path": store }));
        config.insert(
            "limits".to_owned(),
            json!({ "list_per_minute": 1_000_000, "detect_per_minute": 100_000 }),
        );
        Ok(Self {
            dir,
            config,
            time_scale: None,
        })
    }

    /// Its folder, for keys and certificates.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Sets a whole section: `sources`, `rules`, `embed`, …
    #[must_use]
    pub fn with(mut self, section: &str, value: Value) -> Self {
        self.config.insert(section.to_owned(), value);
        self
    }

    /// Takes a section out, so that the product's defaults stand.
    #[must_use]
    pub fn without(mut self, section: &str) -> Self {
        self.config.remove(section);
        self
    }

    /// Lets the server's clock run so many times as fast.
    #[must_use]
    pub fn with_time_scale(mut self, times: u32) -> Self {
        self.time_scale = Some(times);
        self
    }

    /// A source named `prom` that asks a Prometheus.
    #[must_use]
    pub fn with_prometheus(self, url: &str) -> Self {
        let source = json!([{ "name": "prom", "kind": "prometheus", "url": url }]);
        self.with("sources", source)
    }

    /// A source named `push` and no other.
    #[must_use]
    pub fn with_push(self) -> Self {
        self.with("sources", json!([{ "name": "push", "kind": "push" }]))
    }

    /// Serves over TLS with a fresh certificate.
    ///
    /// # Errors
    /// When no certificate can be made.
    pub fn with_tls(self, base_path: &str) -> Result<(Self, Certificate)> {
        let made = Certificate::make(self.dir())?;
        let tls = json!({ "cert": made.cert, "key": made.key });
        let http = json!({ "tls": tls, "base_path": base_path });
        Ok((self.with("http", http), made))
    }

    /// Keys, one for each role, named as the roles are.
    ///
    /// # Errors
    /// When their file cannot be written.
    pub fn with_keys(self) -> Result<Self> {
        let file = self.dir().join("keys");
        let line = |role: &&str| format!("{role}:{role}:2026-01-31:{}\n", key_of(role));
        let lines: String = ["embed", "viewer", "operator", "admin"]
            .iter()
            .map(line)
            .collect();
        std::fs::write(&file, lines)?;
        Ok(self.with("auth", json!({ "keys_file": file })))
    }

    /// Starts the server and waits until it is ready.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn start(self) -> Result<Hindcast> {
        let config_file = self.write()?;
        let address = free_port()?;
        let (server, base) =
            launch(&config_file, self.dir.path(), address, self.time_scale).await?;
        Ok(Hindcast {
            dir: self.dir,
            config_file,
            address,
            time_scale: self.time_scale,
            base,
            server,
            passed: false,
        })
    }

    /// Runs the binary with this configuration to its end.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn run(&self, args: &[&str]) -> Result<Output> {
        let config_file = self.write()?;
        Ok(command(&config_file, self.dir.path())?
            .args(args)
            .output()?)
    }

    fn write(&self) -> Result<PathBuf> {
        // JSON is YAML.
        let file = self.dir.path().join("hindcast.yaml");
        std::fs::write(&file, serde_json::to_string_pretty(&self.config)?)?;
        Ok(file)
    }
}

/// The key that [`Setup::with_keys`] gives a role.
pub fn key_of(role: &str) -> String {
    format!("{role:-<8}0123456789abcdef0123456789abcdef")
}

/// The server's binary: where it is said to be, or beside the tests.
///
/// # Errors
/// When there is none.
pub fn binary() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("HINDCAST_BIN") {
        return Ok(path.into());
    }
    let own = std::env::current_exe()?;
    let beside = own
        .ancestors()
        .nth(2)
        .context("no target folder")?
        .join("hindcast");
    ensure!(
        beside.is_file(),
        "{} is missing: `cargo build -p hindcast`, or set HINDCAST_BIN",
        beside.display()
    );
    Ok(beside)
}

fn command(config_file: &Path, dir: &Path) -> Result<Command> {
    let mut command = Command::new(binary()?);
    command.arg("--config").arg(config_file).current_dir(dir);
    // Nothing of the surroundings may change a configuration under test.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let kept = ["HINDCAST_DIST", "HINDCAST_BIN"].contains(&&*text);
        if text.starts_with("HINDCAST_") && !kept {
            command.env_remove(&name);
        }
    }
    if std::env::var_os("HINDCAST_DIST").is_none() {
        let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dist");
        command.env("HINDCAST_DIST", dist);
    }
    Ok(command)
}

async fn launch(
    config_file: &Path,
    dir: &Path,
    address: SocketAddr,
    time_scale: Option<u32>,
) -> Result<(Server, String)> {
    let mut command = command(config_file, dir)?;
    command.arg("serve").arg("--bind").arg(address.to_string());
    if let Some(times) = time_scale {
        // Only a development server lets its clock run fast.
        command.args(["--profile", "dev", "--time-scale", &times.to_string()]);
    }
    let before = std::fs::read_to_string(dir.join("hindcast.log")).unwrap_or_default();
    let ready_before = before.matches(READY).count();
    let mut server = Server::start("hindcast", &mut command, dir)?;
    let base = eventually("the server", Duration::from_secs(30), || {
        let found = server.check_alive().map(|()| {
            let output = server.output();
            let mut lines = output.lines().filter(|line| line.contains(READY));
            let line = lines.nth(ready_before)?;
            let address = line.split(READY).nth(1)?.split_whitespace().next()?;
            Some(address.trim_end_matches('/').to_owned())
        });
        async { found }
    })
    .await?;
    Ok((server, base))
}

impl Hindcast {
    /// `http://127.0.0.1:PORT`, with the base path and without a slash at the end.
    pub fn url(&self) -> &str {
        &self.base
    }

    /// Its folder.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Process id.
    pub fn id(&self) -> u32 {
        self.server.id()
    }

    /// Everything it has written.
    pub fn output(&self) -> String {
        self.server.output()
    }

    /// A client without a key.
    ///
    /// # Errors
    /// When none can be made.
    pub fn api(&self) -> Result<Api> {
        Api::new(&self.base)
    }

    /// A client with the key of a role.
    ///
    /// # Errors
    /// When none can be made.
    pub fn api_as(&self, role: &str) -> Result<Api> {
        Ok(self.api()?.with_key(&key_of(role)))
    }

    /// Opens the event stream from now on.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn stream(&self) -> Result<Stream> {
        Stream::open(&self.api()?, "", None).await
    }

    /// Runs another command of the binary on the same configuration.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn run(&self, args: &[&str]) -> Result<Output> {
        let mut command = command(&self.config_file, self.dir.path())?;
        Ok(command.args(args).output()?)
    }

    /// Ends it as a power cut would.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn kill(&mut self) -> Result<()> {
        self.server.kill()
    }

    /// Starts it again on the same folder and port.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn restart(&mut self) -> Result<()> {
        let (server, base) = launch(
            &self.config_file,
            self.dir.path(),
            self.address,
            self.time_scale,
        )
        .await?;
        (self.server, self.base) = (server, base);
        Ok(())
    }

    /// Asks it to end, and waits until it has.
    ///
    /// # Errors
    /// When it takes longer than ten seconds, fails, or has panicked at any time.
    pub async fn stop(&mut self) -> Result<()> {
        self.server.ask_to_stop()?;
        let status = self.server.ended(Duration::from_secs(10)).await?;
        ensure!(status.success(), "it ended with {status}");
        ensure!(!self.output().contains("panicked"), "it has panicked");
        self.passed = true;
        Ok(())
    }
}

impl Drop for Hindcast {
    fn drop(&mut self) {
        if !self.passed {
            eprintln!(
                "--- the server's last lines\n{}\n---",
                self.server.last_lines()
            );
        }
    }
}
