//! Tells cargo that a release binary carries the built app: the macro that embeds it reads the folder
//! without saying so, and a binary built before the app would stay without it.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let embeds = env::var_os("CARGO_FEATURE_EMBED_UI").is_some();
    if embeds && env::var("PROFILE").as_deref() == Ok("release") {
        println!("cargo::rerun-if-changed=../dist");
    }
}
