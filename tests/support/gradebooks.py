"""Gradebooks that tests write by hand, without grading anything."""

from functools import cache
from pathlib import Path

import msgspec

from grader.assignment.key_file import decode_key, encode_key
from grader.gradebook.database import NAME
from grader.gradebook.record import Gradebook, RunKey, VerdictRecord, require_run_key
from grader.model import Message, Person, Submission, Unreadable
from grader.static_analysis.fingerprint import fingerprint
from tests.support.class_rows import verdict
from tests.support.grading import make_key

ALICE = Person("alice", "Alice Ángel", "alice@x.edu")
BOB = Person("bob", email="Bob@x.edu")
ZOE = Person("zoe")
SOURCE = "here"


def new_gradebook(folder: Path, policy: str = "latest") -> Gradebook:
    """A gradebook with a key, whose first run has begun to read SOURCE."""
    gradebook = Gradebook(folder / NAME, writing=True)
    gradebook.begin_run(SOURCE, {"attempts": policy}, {"grader": "1"})
    data = _key_data()
    gradebook.store_key(RunKey(decode_key(data), data, "7", True, "softmax", ("layout=CxD",)))
    return gradebook


@cache
def _key_data() -> bytes:
    return encode_key(make_key())


def begin_again(gradebook: Gradebook, source: str = SOURCE, **settings: str) -> None:
    """Finish reading, and begin the next run."""
    gradebook.finish_reading()
    gradebook.begin_run(source, settings or gradebook.settings(), {"grader": "1"})


def submission(
    person: Person = ALICE, source: bytes = b"x = 1\n", attempt: int = 1, **fields: object
) -> Submission:
    return Submission(
        "softmax.py",
        source,
        source.hex(),
        people=(person,),
        attempt=attempt,
        origin=f"{person.id}.py",
        **fields,  # type: ignore[arg-type]
    )


def unreadable(person: Person = ALICE, origin: str = "notes.txt", attempt: int = 1) -> Unreadable:
    return Unreadable((person,), origin, Message("unread_kind"), attempt=attempt)


def ingest(gradebook: Gradebook, *submissions: Submission | Unreadable) -> None:
    assert list(gradebook.ingest(submissions))[-1] == len(submissions)


def record(
    gradebook: Gradebook,
    row: int,
    score: float = 50.0,
    undecided: float = 0.0,
    grader: str = "1",
    source: bytes = b"",
) -> None:
    """Record a verdict on the submission of that row."""
    result = verdict(score, undecided=undecided, failed="c")
    key = require_run_key(gradebook).key.sha256
    data = msgspec.json.encode(result)
    values = VerdictRecord(score, 100.0, undecided, fingerprint([source], ()), "full", data)
    gradebook.record_verdict(row, key, grader, values)


def submit(
    gradebook: Gradebook,
    person: Person,
    source: bytes,
    attempt: int = 1,
    score: float | None = None,
    undecided: float = 0.0,
) -> None:
    """Ingest a submission and, if it has a score, record its verdict."""
    ingest(gradebook, submission(person, source, attempt))
    ((row,),) = gradebook.query("SELECT max(id) FROM submissions")
    if score is not None:
        record(gradebook, row, score, undecided, source=source)
