//! A real Alertmanager.

use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Server, eventually, free_port, require};

/// A running Alertmanager.
#[derive(Debug)]
pub struct Alertmanager {
    _server: Server,
    address: SocketAddr,
    http: reqwest::Client,
    _dir: TempDir,
}

impl Alertmanager {
    /// Starts one that tells a webhook of everything at once.
    ///
    /// # Errors
    /// When it is not installed, or does not come up.
    pub async fn start(receiver: &str) -> Result<Self> {
        let program = require("prometheus-alertmanager")?;
        let dir = tempfile::tempdir()?;
        let config = dir.path().join("alertmanager.yml");
        std::fs::write(
            &config,
            format!(
                "route: {{ receiver: test, group_by: ['...'], group_wait: 0s, group_interval: 1s, repeat_interval: 1h }}\n\
                 receivers:\n- name: test\n  webhook_configs:\n  - {{ url: '{receiver}', send_resolved: true }}\n"
            ),
        )?;
        let address = free_port()?;
        let mut command = Command::new(program);
        command
            .arg(format!("--config.file={}", config.display()))
            .arg(format!(
                "--storage.path={}",
                dir.path().join("data").display()
            ))
            .arg(format!("--web.listen-address={address}"))
            .arg("--cluster.listen-address=");
        let mut server = Server::start("alertmanager", &mut command, dir.path())?;
        let http = reqwest::Client::new();
        let ready = format!("http://{address}/-/ready");
        eventually("Alertmanager", Duration::from_secs(30), || {
            let alive = server.check_alive();
            let request = http.get(&ready).send();
            async {
                alive?;
                Ok(request
                    .await
                    .ok()
                    .filter(|answer| answer.status().is_success())
                    .map(|_| ()))
            }
        })
        .await?;
        Ok(Self {
            _server: server,
            address,
            http,
            _dir: dir,
        })
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The alerts that fire, by its API v2.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn alerts(&self) -> Result<Vec<Value>> {
        let url = format!("{}/api/v2/alerts", self.url());
        Ok(self.http.get(url).send().await?.json().await?)
    }

    /// Silences what has this label, from now until then; answers the silence's id.
    ///
    /// # Errors
    /// When it refuses.
    pub async fn silence(&self, name: &str, value: &str, from: &str, to: &str) -> Result<String> {
        let silence = json!({
            "matchers": [{"name": name, "value": value, "isRegex": false, "isEqual": true}],
            "startsAt": from, "endsAt": to, "createdBy": "kim", "comment": "works on it",
        });
        let url = format!("{}/api/v2/silences", self.url());
        let answer = self.http.post(url).json(&silence).send().await?;
        ensure!(answer.status().is_success(), "{answer:?}");
        let answer: Value = answer.json().await?;
        Ok(answer["silenceID"].as_str().unwrap_or_default().to_owned())
    }

    /// Ends a silence.
    ///
    /// # Errors
    /// When it refuses.
    pub async fn unsilence(&self, id: &str) -> Result<()> {
        let url = format!("{}/api/v2/silence/{id}", self.url());
        let answer = self.http.delete(url).send().await?;
        ensure!(answer.status().is_success(), "{answer:?}");
        Ok(())
    }
}
