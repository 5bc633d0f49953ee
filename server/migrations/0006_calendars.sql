-- Calendars: every version is a row, and holds from the millisecond after it was written up to the next one.

CREATE TABLE calendar (
    id          TEXT    NOT NULL,
    version     INTEGER NOT NULL,
    at_ms       INTEGER NOT NULL,
    -- Whether somebody took it back with this version.
    deleted     INTEGER NOT NULL,
    -- Whether the configuration file owns it.
    provisioned INTEGER NOT NULL,
    body        TEXT    NOT NULL,
    author      TEXT    NOT NULL,
    PRIMARY KEY (id, version)
) STRICT;

-- What just happens (a deployment): an event of a calendar that holds from the millisecond after it was told.
CREATE TABLE calendar_marker (
    id          INTEGER PRIMARY KEY,
    calendar_id TEXT    NOT NULL,
    at_ms       INTEGER NOT NULL,
    start_ms    INTEGER NOT NULL,
    end_ms      INTEGER NOT NULL,
    title       TEXT    NOT NULL,
    author      TEXT    NOT NULL,
    CHECK (start_ms < end_ms)
) STRICT;
CREATE INDEX calendar_marker_by_time ON calendar_marker (calendar_id, end_ms);
