"""Sentences are kept parsed in the cache: never others than those of the file."""

import tomllib
from pathlib import Path

import pytest

from grader.files import cache
from grader.messages import LANGUAGES, load_words


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache folder of this test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "numerical-grader"


def refuse(text: str) -> None:
    raise AssertionError("parsed again")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_second_time_nothing_is_parsed(
    folder: Path, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = load_words(language, {})
    monkeypatch.setattr(tomllib, "loads", refuse)
    assert load_words(language, {}) == words
    assert len(list(folder.iterdir())) == 1


def test_a_damaged_file_is_parsed_again(folder: Path) -> None:
    words = load_words("en", {})
    (file,) = folder.iterdir()
    good = file.read_bytes()
    file.write_bytes(good[:-10])
    assert load_words("en", {}) == words
    assert file.read_bytes() == good


def test_each_text_has_a_name_of_its_own(folder: Path) -> None:
    """What was kept of another release, or of another language, is not used."""
    cache.write(f"words-{'0' * 64}.msgpack", b"\x80")
    assert load_words("en", {})["messages"] != load_words("es", {})["messages"]
    assert len(list(folder.iterdir())) == 3


def test_without_a_cache_folder_it_works_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    words = load_words("en", {})
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nowhere")
    assert load_words("en", {}) == words
