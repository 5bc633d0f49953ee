//! `hindcast serve`: from the configuration to a running server, and down again.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use hindcast_shared::time::Clock as _;

use crate::assets::Assets;
use crate::auth::Auth;
use crate::cli::{ConfigArgs, ServeArgs};
use crate::clock::SystemClock;
use crate::config::{Config, load};
use crate::lifecycle::{GRACE, Lifecycle};
use crate::metrics::Metrics;
use crate::middleware::RateLimits;
use crate::router::router;
use crate::state::{App, AppState};
use crate::store::{Store, retain};
use crate::stream::Hub;
use crate::{http_client, telemetry};

pub(super) async fn run(args: &ConfigArgs, serve: &ServeArgs) -> anyhow::Result<ExitCode> {
    let mut inputs = args.inputs();
    inputs.flags.extend(serve.overrides());
    let config = Arc::new(load(&inputs)?);
    telemetry::init(&config.log)?;
    http_client::install_crypto();

    let lifecycle = Lifecycle::default();
    lifecycle.listen_to_signals()?;
    let clock = Arc::new(SystemClock);
    let store = Store::open(&config.store.options(!serve.no_migrate), clock.now_ms())
        .await
        .with_context(|| format!("store.path {}", config.store.path.display()))?;
    let hub = Hub::new(store.clone());
    lifecycle.spawn("stream", hub.clone().run(lifecycle.soft()));
    lifecycle.spawn("retention", {
        let retention = config.store.retention();
        retain(store.clone(), retention, clock.clone(), lifecycle.soft())
    });
    let app = Arc::new(App {
        store,
        hub,
        started_at_ms: clock.now_ms(),
        clock,
        assets: Assets::open()?,
        auth: Auth::default(),
        rate_limits: RateLimits::new(&config.limits),
        metrics: Metrics::default(),
        lifecycle: lifecycle.clone(),
        config,
    });

    let server = listen(&app).await?;
    lifecycle.drained().await;
    server.await.context("the listener failed")??;
    app.store.close().await;
    tracing::info!("stopped");
    let code = if lifecycle.failed() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    };
    Ok(code)
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
        router(AppState::new(app.clone())).into_make_service_with_connect_info::<SocketAddr>();

    let handle = Handle::new();
    let (listening, soft, hard) = (handle.clone(), app.lifecycle.soft(), app.lifecycle.hard());
    let stopping = handle.clone();
    tokio::spawn(async move {
        soft.cancelled().await;
        stopping.graceful_shutdown(Some(GRACE));
        hard.cancelled().await;
        stopping.shutdown();
    });

    let server = match &config.http.tls {
        Some(tls) => {
            let tls = RustlsConfig::from_pem_file(&tls.cert, &tls.key)
                .await
                .context("http.tls: the certificate or its key cannot be used")?;
            let server = axum_server::from_tcp_rustls(listener, tls)?.handle(handle);
            tokio::spawn(server.serve(service))
        }
        None => tokio::spawn(
            axum_server::from_tcp(listener)?
                .handle(handle)
                .serve(service),
        ),
    };
    let address = listening.listening().await.context("the listener failed")?;
    let scheme = if config.http.tls.is_some() {
        "https"
    } else {
        "http"
    };
    let path = config.http.base_path.prefix();
    println!("Hindcast is ready at {scheme}://{address}{path}");
    Ok(server)
}
