-- The tables of a gradebook. docs/gradebook.md explains how to read them.
-- Rows are added and never removed, except for the roster. Submitted bytes and verdicts never
-- change. Long data stands in the last column: SQLite reads past it to reach a later one.

-- Everything is created in one transaction: a file that was cut off before its end counts as empty.
BEGIN IMMEDIATE;
PRAGMA application_id = 0x4752424B;  -- GRBK
PRAGMA user_version = 4;

-- One row for each call of batch. A larger id is a later run, whatever the clock said.
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    started_at TEXT NOT NULL,       -- ISO 8601, UTC, like all times here
    read_at TEXT,                   -- when all of the source had been read; NULL if cut off before
    ended_at TEXT,                  -- when everything was done; NULL if cut off before
    source TEXT NOT NULL,           -- path of the submissions
    settings TEXT NOT NULL,         -- JSON object: the options of the command
    versions TEXT NOT NULL          -- JSON object: grader, Python, numpy
);

-- The answer key that all submissions here are graded with.
CREATE TABLE answer_keys (
    sha256 TEXT PRIMARY KEY,
    seed TEXT NOT NULL,             -- keep it from students: the answers can be computed from it
    is_secret INTEGER NOT NULL,     -- 1 if the seed was drawn at random, 0 if somebody chose it
    assignment TEXT NOT NULL,       -- name of a shipped assignment, or path of its folder
    settings TEXT NOT NULL,         -- JSON array: changes to the assignment, as KEY=VALUE
    -- JSON object: what it was made from. The SHA-256 of each file, the settings, the points of
    -- each question, and the version of the grader. Empty if an older grader made it.
    content_hashes TEXT NOT NULL,
    key BLOB NOT NULL
);

-- One row for each version of an attempt: the same bytes of the same people are the same row,
-- however often they are read. people, saved, late, origin, file and notes are as found by the last
-- run.
CREATE TABLE submissions (
    id INTEGER PRIMARY KEY,
    ids TEXT NOT NULL,              -- JSON array of the people's ids: several for a group
    people TEXT NOT NULL,           -- JSON array of {id, name, email}
    attempt INTEGER NOT NULL,       -- 1 for the first
    saved TEXT,                     -- when it was submitted or, if unknown, last changed
    late INTEGER,                   -- 1, 0, or NULL if unknown
    origin TEXT NOT NULL,           -- where in the source it was
    file TEXT NOT NULL,             -- name of the file; empty if nothing could be read
    sha256 TEXT NOT NULL,           -- of the bytes; empty if nothing could be read
    reason TEXT NOT NULL,           -- JSON: why it cannot be graded, as a message; else empty
    notes TEXT NOT NULL,            -- JSON array: how it was found and read, as messages
    cells TEXT NOT NULL,            -- JSON array: where the cells of a notebook begin
    place TEXT NOT NULL,            -- the origin if nothing could be read, to tell such rows apart
    first_run INTEGER NOT NULL REFERENCES runs,  -- the run that read it first
    last_run INTEGER NOT NULL REFERENCES runs,   -- the run that saw it last, in any source
    source BLOB,                    -- the bytes; NULL if nothing could be read
    more TEXT NOT NULL DEFAULT '[]',  -- JSON array: other files, {file, text in base64}
    UNIQUE (ids, attempt, sha256, reason, place)
);

-- Which run saw a submission last in each source.
CREATE TABLE sightings (
    submission INTEGER NOT NULL REFERENCES submissions,
    source TEXT NOT NULL,
    run INTEGER NOT NULL REFERENCES runs,
    PRIMARY KEY (submission, source)
) WITHOUT ROWID;

-- One row for each graded submission, key and version of the grader.
CREATE TABLE verdicts (
    id INTEGER PRIMARY KEY,
    submission INTEGER NOT NULL REFERENCES submissions,
    key TEXT NOT NULL REFERENCES answer_keys,
    grader TEXT NOT NULL,
    run INTEGER NOT NULL REFERENCES runs,
    graded_at TEXT NOT NULL,
    score REAL NOT NULL,
    possible REAL NOT NULL,
    undecided REAL NOT NULL,        -- points that a person has to judge; not part of the score
    fingerprint TEXT NOT NULL,      -- of its code, to find the same; empty for a stub
    sandbox TEXT NOT NULL,          -- level of the sandbox: full, confined
    verdict TEXT NOT NULL,          -- JSON, see `python -m grader schema`
    UNIQUE (submission, key, grader)
);

-- Failures of the grader itself. Nobody gets a zero for them: the next run tries again.
CREATE TABLE troubles (
    id INTEGER PRIMARY KEY,
    submission INTEGER NOT NULL REFERENCES submissions,
    what TEXT NOT NULL,
    at TEXT NOT NULL,
    run INTEGER NOT NULL REFERENCES runs,
    UNIQUE (submission, at, what)
);

-- Everybody who should submit, if a roster was given. A later roster replaces all of it.
CREATE TABLE roster (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    other_ids TEXT NOT NULL,        -- JSON array: a login and the like; github:NAME at GitHub
    run INTEGER NOT NULL REFERENCES runs
);

-- More time for a group: what it submitted by then is not late. The latest row of a group holds.
CREATE TABLE extensions (
    id INTEGER PRIMARY KEY,
    ids TEXT NOT NULL,              -- as in submissions
    until TEXT NOT NULL,
    granted_by TEXT NOT NULL,
    granted_at TEXT NOT NULL,
    reason TEXT NOT NULL
);

-- What the staff decided: this attempt counts. The latest row of a group holds.
CREATE TABLE decisions (
    id INTEGER PRIMARY KEY,
    ids TEXT NOT NULL,              -- as in submissions
    attempt INTEGER NOT NULL,
    decided_by TEXT NOT NULL,
    decided_at TEXT NOT NULL,
    reason TEXT NOT NULL
);

-- Codes of messages in verdicts of the form grader/verdict/1, and what they are called today. Empty
-- unless an older grader began this gradebook.
CREATE TABLE former_codes (
    former TEXT PRIMARY KEY,
    code TEXT NOT NULL
);

-- The newest verdict of each submission.
CREATE VIEW current_verdicts AS
    SELECT * FROM verdicts AS one
    WHERE NOT EXISTS (
        SELECT 1 FROM verdicts AS other
        WHERE other.submission = one.submission
        AND (other.run, other.graded_at, other.id) > (one.run, one.graded_at, one.id)
    );

-- One row for each question of each newest verdict.
CREATE VIEW findings AS
    SELECT
        submissions.ids,
        submissions.attempt,
        json_extract(finding.value, '$.question') AS question,
        json_extract(finding.value, '$.outcome') AS outcome,
        json_extract(finding.value, '$.points') AS points,  -- NULL if it could not be judged
        json_extract(finding.value, '$.possible') AS possible,
        -- Of the message, with what it is about: number_differs.loss
        coalesce(
            former_codes.code,
            json_extract(finding.value, '$.message.code') || coalesce(
                '.' || json_extract(finding.value, '$.message.values.output'),
                '.' || json_extract(finding.value, '$.message.values.letter'),
                '.' || json_extract(finding.value, '$.message.values.input'),
                '.' || json_extract(finding.value, '$.message.values.knob'),
                '.' || json_extract(finding.value, '$.message.values.which'),  -- of form 1
                ''
            )
        ) AS code,
        submissions.id AS submission,
        verdicts.id AS verdict
    FROM current_verdicts AS verdicts
    JOIN submissions ON submissions.id = verdicts.submission
    JOIN json_each(verdicts.verdict, '$.findings') AS finding
    LEFT JOIN former_codes
        ON former_codes.former = json_extract(finding.value, '$.message.code')
        AND json_extract(verdicts.verdict, '$.schema') = 'grader/verdict/1';

COMMIT;
