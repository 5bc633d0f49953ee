//! How long a change takes from the request that stores it to a thousand open streams.
//!
//! The clock starts before the request is sent, so the figures hold a little more than they promise.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use hindcast_tests::{Api, Hindcast, Setup, eventually, now_ms};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const CLIENTS: usize = 1_000;
const CHANGES: usize = 100;

/// What the event of an acknowledgement contains just once, before the id of its anomaly.
const MARK: &[u8] = b"event: anomaly.updated";

type Arrivals = Arc<Mutex<BTreeMap<String, Vec<Instant>>>>;

#[tokio::main]
async fn main() -> Result<()> {
    // `cargo bench` passes flags for harnesses that this one does without.
    let mut hindcast = started().await?;
    let api = hindcast.api()?;
    let ids = anomalies(&api).await?;
    let arrivals = Arrivals::default();
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        clients.push(tokio::spawn(listen(
            connected(hindcast.url()).await?,
            arrivals.clone(),
        )));
    }
    let mut sent = BTreeMap::new();
    for id in &ids {
        sent.insert(id.clone(), Instant::now());
        let path = format!("/api/v1/anomalies/{id}/acknowledge");
        let answer = api.post(&path, &json!({})).await?;
        ensure!(answer.status.is_success(), "{}", answer.text());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let latencies = eventually(
        "every client to hear everything",
        Duration::from_secs(30),
        || async {
            let arrivals = arrivals.lock().unwrap_or_else(PoisonError::into_inner);
            let mut all: Vec<f64> = Vec::with_capacity(CLIENTS * ids.len());
            for (id, sent) in &sent {
                let times = arrivals.get(id).map_or(&[][..], Vec::as_slice);
                all.extend(
                    times
                        .iter()
                        .map(|at| at.duration_since(*sent).as_secs_f64() * 1_000.0),
                );
            }
            Ok((all.len() == CLIENTS * ids.len()).then_some(all))
        },
    );
    let mut latencies = latencies.await?;
    latencies.sort_by(f64::total_cmp);
    let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize];
    println!("measured sse_clients {CLIENTS}");
    println!("measured sse_latency_p50_ms {:.1}", at(0.5));
    println!("measured sse_latency_p99_ms {:.1}", at(0.99));
    println!("measured sse_latency_max_ms {:.1}", at(1.0));
    for client in clients {
        client.abort();
    }
    hindcast.stop().await
}

async fn started() -> Result<Hindcast> {
    let rule = json!({
        "name": "many", "source": "push", "query": "lane", "step": "1s", "delay": "1s", "window": "1m",
        "fit_every": "1m", "detector": { "kind": "threshold" }, "decision": { "threshold": 50.0 },
        "for": 1, "recover": { "below": 0.5, "for": 600 }, "no_data": "off"
    });
    Setup::new()?
        .with_push()
        .with("rules", json!([rule]))
        .start()
        .await
}

/// Makes as many open anomalies as there are changes to come.
async fn anomalies(api: &Api) -> Result<Vec<String>> {
    let sample = |lane: usize| json!({ "name": "lane", "labels": { "lane": lane.to_string() }, "value": 90.0 });
    let limit = Duration::from_secs(30);
    let began_ms = now_ms();
    eventually("the anomalies", limit, || async {
        let samples: Vec<Value> = (0..CHANGES).map(sample).collect();
        let answer = api
            .post("/api/v1/samples", &json!({ "samples": samples }))
            .await?;
        ensure!(answer.status.is_success(), "{}", answer.text());
        tokio::time::sleep(Duration::from_millis(500)).await;
        let open = api.anomalies("rule=many&status=open").await?.items;
        ensure!(now_ms() >= began_ms);
        let ids: Vec<_> = open.iter().map(|anomaly| anomaly.id.to_string()).collect();
        Ok((ids.len() == CHANGES).then_some(ids))
    })
    .await
}

/// A plain connection: what a client costs here is not to be measured.
async fn connected(url: &str) -> Result<TcpStream> {
    let address = url.strip_prefix("http://").context("plain HTTP")?;
    let mut stream = TcpStream::connect(address).await?;
    let head = format!("GET /api/v1/stream?topics=anomaly HTTP/1.1\r\nHost: {address}\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    let mut start = [0; 12];
    stream.read_exact(&mut start).await?;
    ensure!(
        start.ends_with(b"200"),
        "{}",
        String::from_utf8_lossy(&start)
    );
    Ok(stream)
}

async fn listen(mut stream: TcpStream, arrivals: Arrivals) -> Result<()> {
    let mut buffer = Vec::new();
    loop {
        let mut chunk = [0; 8_192];
        let read = stream.read(&mut chunk).await?;
        ensure!(read > 0, "the stream has ended");
        let now = Instant::now();
        buffer.extend_from_slice(&chunk[..read]);
        while let Some((id, rest)) = next_id(&buffer) {
            let mut arrivals = arrivals.lock().unwrap_or_else(PoisonError::into_inner);
            arrivals.entry(id).or_default().push(now);
            buffer.drain(..rest);
        }
    }
}

/// The anomaly of the first whole event in a buffer, and where the rest begins.
fn next_id(buffer: &[u8]) -> Option<(String, usize)> {
    let begin = find(buffer, MARK)?;
    let end = begin + find(&buffer[begin..], b"\n\n")?;
    let block = String::from_utf8_lossy(&buffer[begin..end]);
    let id = block.split("\"anomaly\":{\"id\":\"").nth(1)?.get(..26)?;
    Some((id.to_owned(), end))
}

fn find(buffer: &[u8], wanted: &[u8]) -> Option<usize> {
    buffer
        .windows(wanted.len())
        .position(|window| window == wanted)
}
