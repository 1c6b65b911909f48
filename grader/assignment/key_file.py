"""An answer key as bytes: a header in MessagePack, then the numbers, raw. Arrays that share memory are stored once."""

import hashlib
import struct
from typing import Any

import msgspec
import numpy as np
from msgspec.structs import replace

from grader.model import AnswerKey, Array

PREFIX = struct.Struct("<8sQ")  # a mark, and the length of the header
MARK = b"GRADKEY1"


def encode_key(key: AnswerKey) -> bytes:
    blobs: list[bytes] = []
    placed: dict[
        int, tuple[int, Array]
    ] = {}  # id of an array that owns its memory -> where it was put, and itself (to keep its id)

    def place(array: Any) -> tuple[str, int, tuple[int, ...], tuple[int, ...]]:
        array, owner = with_owner(array)
        if id(owner) not in placed:
            placed[id(owner)] = sum(map(len, blobs)), owner
            blobs.append(owner.tobytes())
        start = placed[id(owner)][0] + address(array) - address(owner)
        return array.dtype.str, start, array.shape, array.strides

    header = msgspec.msgpack.encode(key, enc_hook=place)
    return b"".join((PREFIX.pack(MARK, len(header)), header, *blobs))


def decode_key(data: bytes) -> AnswerKey:
    """The arrays are views of `data`, and read-only as that is."""
    mark, length = PREFIX.unpack_from(data)
    if mark != MARK:
        raise ValueError("not an answer key")
    numbers = memoryview(data)[PREFIX.size + length :]

    def view(kind: type, place: Any) -> Array:
        dtype, start, shape, strides = place
        return np.ndarray(shape, dtype, numbers, start, strides)

    key = msgspec.msgpack.decode(
        data[PREFIX.size : PREFIX.size + length], type=AnswerKey, dec_hook=view
    )
    return replace(key, sha256=hashlib.sha256(data).hexdigest())


def with_owner(array: Array) -> tuple[Array, Array]:
    """The array, and the one whose memory it shows. Where that is not one run of memory in C order: a copy that is, twice."""
    owner = array
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    if owner.flags.c_contiguous and owner.dtype == array.dtype:
        return array, owner
    copy = np.ascontiguousarray(array)
    return copy, copy


def address(array: Array) -> int:
    return int(array.__array_interface__["data"][0])
