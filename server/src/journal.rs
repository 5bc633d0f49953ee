//! The one append-only list of what happened, with its hash chain. Knows nothing of who listens.
