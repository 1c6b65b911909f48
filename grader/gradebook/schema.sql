-- The record of a run. docs/gradebook.md says how to read it. Rows are added and never removed, but for rosters; bytes and verdicts are never changed
-- either, but that of two parts that are merged the first verdict of the same bytes stands.

-- All at once: a file that was cut off while it was made is empty, and is made anew.
BEGIN IMMEDIATE;
PRAGMA application_id = 0x4752424B;  -- GRBK
PRAGMA user_version = 1;

-- Tells this file from those of other machines, when parts are merged.
CREATE TABLE book (token TEXT NOT NULL);
INSERT INTO book VALUES (lower(hex(randomblob(16))));

-- One row per call of the command batch. book: of the file that it wrote into. shard: which part of the class, as 2/4; the whole is 1/1. settings and versions: JSON objects.
-- read, ended: when all of the source had been read, and when all was done; NULL before, and where it was cut off.
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    token TEXT NOT NULL UNIQUE,     -- tells this row from those of other files
    book TEXT NOT NULL,
    began TEXT NOT NULL,            -- ISO 8601, UTC, as all times here
    read TEXT,
    ended TEXT,
    source TEXT NOT NULL,
    shard TEXT NOT NULL,
    settings TEXT NOT NULL,
    versions TEXT NOT NULL
);
CREATE INDEX runs_by_source ON runs (book, source, began);

-- What everything here was graded with, frozen. seed: NOT to be shown to students, who could compute the answers from it.
CREATE TABLE answer_keys (
    sha256 TEXT PRIMARY KEY,
    seed TEXT NOT NULL,
    is_secret INTEGER NOT NULL,
    assignment TEXT NOT NULL,
    settings TEXT NOT NULL,         -- JSON: the changes that were asked for, as KEY=VALUE
    key BLOB NOT NULL
);

-- What was handed in. people: JSON array of {id, name, email}; ids: the ids alone. source: NULL where nothing could be read, and then
-- reason says why, as a message of the grader in JSON. Handed in again with the same bytes it is the same row: then people, saved, late,
-- origin and file are as the latest run found them.
CREATE TABLE submissions (
    id INTEGER PRIMARY KEY,
    ids TEXT NOT NULL,
    people TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    saved TEXT,
    late INTEGER,                   -- 1, 0, or NULL where nobody says
    origin TEXT NOT NULL,           -- where in the source it was
    file TEXT NOT NULL,
    sha256 TEXT NOT NULL,           -- of source; empty without one
    source BLOB,
    reason TEXT NOT NULL,           -- empty where there is a source
    place TEXT NOT NULL,            -- the origin of what has no source: there may be several such, alike in all else; empty where there is one
    run INTEGER NOT NULL REFERENCES runs,   -- that took it in
    seen INTEGER NOT NULL REFERENCES runs,  -- that saw it last, wherever
    UNIQUE (ids, attempt, sha256, reason, place)
);

-- Where each of them was seen, and by which run last. book: see runs.
CREATE TABLE sightings (
    submission INTEGER NOT NULL REFERENCES submissions,
    book TEXT NOT NULL,
    source TEXT NOT NULL,
    run INTEGER NOT NULL REFERENCES runs,
    PRIMARY KEY (submission, book, source)
) WITHOUT ROWID;

-- One row per graded submission, key and version of the grader. verdict: JSON, see `python -m grader schema`.
CREATE TABLE verdicts (
    id INTEGER PRIMARY KEY,
    submission INTEGER NOT NULL REFERENCES submissions,
    key TEXT NOT NULL REFERENCES answer_keys,
    grader TEXT NOT NULL,
    score REAL NOT NULL,
    possible REAL NOT NULL,
    undecided REAL NOT NULL,        -- points that the grader could not judge: a person has to
    likeness TEXT NOT NULL,         -- the same for sources that differ in comments and white space only
    sandbox TEXT NOT NULL,          -- how well the code was walled in: full, confined
    graded TEXT NOT NULL,
    verdict TEXT NOT NULL,
    run INTEGER NOT NULL REFERENCES runs,
    UNIQUE (submission, key, grader)
);

-- The grader's own failures, which are nobody's zero: the next call of batch tries these submissions again.
CREATE TABLE troubles (
    id INTEGER PRIMARY KEY,
    submission INTEGER NOT NULL REFERENCES submissions,
    what TEXT NOT NULL,
    at TEXT NOT NULL,
    run INTEGER NOT NULL REFERENCES runs,
    UNIQUE (submission, at, what)
);

-- Everybody who should hand in, where a roster was given; a later one of the same file takes the place of an earlier one.
CREATE TABLE roster (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    run INTEGER NOT NULL REFERENCES runs,
    PRIMARY KEY (id, run)
);

-- Runs that say what is there: no later one of the same file has read the same source, all of it or the same part, to its end.
CREATE VIEW latest_runs AS
    SELECT * FROM runs AS one WHERE NOT EXISTS (
        SELECT 1 FROM runs AS later
        WHERE later.book = one.book AND later.source = one.source AND later.began > one.began
        AND later.shard IN (one.shard, '1/1') AND later.read IS NOT NULL
    );

-- Those of them that still hold: no later reading of that source has found it gone, or other bytes in its place.
CREATE VIEW current_sightings AS
    SELECT mine.* FROM sightings AS mine JOIN runs AS saw ON saw.id = mine.run JOIN submissions AS one ON one.id = mine.submission
    WHERE mine.run IN (SELECT id FROM latest_runs) AND NOT EXISTS (
        SELECT 1 FROM submissions AS other JOIN sightings AS theirs ON theirs.submission = other.id JOIN runs AS later ON later.id = theirs.run
        WHERE other.ids = one.ids AND other.attempt = one.attempt AND other.id <> one.id
        AND (other.source IS NOT NULL OR one.source IS NULL)
        AND theirs.book = mine.book AND theirs.source = mine.source AND later.began > saw.began
    );

-- found: 0 where no source has it any more. taken: when it was read first; seen_at: last.
CREATE VIEW all_submissions AS
    SELECT
        one.*,
        first.began AS taken,
        last.began AS seen_at,
        CASE
            -- The usual case, which is quick: nothing else of the same people, and where it was seen last it still is.
            WHEN one.seen IN (SELECT id FROM latest_runs)
                AND NOT EXISTS (SELECT 1 FROM submissions AS other WHERE other.ids = one.ids AND other.id <> one.id) THEN 1
            ELSE EXISTS (SELECT 1 FROM current_sightings WHERE submission = one.id)
        END AS found
    FROM submissions AS one JOIN runs AS first ON first.id = one.run JOIN runs AS last ON last.id = one.seen;

-- What each attempt is now. Of different bytes for one attempt those that are still there; of these, in different sources, what was read
-- first most lately; of what is nowhere any more, what was seen last. What cannot be read takes the place of nothing that can: it stands beside it.
CREATE VIEW current_submissions AS
    SELECT * FROM all_submissions AS one
    WHERE NOT EXISTS (SELECT 1 FROM submissions AS other WHERE other.ids = one.ids AND other.attempt = one.attempt AND other.id <> one.id)
    OR NOT EXISTS (
        SELECT 1 FROM all_submissions AS other
        WHERE other.ids = one.ids AND other.attempt = one.attempt AND other.id <> one.id
        AND (other.source IS NOT NULL OR one.source IS NULL)
        AND CASE
            WHEN one.found THEN one.source IS NOT NULL AND other.found AND (other.taken, other.id) > (one.taken, one.id)
            ELSE other.found OR other.seen_at > one.seen_at
        END
    );

-- The newest verdict of each submission: of the latest run, whatever a clock said meanwhile.
CREATE VIEW current_verdicts AS
    SELECT * FROM verdicts AS one WHERE NOT EXISTS (
        SELECT 1 FROM verdicts AS other WHERE other.submission = one.submission AND other.id <> one.id
        AND ((SELECT began FROM runs WHERE id = other.run), other.graded, other.id)
            > ((SELECT began FROM runs WHERE id = one.run), one.graded, one.id)
    );

-- One row per question of every current verdict of what is still there. points: NULL where it could not be judged.
CREATE VIEW findings AS
    SELECT
        submissions.ids,
        submissions.attempt,
        json_extract(finding.value, '$.question') AS question,
        json_extract(finding.value, '$.outcome') AS outcome,
        json_extract(finding.value, '$.points') AS points,
        json_extract(finding.value, '$.possible') AS possible,
        json_extract(finding.value, '$.message.code') AS code,
        verdicts.id AS verdict
    FROM current_verdicts AS verdicts
    JOIN current_submissions AS submissions ON submissions.id = verdicts.submission
    JOIN json_each(verdicts.verdict, '$.findings') AS finding
    WHERE submissions.found;

COMMIT;
