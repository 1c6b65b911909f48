"""Puts the gradebooks of several parts of a class into one. A row that is there already stays as it is."""

from collections.abc import Sequence
from pathlib import Path

from grader.gradebook.folder import FolderError, locked
from grader.gradebook.record import NAME, Gradebook, opened, require_frozen

# Rows go over by what they are, not by their numbers: those differ from file to file.
STEPS = (
    """INSERT OR IGNORE INTO runs (token, began, ended, source, settings, versions)
       SELECT token, began, ended, source, settings, versions FROM part.runs ORDER BY began""",
    "INSERT OR IGNORE INTO answer_keys SELECT * FROM part.answer_keys",
    """INSERT INTO submissions (ids, people, attempt, saved, late, origin, file, sha256, source, reason, run, seen)
       SELECT ids, people, attempt, saved, late, origin, file, sha256, submissions.source, reason, mine.id, mine_seen.id
       FROM part.submissions AS submissions
       JOIN part.runs AS theirs ON theirs.id = submissions.run JOIN main.runs AS mine ON mine.token = theirs.token
       JOIN part.runs AS theirs_seen ON theirs_seen.id = submissions.seen JOIN main.runs AS mine_seen ON mine_seen.token = theirs_seen.token
       WHERE true ORDER BY submissions.id
       ON CONFLICT (ids, attempt, sha256, reason) DO UPDATE SET seen = max(seen, excluded.seen)""",
    """INSERT OR IGNORE INTO verdicts (submission, key, grader, score, possible, undecided, likeness, graded, verdict, run)
       SELECT mine.id, verdicts.key, grader, score, possible, undecided, likeness, graded, verdict, my_run.id
       FROM part.verdicts AS verdicts JOIN part.submissions AS theirs ON theirs.id = verdicts.submission
       JOIN main.submissions AS mine USING (ids, attempt, sha256, reason)
       JOIN part.runs AS their_run ON their_run.id = verdicts.run JOIN main.runs AS my_run ON my_run.token = their_run.token
       ORDER BY verdicts.id""",
    """INSERT OR IGNORE INTO troubles (submission, what, at, run)
       SELECT mine.id, what, at, my_run.id
       FROM part.troubles AS troubles JOIN part.submissions AS theirs ON theirs.id = troubles.submission
       JOIN main.submissions AS mine USING (ids, attempt, sha256, reason)
       JOIN part.runs AS their_run ON their_run.id = troubles.run JOIN main.runs AS my_run ON my_run.token = their_run.token
       ORDER BY troubles.id""",
    "INSERT OR IGNORE INTO roster SELECT * FROM part.roster",
)


def merge(parts: Sequence[Path], out: Path) -> int:
    """How many verdicts stand there in the end. Raises FolderError where parts were graded with different keys, GradebookError."""
    keys: dict[str, Path] = {}
    for part in [*parts, out] if (out / NAME).exists() else parts:
        with opened(part) as gradebook:
            keys.setdefault(require_frozen(gradebook).key.sha256, part)
    if len(keys) > 1:
        one, other, *_ = keys.values()
        raise FolderError(f"{one} and {other} were graded with different keys. Grade all parts with one --assignment, --set and --seed.")
    with locked(out), Gradebook(out / NAME, writing=True) as gradebook:
        for part in parts:
            take_over(gradebook, part)
        ((count,),) = gradebook.ask("SELECT count(*) FROM verdicts")
    return int(count)


def take_over(gradebook: Gradebook, part: Path) -> None:
    list(gradebook.ask("ATTACH ? AS part", (str((part / NAME).absolute()),)))
    with gradebook.together():
        for step in STEPS:
            list(gradebook.ask(step))
    list(gradebook.ask("DETACH part"))
