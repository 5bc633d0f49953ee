//! The only place with SQL. Knows nothing of HTTP.
