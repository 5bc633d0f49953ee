//! Models through power cuts and a full disk: the old version scores or the new one, and never half of one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result, ensure};
use hindcast_tests::{Answer, Api, Hindcast, Setup, Wave, eventually, goes_on, long};
use http::Method;
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serde_json::{Value, json};

const SCORES: &str = "/api/v1/series?source=models&query=model_score&from=now-3h&to=now&step=1m";
const MODEL: &str = "/api/v1/models/load";

/// Trains version 1 or the next one by a command.
fn train(setup: &Setup, more: &[&str]) -> Result<()> {
    let spec = serde_json::to_string(&Wave::spec("isolation_forest"))?;
    let file = setup.dir().join("spec.json");
    std::fs::write(&file, spec)?;
    let path = file.display().to_string();
    let words = ["train", "--spec", &path];
    let done = setup.run(
        &words
            .into_iter()
            .chain(more.iter().copied())
            .collect::<Vec<_>>(),
    )?;
    let told = String::from_utf8_lossy(&done.stderr).into_owned();
    ensure!(done.status.success(), "{told}");
    Ok(())
}

/// The names in the folder of the model's versions.
fn folders(home: &Path) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(home)? {
        found.insert(entry?.file_name().to_string_lossy().into_owned());
    }
    Ok(found)
}

fn home(dir: &Path) -> PathBuf {
    dir.join("models/load")
}

fn is_half(name: &str) -> bool {
    name.starts_with('.')
}

async fn live(api: &Api) -> Result<u64> {
    let model: Value = api.get(MODEL).await?.json()?;
    model["live_version"].as_u64().context("nothing is live")
}

/// The version that scores answers, with numbers.
async fn scores(api: &Api) -> Result<()> {
    let answer: Value = api.get(SCORES).await?.json()?;
    let text = answer.to_string();
    ensure!(text.contains("\"model\":\"load\""), "{text}");
    Ok(())
}

/// Waits until no job waits or runs; answers the newest.
async fn idle(api: &Api) -> Result<Value> {
    eventually("the queue to be empty", Duration::from_mins(2), || async {
        let jobs: Value = api.get("/api/v1/jobs").await?.json()?;
        let jobs = jobs["items"].as_array().context("a list")?;
        let newest = jobs.first().cloned().unwrap_or_default();
        Ok((!jobs.iter().any(goes_on)).then_some(newest))
    })
    .await
}

/// What a client knows of the version that scores.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    /// By the last answer.
    live: u64,
    /// By the request that was not answered: this one, or any later version.
    next: Option<u64>,
    /// The newest version, and the newest job that is over.
    newest: u64,
    job: u64,
}

/// Trains, goes back and promotes in turn, until nobody answers.
async fn work(api: Api, known: Arc<Mutex<Known>>, mut seed: u64) -> Result<()> {
    loop {
        let former = lock(&known).live;
        seed += 1;
        let mut spec = Wave::spec("isolation_forest");
        spec["seed"] = json!(seed);
        lock(&known).next = Some(u64::MAX);
        let job = api.ask_training(&spec).await?;
        let path = format!("/api/v1/jobs/{}", job["id"]);
        let made = eventually("the job", Duration::from_mins(2), || async {
            let answer = api.get(&path).await;
            let job: Value = match answer {
                Ok(answer) => answer.json()?,
                // Whoever was killed answers no more.
                Err(_) => return Ok(Some(None)),
            };
            Ok(job["version"].as_u64().map(Some))
        });
        let made = made.await?.context("nobody answers")?;
        told(&known, made);
        lock(&known).job = job["id"].as_u64().context("no id")?;
        for version in [former, made] {
            lock(&known).next = Some(version);
            let path = format!("{MODEL}/promote");
            let model: Value = api
                .post(&path, &json!({ "version": version }))
                .await?
                .json()?;
            let live = model["live_version"].as_u64().context("nothing is live")?;
            told(&known, live);
        }
    }
}

fn told(known: &Mutex<Known>, live: u64) {
    let mut known = lock(known);
    known.live = live;
    known.newest = known.newest.max(live);
    known.next = None;
}

fn lock(known: &Mutex<Known>) -> MutexGuard<'_, Known> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for an instant to kill at: any, as soon as a version is being written, or as soon as one is there.
fn await_moment(home: &Path, chance: &mut ChaCha8Rng) -> Result<()> {
    let mode = chance.next_u32() % 3;
    let before = folders(home)?;
    let deadline = Instant::now() + Duration::from_secs(20);
    let is_it = |name: &String| match mode {
        0 => true,
        1 => is_half(name),
        _ => !is_half(name),
    };
    while Instant::now() < deadline && mode > 0 {
        let now = folders(home)?;
        if now.difference(&before).any(is_it) {
            break;
        }
        std::thread::yield_now();
    }
    let spread_us = if mode == 0 { 2_000_000 } else { 4_000 };
    std::thread::sleep(Duration::from_micros(u64::from(
        chance.next_u32() % spread_us,
    )));
    Ok(())
}

/// After a restart: the old version or the new one scores, every version that is named is whole, and what nobody names
/// is not served. Answers how many folders nobody names.
async fn check(api: &Api, home: &Path, known: Known) -> Result<usize> {
    let found = live(api).await?;
    let is_next = match known.next {
        Some(u64::MAX) => found > known.newest,
        Some(next) => found == next,
        None => false,
    };
    ensure!(found == known.live || is_next, "{found} is live: {known:?}");
    scores(api).await?;
    let job = idle(api).await?;
    ensure!(job.is_null() || job["state"] == "done", "{job}");
    if job["id"].as_u64() > Some(known.job) {
        // It was taken up again, and did what it was asked for.
        let now = live(api).await?;
        ensure!(Some(now) == job["version"].as_u64(), "{now} is live: {job}");
        scores(api).await?;
    }
    let model: Value = api.get(MODEL).await?.json()?;
    let versions = model["versions"].as_array().context("a list")?;
    let mut named = BTreeSet::new();
    for version in versions {
        named.insert(version["version"].to_string());
    }
    let there = folders(home)?;
    for version in &named {
        ensure!(there.contains(version), "{version} is not in {there:?}");
        let whole = export(api, version).await?;
        ensure!(whole.status == 200, "{version}: {}", whole.text());
    }
    let nameless: Vec<&String> = there.difference(&named).collect();
    for version in nameless.iter().filter(|name| !is_half(name)) {
        let refused = export(api, version).await?;
        ensure!(refused.status == 404, "{version}: {}", refused.text());
    }
    Ok(nameless.len())
}

async fn export(api: &Api, version: &str) -> Result<Answer> {
    api.get(&format!("{MODEL}/versions/{version}/export")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn model_when_the_server_is_killed_while_it_trains_and_promotes_then_the_old_or_the_new_one_scores()
-> Result<()> {
    let kills: u64 = if long() { 100 } else { 6 };
    let wave = Wave::new()?;
    train(&wave.setup, &["--promote"])?;
    let mut server = wave.setup.start().await?;
    let home = home(server.dir());
    let mut chance = ChaCha8Rng::seed_from_u64(20_261_121);
    let (mut cut, mut nameless) = (0, 0);
    for kill in 0..kills {
        let api = server.api()?;
        let live = live(&api).await?;
        let newest = api.get(MODEL).await?.json::<Value>()?["versions"][0]["version"].as_u64();
        let known = Known {
            live,
            next: None,
            newest: newest.context("no version")?,
            job: idle(&api).await?["id"].as_u64().unwrap_or_default(),
        };
        let known = Arc::new(Mutex::new(known));
        let busy = tokio::spawn(work(api, known.clone(), kill * 1_000));
        tokio::task::block_in_place(|| await_moment(&home, &mut chance))?;
        let is_busy = !busy.is_finished();
        server.kill()?;
        let ended = busy.await?.err().context("it works for ever")?;
        ensure!(is_busy, "kill {kill}: {ended:#}");
        cut = folders(&home)?.iter().filter(|name| is_half(name)).count();
        server.restart().await?;
        let known = *lock(&known);
        nameless = check(&server.api()?, &home, known)
            .await
            .with_context(|| format!("kill {kill}"))?;
    }
    println!("measured model_kills {kills}");
    println!("measured model_kills_cut_off_writes {cut}");
    println!("measured model_kills_nameless_folders {nameless}");

    // What nobody names goes when it is old enough, and nothing else does.
    let old = SystemTime::now() - Duration::from_hours(2);
    for name in folders(&home)? {
        std::fs::File::open(home.join(name))?.set_modified(old)?;
    }
    server.stop().await?;
    server.restart().await?;
    let api = server.api()?;
    eventually("a tidy folder", Duration::from_secs(30), || async {
        let model: Value = api.get(MODEL).await?.json()?;
        let versions = model["versions"].as_array().context("a list")?;
        let named: BTreeSet<String> = versions
            .iter()
            .map(|it| it["version"].to_string())
            .collect();
        Ok((folders(&home)? == named).then_some(()))
    })
    .await?;
    scores(&api).await?;
    server.stop().await
}

/// From now on no file of the server may become longer, as on a full disk.
fn limit(server: &Hindcast, bytes: Option<u64>) -> Result<()> {
    let pid = Pid::from_raw(i32::try_from(server.id())?).context("no process")?;
    let limit = Rlimit {
        current: bytes,
        maximum: None,
    };
    prlimit(Some(pid), Resource::Fsize, limit)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn model_when_the_disk_is_full_then_its_folder_is_named_nothing_is_replaced_and_a_retry_does_it()
-> Result<()> {
    let wave = Wave::new()?;
    train(&wave.setup, &["--with", "size=base", "--promote"])?;
    train(&wave.setup, &["--with", "seed=8"])?;
    let mut server = wave.setup.start().await?;
    let (api, home) = (server.api()?, home(server.dir()));
    let file = export(&api, "1").await?.body;
    let before = folders(&home)?;
    let weights = std::fs::metadata(home.join("1/weights.bin"))?.len();
    let store = std::fs::metadata(server.dir().join("hindcast.db"))?.len();
    ensure!(
        weights > 3 * store,
        "{weights} {store}: only the weights shall find no room"
    );

    limit(&server, Some(weights / 2))?;
    let mut spec = Wave::spec("isolation_forest");
    spec["size"] = json!("base");
    let job = api.ask_training(&spec).await?;
    let failed = idle(&api).await?;
    ensure!(
        failed["id"] == job["id"] && failed["state"] == "failed",
        "{failed}"
    );
    let told = failed["message"].as_str().unwrap_or_default();
    ensure!(
        told.contains("models/load: ") && told.contains("make room"),
        "{told}"
    );
    let import = api.request(Method::POST, "/api/v1/models/import");
    let refused = api.send(import.body(file.clone())).await?;
    ensure!(refused.status == 507, "{}", refused.text());
    let detail = refused.text();
    ensure!(
        detail.contains("storage_full") && detail.contains("models/load: "),
        "{detail}"
    );
    ensure!(folders(&home)? == before, "{:?}", folders(&home)?);
    ensure!(live(&api).await? == 1);

    // Now the store cannot write either.
    let log = std::fs::metadata(server.dir().join("hindcast.db-wal"))?.len();
    limit(&server, Some(log))?;
    let mut refused = None;
    for version in [2, 1].into_iter().cycle().take(200) {
        let asked = json!({ "version": version });
        let answer = api.post(&format!("{MODEL}/promote"), &asked).await?;
        if answer.status != 200 {
            refused = Some((version, answer));
            break;
        }
    }
    let (version, answer) = refused.context("the store found room")?;
    ensure!(
        answer.status == 507 && answer.text().contains("store.path"),
        "{version}: {}",
        answer.text()
    );
    let kept = live(&api).await?;
    ensure!(
        kept == 3 - version,
        "{kept} is live after {version} was refused"
    );
    scores(&api).await?;

    limit(&server, None)?;
    let again = format!("/api/v1/jobs/{}/retry", failed["id"]);
    let again: Value = api.post(&again, &json!({})).await?.json()?;
    let done = idle(&api).await?;
    ensure!(
        done["id"] == again["id"] && done["state"] == "done",
        "{done}"
    );
    ensure!(
        Some(live(&api).await?) == done["version"].as_u64(),
        "{done}"
    );
    scores(&api).await?;
    server.stop().await
}
