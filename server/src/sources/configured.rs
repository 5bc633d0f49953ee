//! From how sources are written to the sources themselves.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use hindcast_shared::series::SourceName;
use hindcast_shared::time::{Clock, Millis};

use super::csv::CsvSource;
use super::demo::DemoSource;
use super::host::HostSource;
use super::model::ModelSource;
use super::prometheus::{Credentials, PrometheusOptions, PrometheusSource};
use super::push::PushSource;
use super::{SampleStore, Source, Sources};
use crate::config::{self, SourceConfig, SourceSpec};
use crate::models::registry::Registry;

/// The configured sources, and those of them that take samples of this machine: each wants a task.
pub(crate) struct Configured {
    pub(crate) sources: Sources,
    pub(crate) hosts: Vec<Arc<HostSource>>,
}

/// Makes the sources; nobody is asked anything yet.
///
/// # Errors
/// A file that a source needs cannot be used.
pub(crate) fn configured(
    listed: &[SourceConfig],
    samples: &Arc<dyn SampleStore>,
    models: &Registry,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<Configured> {
    let mut entries: Vec<(SourceName, Arc<dyn Source>)> = Vec::new();
    let mut hosts = Vec::new();
    for config in listed {
        let name = config.name.clone();
        let source: Arc<dyn Source> = match &config.spec {
            SourceSpec::Host(host) => {
                let every = duration(host.every);
                let host = Arc::new(HostSource::new(name.clone(), samples.clone(), every));
                hosts.push(host.clone());
                host
            }
            SourceSpec::Push(_) => Arc::new(PushSource::new(name.clone(), samples.clone())),
            SourceSpec::Model(_) => continue,
            spec => remote(spec).with_context(|| format!("source {name}"))?,
        };
        entries.push((name, source));
    }
    // Models score what the others have; one of another model's scores would go round in a circle.
    let others = entries.clone();
    for config in listed {
        if let SourceSpec::Model(_) = config.spec {
            let others = Sources::new(others.clone(), clock.clone());
            let source = Arc::new(ModelSource::new(models.clone(), others));
            entries.push((config.name.clone(), source));
        }
    }
    let sources = Sources::new(entries, clock);
    Ok(Configured { sources, hosts })
}

/// The sources that keep nothing here, and so can be asked without a store.
pub(crate) fn configured_remotes(
    configs: &[SourceConfig],
    clock: Arc<dyn Clock>,
) -> anyhow::Result<Sources> {
    let kept = |spec: &SourceSpec| {
        matches!(
            spec,
            SourceSpec::Host(_) | SourceSpec::Push(_) | SourceSpec::Model(_)
        )
    };
    let entries = configs
        .iter()
        .filter(|config| !kept(&config.spec))
        .map(|config| Ok((config.name.clone(), remote(&config.spec)?)));
    let entries: anyhow::Result<Vec<_>> = entries.collect();
    Ok(Sources::new(entries?, clock))
}

fn remote(spec: &SourceSpec) -> anyhow::Result<Arc<dyn Source>> {
    Ok(match spec {
        SourceSpec::Prometheus(config) => Arc::new(PrometheusSource::new(options(config))?),
        SourceSpec::Demo(config) => {
            Arc::new(DemoSource::new(config.seed).with_instances(config.instances))
        }
        SourceSpec::Csv(config) => {
            Arc::new(CsvSource::new(&config.path, config.time_column.clone()))
        }
        SourceSpec::Host(_) | SourceSpec::Push(_) | SourceSpec::Model(_) => {
            anyhow::bail!("it needs the store")
        }
    })
}

fn options(config: &config::PrometheusSource) -> PrometheusOptions {
    let credentials = match (&config.basic_auth, &config.bearer_token) {
        (Some(basic), _) => Credentials::Basic {
            username: basic.username.clone(),
            password: basic.password.reveal().into(),
        },
        (None, Some(token)) => Credentials::Bearer(token.reveal().into()),
        (None, None) => Credentials::None,
    };
    PrometheusOptions {
        credentials,
        ca_file: config.ca_file.clone(),
        timeout: duration(config.timeout),
        tenant: config.tenant.clone(),
        ..PrometheusOptions::new(config.url.clone())
    }
}

fn duration(length: Millis) -> Duration {
    Duration::from_millis(length.ms().unsigned_abs())
}
