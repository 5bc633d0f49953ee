//! Where series come from. Knows nothing of rules.
