//! The one constructor of HTTP clients: time-outs, certificates and a name, the same for everybody.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;

/// What may differ between clients.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClientOptions<'a> {
    /// Longest time for one request, from connecting to the last byte.
    pub(crate) timeout: Duration,
    /// A PEM file with further certificates to trust.
    pub(crate) ca_file: Option<&'a Path>,
    /// Whether the other side is this very machine: then its certificate, made for the name that the world knows,
    /// is not looked at. Nothing secret may be sent with such a client.
    pub(crate) own_server: bool,
}

/// Builds a client. It follows no redirects: a source that moved must be told in the configuration,
/// and credentials must not travel to wherever an answer points.
pub(crate) fn build(options: ClientOptions<'_>) -> anyhow::Result<reqwest::Client> {
    install_crypto();
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("hindcast/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(options.timeout.min(Duration::from_secs(5)))
        .timeout(options.timeout)
        .redirect(reqwest::redirect::Policy::none());
    if let Some(path) = options.ca_file {
        let pem = std::fs::read(path)
            .with_context(|| format!("the CA file {} cannot be read", path.display()))?;
        let certificates = reqwest::Certificate::from_pem_bundle(&pem)
            .with_context(|| format!("the CA file {} is not PEM", path.display()))?;
        for certificate in certificates {
            builder = builder.add_root_certificate(certificate);
        }
    }
    if options.own_server {
        builder = builder.danger_accept_invalid_certs(true);
    }
    builder.build().context("the HTTP client cannot be built")
}

/// Chooses the implementation of TLS for the whole process, once.
pub(crate) fn install_crypto() {
    let _already_chosen = rustls::crypto::aws_lc_rs::default_provider().install_default();
}
