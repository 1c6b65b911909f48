"""An answer key as bytes. Those of earlier formats: see test_former_keys.py."""

import hashlib

import numpy as np
import pytest

from grader.assignment.key_file import decode_key, encode_key
from grader.model import AnswerKey
from tests.support.grading import make_key
from tests.support.keys import arrays_of, words_of


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
    """The 36 timed inputs are windows on two arrays: 4.6 MB one by one."""
    assert sum(array.nbytes for array in arrays_of(key).values()) > 4e6
    assert len(encode_key(key)) < 1.5e6


def test_the_hash_is_of_the_whole_file(key: AnswerKey) -> None:
    encoded = encode_key(key)
    assert decode_key(encoded).sha256 == hashlib.sha256(encoded).hexdigest()


def test_something_else_is_no_key() -> None:
    with pytest.raises(ValueError, match="not an answer key"):
        decode_key(b"GRADKEY0" + bytes(100))
