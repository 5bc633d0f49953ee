//! `hindcast openapi`: the description of the API, from the routes.

use std::process::ExitCode;

use crate::router::openapi;

pub(super) fn run() -> anyhow::Result<ExitCode> {
    println!("{}", openapi().to_pretty_json()?);
    Ok(ExitCode::SUCCESS)
}
