"""The SQL queries of docs/gradebook.md work as printed."""

import re
from pathlib import Path

import pytest

from grader.gradebook.record import Gradebook
from grader.model import Message
from tests.support.gradebooks import BOB, ingest, new_gradebook, record, submission, unreadable
from tests.support.paths import PROJECT

DOCS = (PROJECT / "docs/gradebook.md").read_text(encoding="utf-8")
QUERIES = [
    query.strip()
    for block in re.findall(r"```sql\n(.*?)```", DOCS, flags=re.DOTALL)
    for query in block.split(";")
    if query.strip()
]


@pytest.fixture
def gradebook(tmp_path: Path) -> Gradebook:
    """Somebody's attempts: a graded one, one that is no program, and an unreadable one."""
    gradebook = new_gradebook(tmp_path)
    problem = submission(source=b"2", attempt=2, problem=Message("too_large"))
    ingest(gradebook, submission(), problem, unreadable(BOB))
    gradebook.finish_reading()
    record(gradebook, 1)
    record(gradebook, 2)
    gradebook.record_trouble(2, "no memory")
    return gradebook


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_of_the_docs_finds_something(gradebook: Gradebook, query: str) -> None:
    assert list(gradebook.query(query))


def test_the_docs_have_queries() -> None:
    assert len(QUERIES) == 6
