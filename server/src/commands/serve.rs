//! `hindcast serve`: from the configuration to a running server, and down again.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use hindcast_shared::time::Clock;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;

use super::print;
use crate::assets::Assets;
use crate::auth::Auth;
use crate::cli::{ConfigArgs, Profile, ServeArgs};
use crate::clock::{FastClock, SystemClock};
use crate::config::{Config, Inputs, SourceSpec, load};
use crate::detection::{Detection, Instruments};
use crate::embed::Panels;
use crate::feedback::Feedback;
use crate::lifecycle::{GRACE, Lifecycle};
use crate::metrics::Metrics;
use crate::middleware::RateLimits;
use crate::models::jobs::Jobs;
use crate::models::registry::Registry;
use crate::models::upkeep::Upkeep;
use crate::notify::Notify;
use crate::router::router;
use crate::sources::demo::{DemoSource, label};
use crate::sources::{SampleStore, configured};
use crate::state::{App, AppState};
use crate::store::retain;
use crate::stream::Hub;
use crate::study::Turns;
use crate::words::Writer;
use crate::{http_client, reload, telemetry};

/// Longest time for the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(20);

pub(super) async fn run(args: &ConfigArgs, flags: &ServeArgs) -> anyhow::Result<ExitCode> {
    let mut inputs = args.inputs();
    inputs.flags.extend(flags.overrides());
    let clock = clock(args, flags)?;
    let mut config = load(&inputs)?;
    if clock.speed() > 1 {
        config.keep_fast_sources();
    }
    config.assets_folder.clone_from(&flags.dist);
    telemetry::init(&config.log)?;
    http_client::install_crypto();

    let lifecycle = Lifecycle::default();
    lifecycle.listen_to_signals()?;
    let app = build(config, flags, clock, &lifecycle).await?;
    let server = listen(&app).await?;
    start_loops(&app, inputs);

    lifecycle.drained().await;
    server.await.context("the listener failed")??;
    app.store.close().await;
    tracing::info!("stopped");
    Ok(if lifecycle.failed() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// The clock of the data: the machine's, or a fast one where that can do no harm.
fn clock(args: &ConfigArgs, flags: &ServeArgs) -> anyhow::Result<Arc<dyn Clock>> {
    let Some(speed) = flags.time_scale.filter(|speed| *speed > 1) else {
        return Ok(Arc::new(SystemClock));
    };
    if args.profile != Some(Profile::Dev) {
        bail!(
            "--time-scale {speed} needs --profile dev: with a fast clock nothing that is measured is true"
        );
    }
    tracing::warn!(
        speed,
        "the clock runs fast: nothing here is about the real time"
    );
    Ok(Arc::new(FastClock::new(speed)))
}

/// Everything that the server is made of, from the configuration.
async fn build(
    config: Config,
    flags: &ServeArgs,
    clock: Arc<dyn Clock>,
    lifecycle: &Lifecycle,
) -> anyhow::Result<Arc<App>> {
    let store = super::open_store(&config, !flags.no_migrate).await?;
    // People, walls and tickets live by the real time, whatever the clock of the data does.
    let auth = Auth::open(&config.auth, store.clone(), Arc::new(SystemClock)).await?;
    refuse_open_doors(&config, &auth)?;
    let samples: Arc<dyn SampleStore> = Arc::new(store.clone());
    let models = Registry::of(&config, store.clone());
    let made = configured(&config.sources, &samples, &models, clock.clone())?;
    for host in made.hosts {
        let task = host.run(clock.clone(), lifecycle.soft());
        lifecycle.spawn("host samples", task);
    }
    let (hub, sources) = (Hub::new(store.clone()), Arc::new(made.sources));
    let mut metrics = Metrics::default();
    metrics.add_models(models.meters());
    let detection = Detection::open(
        store.clone(),
        sources.clone(),
        clock.clone(),
        Some(hub.clone()),
        Instruments::of(&metrics),
    )
    .await?;
    let notify =
        Notify::open(&config, store.clone(), Arc::new(SystemClock))?.with_sources(sources.clone());
    notify.begin().await?;
    let app = Arc::new(App {
        started_at_ms: clock.now_ms(),
        jobs: Arc::new(Jobs::new(
            store.clone(),
            models.clone(),
            sources.clone(),
            clock.clone(),
            hub.clone(),
            config.models.means(),
        )),
        models,
        hub,
        sources,
        detection: Arc::new(detection),
        assets: Assets::open(&config),
        auth: Arc::new(auth),
        notify: Arc::new(notify),
        studies: Turns::default(),
        panels: Panels::default(),
        feedback: Feedback::new(Arc::new(SystemClock)),
        rate_limits: RateLimits::new(&config.limits),
        metrics,
        lifecycle: lifecycle.clone(),
        config: Arc::new(config),
        clock,
        store,
    });
    reload::provision(&app.store, &app.config, app.started_at_ms).await?;
    Ok(app)
}

/// Everything that goes on beside the requests.
fn start_loops(app: &Arc<App>, inputs: Inputs) {
    let lifecycle = &app.lifecycle;
    lifecycle.spawn("event stream", app.hub.clone().run(lifecycle.soft()));
    for source in &app.config.sources {
        if let SourceSpec::Demo(demo) = &source.spec {
            let (demo, name) = (DemoSource::new(demo.seed), source.name.clone());
            let (store, clock) = (app.store.clone(), app.clock.clone());
            let labelling = label(demo, name, store, clock, lifecycle.soft());
            lifecycle.spawn("demo labels", labelling);
        }
    }
    lifecycle.spawn("trainings", app.jobs.clone().run(lifecycle.soft()));
    let upkeep = Upkeep {
        store: app.store.clone(),
        registry: app.models.clone(),
        sources: app.sources.clone(),
        jobs: app.jobs.clone(),
        clock: app.clock.clone(),
        look_every: app.config.models.look_every,
    };
    lifecycle.spawn("models", upkeep.run(lifecycle.soft()));
    let rules = app.detection.clone().follow(lifecycle.soft());
    lifecycle.spawn("rules", rules);
    let (store, retention) = (app.store.clone(), app.config.store.retention());
    let pruning = retain(store, retention, app.clock.clone(), lifecycle.soft());
    lifecycle.spawn("retention", pruning);
    lifecycle.spawn("notifications", app.notify.clone().run(lifecycle.soft()));
    lifecycle.spawn("feedback", crate::feedback::finish(app.clone()));
    lifecycle.spawn("digest", crate::digest::run(app.clone(), lifecycle.soft()));
    if let Some(ollama) = &app.config.words.ollama {
        let outcomes = app.metrics.machine_words.clone();
        match Writer::open(ollama, app.store.clone(), outcomes) {
            Ok(writer) => lifecycle.spawn("words", writer.run(lifecycle.soft())),
            Err(error) => tracing::error!(%error, "the language model cannot be asked"),
        }
    }
    lifecycle.spawn("keys", app.auth.clone().run(lifecycle.soft()));
    let (heartbeat, store) = (app.config.heartbeat.clone(), app.store.clone());
    lifecycle.spawn(
        "heartbeat",
        crate::heartbeat::run(heartbeat, store, lifecycle.soft()),
    );
    lifecycle.spawn("reload", reload::run(app.clone(), inputs));
}

/// Beyond loopback anybody may knock: then a key is needed.
fn refuse_open_doors(config: &Config, auth: &Auth) -> anyhow::Result<()> {
    let bind = config.http.bind;
    if bind.ip().is_loopback() || auth.required() {
        return Ok(());
    }
    bail!(
        "http.bind {bind} can be reached from other machines, and no API key is configured; \
         make one with `hindcast token create NAME --role admin`, set auth.keys_file, \
         or bind to 127.0.0.1"
    )
}

/// A client that sends its request a byte at a time must not hold a connection for ever.
fn limit_heads(builder: &mut Builder<TokioExecutor>) {
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT);
    builder.http2().timer(TokioTimer::new());
}

type Server = tokio::task::JoinHandle<std::io::Result<()>>;

/// Opens the listener, says so on standard output, and serves until the soft stop.
async fn listen(app: &Arc<App>) -> anyhow::Result<Server> {
    let config: &Config = &app.config;
    let bind = config.http.bind;
    let listener = std::net::TcpListener::bind(bind)
        .with_context(|| format!("http.bind {bind} cannot be listened on"))?;
    listener.set_nonblocking(true)?;
    let service =
        router(&AppState::new(app.clone())).into_make_service_with_connect_info::<SocketAddr>();

    let handle = Handle::new();
    let (listening, soft, hard) = (handle.clone(), app.lifecycle.soft(), app.lifecycle.hard());
    let stopping = handle.clone();
    tokio::spawn(async move {
        soft.cancelled().await;
        stopping.graceful_shutdown(Some(GRACE));
        hard.cancelled().await;
        stopping.shutdown();
    });

    let server = if let Some(tls) = &config.http.tls {
        let tls = RustlsConfig::from_pem_file(&tls.cert, &tls.key)
            .await
            .context("http.tls: the certificate or its key cannot be used")?;
        let mut server = axum_server::from_tcp_rustls(listener, tls)?.handle(handle);
        limit_heads(server.http_builder());
        tokio::spawn(server.serve(service))
    } else {
        let mut server = axum_server::from_tcp(listener)?.handle(handle);
        limit_heads(server.http_builder());
        tokio::spawn(server.serve(service))
    };
    let address = listening.listening().await.context("the listener failed")?;
    let scheme = if config.http.tls.is_some() {
        "https"
    } else {
        "http"
    };
    let path = config.http.base_path.prefix();
    print::line(format_args!(
        "Hindcast is ready at {scheme}://{address}{path}"
    ))
    .ok();
    Ok(server)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Command};

    fn made(words: &[&str]) -> anyhow::Result<u32> {
        let words = ["hindcast", "serve", "--time-scale", "1440"]
            .iter()
            .chain(words);
        let cli = <Cli as clap::Parser>::try_parse_from(words)?;
        let (args, command) = cli.into_command();
        let Command::Serve(flags) = command else {
            bail!("not serve");
        };
        Ok(clock(&args, &flags)?.speed())
    }

    #[test]
    fn clock_when_it_shall_run_fast_then_does_so_in_development_only() -> anyhow::Result<()> {
        assert_eq!(made(&["--profile", "dev"])?, 1_440);
        for words in [&[][..], &["--profile", "prod"], &["--profile", "stage"]] {
            let refused = made(words).expect_err("not in development").to_string();
            assert!(refused.contains("--profile dev"), "{refused}");
        }
        Ok(())
    }
}
