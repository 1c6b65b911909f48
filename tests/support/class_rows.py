"""Rows of an invented class, always the same: any number of them, with all that can occur."""

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


def class_words(language: str) -> Words:
    return load_words(language, KEY.words)


def verdict(
    score: float,
    causes: tuple[str, ...] = (),
    undecided: float = 0.0,
    flagged: bool = False,
    failed: str = "",
) -> Verdict:
    """failed: the code of a failed question's message."""
    finding = Finding(
        "naive.loss",
        "naive",
        "loss",
        "failed",
        0.0,
        10.0,
        0.0,
        Message(failed, {"exception": "ValueError", "seconds": 2.0}),
    )
    return Verdict(
        assignment="softmax",
        score=score,
        possible=100.0,
        undecided=undecided,
        findings=(finding,) if failed else (),
        diagnosis={
            "naive": Diagnosis("exact", (causes,)),
            "vectorized": Diagnosis("exact", (causes,)),
        }
        if causes
        else {},
        flags=(Message("hidden_characters", {"count": 1, "first": "U+202E"}, line=3),)
        if flagged
        else (),
        sandbox="full",
        submission=SubmissionRecord("softmax.py", "0" * 64, None),
        key=KeyRecord("1" * 64, None),
        versions={},
    )


def row(
    id: str, status: Status = "graded", name: str = "", email: str = "", **parts: object
) -> ClassRow:
    given: dict[str, Any] = {
        "attempt": 1,
        "counts": True,
        "saved": MINUTE.isoformat(),
        "late": False,
        **parts,
    }
    if status in ("graded", "undecided"):
        given = {"verdict": verdict(100.0), "page": f"pages/{id}.html", **given}
    return ClassRow((Person(id, name, email),), status=status, **given)


def row_in_other_layout(number: int, layout: str = "CxD") -> ClassRow:
    """A submission graded in this layout and written for the other one."""
    found = replace(
        verdict(0.0, failed="other_layout"), key=KeyRecord("1" * 64, None, {"layout": layout})
    )
    return row(f"turned{number}", verdict=found)


def class_rows(count: int) -> Iterator[ClassRow]:
    """In the order of a class: by ids, with the missing last."""
    chance = random.Random(7)
    assert KEY.signatures is not None
    mistakes = KEY.signatures.names
    missing = count // 40
    for number in range(count - missing):
        name = f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}"
        id, email = f"s{1000 + number}", f"student{number}@university.example"
        if number % 60 == 59:
            name = HOSTILE[number // 60 % len(HOSTILE)]
            id = f"{id} {name}" if number % 120 == 59 else id
        time = MINUTE - timedelta(seconds=chance.randrange(400_000))
        saved = (time if chance.random() < 0.95 else time.replace(tzinfo=None)).isoformat()
        common: dict[str, Any] = {
            "name": name,
            "email": email,
            "saved": saved,
            "late": chance.random() < 0.06,
            "origin": f"handed in/{name}/softmax.py",
            "not_on_roster": (id,) if chance.random() < 0.02 else (),
        }
        if chance.random() < 0.015:
            yield row(id, "gone", **common, found=False, counts=chance.random() < 0.5)
            continue
        if number % 100 == 40:  # alone, and with somebody else
            pair = Person(id, name, email), Person(f"{id}b")
            yield row(id, **common)
            yield row(
                id, **common, page=f"pages/group-{number}.html", verdict=verdict(60.0)
            )._replace(people=pair)
            continue
        common |= {
            "likeness": "template"
            if chance.random() < 0.01
            else f"twin{number // 2}"
            if chance.random() < 0.1
            else f"alone{number}"
        }
        status = chance.choices(get_args(Status)[:5], (92, 3, 2, 1, 2))[0]
        if status == "unreadable":
            yield row(
                id,
                status,
                reason=Message(
                    chance.choice(("unread_notebook", "unread_missing")), {"file": "softmax.py"}
                ),
                **common,
            )
        elif status == "trouble":
            yield row(
                id, status, trouble=f"OSError: [Errno 28] No space left on device: {name}", **common
            )
        elif status == "waiting":
            yield row(id, status, **common)
        else:
            page = f"pages/student-{number}.html"
            if chance.random() < 0.1:
                earlier = {**common, "counts": False}
                if chance.random() < 0.5:
                    yield row(id, "waiting", **earlier)
                else:
                    yield row(
                        id,
                        **earlier,
                        page=f"pages/student-{number}.html",
                        verdict=verdict(20.0, mistakes[:1]),
                    )
                common["attempt"], page = 2, f"pages/student-{number}.attempt-2.html"
            yield row(
                id,
                status,
                **common,
                page=page,
                verdict=some_verdict(chance, mistakes, status == "undecided"),
            )
    for number in range(missing):
        person = Person(f"m{number}", f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}")
        yield ClassRow((person,), 0, "missing", counts=True)


def some_verdict(chance: random.Random, mistakes: tuple[str, ...], undecided: bool) -> Verdict:
    flagged = chance.random() < 0.02
    if undecided:
        return verdict(70.0, undecided=12.5, flagged=flagged)
    if chance.random() < 0.45:
        return verdict(100.0, flagged=flagged)
    if chance.random() < 0.2:
        return verdict(
            chance.choice((0.0, 15.0)),
            flagged=flagged,
            failed=chance.choice(("raised", "not_implemented", "timed_out")),
        )
    causes = tuple(chance.sample(mistakes[:30], chance.choice((1, 1, 1, 2, 3))))
    return verdict(round(chance.triangular(10, 95, 90), 1), causes, flagged=flagged)
