-- Passes stand for a key that shows little: one panel on somebody else's page, or a wall that nobody logs in to.

CREATE TABLE pass (
    id            TEXT PRIMARY KEY,
    kind          TEXT    NOT NULL CHECK (kind IN ('panel', 'kiosk')),
    name          TEXT    NOT NULL,
    -- SHA-256 of the secret; the secret itself is kept nowhere.
    hash          TEXT    NOT NULL UNIQUE,
    -- JSON: what it shows.
    scope         TEXT    NOT NULL,
    created_at_ms INTEGER NOT NULL,
    created_by    TEXT    NOT NULL,
    expires_at_ms INTEGER,
    revoked_at_ms INTEGER,
    last_seen_ms  INTEGER
) STRICT;

-- Walls that show a code and wait until somebody lets them in.
CREATE TABLE pairing (
    code          TEXT PRIMARY KEY,
    hash          TEXT    NOT NULL UNIQUE,
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL
) STRICT;
