"""Every entry of a source is a submission, a row with a reason, or named in the output.

Drawn entries lie beside a class of 84 people. They change nothing about what is anybody's there.
"""

import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.intake.archive_tree import ArchiveMember
from grader.intake.bundle import Bundle
from grader.intake.entries import AS_IT_LIES, ClassListing, RawSubmission
from grader.intake.layouts import is_metadata
from grader.intake.sources import list_class
from grader.intake.zip_archive import open_class_zip
from tests.support.invented_classes import PLATFORMS, Download, invent_class, lay_out
from tests.support.submission_files import ASKED, SOURCE, make_zip

CLASS = invent_class()
PIECES = (
    *("_", " - ", "-", ".", "a", "LATE", "anon", "1", "7", "99", "softmax", "submission_7"),
    *("_assignsubmission_file_", "_attempt_2026-04-26-23-59-01", "Sep 24, 2026 926 PM"),
    *("cs231n-softmax-", "softmax-", "index.html", "\u00e9", "e\u0301", "\xff", "manifest"),
)
ENDINGS = (".py", ".txt", ".csv", ".zip", ".pdf", ".html", "", "/softmax.py", "/x/y.txt", "/a.csv")
TABLE = b"id,name,email\n1,A,a@x.edu\n"


def is_beside(name: str) -> bool:
    """Whether it is neither a system file nor says whose everything is."""
    return not name.startswith(".") and name != "manifest.csv"


names = st.tuples(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map("".join),
    st.sampled_from(ENDINGS),
).map("".join)
extras = st.dictionaries(
    names.filter(is_beside),
    st.sampled_from((SOURCE, b"", TABLE)),
    min_size=1,
    max_size=3,
)


@pytest.mark.parametrize("platform", PLATFORMS)
@settings(max_examples=25, deadline=None)
@given(drawn=extras)
def test_nothing_is_lost_and_nobody_is_made_up(platform: str, drawn: Mapping[str, bytes]) -> None:
    download = download_of(platform)
    above = f"{download.wrapper}/" if download.wrapper else ""
    more = {f"{above}{name}": content for name, content in drawn.items()}
    root, listing = list_zip({**more, **download.files})
    top = root.members[download.wrapper] if download.wrapper else root
    added = {above + name.removeprefix(above).partition("/")[0] for name in more}
    rows = {row_of(submission) for submission in listing.submissions}
    assert {row for row in rows if not row.origins & added} == rows_of(platform)
    in_rows = frozenset[str]().union(*(row.origins for row in rows))
    for entry in top.children():
        if entry.origin in added - in_rows:
            is_told = any(entry.origin in notice for notice in listing.notices)
            assert is_told or is_metadata(entry), entry.origin


class Row(NamedTuple):
    """A hand-in: whose it is, and the paths of what it is made of."""

    ids: tuple[str, ...]
    origins: frozenset[str]
    is_late: bool | None
    is_stray: bool


@cache
def download_of(platform: str) -> Download:
    return lay_out(CLASS, platform)


@cache
def rows_of(platform: str) -> set[Row]:
    _, listing = list_zip(download_of(platform).files)
    return {row_of(submission) for submission in listing.submissions}


def list_zip(files: Mapping[str, bytes]) -> tuple[ArchiveMember, ClassListing]:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "class.zip"
        source.write_bytes(make_zip(files))
        return open_class_zip(source), list_class(source, ASKED, AS_IT_LIES, None)


def row_of(submission: RawSubmission) -> Row:
    origins = [submission.origin]
    if isinstance(submission.entry, Bundle):
        origins = [each.origin for each in submission.entry.entries]
    ids = tuple(person.id for person in submission.people)
    return Row(ids, frozenset(origins), submission.late, submission.is_stray)
