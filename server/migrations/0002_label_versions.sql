-- Labels are drawn, changed and taken back by people: every version is kept.

ALTER TABLE label ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;

CREATE TABLE label_version (
    label_id TEXT    NOT NULL,
    version  INTEGER NOT NULL,
    at_ms    INTEGER NOT NULL,
    actor    TEXT    NOT NULL,
    deleted  INTEGER NOT NULL,
    body     TEXT    NOT NULL,
    PRIMARY KEY (label_id, version)
) STRICT;
