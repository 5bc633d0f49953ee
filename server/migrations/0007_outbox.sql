-- The outbox: what somebody is to be told, written down before it is sent, and sent until it has arrived.

-- A message: one notice, or those of a group. Only one that gathers takes more of them.
CREATE TABLE outbox (
    id            INTEGER PRIMARY KEY,
    route         TEXT    NOT NULL,
    -- What stays in order: an anomaly, or a group of them.
    lane          TEXT    NOT NULL,
    -- The same for every attempt, so that a receiver can tell a repetition.
    key           TEXT    NOT NULL UNIQUE,
    event         TEXT    NOT NULL,
    state         TEXT    NOT NULL CHECK (state IN ('gathering', 'waiting', 'sent', 'dead', 'silenced')),
    attempts      INTEGER NOT NULL DEFAULT 0,
    created_at_ms INTEGER NOT NULL,
    due_at_ms     INTEGER NOT NULL,
    sent_at_ms    INTEGER,
    error         TEXT
) STRICT;
CREATE INDEX outbox_due ON outbox (route, due_at_ms) WHERE state IN ('gathering', 'waiting');
CREATE INDEX outbox_done ON outbox (created_at_ms) WHERE state IN ('sent', 'dead', 'silenced');
CREATE INDEX outbox_sent ON outbox (route, sent_at_ms) WHERE state = 'sent';
CREATE INDEX outbox_by_lane ON outbox (route, lane, id);

-- What one entry of the journal has become for a route.
CREATE TABLE notice (
    id         INTEGER PRIMARY KEY,
    outbox_id  INTEGER NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
    route      TEXT    NOT NULL,
    anomaly_id TEXT    NOT NULL,
    key        TEXT    NOT NULL UNIQUE,
    event      TEXT    NOT NULL,
    body       TEXT    NOT NULL
) STRICT;
CREATE INDEX notice_by_message ON notice (outbox_id, id);
CREATE INDEX notice_by_anomaly ON notice (anomaly_id, route, id);

-- Who is told when nobody has taken an anomaly by then.
CREATE TABLE escalation (
    anomaly_id TEXT    NOT NULL,
    route      TEXT    NOT NULL,
    seq        INTEGER NOT NULL,
    due_at_ms  INTEGER NOT NULL,
    PRIMARY KEY (anomaly_id, route)
) STRICT;
CREATE INDEX escalation_due ON escalation (due_at_ms);
