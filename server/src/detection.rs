//! fetch → evaluate → store, one traced function a rule and tick. Knows nothing of HTTP.
