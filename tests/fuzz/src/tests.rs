//! The seeds, as tests.

use std::fs;
use std::path::Path;

use hindcast_shared::detector::DetectorKind;

/// Runs every seed of a target; answers how many there are.
fn run(name: &str, target: fn(&[u8])) -> std::io::Result<usize> {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    let mut count = 0;
    for seed in fs::read_dir(seeds.join(name))? {
        let path = seed?.path();
        eprintln!("{}", path.display());
        target(&fs::read(&path)?);
        count += 1;
    }
    Ok(count)
}

#[test]
fn parsers_when_a_seed_comes_then_read_or_refuse_it() -> std::io::Result<()> {
    assert!(run("parsers", super::parsers)? > 0);
    Ok(())
}

#[test]
fn detectors_when_a_seed_comes_then_score_it() -> std::io::Result<()> {
    assert!(run("detectors", super::detectors)? > 0);
    Ok(())
}

#[test]
fn detectors_when_all_seeds_are_run_then_every_kind_is_reached() -> std::io::Result<()> {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds/detectors");
    let mut missing = DetectorKind::ALL.to_vec();
    for seed in fs::read_dir(seeds)? {
        let bytes = fs::read(seed?.path())?;
        if let Some(reached) = super::detectors::kind(&bytes) {
            missing.retain(|kind| *kind != reached);
        }
    }
    assert!(missing.is_empty(), "a seed is missing for {missing:?}");
    Ok(())
}

#[test]
fn server_when_a_seed_comes_then_reads_or_refuses_it() -> std::io::Result<()> {
    assert!(run("server", super::server)? > 0);
    Ok(())
}
