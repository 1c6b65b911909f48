"""Rows of an invented class, the same at each call, with everything that can happen in one."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from msgspec.structs import replace

from grader.class_row import ClassRow, Status
from grader.messages import load_words
from grader.model import Message, Person, Words
from grader.verdict import Diagnosis, Finding, KeyRecord, SubmissionRecord, Verdict
from tests.support.grading import make_key

GIVEN = (
    "Ana",
    "José",
    "Begoña",
    "Iñaki",
    "Lucía",
    "Wei",
    "Priya",
    "Olu",
    "Zoë",
    "Joaquín",
    "Mary Ann",
    "Dmitri",
    "Åsa",
    "María del Carmen",
)
FAMILY = (
    "Muñoz",
    "García Márquez",
    "Núñez",
    "O'Neill",
    "Zhang",
    "Patel",
    "Okafor",
    "Müller",
    "Ibáñez",
    "Smith",
    "Peña y Lillo",
    "Çelik",
)
HOSTILE = (
    "</script><script>document.title = 'owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "javascript:alert(1)",
    "evil\u202egnp.exe \u200b\x1b[31m",
    "\u2028line\u2029end <!-- & ]]> &lt;b&gt;",
    "{{ 7 * 7 }} {found} $& \\u003c '\"",
    "W" * 400,
)
MINUTE = datetime(2026, 11, 23, 22, 13, 44, tzinfo=UTC)
KEY = make_key(named=True)
assert KEY.signatures is not None
MISTAKES = KEY.signatures.names


def class_words(language: str) -> Words:
    return load_words(language, KEY.words)


def verdict(
    score: float,
    causes: tuple[str, ...] = (),
    undecided: float = 0.0,
    flagged: bool = False,
    failed: str = "",
) -> Verdict:
    """An invented verdict.

    causes: the ids of named misconceptions. flagged: with hidden characters in the source.
    failed: the code of a failed question's message, if any.
    """
    message = Message(failed, {"exception": "ValueError", "seconds": 2.0})
    finding = Finding("naive.loss", "naive", "value", "failed", 0.0, 10.0, 0.0, message)
    flag = Message("hidden_characters", {"count": 1, "first": "U+202E"}, line=3)
    diagnosis = Diagnosis("exact", (causes,))
    return Verdict(
        assignment="softmax",
        score=score,
        possible=100.0,
        undecided=undecided,
        findings=(finding,) if failed else (),
        diagnosis={"naive": diagnosis, "vectorized": diagnosis} if causes else {},
        flags=(flag,) if flagged else (),
        sandbox="full",
        submission=SubmissionRecord("softmax.py", "0" * 64, None),
        key=KeyRecord("1" * 64, None),
        versions={},
    )


def row(
    id: str, status: Status = "graded", name: str = "", email: str = "", **parts: object
) -> ClassRow:
    """The row of one person. parts: fields of ClassRow that differ from the usual ones."""
    fields: dict[str, Any] = {
        "attempt": 1,
        "counts": True,
        "saved": MINUTE.isoformat(),
        "late": False,
    }
    if status in ("graded", "undecided"):
        fields |= {"verdict": verdict(100.0), "page": f"pages/{id}.html"}
    return ClassRow((Person(id, name, email),), status=status, **{**fields, **parts})


def row_in_other_layout(number: int, layout: str = "CxD", regularization: str = "") -> ClassRow:
    """A submission graded in this layout and written for the other one.

    regularization: the one that it was written for, if that is another one, too.
    """
    settings = f"layout={'DxC' if layout == 'CxD' else 'CxD'}"
    if regularization:
        settings += f" regularization={regularization}"
    message = Message("other_layout", {"set": settings})
    finding = Finding("naive.loss", "naive", "value", "failed", 0.0, 10.0, 0.0, message)
    key = KeyRecord("1" * 64, None, {"layout": layout})
    return row(f"turned{number}", verdict=replace(verdict(0.0), findings=(finding,), key=key))


def class_rows(count: int) -> Iterator[ClassRow]:
    """Yield the rows of a class by ids, with those who are missing last."""
    chance = random.Random(7)
    missing = count // 40
    for number in range(count - missing):
        yield from _rows_of_student(number, chance)
    for number in range(missing):
        person = Person(f"m{number}", f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}")
        yield ClassRow((person,), 0, "missing", counts=True)


def _rows_of_student(number: int, chance: random.Random) -> Iterator[ClassRow]:
    """One row for most students; two for an earlier attempt, or a group beside it."""
    name = f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}"
    id, email = f"s{1000 + number}", f"student{number}@university.example"
    if number % 60 == 59:
        name = HOSTILE[number // 60 % len(HOSTILE)]
        id = f"{id} {name}" if number % 120 == 59 else id
    common = _common_parts(id, name, email, chance)
    if chance.random() < 0.015:
        yield row(id, "gone", **common, is_present=False, counts=chance.random() < 0.5)
        return
    if number % 100 == 40:  # alone, and with somebody else
        pair = Person(id, name, email), Person(f"{id}b")
        page = f"pages/group-{number}.html"
        yield row(id, **common)
        yield row(id, **common, page=page, verdict=verdict(60.0))._replace(people=pair)
        return
    common["fingerprint"] = _some_fingerprint(number, chance)
    status = chance.choices(get_args(Status)[:5], (92, 3, 2, 1, 2))[0]
    if status == "unreadable":
        code = chance.choice(("unread_notebook", "unread_missing"))
        yield row(id, status, reason=Message(code, {"file": "softmax.py"}), **common)
    elif status == "trouble":
        trouble = f"OSError: [Errno 28] No space left on device: {name}"
        yield row(id, status, trouble=trouble, **common)
    elif status == "waiting":
        yield row(id, status, **common)
    else:
        yield from _graded_rows(id, number, status, common, chance)


def _common_parts(id: str, name: str, email: str, chance: random.Random) -> dict[str, Any]:
    """What every row of a student has, whatever its status."""
    time = MINUTE - timedelta(seconds=chance.randrange(400_000))
    if chance.random() >= 0.95:
        time = time.replace(tzinfo=None)
    return {
        "name": name,
        "email": email,
        "saved": time.isoformat(),
        "late": chance.random() < 0.06,
        "origin": f"handed in/{name}/softmax.py",
        "not_on_roster": (id,) if chance.random() < 0.02 else (),
    }


def _some_fingerprint(number: int, chance: random.Random) -> str:
    if chance.random() < 0.01:
        return "template"
    if chance.random() < 0.1:
        return f"twin{number // 2}"
    return f"alone{number}"


def _graded_rows(
    id: str, number: int, status: Status, common: dict[str, Any], chance: random.Random
) -> Iterator[ClassRow]:
    """A graded row, and sometimes an earlier attempt before it."""
    page = f"pages/student-{number}.html"
    if chance.random() < 0.1:
        if chance.random() < 0.5:
            yield row(id, "waiting", **common, counts=False)
        else:
            earlier = verdict(20.0, MISTAKES[:1])
            yield row(id, **common, counts=False, page=page, verdict=earlier)
        common = {**common, "attempt": 2}
        page = f"pages/student-{number}.attempt-2.html"
    shown = _some_verdict(chance, is_undecided=status == "undecided")
    yield row(id, status, **common, page=page, verdict=shown)


def _some_verdict(chance: random.Random, is_undecided: bool) -> Verdict:
    flagged = chance.random() < 0.02
    if is_undecided:
        return verdict(70.0, undecided=12.5, flagged=flagged)
    if chance.random() < 0.45:
        return verdict(100.0, flagged=flagged)
    if chance.random() < 0.2:
        score = chance.choice((0.0, 15.0))
        code = chance.choice(("raised", "not_implemented", "timed_out"))
        return verdict(score, flagged=flagged, failed=code)
    causes = tuple(chance.sample(MISTAKES[:30], chance.choice((1, 1, 1, 2, 3))))
    return verdict(round(chance.triangular(10, 95, 90), 1), causes, flagged=flagged)
