"""What earlier versions of the grader wrote, and today's has to read: see docs/CONTRIBUTING.md."""

import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from grader.assignment.key_file import decode_key
from grader.gradebook.database import NAME
from grader.model import AnswerKey
from tests.support.paths import GOLD

GRADEBOOKS = GOLD / "gradebooks"


class FormerVerdict(NamedTuple):
    """A submission that a grader graded with the key of 3-run, and its verdict of form 1."""

    name: str
    source: str
    verdict: dict[str, Any]


@cache
def former_verdicts() -> tuple[FormerVerdict, ...]:
    """Return verdicts that hold each code and each kind of evidence that is another today."""
    lines = (GOLD / "verdicts/1.jsonl").read_bytes().splitlines()
    return tuple(FormerVerdict(**msgspec.json.decode(line)) for line in lines)


@cache
def stored_key(folder: str) -> bytes:
    """Return the key of a gold gradebook as it is stored."""
    return bytes(_rows(GRADEBOOKS / folder, "SELECT key FROM answer_keys")[0][0])


@cache
def former_key(folder: str) -> AnswerKey:
    return decode_key(stored_key(folder))


def stored_verdicts(folder: str) -> list[str]:
    """Return the verdicts of a gold gradebook as they are stored."""
    rows = _rows(GRADEBOOKS / folder, "SELECT verdict FROM verdicts ORDER BY id")
    return [verdict for (verdict,) in rows]


def _rows(folder: Path, query: str) -> list[Any]:
    uri = f"file:{folder / NAME}?mode=ro&immutable=1"
    with closing(sqlite3.connect(uri, uri=True)) as database:
        return database.execute(query).fetchall()
