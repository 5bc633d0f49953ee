-- The first schema. Migrations are only ever added; times are UTC milliseconds.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE rule (
    id            TEXT PRIMARY KEY,
    version       INTEGER NOT NULL,
    source        TEXT    NOT NULL,
    enabled       INTEGER NOT NULL,
    provisioned   INTEGER NOT NULL,
    deleted       INTEGER NOT NULL DEFAULT 0,
    -- Where the points of the rule's present question began to be stored as seen.
    live_since_ms INTEGER,
    body          TEXT    NOT NULL,
    config_hash   TEXT    NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    updated_by    TEXT    NOT NULL
) STRICT;

CREATE TABLE rule_version (
    rule_id     TEXT    NOT NULL,
    version     INTEGER NOT NULL,
    at_ms       INTEGER NOT NULL,
    actor       TEXT    NOT NULL,
    deleted     INTEGER NOT NULL,
    body        TEXT    NOT NULL,
    config_hash TEXT    NOT NULL,
    PRIMARY KEY (rule_id, version)
) STRICT;

-- What a rule needs to go on: written in the transaction of its tick.
CREATE TABLE rule_state (
    rule_id        TEXT PRIMARY KEY,
    version        INTEGER NOT NULL,
    watermark_ms   INTEGER NOT NULL,
    pipeline_state BLOB    NOT NULL
) STRICT;

CREATE TABLE rule_run (
    rule_id      TEXT PRIMARY KEY,
    at_ms        INTEGER NOT NULL,
    watermark_ms INTEGER,
    duration_ms  INTEGER NOT NULL,
    series       INTEGER NOT NULL,
    error        TEXT
) STRICT;

CREATE TABLE series (
    series_key BLOB PRIMARY KEY,
    source     TEXT    NOT NULL,
    text       TEXT    NOT NULL,
    labels     TEXT    NOT NULL,
    unit       TEXT    NOT NULL,
    seen_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX series_by_source ON series (source, text);

-- Evaluated points as seen: one blob of little-endian f64 a rule, series and hour; NaN = gap or not yet seen.
CREATE TABLE point (
    rule_id    TEXT    NOT NULL,
    series_key BLOB    NOT NULL,
    hour_ms    INTEGER NOT NULL,
    step_ms    INTEGER NOT NULL,
    body       BLOB    NOT NULL,
    PRIMARY KEY (rule_id, series_key, hour_ms, step_ms)
) STRICT;
CREATE INDEX point_by_hour ON point (hour_ms);

-- Irregular samples of the sources that keep their own: (at_ms, value) pairs, 16 bytes each, ascending.
CREATE TABLE sample (
    source     TEXT    NOT NULL,
    series_key BLOB    NOT NULL,
    hour_ms    INTEGER NOT NULL,
    body       BLOB    NOT NULL,
    -- How many of them came after a rule had evaluated their instant.
    late       INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (source, series_key, hour_ms)
) STRICT;
CREATE INDEX sample_by_hour ON sample (hour_ms);

CREATE TABLE anomaly (
    id          TEXT PRIMARY KEY,
    kind        TEXT    NOT NULL,
    rule_id     TEXT    NOT NULL,
    source      TEXT    NOT NULL,
    series      TEXT    NOT NULL,
    status      TEXT    NOT NULL,
    severity    INTEGER NOT NULL,
    start_ms    INTEGER NOT NULL,
    end_ms      INTEGER NOT NULL,
    -- For overlaps: the end, or the end of time while it goes on.
    until_ms    INTEGER NOT NULL,
    score       REAL    NOT NULL,
    -- Position in the journal of its last change; also its ETag.
    changed_seq INTEGER NOT NULL,
    body        TEXT    NOT NULL
) STRICT;
CREATE INDEX anomaly_newest ON anomaly (start_ms DESC, id);
CREATE INDEX anomaly_by_rule ON anomaly (rule_id, start_ms DESC, id);
CREATE INDEX anomaly_by_end ON anomaly (until_ms);

CREATE TABLE page (
    id         INTEGER PRIMARY KEY,
    anomaly_id TEXT    NOT NULL,
    rule_id    TEXT    NOT NULL,
    at_ms      INTEGER NOT NULL,
    severity   INTEGER NOT NULL,
    sent       INTEGER NOT NULL,
    body       TEXT    NOT NULL
) STRICT;
CREATE INDEX page_by_anomaly ON page (anomaly_id, id);
CREATE INDEX page_by_time ON page (at_ms);

-- The one event bus: append-only, chained by hash; positions have no holes.
CREATE TABLE journal (
    seq            INTEGER PRIMARY KEY,
    at_ms          INTEGER NOT NULL,
    recorded_at_ms INTEGER NOT NULL,
    kind           TEXT    NOT NULL,
    rule_id        TEXT,
    anomaly_id     TEXT,
    actor          TEXT    NOT NULL,
    payload        TEXT    NOT NULL,
    prev_hash      BLOB    NOT NULL,
    hash           BLOB    NOT NULL
) STRICT;
CREATE INDEX journal_by_anomaly ON journal (anomaly_id, seq) WHERE anomaly_id IS NOT NULL;
CREATE INDEX journal_by_time ON journal (at_ms, seq);

-- Where the chain begins after pruning; the newest row counts, the older ones tell the history.
CREATE TABLE journal_anchor (
    seq          INTEGER PRIMARY KEY,
    hash         BLOB    NOT NULL,
    pruned_at_ms INTEGER NOT NULL
) STRICT;

-- Readers of the journal that come back after a restart; nothing at or after a cursor is pruned.
CREATE TABLE journal_cursor (
    name TEXT PRIMARY KEY,
    seq  INTEGER NOT NULL
) STRICT;

-- Labels belong to series, never to rules.
CREATE TABLE label (
    id         TEXT PRIMARY KEY,
    source     TEXT    NOT NULL,
    series_key BLOB,
    pattern    TEXT,
    start_ms   INTEGER NOT NULL,
    end_ms     INTEGER NOT NULL,
    kind       TEXT    NOT NULL CHECK (kind IN ('incident', 'normal', 'exclude')),
    origin     TEXT    NOT NULL CHECK (origin IN ('user', 'feedback', 'import')),
    author     TEXT    NOT NULL,
    version    INTEGER NOT NULL,
    CHECK ((series_key IS NULL) <> (pattern IS NULL)),
    CHECK (start_ms <= end_ms)
) STRICT;
CREATE INDEX label_by_time ON label (source, start_ms);

CREATE TABLE api_key (
    id            TEXT PRIMARY KEY,
    name          TEXT    NOT NULL,
    role          TEXT    NOT NULL,
    hash          TEXT    NOT NULL,
    created_at_ms INTEGER NOT NULL,
    revoked_at_ms INTEGER,
    last_seen_ms  INTEGER
) STRICT;

CREATE TABLE session (
    id_hash       TEXT PRIMARY KEY,
    key_id        TEXT    NOT NULL,
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX session_by_key ON session (key_id);
