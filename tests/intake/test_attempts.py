"""The order of attempts, with and without a manifest."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from grader.intake import InvalidTable, read_all
from tests.support.submission_files import (
    ASKED,
    SOURCE,
    Summary,
    make_member,
    make_zip,
    summarize,
    write_files,
    write_manifest,
)


@pytest.mark.parametrize("later", ["alice.py", "alice/softmax.py"])
def test_same_id_twice_is_two_attempts_ordered_by_file_time(tmp_path: Path, later: str) -> None:
    files = {"alice.py": b"file", "alice/softmax.py": b"folder", "bob.py": SOURCE}
    write_files(tmp_path, files)
    for name in files:
        os.utime(tmp_path / name, (0, 2000 if name == later else 1000))
    first = next(name for name in files if name != later)
    bob = Summary("bob", 1, SOURCE, "bob.py")
    assert summarize(tmp_path) == [
        Summary("alice", 1, files[first], first),
        Summary("alice", 2, files[later], later),
        bob,
    ]


def test_a_file_of_another_kind_is_not_counted_as_an_attempt(tmp_path: Path) -> None:
    """A newer text file does not replace the submission. It gets a row of its own."""
    write_files(tmp_path, {"alice.py": SOURCE, "alice.txt": b""})
    os.utime(tmp_path / "alice.py", (0, 1000))
    assert summarize(tmp_path) == [
        Summary("alice", 1, SOURCE, "alice.py"),
        Summary("alice", 1, "unread_kind", "alice.txt"),
    ]


def test_an_unreadable_attempt_still_counts_as_one(tmp_path: Path) -> None:
    write_files(tmp_path, {"alice.py": SOURCE, "alice.zip": b"damaged"})
    os.utime(tmp_path / "alice.py", (0, 1000))
    assert summarize(tmp_path) == [
        Summary("alice", 1, SOURCE, "alice.py"),
        Summary("alice", 2, "unread_zip_damaged", "alice.zip"),
    ]


def test_own_attempt_numbers_decide_the_order(tmp_path: Path) -> None:
    """They win over times. The attempts of a group are not those of its members."""
    table = (
        "id,path,attempt,submitted_at\n"
        "alice,a.py,10,2026-01-01\nalice,b.py,9,2026-01-02\n"
        "bob,c.py,1,\n"
        "bob,d.py,2,\nalice,d.py,2,\n"
        "bob,e.py,1,\nalice,e.py,1,\n"
    )
    write_manifest(tmp_path, table, a=b"A", b=b"B", c=b"C", d=b"D", e=b"E")
    found = [(row.ids, row.attempt, row.content) for row in summarize(tmp_path)]
    assert found == [
        ("alice", 9, b"B"),
        ("alice", 10, b"A"),
        ("alice+bob", 1, b"E"),
        ("alice+bob", 2, b"D"),
        ("bob", 1, b"C"),
    ]


def write_attempts(
    tmp_path: Path, numbers: Sequence[str], times: Sequence[str] | None, more: str = ""
) -> None:
    """Write three attempts of alice. The file a.py is the latest on the disk, c.py the first."""
    table = "id,path,attempt,submitted_at\n"
    if times is None:
        table = "id,path,attempt,other\n"
        times = ("", "", "")
    for name, number, time in zip("abc", numbers, times, strict=True):
        table += f"alice,{name}.py,{number},{time}\n"
    write_manifest(tmp_path, table + more, a=b"A", b=b"B", c=b"C")
    for seconds, path in enumerate(("c.py", "b.py", "a.py")):
        os.utime(tmp_path / path, (0, seconds))


def order_refusal(source: Path) -> str:
    with pytest.raises(InvalidTable) as refused:
        read_all(source, ASKED)
    start, _, description = str(refused.value).partition(": ")
    assert start == str(source / "manifest.csv")
    return description


TIMES = ("2026-03-01", "2026-01-01T00:00:00-07:00", "2026-02-01")


@pytest.mark.parametrize(
    "numbers", [("", "", ""), ("1", "", "2"), ("1", "1", "1"), ("x", "0", "-1")]
)
def test_without_own_numbers_the_manifests_times_decide(
    tmp_path: Path, numbers: tuple[str, str, str]
) -> None:
    """They win over the times of the files."""
    write_attempts(tmp_path, numbers, TIMES)
    assert [(row.attempt, row.content) for row in summarize(tmp_path)] == [
        (1, b"B"),
        (2, b"C"),
        (3, b"A"),
    ]


@pytest.mark.parametrize("times", [("", "", ""), ("", " ", "\u00a0"), None])
def test_without_times_in_the_manifest_the_files_times_decide(
    tmp_path: Path, times: tuple[str, str, str] | None
) -> None:
    """What the manifest says about the attempts of other people does not matter."""
    write_attempts(tmp_path, ("", "", ""), times, "bob,d.py,,yesterday\n" if times else "")
    assert [(row.attempt, row.content) for row in summarize(tmp_path) if row.ids == "alice"] == [
        (1, b"C"),
        (2, b"B"),
        (3, b"A"),
    ]


@pytest.mark.parametrize(
    "times",
    [
        ("24/11/2026 18:00", "24/11/2026 17:00", "24/11/2026 16:00"),
        ("2026-03-01", "2026-01-01", "nobody knows"),
        ("2026-03-01", "2026-01-01", ""),
        ("yesterday", "", ""),
        ("2026-03-01T12:00:00.1Z", "2026-03-01T12:00:00.9Z", "2026-01-01"),
        ("2026-03-01T12:00+02:00", "2026-03-01T10:00", "2026-01-01"),
    ],
)
def test_the_order_of_attempts_is_never_a_guess(
    tmp_path: Path, times: tuple[str, str, str]
) -> None:
    """Equal, missing or unparsable times decide nothing, unless each attempt has a number.

    The time of a file may be that of a download, so it does not replace a missing one.
    """
    write_attempts(tmp_path, ("1", "1", ""), times)
    assert order_refusal(tmp_path) == (
        "there are several attempts, and it is not clear which is the last: "
        "alice (a.py, b.py, c.py). Write attempt numbers 1, 2, … on each of their lines, or a "
        "different submitted_at on each, such as 2026-11-24T17:00."
    )
    write_attempts(tmp_path, ("3", "1", "2"), times)
    assert [row.content for row in summarize(tmp_path)] == [b"B", b"C", b"A"]


def test_files_with_equal_times_have_no_order(tmp_path: Path) -> None:
    """As in an unpacked download, where all are of the same second, or if a file is not there."""
    table = b"id,path\nalice,a.py\nalice,b.py\n"
    write_files(tmp_path / "class", {"manifest.csv": table, "a.py": SOURCE, "b.py": SOURCE})
    (tmp_path / "class.zip").write_bytes(
        make_zip(
            [("manifest.csv", table), (make_member("a.py"), SOURCE), (make_member("b.py"), SOURCE)]
        )
    )
    for name, nanoseconds in (("a.py", 10**9), ("b.py", 19 * 10**8)):
        os.utime(tmp_path / "class" / name, ns=(0, nanoseconds))
    for source in ("class", "class.zip"):
        assert "which is the last: alice (a.py, b.py)." in order_refusal(tmp_path / source)
    (tmp_path / "class/b.py").unlink()
    assert "which is the last: alice (a.py, b.py)." in order_refusal(tmp_path / "class")


def test_members_of_a_zip_are_ordered_by_their_times(tmp_path: Path) -> None:
    table = b"id,path\nalice,a.py\nalice,b.py\n"
    early = make_member("b.py", date=(2026, 4, 26, 17, 33, 58))
    (tmp_path / "class.zip").write_bytes(
        make_zip([("manifest.csv", table), (make_member("a.py"), b"A"), (early, b"B")])
    )
    assert [row.content for row in summarize(tmp_path / "class.zip")] == [b"B", b"A"]


def test_the_error_names_everybody_whose_order_is_open(tmp_path: Path) -> None:
    """As far as a sentence goes: the first five, and five paths of each."""
    pairs = [
        ("alice", 2),
        ("bob", 2),
        ("carla", 7),
        ("dora", 2),
        ("emil", 2),
        ("fay", 2),
        ("gus", 2),
    ]
    lines = [f"{id},{id}{number}.py,?\n" for id, count in pairs for number in range(count)]
    group = "alice,g1.py,?\nbob,g1.py,?\nalice,g2.py,?\nbob,g2.py,?\n"
    description = order_refusal(
        write_manifest(tmp_path, "id,path,submitted_at\n" + group + "".join(lines))
    )
    assert (
        "which is the last: alice (alice0.py, alice1.py); alice and bob (g1.py, g2.py); "
        "bob (bob0.py, bob1.py); "
        "carla (carla0.py, carla1.py, carla2.py, carla3.py, carla4.py and 2 more); "
        "dora (dora0.py, dora1.py) and 3 more. Write"
    ) in description


def test_one_file_may_be_two_attempts(tmp_path: Path) -> None:
    write_manifest(tmp_path, "id,path,attempt\nalice,a.py,1\nalice,a.py,2\n", a=SOURCE)
    assert [row.attempt for row in summarize(tmp_path)] == [1, 2]
