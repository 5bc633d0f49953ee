//! `http:` where and how it is served.

use std::net::SocketAddr;
use std::path::PathBuf;

use hindcast_shared::error::FieldError;
use hindcast_shared::time::Millis;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

use super::values::BasePath;

/// Where and how it is served.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Http {
    /// Address and port; port 0 takes a free one.
    #[serde(deserialize_with = "address")]
    #[schema(value_type = String, example = "127.0.0.1:8080")]
    pub(crate) bind: SocketAddr,
    /// The address that people use, for links in chat and mail.
    #[schema(value_type = Option<String>)]
    pub(crate) public_url: Option<Url>,
    /// Path under which a proxy shows it, such as `/ml/`.
    pub(crate) base_path: BasePath,
    /// Proxies whose `X-Forwarded-For` is believed: addresses or networks.
    #[serde(deserialize_with = "networks")]
    #[schema(value_type = Vec<String>)]
    pub(crate) trusted_proxies: Vec<IpNet>,
    /// Certificate and key; without them it speaks plain HTTP.
    pub(crate) tls: Option<Tls>,
    /// Longest time for an answer; event streams are not answers in this sense.
    pub(crate) request_timeout: Millis,
}

/// Files of a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tls {
    /// PEM file with the certificate and its chain.
    #[schema(value_type = String)]
    pub(crate) cert: PathBuf,
    /// PEM file with the private key.
    #[schema(value_type = String)]
    pub(crate) key: PathBuf,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            base_path: BasePath::default(),
            trusted_proxies: Vec::new(),
            tls: None,
            request_timeout: Millis::from_secs(30),
        }
    }
}

impl Http {
    pub(super) fn check(&self) -> Result<(), FieldError> {
        if let Some(url) = &self.public_url
            && !(matches!(url.scheme(), "http" | "https") && url.has_host())
        {
            return Err(FieldError::new(
                "public_url",
                "must begin with http:// or https:// and name a host",
            ));
        }
        if self.request_timeout < Millis::from_secs(1) {
            return Err(FieldError::new("request_timeout", "must be at least 1s"));
        }
        Ok(())
    }
}

fn address<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    use serde::de::Error as _;

    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| {
        D::Error::custom(format!(
            "`{text}` is not an address with a port; write for example 127.0.0.1:8080"
        ))
    })
}

/// Networks, where a bare address is a network of one.
pub(super) fn networks<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<IpNet>, D::Error> {
    use serde::de::Error as _;

    let texts = Vec::<String>::deserialize(deserializer)?;
    let network = |text: &String| {
        text.parse::<IpNet>()
            .or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from))
            .map_err(|_| D::Error::custom(format!("`{text}` is not an address or network")))
    };
    texts.iter().map(network).collect()
}
