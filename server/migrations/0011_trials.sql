-- Full models that are trained anew by themselves: what they are held against, and what came of it.

-- The new version beside the one that scored, as JSON; NULL where nothing was compared.
ALTER TABLE model_version ADD COLUMN trial TEXT;

-- Whether a job's version is to score: never, always, or if it is no worse; and why the job was made.
ALTER TABLE model_job ADD COLUMN promotion TEXT NOT NULL DEFAULT 'never';
UPDATE model_job SET promotion = 'always' WHERE promote;
ALTER TABLE model_job DROP COLUMN promote;
ALTER TABLE model_job ADD COLUMN cause TEXT NOT NULL DEFAULT 'asked';
CREATE INDEX model_job_by_name ON model_job (name, id);

-- Looks at the versions that score, over labelled history: one row a look.
CREATE TABLE model_check (
    id    INTEGER PRIMARY KEY,
    name  TEXT    NOT NULL REFERENCES model (name) ON DELETE CASCADE,
    at_ms INTEGER NOT NULL,
    -- What was seen, as JSON.
    found TEXT    NOT NULL
) STRICT;
CREATE INDEX model_check_by_name ON model_check (name, at_ms);
