-- What people said of anomalies, and the weeks that were told of.

-- Of an anomaly one answer is in force: the one that was not taken back.
CREATE TABLE feedback (
    id               INTEGER PRIMARY KEY,
    anomaly_id       TEXT    NOT NULL,
    rule_id          TEXT    NOT NULL,
    answer           TEXT    NOT NULL CHECK (answer IN ('true', 'false', 'expected', 'wrong_team')),
    actor            TEXT    NOT NULL,
    -- The route whose link was used; NULL for somebody who was signed in.
    route            TEXT,
    at_ms            INTEGER NOT NULL,
    -- The label that it became, if any.
    label_id         TEXT,
    -- Whether the anomaly itself was dealt with, and whether that changed its status.
    settled          INTEGER NOT NULL DEFAULT 0,
    judged           INTEGER NOT NULL DEFAULT 0,
    taken_back_at_ms INTEGER,
    taken_back_by    TEXT
) STRICT;
CREATE UNIQUE INDEX feedback_in_force ON feedback (anomaly_id) WHERE taken_back_at_ms IS NULL;
CREATE INDEX feedback_by_anomaly ON feedback (anomaly_id, id);
CREATE INDEX feedback_by_time ON feedback (at_ms);

-- Weeks whose digest was sent, or passed over because nobody was to be told yet: each of them once.
CREATE TABLE digest (
    week    TEXT PRIMARY KEY,
    at_ms   INTEGER NOT NULL,
    routes  TEXT    NOT NULL
) STRICT;
