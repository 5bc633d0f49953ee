-- Full models: which there are, which of their versions is live, and the work on them.

CREATE TABLE model (
    name           TEXT    PRIMARY KEY,
    -- The version that scores; NULL until one was promoted.
    live_version   INTEGER,
    -- The one before it, to go back to.
    former_version INTEGER,
    -- Numbers are given once, also those of versions that are gone.
    next_version   INTEGER NOT NULL DEFAULT 1
) STRICT;

-- The weights lie in a folder of their own, named by model and version.
CREATE TABLE model_version (
    name           TEXT    NOT NULL REFERENCES model (name) ON DELETE CASCADE,
    version        INTEGER NOT NULL,
    at_ms          INTEGER NOT NULL,
    actor          TEXT    NOT NULL,
    promoted_at_ms INTEGER,
    -- What stands in model_metadata.json.
    metadata       TEXT    NOT NULL,
    PRIMARY KEY (name, version)
) STRICT;

CREATE TABLE model_job (
    id            INTEGER PRIMARY KEY,
    name          TEXT    NOT NULL,
    spec          TEXT    NOT NULL,
    promote       INTEGER NOT NULL,
    state         TEXT    NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
    actor         TEXT    NOT NULL,
    -- What came of it, in words; the version that it made.
    message       TEXT,
    version       INTEGER,
    losses        TEXT    NOT NULL DEFAULT '[]',
    created_at_ms INTEGER NOT NULL,
    started_at_ms INTEGER,
    ended_at_ms   INTEGER
) STRICT;
CREATE INDEX model_job_by_state ON model_job (state, id);
