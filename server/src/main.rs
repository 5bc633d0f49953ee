//! The `hindcast` executable: one binary, its roles as subcommands.

use std::process::ExitCode;

fn main() -> ExitCode {
    hindcast::main()
}
