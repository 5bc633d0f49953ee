//! Trunk's post-build hook: writes a `.br` and a `.gz` beside every file that shrinks,
//! so that the server compresses nothing of the app while it runs.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Formats that are not compressed already.
const WORTH_IT: &[&str] = &[
    "css",
    "html",
    "ico",
    "js",
    "json",
    "svg",
    "txt",
    "wasm",
    "webmanifest",
    "xml",
];

/// Runs in the folder that trunk names; does nothing for a debug build, where it would only cost time.
pub(crate) fn run() -> Result<()> {
    if std::env::var("TRUNK_PROFILE").as_deref() == Ok("debug") {
        return Ok(());
    }
    let staging = std::env::var_os("TRUNK_STAGING_DIR")
        .context("TRUNK_STAGING_DIR is not set: trunk calls this command")?;
    compress_folder(Path::new(&staging))
}

fn compress_folder(dir: &Path) -> Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            compress_folder(&path)?;
        } else if is_worth_it(&path) {
            let plain = fs::read(&path)?;
            keep_if_smaller(&path, "br", &plain, &brotli(&plain)?)?;
            keep_if_smaller(&path, "gz", &plain, &gzip(&plain)?)?;
        }
    }
    Ok(())
}

fn is_worth_it(path: &Path) -> bool {
    path.extension()
        .and_then(|ext| ext.to_str())
        .is_some_and(|ext| WORTH_IT.contains(&ext))
}

fn keep_if_smaller(path: &Path, suffix: &str, plain: &[u8], packed: &[u8]) -> Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".");
    beside.push(suffix);
    let beside = PathBuf::from(beside);
    if packed.len() < plain.len() {
        fs::write(beside, packed)?;
    }
    Ok(())
}

fn brotli(mut plain: &[u8]) -> Result<Vec<u8>> {
    let params = BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: plain.len(),
        ..BrotliEncoderParams::default()
    };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut plain, &mut packed, &params)?;
    Ok(packed)
}

fn gzip(plain: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain)?;
    Ok(encoder.finish()?)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::{brotli, gzip};

    #[test]
    fn packed_bytes_when_unpacked_then_equal_the_plain_ones() -> anyhow::Result<()> {
        let plain = b"the same words, the same words, the same words".repeat(50);
        let mut from_gzip = Vec::new();
        flate2::read::GzDecoder::new(gzip(&plain)?.as_slice()).read_to_end(&mut from_gzip)?;
        let mut from_brotli = Vec::new();
        brotli::BrotliDecompress(&mut brotli(&plain)?.as_slice(), &mut from_brotli)?;
        assert_eq!(from_gzip, plain);
        assert_eq!(from_brotli, plain);
        Ok(())
    }
}
