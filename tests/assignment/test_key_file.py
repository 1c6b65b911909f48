"""An answer key as bytes: today's form, and the forms that lie in old gradebooks."""

import hashlib
import sqlite3
from contextlib import closing

import msgspec
import numpy as np
import pytest

from grader.assignment.key_file import decode_key, encode_key
from grader.checks import settings_for
from grader.checks.faster import FasterSettings
from grader.model import AnswerKey
from tests.support.grading import GradeFile, make_key
from tests.support.keys import arrays_of, numbers_of, words_of
from tests.support.paths import PROJECT

GRADEBOOK = PROJECT / "tests/gold/gradebooks/1-run/gradebook.sqlite"


@pytest.mark.parametrize("layout", ["CxD", "DxC"])
def test_a_key_survives_its_file(layout: str) -> None:
    key = make_key(f"layout={layout}")
    read = decode_key(encode_key(key))
    arrays, back = arrays_of(key), arrays_of(read)
    assert arrays.keys() == back.keys()
    for name in arrays:
        np.testing.assert_array_equal(back[name], arrays[name], err_msg=name)
        assert back[name].dtype == arrays[name].dtype, name
        assert not back[name].flags.writeable, name
    assert numbers_of(read) == numbers_of(key)
    assert words_of(read) == words_of(key)
    assert all(name == case.name for name, case in read.cases.items())


def test_shared_memory_is_stored_once(key: AnswerKey) -> None:
    """The 36 timed inputs are windows on two arrays: 4.6 MB one by one."""
    assert sum(array.nbytes for array in arrays_of(key).values()) > 4e6
    assert len(encode_key(key)) < 1.5e6


def test_the_hash_is_of_the_whole_file(key: AnswerKey) -> None:
    encoded = encode_key(key)
    assert decode_key(encoded).sha256 == hashlib.sha256(encoded).hexdigest()


def test_something_else_is_no_key() -> None:
    with pytest.raises(ValueError, match="not an answer key"):
        decode_key(b"GRADKEY0" + bytes(100))


# --- the first form: GRADKEY1, in which the baseline is called yardstick ---


@pytest.fixture(scope="module")
def stored() -> tuple[str, bytes]:
    """The hash and the bytes of a key that an old gradebook holds."""
    with closing(sqlite3.connect(f"file:{GRADEBOOK}?mode=ro&immutable=1", uri=True)) as database:
        ((sha256, data),) = database.execute("SELECT sha256, key FROM answer_keys")
    return sha256, data


def test_a_key_of_an_old_gradebook_is_read(stored: tuple[str, bytes]) -> None:
    sha256, data = stored
    assert data.startswith(b"GRADKEY1")
    key = decode_key(data)
    assert key.sha256 == sha256 == hashlib.sha256(data).hexdigest()
    assert (key.baseline.source.file, key.baseline.function) == ("yardstick.py", "work_CxD")
    today = make_key(seed=int(key.seed or 0))
    assert numbers_of(key) == numbers_of(today)
    for name, array in arrays_of(today).items():
        np.testing.assert_array_equal(arrays_of(key)[name], array, err_msg=name)


def test_a_key_of_an_old_gradebook_grades_the_reference_to_full_marks(
    stored: tuple[str, bytes], grade_file: GradeFile
) -> None:
    _, data = stored
    verdict = grade_file(PROJECT / "reference/softmax/softmax.py", decode_key(data))
    assert (verdict.score, verdict.possible) == (100, 100)


def test_settings_of_the_first_form_get_their_names_of_today() -> None:
    today = encode_key(make_key('questions."vectorized.faster".baseline_limit=7.0'))
    old = as_first_form(today)
    assert b"baseline_limit" not in old
    (question,) = (each for each in decode_key(old).questions if each.id == "vectorized.faster")
    settings = settings_for(question)
    assert isinstance(settings, FasterSettings)
    assert settings.baseline_limit == 7.0
    assert words_of(decode_key(old)) == words_of(decode_key(today))


def as_first_form(data: bytes) -> bytes:
    """A key as the first version wrote it."""
    length = int.from_bytes(data[8:16], "little")
    values = msgspec.msgpack.decode(data[16 : 16 + length])
    values["yardstick"] = values.pop("baseline")
    for question in values["questions"]:
        if "baseline_limit" in question["settings"]:
            question["settings"]["yardstick_limit"] = question["settings"].pop("baseline_limit")
    header = msgspec.msgpack.encode(values)
    return b"GRADKEY1" + len(header).to_bytes(8, "little") + header + data[16 + length :]
