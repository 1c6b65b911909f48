"""Gradebooks of earlier versions: each step turns one version of schema.sql into the next."""

import sqlite3

from grader.assignment.former_words import CODES, current_code

VERSION = 4  # of schema.sql


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Bring a gradebook of an earlier `version` to VERSION, in one transaction for each step.

    Raises sqlite3.Error if that fails; the gradebook then has the version it had before that step.
    """
    connection.execute("PRAGMA foreign_keys = OFF")  # tables are rebuilt under their old names
    connection.execute("PRAGMA legacy_alter_table = ON")  # and references to them stay as they are
    for step in range(version, VERSION):
        try:
            connection.executescript(STEPS[step])
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    connection.execute("PRAGMA legacy_alter_table = OFF")


def migrated_copy(connection: sqlite3.Connection, version: int) -> sqlite3.Connection:
    """Return a migrated copy in memory. The gradebook itself stays as it is."""
    copy = sqlite3.connect(":memory:", isolation_level=None)
    try:
        connection.backup(copy)
        migrate(copy, version)
    except BaseException:
        copy.close()
        raise
    return copy


# The views of versions 2 and 3.
_VIEWS = """
CREATE VIEW current_verdicts AS
    SELECT * FROM verdicts AS one
    WHERE NOT EXISTS (
        SELECT 1 FROM verdicts AS other
        WHERE other.submission = one.submission
        AND (other.run, other.graded_at, other.id) > (one.run, one.graded_at, one.id)
    );
CREATE VIEW findings AS
    SELECT
        submissions.ids,
        submissions.attempt,
        json_extract(finding.value, '$.question') AS question,
        json_extract(finding.value, '$.outcome') AS outcome,
        json_extract(finding.value, '$.points') AS points,
        json_extract(finding.value, '$.possible') AS possible,
        json_extract(finding.value, '$.message.code') AS code,
        submissions.id AS submission,
        verdicts.id AS verdict
    FROM current_verdicts AS verdicts
    JOIN submissions ON submissions.id = verdicts.submission
    JOIN json_each(verdicts.verdict, '$.findings') AS finding;
"""

# Version 1 could grade parts of a class (shards) on several machines and merge their gradebooks.
# `book` was the token of the file in which a run was recorded, `shard` the part of its source.
# - Sources of other gradebooks and of parts become sources of their own, so that a later reading of
#   one of them says nothing about the others, as before.
# - Sightings that no longer held are dropped: the versions that had replaced them may now be in
#   another source.
# - Runs are numbered in the order of their start. Merging had appended them in any order.
# - If several rosters have the same person, the row of the latest one is kept.
FROM_1_TO_2 = f"""
BEGIN IMMEDIATE;

CREATE TEMP TABLE other_books AS
    SELECT book, row_number() OVER (ORDER BY min(began), book) AS number
    FROM runs WHERE book NOT IN (SELECT token FROM main.book) GROUP BY book;

CREATE TEMP TABLE numbered_runs AS
    SELECT
        id AS old_id,
        row_number() OVER (ORDER BY began, id) AS id,
        source
            || CASE WHEN shard = '1/1' THEN '' ELSE ' (part ' || shard || ')' END
            || CASE WHEN number IS NULL THEN '' ELSE ' (from gradebook ' || number || ')' END
            AS source
    FROM runs LEFT JOIN other_books USING (book);
CREATE UNIQUE INDEX temp.numbers_of_runs ON numbered_runs (old_id);

CREATE TABLE runs_2 (
    id INTEGER PRIMARY KEY,
    started_at TEXT NOT NULL,
    read_at TEXT,
    ended_at TEXT,
    source TEXT NOT NULL,
    settings TEXT NOT NULL,
    versions TEXT NOT NULL
);
INSERT INTO runs_2
    SELECT new.id, began, read, ended, new.source, settings, versions
    FROM runs JOIN numbered_runs AS new ON new.old_id = runs.id ORDER BY new.id;

CREATE TABLE submissions_2 (
    id INTEGER PRIMARY KEY,
    ids TEXT NOT NULL,
    people TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    saved TEXT,
    late INTEGER,
    origin TEXT NOT NULL,
    file TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    reason TEXT NOT NULL,
    place TEXT NOT NULL,
    first_run INTEGER NOT NULL REFERENCES runs,
    last_run INTEGER NOT NULL REFERENCES runs,
    source BLOB,
    UNIQUE (ids, attempt, sha256, reason, place)
);
INSERT INTO submissions_2
    SELECT
        submissions.id, ids, people, attempt, saved, late, origin, file, sha256, reason, place,
        first.id, last.id, submissions.source
    FROM submissions
    JOIN numbered_runs AS first ON first.old_id = submissions.run
    JOIN numbered_runs AS last ON last.old_id = submissions.seen
    ORDER BY submissions.id;

CREATE TABLE sightings_2 (
    submission INTEGER NOT NULL REFERENCES submissions,
    source TEXT NOT NULL,
    run INTEGER NOT NULL REFERENCES runs,
    PRIMARY KEY (submission, source)
) WITHOUT ROWID;
INSERT INTO sightings_2
    SELECT submission, new.source, new.id
    FROM current_sightings AS old JOIN numbered_runs AS new ON new.old_id = old.run;

CREATE TABLE verdicts_2 (
    id INTEGER PRIMARY KEY,
    submission INTEGER NOT NULL REFERENCES submissions,
    key TEXT NOT NULL REFERENCES answer_keys,
    grader TEXT NOT NULL,
    run INTEGER NOT NULL REFERENCES runs,
    graded_at TEXT NOT NULL,
    score REAL NOT NULL,
    possible REAL NOT NULL,
    undecided REAL NOT NULL,
    fingerprint TEXT NOT NULL,
    sandbox TEXT NOT NULL,
    verdict TEXT NOT NULL,
    UNIQUE (submission, key, grader)
);
INSERT INTO verdicts_2
    SELECT
        verdicts.id, submission, key, grader, new.id, graded,
        score, possible, undecided, likeness, sandbox, verdict
    FROM verdicts JOIN numbered_runs AS new ON new.old_id = verdicts.run ORDER BY verdicts.id;

UPDATE troubles SET run = (SELECT id FROM numbered_runs WHERE old_id = troubles.run);

CREATE TABLE roster_2 (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    run INTEGER NOT NULL REFERENCES runs
);
INSERT OR REPLACE INTO roster_2
    SELECT roster.id, name, email, new.id
    FROM roster JOIN numbered_runs AS new ON new.old_id = roster.run ORDER BY new.id;

DROP VIEW findings;
DROP VIEW current_verdicts;
DROP VIEW current_submissions;
DROP VIEW all_submissions;
DROP VIEW current_sightings;
DROP VIEW latest_runs;

DROP TABLE sightings;
DROP TABLE verdicts;
DROP TABLE roster;
DROP TABLE submissions;
DROP TABLE runs;
DROP TABLE main.book;
DROP TABLE numbered_runs;
DROP TABLE other_books;
ALTER TABLE runs_2 RENAME TO runs;
ALTER TABLE submissions_2 RENAME TO submissions;
ALTER TABLE sightings_2 RENAME TO sightings;
ALTER TABLE verdicts_2 RENAME TO verdicts;
ALTER TABLE roster_2 RENAME TO roster;

CREATE TABLE extensions (
    id INTEGER PRIMARY KEY,
    ids TEXT NOT NULL,
    until TEXT NOT NULL,
    granted_by TEXT NOT NULL,
    granted_at TEXT NOT NULL,
    reason TEXT NOT NULL
);
CREATE TABLE decisions (
    id INTEGER PRIMARY KEY,
    ids TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    decided_by TEXT NOT NULL,
    decided_at TEXT NOT NULL,
    reason TEXT NOT NULL
);

{_VIEWS}
PRAGMA user_version = 2;
COMMIT;
"""  # noqa: S608  (text of ours)

# Version 3 added how a file was found and read, other ids of the people on the roster, and what a
# key was made from.
FROM_2_TO_3 = f"""
BEGIN IMMEDIATE;

CREATE TABLE answer_keys_3 (
    sha256 TEXT PRIMARY KEY,
    seed TEXT NOT NULL,
    is_secret INTEGER NOT NULL,
    assignment TEXT NOT NULL,
    settings TEXT NOT NULL,
    content_hashes TEXT NOT NULL,
    key BLOB NOT NULL
);
INSERT INTO answer_keys_3
    SELECT sha256, seed, is_secret, assignment, settings, '{{}}', key
    FROM answer_keys ORDER BY answer_keys.rowid;

CREATE TABLE submissions_3 (
    id INTEGER PRIMARY KEY,
    ids TEXT NOT NULL,
    people TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    saved TEXT,
    late INTEGER,
    origin TEXT NOT NULL,
    file TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    reason TEXT NOT NULL,
    notes TEXT NOT NULL,
    cells TEXT NOT NULL,
    place TEXT NOT NULL,
    first_run INTEGER NOT NULL REFERENCES runs,
    last_run INTEGER NOT NULL REFERENCES runs,
    source BLOB,
    UNIQUE (ids, attempt, sha256, reason, place)
);
INSERT INTO submissions_3
    SELECT
        id, ids, people, attempt, saved, late, origin, file, sha256, reason, '[]', '[]', place,
        first_run, last_run, source
    FROM submissions ORDER BY id;

CREATE TABLE roster_3 (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    other_ids TEXT NOT NULL,
    run INTEGER NOT NULL REFERENCES runs
);
INSERT INTO roster_3 SELECT id, name, email, '[]', run FROM roster;

DROP VIEW findings;
DROP VIEW current_verdicts;
DROP TABLE answer_keys;
DROP TABLE submissions;
DROP TABLE roster;
ALTER TABLE answer_keys_3 RENAME TO answer_keys;
ALTER TABLE submissions_3 RENAME TO submissions;
ALTER TABLE roster_3 RENAME TO roster;

{_VIEWS}
PRAGMA user_version = 3;
COMMIT;
"""  # noqa: S608  (text of ours)

# Version 4 added the further files of a submission, and the codes of messages in verdicts of an
# earlier form.
_CODES = ", ".join(f"('{former}', '{current_code(former)}')" for former in CODES)
FROM_3_TO_4 = f"""
BEGIN IMMEDIATE;

ALTER TABLE submissions ADD COLUMN more TEXT NOT NULL DEFAULT '[]';

CREATE TABLE former_codes (
    former TEXT PRIMARY KEY,
    code TEXT NOT NULL
);
INSERT INTO former_codes VALUES {_CODES};

DROP VIEW findings;
CREATE VIEW findings AS
    SELECT
        submissions.ids,
        submissions.attempt,
        json_extract(finding.value, '$.question') AS question,
        json_extract(finding.value, '$.outcome') AS outcome,
        json_extract(finding.value, '$.points') AS points,
        json_extract(finding.value, '$.possible') AS possible,
        coalesce(
            former_codes.code,
            json_extract(finding.value, '$.message.code') || coalesce(
                '.' || json_extract(finding.value, '$.message.values.output'),
                '.' || json_extract(finding.value, '$.message.values.letter'),
                '.' || json_extract(finding.value, '$.message.values.input'),
                '.' || json_extract(finding.value, '$.message.values.knob'),
                '.' || json_extract(finding.value, '$.message.values.which'),
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

PRAGMA user_version = 4;
COMMIT;
"""  # noqa: S608  (text of ours)

STEPS = {1: FROM_1_TO_2, 2: FROM_2_TO_3, 3: FROM_3_TO_4}  # by the version that a step begins with
