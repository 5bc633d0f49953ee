//! The server: sources, schedule, detection, store, API and command line, behind one function.
//!
//! It is a library only so that the fuzzing targets reach its parsers and the bench its models; the executable is
//! [`main`].

mod assets;
mod assist;
mod auth;
mod base64;
#[doc(hidden)]
pub mod bench;
mod calendar;
mod cli;
mod clock;
mod commands;
mod config;
mod defaults;
mod detection;
mod digest;
mod embed;
mod error;
mod extract;
mod feedback;
#[doc(hidden)]
pub mod fuzz;
mod heartbeat;
mod http_client;
mod journal;
mod labels;
mod lifecycle;
mod mcp;
mod metrics;
mod middleware;
mod models;
mod notify;
mod reload;
mod router;
mod routes;
mod schedule;
mod severity;
mod sources;
mod state;
mod store;
mod stream;
mod study;
mod telemetry;
#[cfg(test)]
mod testing;
mod words;

use std::process::ExitCode;

/// Does what the command line says; answers how the process ends.
pub fn main() -> ExitCode {
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
