//! Our side of `cargo xtask bench peers`: `peers FOLDER FAMILY` prints one line `name seconds` for each work.
//!
//! Each family has a twin in Python that does the same work on the same data and prints the peer's time and the goal.
//! A work's time is the best of several runs, on both sides: other processes can only make a run slower.
//! Another family is a module here, a line in `FAMILIES` and a script of the same name.

mod change;
#[path = "../sample/clock.rs"]
mod clock;
mod forest;
mod group;
mod measure;
mod rolling;
mod seasonal;
mod shape;

use std::path::PathBuf;
use std::process::ExitCode;

use measure::Data;

/// A name and its works.
type Family = (&'static str, fn(&Data));

const FAMILIES: &[Family] = &[
    ("change", change::run),
    ("forest", forest::run),
    ("group", group::run),
    ("rolling", rolling::run),
    ("seasonal", seasonal::run),
    ("shape", shape::run),
];

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let (Some(folder), Some(name)) = (args.next(), args.next()) else {
        // Without arguments it tells what there is, so that nobody else needs a list.
        for (name, _) in FAMILIES {
            println!("{name}");
        }
        return ExitCode::SUCCESS;
    };
    let Some((_, run)) = FAMILIES.iter().find(|(each, _)| *each == name) else {
        eprintln!("no family is called {name}");
        return ExitCode::FAILURE;
    };
    match Data::write(&PathBuf::from(folder)) {
        Ok(data) => {
            run(&data);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("the data cannot be written: {error}");
            ExitCode::FAILURE
        }
    }
}
