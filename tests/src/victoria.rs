//! A real VictoriaMetrics, which speaks the query API of Prometheus.

use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use tempfile::TempDir;

use crate::{Exporter, Server, eventually, free_port, require};

/// A running VictoriaMetrics.
#[derive(Debug)]
pub struct VictoriaMetrics {
    _server: Server,
    address: SocketAddr,
    _dir: TempDir,
}

impl VictoriaMetrics {
    /// Starts one that scrapes an exporter every second.
    ///
    /// # Errors
    /// When it is not installed, or does not come up.
    pub async fn start(exporter: &Exporter) -> Result<Self> {
        let program = require("victoria-metrics")?;
        let dir = tempfile::tempdir()?;
        let scrape = dir.path().join("scrape.yml");
        std::fs::write(
            &scrape,
            format!(
                "global: {{ scrape_interval: 1s, scrape_timeout: 1s }}\nscrape_configs:\n\
                 - job_name: shop\n  static_configs:\n  - targets: ['{}']\n    \
                 labels: {{ instance: shop }}\n",
                exporter.address()
            ),
        )?;
        let address = free_port()?;
        let mut command = Command::new(program);
        command
            .arg(format!("-httpListenAddr={address}"))
            .arg(format!(
                "-storageDataPath={}",
                dir.path().join("data").display()
            ))
            .arg(format!("-promscrape.config={}", scrape.display()))
            .arg("-search.latencyOffset=0s");
        let mut server = Server::start("victoria-metrics", &mut command, dir.path())?;
        let http = reqwest::Client::new();
        let health = format!("http://{address}/health");
        eventually("VictoriaMetrics", Duration::from_secs(30), || {
            let alive = server.check_alive();
            let request = http.get(&health).send();
            async {
                alive?;
                Ok(request.await?.status().is_success().then_some(()))
            }
        })
        .await?;
        Ok(Self {
            _server: server,
            address,
            _dir: dir,
        })
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}
