//! The time of one thread on a processor: what else the machine does disturbs it little.

/// Seconds that this thread has spent on a processor.
#[cfg(unix)]
pub(crate) fn thread_s() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Time as it passes, where threads have no clock of their own.
#[cfg(not(unix))]
#[expect(clippy::disallowed_methods, reason = "time is what is measured")]
pub(crate) fn thread_s() -> f64 {
    use std::sync::LazyLock;
    use std::time::Instant;

    static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);
    BEGIN.elapsed().as_secs_f64()
}
