//! A real Prometheus that scrapes every second.

use std::fmt::Write as _;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use tempfile::TempDir;

use crate::{Certificate, Exporter, History, Server, eventually, free_port, require};

/// A running Prometheus.
#[derive(Debug)]
pub struct Prometheus {
    server: Server,
    base: String,
    http: reqwest::Client,
    _dir: TempDir,
}

impl Prometheus {
    /// Starts one that scrapes an exporter as job and instance `shop`, after the history has become blocks.
    ///
    /// # Errors
    /// When Prometheus or promtool is not installed, or does not come up.
    pub async fn start(exporter: &Exporter, history: &[History]) -> Result<Self> {
        let prometheus = Self::start_with(Some(exporter), history, None).await?;
        // It takes some seconds until it asks for the first time.
        eventually("the first scrapes", Duration::from_secs(20), || async {
            Ok((exporter.scrapes() >= 2).then_some(()))
        })
        .await?;
        Ok(prometheus)
    }

    /// Starts one that has a history and is reached by TLS only.
    ///
    /// # Errors
    /// As [`Prometheus::start`].
    pub async fn start_secure(certificate: &Certificate, history: &[History]) -> Result<Self> {
        Self::start_with(None, history, Some(certificate)).await
    }

    /// Starts one that scrapes nothing but has a history.
    ///
    /// # Errors
    /// As [`Prometheus::start`].
    pub async fn start_still(history: &[History]) -> Result<Self> {
        Self::start_with(None, history, None).await
    }

    async fn start_with(
        exporter: Option<&Exporter>,
        history: &[History],
        certificate: Option<&Certificate>,
    ) -> Result<Self> {
        let program = require("prometheus")?;
        let dir = tempfile::tempdir()?;
        let data = dir.path().join("data");
        if !history.is_empty() {
            back_fill(&dir, history)?;
        }
        let mut config = String::from("global: { scrape_interval: 1s, scrape_timeout: 1s }\n");
        if let Some(exporter) = exporter {
            write!(
                config,
                "scrape_configs:\n- job_name: shop\n  static_configs:\n  - targets: ['{}']\n    \
                 labels: {{ instance: shop }}\n",
                exporter.address()
            )?;
        }
        let config_file = dir.path().join("prometheus.yml");
        std::fs::write(&config_file, config)?;
        let address = free_port()?;
        let mut command = Command::new(program);
        command
            .arg(format!("--config.file={}", config_file.display()))
            .arg(format!("--storage.tsdb.path={}", data.display()))
            // Blocks of the past must not be thrown away before anybody has looked at them.
            .arg("--storage.tsdb.retention.time=60d")
            .arg(format!("--web.listen-address={address}"));
        let (mut base, mut http) = (format!("http://{address}"), reqwest::Client::new());
        if let Some(certificate) = certificate {
            let file = dir.path().join("web.yml");
            let (cert, key) = (certificate.cert.display(), certificate.key.display());
            let tls = format!("tls_server_config: {{ cert_file: '{cert}', key_file: '{key}' }}\n");
            std::fs::write(&file, tls)?;
            command.arg(format!("--web.config.file={}", file.display()));
            let pem = reqwest::Certificate::from_pem(&std::fs::read(&certificate.cert)?)?;
            http = reqwest::Client::builder().tls_certs_only([pem]).build()?;
            base = format!("https://{address}");
        }
        let mut server = Server::start("prometheus", &mut command, dir.path())?;
        let ready = format!("{base}/-/ready");
        eventually("Prometheus", Duration::from_secs(30), || {
            let alive = server.check_alive();
            let request = http.get(&ready).send();
            async {
                alive?;
                Ok(request.await?.status().is_success().then_some(()))
            }
        })
        .await?;
        Ok(Self {
            server,
            base,
            http,
            _dir: dir,
        })
    }

    /// `http://127.0.0.1:PORT`, or with `https`.
    pub fn url(&self) -> String {
        self.base.clone()
    }

    /// Ends it at once.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn kill(&mut self) -> Result<()> {
        self.server.kill()
    }

    /// Values of an instant query, one a series.
    ///
    /// # Errors
    /// When it does not answer with a vector.
    pub async fn instant(&self, query: &str) -> Result<Vec<f64>> {
        let url = format!("{}/api/v1/query", self.url());
        let request = self.http.get(url).query(&[("query", query)]);
        let answer: Value = request.send().await?.json().await?;
        let result = answer["data"]["result"].as_array().context("no vector")?;
        let value = |item: &Value| item["value"][1].as_str()?.parse().ok();
        Ok(result.iter().filter_map(value).collect())
    }

    /// Waits until it has scraped a series.
    ///
    /// # Errors
    /// When it has not within ten seconds.
    pub async fn has_scraped(&self, query: &str) -> Result<()> {
        eventually(query, Duration::from_secs(10), || async {
            Ok((!self.instant(query).await?.is_empty()).then_some(()))
        })
        .await
    }
}

fn back_fill(dir: &TempDir, history: &[History]) -> Result<()> {
    let file = dir.path().join("history.om");
    std::fs::write(&file, History::openmetrics(history))?;
    let output = Command::new(require("promtool")?)
        .args(["tsdb", "create-blocks-from", "openmetrics"])
        .arg(&file)
        .arg(dir.path().join("data"))
        .output()?;
    if !output.status.success() {
        bail!("promtool: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}
