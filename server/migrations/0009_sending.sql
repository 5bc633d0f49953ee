-- What the server keeps to itself, browsers that are told, and words that a machine has written.

-- Keys that were made here: whoever has them can sign in this server's name.
CREATE TABLE secret (
    name TEXT PRIMARY KEY,
    body BLOB NOT NULL
) STRICT;

-- A browser that somebody has asked to be told by.
CREATE TABLE push_device (
    id            TEXT    PRIMARY KEY,
    endpoint      TEXT    NOT NULL UNIQUE,
    p256dh        BLOB    NOT NULL,
    auth          BLOB    NOT NULL,
    name          TEXT    NOT NULL,
    owner         TEXT    NOT NULL,
    created_at_ms INTEGER NOT NULL,
    last_sent_ms  INTEGER,
    error         TEXT
) STRICT;

-- Which browsers a message has reached that has not reached all of them yet.
CREATE TABLE push_sent (
    key       TEXT NOT NULL,
    device_id TEXT NOT NULL REFERENCES push_device (id) ON DELETE CASCADE,
    PRIMARY KEY (key, device_id)
) STRICT;

-- What a language model has written about an anomaly, checked against its evidence.
CREATE TABLE machine_words (
    anomaly_id TEXT    NOT NULL,
    lang       TEXT    NOT NULL,
    model      TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    at_ms      INTEGER NOT NULL,
    PRIMARY KEY (anomaly_id, lang)
) STRICT;
