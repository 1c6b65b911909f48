"""The cache: what was written is read, or nothing is, and it does not grow without end."""

from pathlib import Path

import pytest

from grader.files import cache


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "numerical-grader"


def test_what_was_written_is_read(place: Path) -> None:
    assert cache.read("name") is None
    cache.write("name", b"content")
    assert cache.read("name") == b"content"
    assert [path.name for path in place.iterdir()] == ["name"]


@pytest.mark.parametrize("damage", [b"", b"short", bytes(40)])
def test_a_damaged_file_is_as_good_as_none(place: Path, damage: bytes) -> None:
    cache.write("name", b"content")
    place.joinpath("name").write_bytes(damage)
    assert cache.read("name") is None
    cache.write("name", b"again")
    assert cache.read("name") == b"again"


def test_the_oldest_go(place: Path) -> None:
    for number in range(cache.MOST_FILES + 10):
        cache.write(f"name-{number}", b"content")
    assert len(list(place.iterdir())) == cache.MOST_FILES
    assert cache.read(f"name-{cache.MOST_FILES + 9}") == b"content"


@pytest.mark.parametrize("home", ["/proc/none", "relative", "/dev/null"])
def test_where_nothing_can_be_kept_nothing_fails(
    monkeypatch: pytest.MonkeyPatch, home: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", home)
    cache.write("name", b"content")
    assert cache.read("name") is None
