//! The `hindcast` executable: one binary, its roles as subcommands.

mod assets;
mod auth;
mod cli;
mod clock;
mod commands;
mod config;
mod defaults;
mod detection;
mod error;
mod extract;
mod http_client;
mod journal;
mod labels;
mod lifecycle;
mod metrics;
mod middleware;
mod reload;
mod router;
mod routes;
mod schedule;
mod sources;
mod state;
mod store;
mod stream;
mod telemetry;
#[cfg(test)]
mod testing;

use std::process::ExitCode;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => {
            let outcome = runtime.block_on(commands::run(cli::parse()));
            // A blocking task that hangs must not keep the process alive after its work is done.
            runtime.shutdown_timeout(std::time::Duration::from_secs(1));
            outcome
        }
        Err(error) => Err(error.into()),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("hindcast: {error:#}");
        ExitCode::FAILURE
    })
}
