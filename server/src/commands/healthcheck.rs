//! `hindcast healthcheck`: asks a running server whether it is ready; exit code 0 or 1.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use url::Url;

use super::{load_config, print};
use crate::cli::{ConfigArgs, HealthcheckArgs};
use crate::config::Config;
use crate::http_client::{self, ClientOptions};

pub(super) async fn run(args: &ConfigArgs, check: &HealthcheckArgs) -> anyhow::Result<ExitCode> {
    let config = load_config(args)?;
    let base = match &check.url {
        Some(url) => url.clone(),
        None => local_url(&config)?,
    };
    let url = base.join("ready").context("the address is not complete")?;
    let client = http_client::build(ClientOptions {
        timeout: Duration::from_secs(5),
        ca_file: None,
        own_server: check.url.is_none(),
    })?;
    let response = client
        .get(url.clone())
        .send()
        .await
        .with_context(|| format!("{url} does not answer"))?;
    let status = response.status();
    if status.is_success() {
        print::line("ready")?;
        return Ok(ExitCode::SUCCESS);
    }
    anyhow::bail!("{url} answers {status}: {}", response.text().await?)
}

/// The server's own address, as seen from this machine.
fn local_url(config: &Config) -> anyhow::Result<Url> {
    let scheme = if config.http.tls.is_some() {
        "https"
    } else {
        "http"
    };
    let mut bind = config.http.bind;
    if bind.ip().is_unspecified() {
        bind.set_ip(match bind {
            std::net::SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            std::net::SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    let path = config.http.base_path.as_str();
    Ok(format!("{scheme}://{bind}{path}").parse()?)
}
