//! `cargo xtask check NAME…`: single checks.

use std::process::ExitCode;

use super::test::run_checks;
use crate::checks::ALL;
use crate::context::Context;

pub(crate) fn run(context: &Context, names: &[String]) -> ExitCode {
    if names.is_empty() {
        for check in ALL {
            println!("{:<12} {}", check.name, check.about);
        }
        return ExitCode::SUCCESS;
    }
    let chosen: Vec<_> = ALL
        .iter()
        .filter(|check| names.iter().any(|name| name == check.name))
        .collect();
    let report = run_checks(context, &chosen);
    report.print();
    report.exit_code()
}
