"""A file is written as a whole or not at all, and what it is stays the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.files.atomic import write_atomically


def test_a_link_stays_one_and_its_file_is_written(tmp_path: Path) -> None:
    file, link = tmp_path / "elsewhere" / "file.html", tmp_path / "link.html"
    file.parent.mkdir()
    file.write_text("before")
    link.symlink_to(file)
    write_atomically(link, [b"after"])
    assert link.is_symlink()
    assert file.read_text() == "after"
    assert sorted(tmp_path.rglob("*")) == sorted([file.parent, file, link])


def test_a_link_to_nothing_yet_makes_its_file(tmp_path: Path) -> None:
    file, link = tmp_path / "file.html", tmp_path / "link.html"
    link.symlink_to(file)
    write_atomically(link, [b"after"])
    assert link.is_symlink()
    assert file.read_text() == "after"


def test_below_a_linked_folder_the_file_is_where_it_should_be(tmp_path: Path) -> None:
    folder, link = tmp_path / "folder", tmp_path / "link"
    folder.mkdir()
    link.symlink_to(folder)
    write_atomically(link / "file.html", [b"one, ", b"two"])
    assert folder.joinpath("file.html").read_text() == "one, two"


def test_what_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "file.html"
    file.write_text("before")
    file.chmod(0o640)

    def fail_halfway() -> Iterator[bytes]:
        yield b"half"
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_atomically(file, fail_halfway())
    assert file.read_text() == "before"
    write_atomically(file, [b"after"])
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("after", 0o640)
    assert list(tmp_path.iterdir()) == [file]
