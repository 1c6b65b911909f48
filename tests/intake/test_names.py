"""Names of files and people: kept as they are, whatever is in them."""

import os
import unicodedata
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.intake.names import IDENTITY_CAP, to_identity
from grader.model import Submission
from tests.support.submission_files import (
    SOURCE,
    Summary,
    contents_by_id,
    make_zip,
    read_class,
    summarize,
    write_files,
)

NASTY = [
    "--help",
    "-rf",
    "a\nb",
    "CON",
    "; rm -rf ~",
    "$(reboot)",
    "=HYPERLINK(1)",
    "<img src=x>",
    "a b",
    "\x1b[2J",
    "\u202efdp",
    "%s{0}",
    "a.b",
    "..a",
]


@pytest.mark.parametrize("name", [name for name in NASTY if not name.startswith(".")])
def test_a_name_is_kept_as_it_is(tmp_path: Path, name: str) -> None:
    write_files(tmp_path, {f"class/{name}.py": SOURCE, f"folders/{name}/softmax.py": SOURCE})
    assert summarize(tmp_path / "class") == [Summary(name, 1, SOURCE, f"{name}.py")]
    assert summarize(tmp_path / "folders") == [Summary(name, 1, SOURCE, f"{name}/softmax.py")]


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    """They become text, different from each other and from a name spelled like the result."""
    for name in (b"\xff.py", b"\xfe.py", b"\\xff.py"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(SOURCE)
    found = read_class(tmp_path)
    assert all(isinstance(each, Submission) for each in found)
    assert msgspec.json.encode(found)
    assert len({each.people[0].id for each in found}) == 3
    assert {each.people[0].id[:4] for each in found} == {"\\xff", "\\xfe"}
    assert [each.origin for each in found].count("\\xff.py") == 2


def test_similar_ids_are_different_people(tmp_path: Path) -> None:
    names = ["jose", "Jose", "jos\xe9", unicodedata.normalize("NFD", "jos\xe9")]
    files = {f"{name}.py": name.encode() for name in names}
    write_files(
        tmp_path,
        {f"class/{name}": content for name, content in files.items()}
        | {"class.zip": make_zip(files)},
    )
    expected = {name: name.encode() for name in names}
    assert contents_by_id(tmp_path / "class") == expected
    assert contents_by_id(tmp_path / "class.zip") == expected


NAMES = st.text(
    st.characters(codec=None, exclude_characters="\0/", exclude_categories=[]),
    min_size=1,
    max_size=300,
) | st.binary(min_size=1, max_size=300).map(os.fsdecode)


@given(NAMES, NAMES)
@settings(max_examples=200, deadline=None)
def test_an_identity_is_short_text_and_unique(one: str, other: str) -> None:
    try:
        os.fsencode(one + other)
    except UnicodeEncodeError:  # half of a pair of code units: no Unix has such a name
        return
    for name in (one, other):
        assert len(to_identity(name)) <= IDENTITY_CAP
        to_identity(name).encode()
    assert (to_identity(one) == to_identity(other)) == (one == other)


def test_long_names_stay_different(tmp_path: Path) -> None:
    one, other = "a" * 240 + "1", "a" * 240 + "2"
    write_files(tmp_path, {f"{one}.py": b"1", f"{other}.py": b"2"})
    assert sorted(contents_by_id(tmp_path).values()) == [b"1", b"2"]
