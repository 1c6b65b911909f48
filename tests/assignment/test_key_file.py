"""An answer key as bytes. Those of earlier formats: see test_former_keys.py."""

import hashlib
import shutil
import sqlite3
from contextlib import suppress
from pathlib import Path
from random import Random

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.lib.stride_tricks import sliding_window_view

from grader.assignment.key_file import decode_key, encode_key
from grader.model import AnswerKey
from tests.support.grading import make_key
from tests.support.keys import arrays_of, words_of
from tests.support.paths import PROJECT

GOLD = PROJECT / "tests/gold/gradebooks"


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
    assert words_of(read) == words_of(key)
    assert all(name == case.name for name, case in read.cases.items())


def test_shared_memory_is_stored_once(key: AnswerKey) -> None:
    """Timed inputs are windows on a few arrays: one by one, X alone has 54 MB."""
    assert sum(array.nbytes for array in arrays_of(key).values()) > 50e6
    assert len(encode_key(key)) < 3e6


def test_windows_that_overlap_are_stored_once(key: AnswerKey) -> None:
    windows = sliding_window_view(np.arange(2000.0), 1000)
    larger = replace(key, directions={"small": {"dW": windows}})
    encoded = encode_key(larger)
    assert len(encoded) < len(encode_key(key)) + 20_000
    np.testing.assert_array_equal(decode_key(encoded).directions["small"]["dW"], windows)


def test_the_hash_is_of_the_whole_file(key: AnswerKey) -> None:
    encoded = encode_key(key)
    assert decode_key(encoded).sha256 == hashlib.sha256(encoded).hexdigest()


def test_something_else_is_no_key() -> None:
    with pytest.raises(ValueError, match="not an answer key"):
        decode_key(b"GRADKEY0" + bytes(100))


@pytest.mark.parametrize("form", ["1-run", "2-run", "4-run"])
def test_a_damaged_key_raises_nothing_but_a_value_error(form: str, tmp_path: Path) -> None:
    """Cut off, and with some bytes of its header changed."""
    shutil.copy(GOLD / form / "gradebook.sqlite", tmp_path)
    connection = sqlite3.connect(tmp_path / "gradebook.sqlite")
    ((whole,),) = connection.execute("SELECT key FROM answer_keys")
    connection.close()
    decode_key(whole)
    random = Random(form)
    header = 16 + int.from_bytes(whole[8:16], "little")
    for size in (0, 1, 15, 16, 17, header - 1, header, len(whole) - 1):
        with pytest.raises(ValueError, match="key"):
            decode_key(whole[:size])
    for _ in range(200):
        damaged = bytearray(whole)
        for _ in range(3):
            damaged[random.randrange(header)] ^= 1 << random.randrange(8)
        with suppress(ValueError):
            decode_key(bytes(damaged))


def test_numbers_are_never_taken_for_addresses(key: AnswerKey) -> None:
    """An array of objects would be one of whatever lies at these addresses."""
    encoded = encode_key(key)
    assert b"\xa3<f8" in encoded
    with pytest.raises(ValueError, match="an array of"):
        decode_key(encoded.replace(b"\xa3<f8", b"\xa3|O8", 1))
