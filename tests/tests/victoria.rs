//! A server that only speaks the language of Prometheus is a source like Prometheus itself.

use std::time::Duration;

use anyhow::{Result, ensure};
use hindcast_shared::anomaly::Status;
use hindcast_shared::api::SeriesResponse;
use hindcast_tests::{Exporter, Setup, VictoriaMetrics, eventually};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn victoria_metrics_when_asked_like_prometheus_then_a_jump_becomes_an_anomaly() -> Result<()>
{
    let exporter = Exporter::start()?;
    exporter.set("queue_length", 20.0);
    let victoria = VictoriaMetrics::start(&exporter).await?;
    let rule = json!({
        "name": "queue", "source": "prom", "query": "max by (instance) (queue_length)",
        "step": "1s", "delay": "1s", "window": "1m", "fit_every": "1m",
        "detector": { "kind": "threshold" }, "decision": { "threshold": 60.0 },
        "for": 2, "recover": { "below": 0.9, "for": 2 }, "merge_gap": "0s",
    });
    let setup = Setup::new()?.with_prometheus(&victoria.url());
    let mut hindcast = setup.with("rules", json!([rule])).start().await?;
    let api = hindcast.api()?;

    let path = "/api/v1/series?source=prom&query=queue_length&from=now-1m&to=now&step=1s";
    let series = eventually("samples", Duration::from_secs(30), || async {
        let series: SeriesResponse = api.get(path).await?.json()?;
        let values = series
            .series
            .first()
            .map(|series| series.values.iter().flatten().count());
        Ok((values >= Some(3)).then_some(series))
    })
    .await?;
    let text = &series.series[0].series;
    ensure!(text.contains("instance=\"shop\""), "{text}");

    exporter.set("queue_length", 100.0);
    let limit = Duration::from_secs(20);
    let open = eventually("an anomaly", limit, || {
        api.anomaly_in("queue", Status::Open)
    })
    .await?;
    ensure!(open.peak.is_some_and(|peak| peak.value > 90.0), "{open:?}");
    exporter.set("queue_length", 20.0);
    let ended = eventually("its end", limit, || {
        api.anomaly_in("queue", Status::Resolved)
    })
    .await?;
    ensure!(ended.id == open.id, "{ended:?} is not {open:?}");
    hindcast.stop().await
}
