//! `hindcast openapi`: the description of the API, from the routes.

use std::process::ExitCode;

use super::print;
use crate::router::openapi;

pub(super) fn run() -> anyhow::Result<ExitCode> {
    print::line(openapi().to_pretty_json()?)?;
    Ok(ExitCode::SUCCESS)
}
