"""Puts the gradebooks of several parts of a class into one."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from grader.gradebook.database import (
    NAME,
    FolderError,
    GradebookError,
    mode_for,
    require_local,
    told,
)
from grader.gradebook.folder import locked
from grader.gradebook.record import Gradebook, frozen_key_in, open_gradebook, require_frozen

# Rows go over by what they are, not by their numbers: those differ from file to file. What stands there already is kept, but for what
# a later run knows better; so neither the order of the parts nor doing it again makes a difference.
STEPS = (
    """INSERT INTO runs (token, book, began, read, ended, source, shard, settings, versions)
       SELECT token, book, began, read, ended, source, shard, settings, versions FROM part.runs WHERE true ORDER BY began
       ON CONFLICT (token) DO UPDATE SET read = coalesce(excluded.read, read), ended = coalesce(excluded.ended, ended)""",
    "INSERT OR IGNORE INTO answer_keys SELECT * FROM part.answer_keys",
    """INSERT INTO submissions (ids, people, attempt, saved, late, origin, file, sha256, source, reason, place, run, seen)
       SELECT ids, people, attempt, saved, late, origin, file, sha256, submissions.source, reason, place, mine.id, mine_seen.id
       FROM part.submissions AS submissions
       JOIN part.runs AS theirs ON theirs.id = submissions.run JOIN main.runs AS mine ON mine.token = theirs.token
       JOIN part.runs AS theirs_seen ON theirs_seen.id = submissions.seen JOIN main.runs AS mine_seen ON mine_seen.token = theirs_seen.token
       WHERE true ORDER BY submissions.id
       ON CONFLICT (ids, attempt, sha256, reason, place) DO UPDATE SET
           people = excluded.people, saved = excluded.saved, late = excluded.late, origin = excluded.origin, file = excluded.file,
           seen = excluded.seen
       WHERE (SELECT began FROM runs WHERE id = excluded.seen) > (SELECT began FROM runs WHERE id = submissions.seen)""",
    """INSERT INTO sightings
       SELECT mine.id, theirs.book, theirs.source, my_run.id
       FROM part.sightings AS theirs JOIN part.submissions AS row ON row.id = theirs.submission
       JOIN main.submissions AS mine USING (ids, attempt, sha256, reason, place)
       JOIN part.runs AS their_run ON their_run.id = theirs.run JOIN main.runs AS my_run ON my_run.token = their_run.token WHERE true
       ON CONFLICT (submission, book, source) DO UPDATE SET run = excluded.run
       WHERE (SELECT began FROM runs WHERE id = excluded.run) > (SELECT began FROM runs WHERE id = sightings.run)""",
    """INSERT INTO verdicts (submission, key, grader, score, possible, undecided, likeness, sandbox, graded, verdict, run)
       SELECT mine.id, verdicts.key, grader, score, possible, undecided, likeness, sandbox, graded, verdict, my_run.id
       FROM part.verdicts AS verdicts JOIN part.submissions AS theirs ON theirs.id = verdicts.submission
       JOIN main.submissions AS mine USING (ids, attempt, sha256, reason, place)
       JOIN part.runs AS their_run ON their_run.id = verdicts.run JOIN main.runs AS my_run ON my_run.token = their_run.token
       WHERE true ORDER BY verdicts.id
       ON CONFLICT (submission, key, grader) DO UPDATE SET
           score = excluded.score, possible = excluded.possible, undecided = excluded.undecided, likeness = excluded.likeness,
           sandbox = excluded.sandbox, graded = excluded.graded, verdict = excluded.verdict, run = excluded.run
       WHERE excluded.graded < graded""",  # two parts graded the same: the first verdict stands
    """INSERT OR IGNORE INTO troubles (submission, what, at, run)
       SELECT mine.id, what, at, my_run.id
       FROM part.troubles AS troubles JOIN part.submissions AS theirs ON theirs.id = troubles.submission
       JOIN main.submissions AS mine USING (ids, attempt, sha256, reason, place)
       JOIN part.runs AS their_run ON their_run.id = troubles.run JOIN main.runs AS my_run ON my_run.token = their_run.token
       ORDER BY troubles.id""",
    """DELETE FROM main.roster WHERE run IN (
           SELECT mine.id FROM main.runs AS mine JOIN part.runs AS theirs USING (book) JOIN part.roster ON part.roster.run = theirs.id
           WHERE theirs.began > mine.began)""",
    """INSERT OR IGNORE INTO roster SELECT part.roster.id, name, email, same.id
       FROM part.roster JOIN part.runs AS theirs ON theirs.id = part.roster.run JOIN main.runs AS same ON same.token = theirs.token
       WHERE NOT EXISTS (
           SELECT 1 FROM main.roster AS known JOIN main.runs AS mine ON mine.id = known.run
           WHERE mine.book = theirs.book AND mine.began > theirs.began)""",
)


class Merged(NamedTuple):
    """What counts in the end: verdicts, and what was handed in and cannot be graded. missing: parts that are not there, such as 2/2."""

    verdicts: int
    unreadable: int
    missing: list[str]


def merge(parts: Sequence[Path], out: Path) -> Merged:
    """What stands there in the end. Raises FolderError where parts were graded with different keys, GradebookError."""
    keys: dict[str, Path] = {}
    for part in parts:
        require_local(part)  # what a part holds is read through its write-ahead log
        with open_gradebook(part) as gradebook:
            keys.setdefault(require_frozen(gradebook).key.sha256, part)
    begun = frozen_key_in(out)
    if begun:
        keys.setdefault(begun.key.sha256, out)
    if len(keys) > 1:
        one, other, *_ = keys.values()
        raise FolderError(
            f"{one} and {other} were graded with different keys, and their points cannot stand side by side. Are these the right folders? "
            f"If they are, grade one of them anew: python -m grader batch SOURCE --fresh --out {one} --key-of {other}"
        )
    with locked(out), Gradebook(out / NAME, writing=True) as gradebook:
        if gradebook.has_runs(own=True):
            raise FolderError(
                f"{out}: this is a run of its own. Name another folder with --out, for all parts together."
            )
        for part in parts:
            if not (part / NAME).samefile(out / NAME):  # a part is put together with itself already
                take_over(gradebook, part)
        ((verdicts, unreadable),) = gradebook.ask(
            """SELECT count(v.id), count(*) FILTER (WHERE source IS NULL)
               FROM current_submissions AS s LEFT JOIN current_verdicts AS v ON v.submission = s.id WHERE found"""
        )
        missing = missing_parts({part for _, part in gradebook.shards()})
    return Merged(verdicts, unreadable, missing)


def missing_parts(parts: set[str]) -> list[str]:
    """Of those, such as 1/2, that belong together."""
    totals = {int(part.partition("/")[2]) for part in parts}
    return [
        part
        for total in sorted(totals)
        for part in (f"{number}/{total}" for number in range(1, total + 1))
        if part not in parts
    ]


def take_over(gradebook: Gradebook, part: Path) -> None:
    """Nothing is written into the part. Raises GradebookError."""
    path = part / NAME
    with told(path):
        gradebook.connection.execute(
            "ATTACH ? AS part", (f"{path.absolute().as_uri()}?{mode_for(path, writing=False)}",)
        )
        (sound,) = gradebook.connection.execute("PRAGMA part.quick_check(1)").fetchone()
        if sound != "ok":
            raise GradebookError(
                f"{path}: this part is damaged ({sound}). Restore a copy of it, or grade it anew, and merge again."
            )
    with gradebook.together():
        for step in STEPS:
            list(gradebook.ask(step))
    list(gradebook.ask("DETACH part"))
