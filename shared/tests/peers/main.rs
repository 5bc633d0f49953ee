//! Detectors against published implementations: the figures beside this file were made by the scripts beside them.
#![cfg(not(target_arch = "wasm32"))]

mod drift;
mod forest;
mod group;
mod shape;
