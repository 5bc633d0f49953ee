//! When each rule runs: ticks, jitter, overlap and catch-up. Knows nothing of what a run does.
