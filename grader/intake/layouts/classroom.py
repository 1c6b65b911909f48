"""Clones of GitHub Classroom or Classroom 50: a repository for each student.

    hw1-submissions/hw1-jdoe/work.py                 gh classroom clone student-repos
    cs231n-hw1_submissions_20260601/cs231n-hw1-jdoe/    gh teacher download (Classroom 50)
    cs231n-hw1_submissions_20260601/scores.csv          its table of results

Files are taken as they lie. Git is never run in a student's repository, and .git is never read:
both could start programs of the student's choice. So the time of a commit is not known.
Source: cmd/gh-classroom/clone in github/gh-classroom; cli/gh-student in foundation50/classroom50.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from grader.intake.entries import Entry, RawSubmission
from grader.intake.layouts.listing import Listing, platform_submission
from grader.intake.names import printable, to_identity
from grader.model import Person

SCORES = "scores.csv"
RESULTS = frozenset((SCORES, "result.json"))
OLD_FOLDER = re.compile(r"(?P<slug>.+)-submissions")
FOLDER = re.compile(r".+(-submissions|[-_]submissions_.+)")
# Classroom 50: <classroom>-<assignment>-<user>. Two folders like hw1-ana and hw1-bob are no sign.
DASHES = 2


def list_submissions(folder: str, entries: Sequence[Entry]) -> Listing:
    """Folders that do not begin as most do are not attributed to anybody."""
    repositories = [entry for entry in entries if entry.kind == "folder"]
    old = OLD_FOLDER.fullmatch(folder)
    if old:
        prefix = f"{old['slug']}-"
    else:
        prefix = _common_prefix(printable(entry.name) for entry in repositories)
    names = {entry.name for entry in entries}
    submissions: list[RawSubmission] = []
    others = []
    for entry in entries:
        name = printable(entry.name)
        user = name.removeprefix(prefix)
        if entry.kind == "folder" and prefix and name.startswith(prefix) and user:
            people = (Person(to_identity(user)),)
            submissions.append(platform_submission(people, [(name, entry)]))
        elif name not in RESULTS or entry.kind != "file":
            others.append(entry)
    has_marks = SCORES in names or FOLDER.fullmatch(folder)
    is_likely = old or (has_marks and prefix.count("-") >= DASHES)
    notice = f"Each repository's name begins with {prefix}; the rest of it is the user's name."
    return Listing(
        submissions,
        others,
        len(submissions),
        must_be_named=not is_likely,
        notices=(notice,) if submissions else (),
    )


def _common_prefix(names: Iterable[str]) -> str:
    """Return what most names begin with, up to a dash; of several such, the longest."""
    counts: Counter[str] = Counter()
    for name in names:
        parts = name.split("-")
        counts.update("-".join(parts[:end]) + "-" for end in range(1, len(parts)))
    if not counts:
        return ""
    prefix, count = max(counts.items(), key=lambda item: (item[1], len(item[0])))
    return prefix if count > 1 else ""
