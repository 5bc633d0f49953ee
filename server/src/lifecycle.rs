//! Beginning and end of the process: the soft and the hard stop, the tasks in between, and the signals.
//!
//! Soft means "finish what you are doing and start nothing": listeners close, streams say `bye`, loops end
//! after their pass. Hard means "now". Every loop and every stream takes a token from here.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::process::Signal;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long a soft stop may take before it becomes a hard one.
pub(crate) const GRACE: Duration = Duration::from_secs(8);

/// Tokens and tasks of one process; cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lifecycle {
    soft: CancellationToken,
    hard: CancellationToken,
    tasks: TaskTracker,
    reload: Arc<Notify>,
    failed: Arc<AtomicBool>,
}

impl Lifecycle {
    /// Cancelled when the process should come to an end.
    pub(crate) fn soft(&self) -> CancellationToken {
        self.soft.clone()
    }

    /// Cancelled when it must.
    pub(crate) fn hard(&self) -> CancellationToken {
        self.hard.clone()
    }

    /// Asks everything to come to an end.
    pub(crate) fn stop(&self) {
        self.soft.cancel();
    }

    /// Runs a task that the shutdown waits for. A task that panics stops the process: half a server is worse than none.
    pub(crate) fn spawn(
        &self,
        name: &'static str,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        let lifecycle = self.clone();
        self.tasks.spawn(async move {
            if let Err(error) = tokio::spawn(task).await {
                tracing::error!(task = name, %error, "a task failed; stopping");
                lifecycle.failed.store(true, Ordering::SeqCst);
                lifecycle.stop();
            }
        });
    }

    /// Whether a task brought the process down.
    pub(crate) fn failed(&self) -> bool {
        self.failed.load(Ordering::SeqCst)
    }

    /// Waits until somebody asks for the configuration to be read again (SIGHUP).
    pub(crate) async fn reload_requested(&self) {
        self.reload.notified().await;
    }

    /// Asks for the configuration to be read again.
    pub(crate) fn request_reload(&self) {
        self.reload.notify_one();
    }

    /// Follows the signals until the hard stop: the first SIGTERM or SIGINT is soft, the second hard.
    pub(crate) fn listen_to_signals(&self) -> std::io::Result<()> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut hangup = signal(SignalKind::hangup())?;
        // Unheard, it would end the process: a file that may not grow is an error like a full disk.
        let mut too_large = signal(SignalKind::from_raw(Signal::XFSZ.as_raw()))?;
        let lifecycle = self.clone();
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = terminate.recv() => lifecycle.step_down("SIGTERM"),
                    _ = interrupt.recv() => lifecycle.step_down("SIGINT"),
                    _ = hangup.recv() => lifecycle.request_reload(),
                    _ = too_large.recv() => tracing::warn!("a file may not grow any more"),
                    () = lifecycle.hard.cancelled() => return,
                }
            }
        });
        Ok(())
    }

    fn step_down(&self, signal: &str) {
        if self.soft.is_cancelled() {
            tracing::warn!(signal, "second signal: stopping at once");
            self.hard.cancel();
        } else {
            tracing::info!(signal, "stopping");
            self.soft.cancel();
        }
    }

    /// Waits for all tasks after a soft stop; turns it into a hard one when [`GRACE`] is over.
    pub(crate) async fn drained(&self) {
        self.soft.cancelled().await;
        self.tasks.close();
        tokio::select! {
            () = self.tasks.wait() => return,
            () = tokio::time::sleep(GRACE) => tracing::warn!("tasks are still running after {GRACE:?}"),
            () = self.hard.cancelled() => {}
        }
        self.hard.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn drained_when_tasks_follow_the_token_then_returns_without_a_hard_stop() {
        let lifecycle = Lifecycle::default();
        let soft = lifecycle.soft();
        lifecycle.spawn("loop", async move { soft.cancelled().await });
        lifecycle.stop();
        lifecycle.drained().await;
        assert!(!lifecycle.hard().is_cancelled() && !lifecycle.failed());
    }

    #[tokio::test]
    async fn stop_when_a_task_panics_then_follows_and_is_a_failure() {
        let lifecycle = Lifecycle::default();
        lifecycle.spawn("broken", async { panic!("on purpose") });
        lifecycle.drained().await;
        assert!(lifecycle.failed());
    }

    #[tokio::test]
    async fn signal_when_it_comes_twice_then_the_stop_is_hard() {
        let lifecycle = Lifecycle::default();
        lifecycle.step_down("SIGTERM");
        assert!(lifecycle.soft().is_cancelled() && !lifecycle.hard().is_cancelled());
        lifecycle.step_down("SIGTERM");
        assert!(lifecycle.hard().is_cancelled());
    }
}
