//! `sources:` where series come from.
//!
//! Owns how a source is written; what it does is the business of the module `sources`.

use std::path::PathBuf;

use hindcast_shared::error::{FieldError, from_json, unknown_key_message};
use hindcast_shared::series::SourceName;
use hindcast_shared::time::Millis;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;
use utoipa::ToSchema;

use super::values::Secret;

/// One source.
#[derive(Debug, Clone)]
pub(crate) struct SourceConfig {
    /// Its name; rules refer to it.
    pub(crate) name: SourceName,
    /// Its kind, with what only this kind has.
    pub(crate) spec: SourceSpec,
}

/// What each kind of source needs.
#[derive(Debug, Clone)]
pub(crate) enum SourceSpec {
    Prometheus(PrometheusSource),
    Host(HostSource),
    Demo(DemoSource),
    Csv(CsvSource),
    Push(PushSource),
    Model(ModelSource),
}

/// A server that speaks the Prometheus query API.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PrometheusSource {
    /// Its address, without `/api/v1`.
    #[schema(value_type = String, example = "http://127.0.0.1:9090")]
    pub(crate) url: Url,
    /// User and password.
    #[serde(default)]
    pub(crate) basic_auth: Option<BasicAuth>,
    /// Token for `Authorization: Bearer`.
    #[serde(default)]
    pub(crate) bearer_token: Option<Secret>,
    /// PEM file with further certificates to trust.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(crate) ca_file: Option<PathBuf>,
    /// The tenant that is asked: `X-Scope-OrgID`, or in place of `{tenant}` in the address.
    #[serde(default)]
    pub(crate) tenant: Option<String>,
    /// Several tenants: each is a source of its own, called after both, such as `mimir.shop`.
    #[serde(default)]
    pub(crate) tenants: Vec<String>,
    /// Longest time for one query.
    #[serde(default = "ten_seconds")]
    pub(crate) timeout: Millis,
}

/// User and password.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BasicAuth {
    pub(crate) username: String,
    pub(crate) password: Secret,
}

/// This machine.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HostSource {
    /// How often it is measured.
    #[serde(default = "fifteen_seconds")]
    pub(crate) every: Millis,
}

/// Made-up services with labelled incidents.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DemoSource {
    /// Seed of everything that looks like chance.
    #[serde(default = "seven")]
    pub(crate) seed: u64,
    /// Servers of the fleet beside the services, 0 to 10,000.
    #[serde(default = "forty")]
    pub(crate) instances: u32,
}

/// A file of samples.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CsvSource {
    /// The file.
    #[schema(value_type = String)]
    pub(crate) path: PathBuf,
    /// Name of the column with the time; recognised unless given.
    #[serde(default)]
    pub(crate) time_column: Option<String>,
}

/// Samples that others send to `POST /api/v1/samples`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PushSource {}

/// The scores of the full models that are live.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModelSource {}

fn ten_seconds() -> Millis {
    Millis::from_secs(10)
}
fn fifteen_seconds() -> Millis {
    Millis::from_secs(15)
}
fn seven() -> u64 {
    7
}
fn forty() -> u32 {
    40
}

/// Most servers of the demonstration's fleet.
const MAX_INSTANCES: u32 = 10_000;

const KINDS: [&str; 6] = ["prometheus", "host", "demo", "csv", "push", "model"];

impl SourceConfig {
    /// What is watched when nothing is configured: this machine, and the demonstration.
    pub(super) fn defaults() -> Vec<Self> {
        vec![
            Self {
                name: SourceName("host".to_owned()),
                spec: SourceSpec::Host(HostSource {
                    every: fifteen_seconds(),
                }),
            },
            Self {
                name: SourceName("demo".to_owned()),
                spec: SourceSpec::Demo(DemoSource {
                    seed: seven(),
                    instances: forty(),
                }),
            },
        ]
    }

    /// Reads `{ name, kind, … }`, where the kind says which other keys there are.
    pub(super) fn from_json(value: Value) -> Result<Self, FieldError> {
        let Value::Object(mut entries) = value else {
            return Err(FieldError::new(
                "",
                "expected a source: name, kind and its keys",
            ));
        };
        let name = word(&mut entries, "name")?;
        if name.len() > 64
            || !name
                .chars()
                .all(|c| c.is_alphanumeric() || "-_.".contains(c))
        {
            return Err(FieldError::new(
                "name",
                "use letters, digits, dashes, dots and underscores, at most 64",
            ));
        }
        let kind = word(&mut entries, "kind")?;
        let rest = Value::Object(entries);
        let spec = match kind.as_str() {
            "prometheus" => SourceSpec::Prometheus(from_json(rest)?),
            "host" => SourceSpec::Host(from_json(rest)?),
            "demo" => SourceSpec::Demo(from_json(rest)?),
            "csv" => SourceSpec::Csv(from_json(rest)?),
            "push" => SourceSpec::Push(from_json(rest)?),
            "model" => SourceSpec::Model(from_json(rest)?),
            _ => {
                let message = unknown_key_message(&kind, &KINDS);
                return Err(FieldError::new("kind", message.replacen("key", "kind", 1)));
            }
        };
        spec.check()?;
        let name = SourceName(name);
        Ok(Self { name, spec })
    }

    /// One source for each of its tenants; itself where it has none.
    pub(super) fn per_tenant(self) -> Vec<Self> {
        let tenants = match &self.spec {
            SourceSpec::Prometheus(source) if !source.tenants.is_empty() => source.tenants.clone(),
            _ => return vec![self],
        };
        let of = |tenant: String| {
            let mut one = self.clone();
            // A tenant of VictoriaMetrics may be `1:0`, which no name of a source can be.
            one.name = SourceName(format!("{}.{}", self.name, tenant.replace(':', "-")));
            if let SourceSpec::Prometheus(source) = &mut one.spec {
                (source.tenant, source.tenants) = (Some(tenant), Vec::new());
            }
            one
        };
        tenants.into_iter().map(of).collect()
    }
}

fn word(entries: &mut serde_json::Map<String, Value>, key: &str) -> Result<String, FieldError> {
    match entries.remove(key) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        Some(_) => Err(FieldError::new(key, "must be a word")),
        None => Err(FieldError::new(key, "is missing")),
    }
}

impl SourceSpec {
    fn check(&self) -> Result<(), FieldError> {
        match self {
            Self::Prometheus(source) => source.check(),
            Self::Host(source) if source.every < Millis::from_secs(1) => {
                Err(FieldError::new("every", "must be at least 1s"))
            }
            Self::Demo(source) if source.instances > MAX_INSTANCES => {
                let message = format!("must be at most {MAX_INSTANCES}");
                Err(FieldError::new("instances", message))
            }
            _ => Ok(()),
        }
    }
}

impl PrometheusSource {
    fn check(&self) -> Result<(), FieldError> {
        if !matches!(self.url.scheme(), "http" | "https") || !self.url.has_host() {
            let message = "must begin with http:// or https:// and name a host";
            return Err(FieldError::new("url", message));
        }
        if !self.url.username().is_empty() || self.url.password().is_some() {
            let message = "must not carry credentials; use basic_auth, where they are not printed";
            return Err(FieldError::new("url", message));
        }
        if self.basic_auth.is_some() && self.bearer_token.is_some() {
            let message = "cannot be used together with basic_auth";
            return Err(FieldError::new("bearer_token", message));
        }
        if self.tenant.is_some() && !self.tenants.is_empty() {
            return Err(FieldError::new(
                "tenants",
                "cannot be used together with tenant",
            ));
        }
        let named = self.tenants.iter().enumerate();
        let named = named.map(|(index, tenant)| (format!("tenants[{index}]"), tenant));
        let named = named.chain(
            self.tenant
                .iter()
                .map(|tenant| ("tenant".to_owned(), tenant)),
        );
        for (field, tenant) in named {
            let fits = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
            if tenant.is_empty() || tenant.len() > 64 || !tenant.chars().all(fits) {
                let message =
                    "use letters, digits, dashes, dots, colons and underscores, at most 64";
                return Err(FieldError::new(field, message));
            }
        }
        if self.timeout < Millis::new(100) {
            return Err(FieldError::new("timeout", "must be at least 100ms"));
        }
        Ok(())
    }
}
