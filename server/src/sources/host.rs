//! This machine: CPU, memory, disks, network and load, sampled every few seconds and kept as samples.
//!
//! [`probe`] asks the operating system; this module keeps what it says.

mod probe;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use hindcast_shared::api::SourceKind;
use hindcast_shared::series::{Labels, Series, SourceName};
use hindcast_shared::time::{Clock, Millis, TimeRange, floor_to};
use tokio_util::sync::CancellationToken;

use self::probe::Probe;
use super::samples::fetch_samples;
use super::{Sample, SampleStore, Source, SourceError};
use crate::clock::real;

/// Usage is a difference: this long after the first look there is one.
const FIRST_LOOK: Duration = Duration::from_millis(300);

/// Every metric with its unit.
pub(crate) const METRICS: [(&str, &str); 9] = [
    ("cpu_percent", "%"),
    ("memory_percent", "%"),
    ("swap_percent", "%"),
    ("disk_percent", "%"),
    ("network_receive_bytes_per_second", "B/s"),
    ("network_transmit_bytes_per_second", "B/s"),
    ("load1", ""),
    ("load5", ""),
    ("load15", ""),
];

/// This machine.
pub(crate) struct HostSource {
    name: SourceName,
    store: Arc<dyn SampleStore>,
    every: Duration,
    /// Why the last look failed, if it did.
    trouble: Mutex<Option<String>>,
}

impl HostSource {
    /// The samples kept under `name`; [`Self::run`] takes them.
    pub(crate) fn new(name: SourceName, store: Arc<dyn SampleStore>, every: Duration) -> Self {
        Self {
            name,
            store,
            every,
            trouble: Mutex::new(None),
        }
    }

    /// Samples until the token is cancelled.
    pub(crate) async fn run(self: Arc<Self>, clock: Arc<dyn Clock>, shutdown: CancellationToken) {
        let mut probe = None;
        let every_ms = self.every.as_millis() as i64;
        loop {
            let outcome = self.sample(probe.take(), &*clock).await;
            let trouble = match outcome {
                Ok(used) => {
                    probe = Some(used);
                    None
                }
                Err(error) => {
                    tracing::warn!(source = %self.name, %error, "this machine could not be sampled");
                    Some(error)
                }
            };
            *self.trouble() = trouble;
            // At multiples of the interval, so that each grid cell gets its sample.
            let now_ms = clock.now_ms();
            let pause_ms = floor_to(now_ms, every_ms) + every_ms - now_ms;
            // A clock that runs fast makes this machine change no faster.
            let mut pause = real(&*clock, Duration::from_millis(pause_ms as u64));
            if clock.speed() > 1 {
                pause = pause.max(FIRST_LOOK);
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    async fn sample(&self, probe: Option<Probe>, clock: &dyn Clock) -> Result<Probe, String> {
        let probe = if let Some(probe) = probe {
            probe
        } else {
            let probe = on_a_thread(|| Probe::new().map(|probe| (probe, Vec::new())))
                .await?
                .0;
            tokio::time::sleep(FIRST_LOOK).await;
            probe
        };
        let (probe, measured) = on_a_thread(move || {
            let mut probe = probe;
            let measured = probe.measure();
            Ok((probe, measured))
        })
        .await?;
        let at_ms = clock.now_ms();
        let samples: Vec<Sample> = measured
            .into_iter()
            .map(|(labels, value)| Sample {
                unit: unit(&labels),
                labels,
                at_ms,
                value,
            })
            .collect();
        self.store
            .append(&self.name, samples, at_ms)
            .await
            .map_err(|error| error.to_string())?;
        Ok(probe)
    }

    fn trouble(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        // A text cannot be left half-written: a poisoned lock holds a whole one.
        self.trouble
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

type Measured = (Probe, Vec<(Labels, f64)>);

/// Asking the operating system reads files and may block.
async fn on_a_thread(
    work: impl FnOnce() -> Result<Measured, String> + Send + 'static,
) -> Result<Measured, String> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| error.to_string())?
}

fn unit(labels: &Labels) -> &'static str {
    METRICS
        .iter()
        .find(|(name, _)| *name == labels.name())
        .map_or("", |(_, unit)| unit)
}

#[async_trait]
impl Source for HostSource {
    fn kind(&self) -> SourceKind {
        SourceKind::Host
    }

    async fn fetch(
        &self,
        query: &str,
        range: TimeRange,
        step: Millis,
    ) -> Result<Vec<Series>, SourceError> {
        fetch_samples(&*self.store, &self.name, query, range, step).await
    }

    async fn suggestions(&self) -> Vec<String> {
        METRICS.iter().map(|(name, _)| (*name).to_owned()).collect()
    }

    async fn probe(&self) -> Result<(), SourceError> {
        match self.trouble().clone() {
            None => Ok(()),
            Some(why) => Err(SourceError::Unavailable { why }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::memory::MemorySamples;
    use super::*;

    struct Still;

    impl Clock for Still {
        fn now_ms(&self) -> i64 {
            1_700_000_000_000
        }
    }

    #[tokio::test]
    async fn sample_when_taken_then_this_machine_has_plausible_values() {
        let source = HostSource::new(
            "host".into(),
            Arc::new(MemorySamples::default()),
            Duration::from_secs(5),
        );
        source.sample(None, &Still).await.expect("a sample");
        let range = TimeRange::new(1_700_000_000_000, 1_700_000_060_000).expect("a range");
        let step = Millis::from_secs(5);
        let found = source.fetch("{}", range, step).await.expect("samples");
        for name in ["cpu_percent", "memory_percent", "load1"] {
            let series = found
                .iter()
                .find(|series| series.labels.name() == name)
                .unwrap_or_else(|| panic!("no {name}"));
            assert!(series.values[0] >= 0.0);
            if series.unit == "%" {
                assert!(series.values[0] <= 100.0);
            }
        }
        assert!(source.probe().await.is_ok());
    }
}
