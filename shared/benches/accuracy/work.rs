//! Jobs over the two threads that every machine has.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

const THREADS: usize = 2;

/// Runs every job, and returns the results in the order of the jobs.
pub(crate) fn in_parallel<J: Sync, R: Send>(jobs: &[J], run: impl Fn(&J) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<Option<R>>> = Mutex::new(jobs.iter().map(|_| None).collect());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = jobs.get(at) else { break };
                    let result = run(job);
                    done.lock().expect("no job panics")[at] = Some(result);
                }
            });
        }
    });
    let done = done.into_inner().expect("no job panics");
    done.into_iter()
        .map(|result| result.expect("every job ran"))
        .collect()
}
