-- What the pager and the watch remember beyond what the other tables tell: one blob a part, with a version byte.
-- Written in the transaction that changes it; a blob of another version is a cache that is lost, never an error.

CREATE TABLE memory (
    name TEXT PRIMARY KEY,
    body BLOB NOT NULL
) STRICT;
