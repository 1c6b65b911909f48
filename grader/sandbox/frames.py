"""The frames that the host sends to a child, and what it makes of the replies.

See grader/sandbox/inside/wire.py. A child is not trusted: a reply that is not of the form that the
request allows is refused before it is used.
"""

import math
import struct
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from grader.model import Array, Case, Function, Shapes, Source
from grader.sandbox.calls import lines_to_run, names_to_find
from grader.sandbox.channel import Buffer
from grader.sandbox.inside import wire

MAX_CASES = 256  # whose numbers are cached as bytes
Shape = tuple[int, ...]


class GarbledReply(Exception):
    """The bytes are no reply to the request."""


class Variation(NamedTuple):
    """One input of a case takes several values, and one output comes back."""

    input: str
    values: Array  # (calls, *shape of the input)
    output: str


class Question(NamedTuple):
    """A request, and what its replies may hold."""

    mode: int  # one of wire's
    cases: Sequence[tuple[Case, Shapes]]
    sizes: tuple[tuple[int, ...], ...]  # for each reply: the bytes of each of its parts
    calls: int = 1  # in each case
    variation: Variation | None = None

    def output_of(self, function: Function) -> tuple[str, Shape] | None:
        """Return name and shape of the output that an error of the whole call may be about."""
        if self.mode == wire.CALL or not function.outputs:
            return None
        output = self.variation.output if self.variation else function.outputs[0]
        return output, self.cases[0][1][output]


class Reply(NamedTuple):
    """A reply that has the right form."""

    flags: int
    opcodes: int
    # With CALL the bytes of each output, or its error text; otherwise the only payload.
    parts: list[memoryview]
    has_error: tuple[bool, ...]  # for each part
    seconds: float = 0.0  # CPU time from the request, or the reply before, to the whole reply


def load_frames(source: Source) -> list[Buffer]:
    """Return the frames that have a child load the source."""
    files = [source.file.encode(), source.text]
    for each in source.more:
        files += [each.file.encode(), each.text]
    calls = []
    for function in source.functions:
        calls += [lines_to_run(function), *map(_joined, (function.inputs, function.outputs))]
    names = "\n".join(names_to_find(source.functions)).encode()
    block = wire.pack_texts([wire.pack_texts(files), wire.pack_texts(calls), names])
    return [wire.LOAD.pack(len(block)), block]


def request_frames(
    source: Source, function: Function, question: Question, nonce: int
) -> list[Buffer]:
    """Return the frames of a request. nonce: of its first case."""
    heads: list[bytes] = []
    data: list[Buffer] = []
    for case, shapes in question.cases:
        inputs = _inputs_of(case, function.inputs)
        lengths, layout = _output_layout(tuple(shapes[output] for output in function.outputs))
        size = len(inputs.counts) + len(layout) + len(inputs.lengths) + len(lengths)
        heads += [wire.CASE.pack(wire.FORMS.index(case.form), size)]
        heads += [inputs.counts, layout, inputs.lengths, lengths]
        data.append(inputs.data)
    places = 0, 0
    variation = question.variation
    if variation is not None:
        places = function.inputs.index(variation.input), function.outputs.index(variation.output)
        case = question.cases[0][0]
        dtype = _dtype_of(case, variation.input)
        data.append(np.asarray(variation.values, dtype).tobytes())
    request = wire.Request(
        nonce=nonce,
        function=source.functions.index(function),
        mode=question.mode,
        cases=len(question.cases),
        calls=question.calls,
        input=places[0],
        output=places[1],
        head_size=sum(map(len, heads)),
        data_size=sum(map(len, data)),
    )
    return [wire.REQUEST.pack(*request), *heads, *data]


def largest_payload(mode: int, sizes: tuple[int, ...]) -> int:
    """Return the bytes of the payload of a reply in which everything is fine."""
    return sum(sizes) + (wire.OUTPUT.size * len(sizes) if mode == wire.CALL else 0)


def reply_head(
    data: bytes | bytearray, mode: int, sizes: tuple[int, ...], nonce: int
) -> wire.ReplyHead:
    """Return the head of a reply. Raises GarbledReply if it cannot be one to this request."""
    head = wire.ReplyHead._make(wire.REPLY.unpack_from(data))
    fine = largest_payload(mode, sizes)
    if head.status == wire.ERROR:
        least, most = 0, wire.MAX_ERROR_TEXT
    elif head.status == wire.OK and mode == wire.CALL:
        least = wire.OUTPUT.size * len(sizes)
        most = least + sum(max(size, wire.MAX_ERROR_TEXT) for size in sizes)
    elif head.status == wire.OK:
        least = most = fine
    else:
        raise GarbledReply
    if head.nonce != nonce or not least <= head.size <= most:
        raise GarbledReply
    return head


def reply_of(head: wire.ReplyHead, payload: memoryview, mode: int, sizes: tuple[int, ...]) -> Reply:
    """Take the payload of a reply with the status OK apart. Raises GarbledReply."""
    if mode != wire.CALL:
        return Reply(head.flags, head.opcodes, [payload], (False,))
    parts = []
    statuses = []
    start = wire.OUTPUT.size * len(sizes)
    for index, expected in enumerate(sizes):
        status, size = wire.OUTPUT.unpack_from(payload, wire.OUTPUT.size * index)
        fits = {wire.OK: size == expected, wire.ERROR: size <= wire.MAX_ERROR_TEXT}
        if not fits.get(status, False):
            raise GarbledReply
        parts.append(payload[start : start + size])
        statuses.append(status == wire.ERROR)
        start += size
    if start != len(payload):
        raise GarbledReply
    return Reply(head.flags, head.opcodes, parts, tuple(statuses))


def size_of(shape: Shape) -> int:
    """Return the bytes of an output of this shape."""
    return 8 * math.prod(shape)


class _Inputs(NamedTuple):
    """The inputs of a case as they go over the wire."""

    counts: bytes  # kind and number of axes of each
    lengths: bytes  # of all axes
    data: bytes


@lru_cache(maxsize=MAX_CASES)
def _inputs_of(case: Case, names: tuple[str, ...]) -> _Inputs:
    """Cached, because a key's cases are the same for every submission."""
    arrays = [np.asarray(case.inputs[name], _dtype_of(case, name)) for name in names]
    counts = bytes(array.ndim + wire.INTEGERS * (array.dtype.kind == "i") for array in arrays)
    lengths = [length for array in arrays for length in array.shape]
    numbers = [array.tobytes() for array in arrays if array.ndim == 0]
    others = [array.tobytes() for array in arrays if array.ndim > 0]
    return _Inputs(counts, struct.pack(f"<{len(lengths)}I", *lengths), b"".join(numbers + others))


@lru_cache(maxsize=MAX_CASES)
def _output_layout(shapes: tuple[Shape, ...]) -> tuple[bytes, bytes]:
    """Return the lengths of all axes, and the number of axes of each output."""
    lengths = [length for shape in shapes for length in shape]
    return struct.pack(f"<{len(lengths)}I", *lengths), bytes(map(len, shapes))


def _dtype_of(case: Case, name: str) -> str:
    """Return the dtype of an input: the form "integer" makes whole numbers of all float arrays."""
    array = case.inputs[name]
    is_integer = array.dtype.kind == "i" or (case.form == "integer" and array.ndim > 0)
    return "<i8" if is_integer else "<f8"


def _joined(names: tuple[str, ...]) -> bytes:
    return " ".join(names).encode()
