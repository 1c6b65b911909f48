"""An answer key as bytes: a header in MessagePack, then the raw numbers.

Arrays that share memory are stored once. Keys are kept in the cache and in the gradebook of each
run, where those stored by older versions must stay readable.
"""

import hashlib
import re
import struct
from typing import Any

import msgspec
import numpy as np
from msgspec.structs import replace

from grader.model import AnswerKey, Array

_PREFIX = struct.Struct("<8sQ")  # a mark, and the length of the header in bytes
_MARK = b"GRADKEY3"
_FORMER_MARKS = (b"GRADKEY1", b"GRADKEY2")  # see former_keys.py
_DTYPE = re.compile("[<>|][biuf][1248]")  # numbers: of objects, numpy would read addresses here
# What bytes that are no key lead to in the code that takes them apart.
_DAMAGE = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, struct.error)


def encode_key(key: AnswerKey) -> bytes:
    """Write a key, for decode_key to read."""
    blobs: list[bytes] = []
    # id of an array that owns its memory -> where that starts, and the array, which must not be
    # freed, or another could get its id.
    placed: dict[int, tuple[int, Array]] = {}

    def place(array: Any) -> tuple[str, int, tuple[int, ...], tuple[int, ...]]:
        array, owner = _with_owner(array)
        if id(owner) not in placed:
            placed[id(owner)] = sum(map(len, blobs)), owner
            blobs.append(owner.tobytes())
        start = placed[id(owner)][0] + _address(array) - _address(owner)
        return array.dtype.str, start, array.shape, array.strides

    header = msgspec.msgpack.encode(key, enc_hook=place)
    return b"".join((_PREFIX.pack(_MARK, len(header)), header, *blobs))


def decode_key(data: bytes) -> AnswerKey:
    """Read a key. Its arrays are read-only views of `data`.

    sha256 is the hash of `data`, in whatever form the key was stored. Raises ValueError, and no
    other exception, if they are damaged.
    """
    try:
        key = _decode(data)
    except _DAMAGE as error:
        raise ValueError(f"a damaged answer key: {error!r}") from None
    return replace(key, sha256=hashlib.sha256(data).hexdigest())


def is_former(data: bytes) -> bool:
    """Is this key in the format of an earlier grader?"""
    return data.startswith(_FORMER_MARKS)


def _decode(data: bytes) -> AnswerKey:
    mark, length = _PREFIX.unpack_from(data)
    header = data[_PREFIX.size : _PREFIX.size + length]
    numbers = memoryview(data)[_PREFIX.size + length :]

    def view(place: Any) -> Array:
        dtype, start, shape, strides = place
        if not _DTYPE.fullmatch(dtype):
            raise ValueError(f"an array of {dtype}")
        return np.ndarray(shape, dtype, numbers, start, strides)

    if mark == _MARK:
        return msgspec.msgpack.decode(header, type=AnswerKey, dec_hook=lambda _, place: view(place))
    if mark in _FORMER_MARKS:
        from grader.assignment.former_keys import convert_key  # most keys are of today

        return convert_key(msgspec.msgpack.decode(header), view)
    raise ValueError("not an answer key")


def _with_owner(array: Array) -> tuple[Array, Array]:
    """Return the array, and the one that owns its memory.

    If that memory is not contiguous in C order, both are a copy that is.
    """
    owner = array
    base: Any = array.base
    while base is not None:  # numpy.lib.stride_tricks puts an object between two arrays
        if isinstance(base, np.ndarray):
            owner = base
        base = getattr(base, "base", None)
    if owner.flags.c_contiguous and owner.dtype == array.dtype:
        return array, owner
    copy = np.ascontiguousarray(array)
    return copy, copy


def _address(array: Array) -> int:
    return int(array.__array_interface__["data"][0])
