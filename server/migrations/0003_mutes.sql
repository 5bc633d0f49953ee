-- Mutes: every version is a row, and the newest one counts. An ended mute stays, so that a replay folds it too.

CREATE TABLE mute (
    id           TEXT    NOT NULL,
    version      INTEGER NOT NULL,
    -- When this version was written; it holds from the next millisecond on.
    at_ms        INTEGER NOT NULL,
    rule         TEXT    NOT NULL,
    series       TEXT    NOT NULL,
    max_severity INTEGER NOT NULL,
    start_ms     INTEGER NOT NULL,
    end_ms       INTEGER NOT NULL,
    -- Whether somebody ended it with this version.
    ended        INTEGER NOT NULL,
    comment      TEXT    NOT NULL,
    author       TEXT    NOT NULL,
    PRIMARY KEY (id, version),
    CHECK (start_ms < end_ms)
) STRICT;
CREATE INDEX mute_by_end ON mute (end_ms);
