-- The outbox: what somebody is to be told, written down before it is sent, and sent until it has arrived.

CREATE TABLE outbox (
    id            INTEGER PRIMARY KEY,
    route         TEXT    NOT NULL,
    anomaly_id    TEXT    NOT NULL,
    -- The same for every attempt, so that a receiver can tell a repetition.
    key           TEXT    NOT NULL UNIQUE,
    event         TEXT    NOT NULL,
    body          TEXT    NOT NULL,
    state         TEXT    NOT NULL CHECK (state IN ('waiting', 'sent', 'dead')),
    attempts      INTEGER NOT NULL DEFAULT 0,
    created_at_ms INTEGER NOT NULL,
    due_at_ms     INTEGER NOT NULL,
    sent_at_ms    INTEGER,
    error         TEXT
) STRICT;
CREATE INDEX outbox_due ON outbox (route, due_at_ms) WHERE state = 'waiting';
CREATE INDEX outbox_done ON outbox (created_at_ms) WHERE state <> 'waiting';
CREATE INDEX outbox_by_anomaly ON outbox (anomaly_id, route, id);
