//! Parameters that the window rules share.

use super::super::ParamSpec;

/// History to learn from.
pub(crate) const HISTORY: ParamSpec = ParamSpec::integer(
    "history_samples",
    "History",
    "At most so many samples of the rule's window are learned from at each fit boundary.",
    "samples",
    (64, 100_000, 1440),
);

/// Length of the windows that are compared.
pub(crate) const SHAPE: ParamSpec = ParamSpec::integer(
    "shape_samples",
    "Shape length",
    "How many samples in a row make a shape; about as long as what is to be found, or one short cycle.",
    "samples",
    (4, 256, 32),
);
