"""The frames that the host sends to a child, and what it makes of the replies.

See grader/sandbox/inside/wire.py. A child is not trusted: a reply that is not of the form that the
request allows is refused before it is used.
"""

import math
import struct
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from grader.model import Array, Case, Function, Source
from grader.sandbox.calls import lines_to_run, names_to_find
from grader.sandbox.channel import Buffer
from grader.sandbox.inside import wire

MAX_CASES = 256  # whose numbers are cached as bytes
Shape = tuple[int, ...]


class GarbledReply(Exception):
    """The bytes are no reply to the request."""


class ReplyForm(NamedTuple):
    """What the payload of a reply may hold: see wire.REPLY."""

    heads: bytes  # of the outputs if all of them are fine; empty if there is one part only
    sizes: tuple[int, ...]  # of the parts: bytes
    no_errors: tuple[bool, ...]  # for each part
    size: int  # of all that if nothing is wrong
    least: int  # of the payload
    most: int


class CaseFrame(NamedTuple):
    """A case as it goes over the wire."""

    head: bytes
    data: bytes
    shapes: tuple[Shape, ...]  # of the outputs
    form: ReplyForm  # of the reply to a call


class Variation(NamedTuple):
    """One input of a case takes several values, and one output comes back."""

    input: int  # its index
    values: bytes
    calls: int
    output: int


class Question(NamedTuple):
    """A request, and what its replies may hold."""

    mode: int  # one of wire's
    cases: list[CaseFrame]
    forms: list[ReplyForm]  # of the replies
    # The output that an error of a whole call may be about, and its shape.
    output: tuple[str, Shape] | None = None
    variation: Variation | None = None


class Reply(NamedTuple):
    """A reply that has the right form."""

    flags: int
    opcodes: int
    # With CALL the bytes of each output, or its error text; otherwise the only payload.
    parts: list[memoryview]
    errors: tuple[bool, ...]  # for each part: is it an error text
    seconds: float = 0.0  # CPU time from a request of one case to the whole reply


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


def request_frames(index: int, question: Question, nonce: int) -> list[Buffer]:
    """Return the frames of a request. index: of the function. nonce: of the first case."""
    heads = [case.head for case in question.cases]
    data: list[Buffer] = [case.data for case in question.cases]
    calls, places = 1, (0, 0)
    if question.variation is not None:
        calls, places = question.variation.calls, question.variation[::3]
        data.append(question.variation.values)
    sizes = sum(map(len, heads)), sum(map(len, data))
    fields = nonce, index, question.mode, len(heads), calls, *places, *sizes
    return [wire.REQUEST.pack(*fields), *heads, *data]


def reply_head(data: bytes | bytearray, form: ReplyForm, nonce: int) -> wire.ReplyHead:
    """Return the head of a reply. Raises GarbledReply if it cannot be one to this request."""
    head = wire.ReplyHead._make(wire.REPLY.unpack_from(data))
    if head.status == wire.OK:
        fits = form.least <= head.size <= form.most
    else:
        fits = head.status == wire.ERROR and head.size <= wire.MAX_ERROR_TEXT
    if head.nonce != nonce or not fits:
        raise GarbledReply
    return head


def reply_of(
    head: wire.ReplyHead, payload: bytearray, form: ReplyForm, seconds: float = 0.0
) -> Reply:
    """Take the payload of a reply with the status OK apart. Raises GarbledReply."""
    start = len(form.heads)
    if len(payload) == form.size and payload.startswith(form.heads):
        sizes, errors = form.sizes, form.no_errors
    else:
        heads = [*wire.OUTPUT.iter_unpack(payload[:start])]
        for (status, size), expected in zip(heads, form.sizes, strict=True):
            fits = {wire.OK: size == expected, wire.ERROR: size <= wire.MAX_ERROR_TEXT}
            if not fits.get(status, False):
                raise GarbledReply
        sizes = tuple(size for _, size in heads)
        errors = tuple(status == wire.ERROR for status, _ in heads)
        if start + sum(sizes) != len(payload):
            raise GarbledReply
    view, parts = memoryview(payload), []
    for size in sizes:
        parts.append(view[start : start + size])
        start += size
    return Reply(head.flags, head.opcodes, parts, errors, seconds)


def single_part(size: int) -> ReplyForm:
    """Return the form of a reply whose only part has this size."""
    return ReplyForm(b"", (size,), (False,), size, size, size)


def size_of(shape: Shape) -> int:
    """Return the bytes of an output of this shape."""
    return 8 * math.prod(shape)


@lru_cache(maxsize=2 * MAX_CASES)
def case_frame(case: Case, inputs: tuple[str, ...], shapes: tuple[Shape, ...]) -> CaseFrame:
    """Return the frame of a case. inputs: those to send. shapes: of the outputs.

    Cached, because a key's cases are the same for every submission.
    """
    counts, lengths, data = _inputs_of(case, inputs)
    counts += bytes(map(len, shapes))
    for shape in shapes:
        lengths += struct.pack(f"<{len(shape)}I", *shape)
    head = wire.CASE.pack(wire.FORMS.index(case.form), len(counts) + len(lengths))
    sizes = tuple(map(size_of, shapes))
    heads = b"".join(wire.OUTPUT.pack(wire.OK, size) for size in sizes)
    most = len(heads) + sum(max(size, wire.MAX_ERROR_TEXT) for size in sizes)
    form = ReplyForm(heads, sizes, (False,) * len(sizes), len(heads) + sum(sizes), len(heads), most)
    return CaseFrame(head + counts + lengths, data, shapes, form)


def variation(function: Function, case: Case, name: str, values: Array, output: str) -> Variation:
    """Return what varies. values: (calls, *shape of the input)."""
    data = np.asarray(values, _dtype_of(case, name)).tobytes()
    places = function.inputs.index(name), function.outputs.index(output)
    return Variation(places[0], data, len(values), places[1])


@lru_cache(maxsize=MAX_CASES)
def _inputs_of(case: Case, names: tuple[str, ...]) -> tuple[bytes, bytes, bytes]:
    """Return kinds and numbers of axes, the lengths of all axes, and the values."""
    arrays = [np.asarray(case.inputs[name], _dtype_of(case, name)) for name in names]
    counts = bytes(array.ndim + wire.INTEGERS * (array.dtype.kind == "i") for array in arrays)
    lengths = [length for array in arrays for length in array.shape]
    numbers = [array.tobytes() for array in arrays if array.ndim == 0]
    others = [array.tobytes() for array in arrays if array.ndim > 0]
    return counts, struct.pack(f"<{len(lengths)}I", *lengths), b"".join(numbers + others)


def _dtype_of(case: Case, name: str) -> str:
    """Return the dtype of an input: the form "integer" makes whole numbers of all float arrays."""
    array = case.inputs[name]
    is_integer = array.dtype.kind == "i" or (case.form == "integer" and array.ndim > 0)
    return "<i8" if is_integer else "<f8"


def _joined(names: tuple[str, ...]) -> bytes:
    return " ".join(names).encode()
