"""The frames that both sides of the sandbox exchange. Standard library only.

Both sides read this one file. Nothing on the wire is richer than fixed structs, arrays whose length
the host already knows, and a text that the host truncates.
"""

import struct
from collections.abc import Sequence
from typing import NamedTuple, Protocol

# --- control socket, host to zygote ---------------------------------------------------------------
# Core to run on (-1: any), number of the system call seccomp, sizes of the three filters. The
# filters follow. The zygote answers READY.
START = struct.Struct("<iIIII")
READY = b"R"
# b"F", memory in bytes, CPU seconds. One file descriptor comes along: the child's channel. The
# answer is PID: the child's pid as the zygote counts it.
FORK = struct.Struct("<cQI")
# b"W", the child's pid as the zygote counts it, 0. The answer is PID: the child's wait status.
REAP = struct.Struct("<cQI")
PID = struct.Struct("<i")

# --- a child's channel ----------------------------------------------------------------------------
# A child of the zygote first sends LISTENER, with the descriptor on which the host is notified of
# refused system calls, or NO_LISTENER.
LISTENER, NO_LISTENER = b"H", b"U"
# Then every child sends the layers of confinement that hold, found by trying them: one bit each, in
# the order of LAYERS.
HELLO = struct.Struct("<I")
LAYERS = ("mounts", "network", "processes", "user", "limits", "no_new_privs", "landlock", "seccomp")

# Size of what follows: pack_texts of three blocks. The first holds name and text of each file, the
# first file first; the second the lines, the inputs and the outputs of each call; the third all
# names that the calls ask of the files, one a line: "affine_forward()" if it is called, else alone.
LOAD = struct.Struct("<I")
UNPACK = "__unpack__"  # what the lines of a call know outputs.unpack as
# Status, size of the text at the end. If the files are loaded, a byte for each name of LOAD comes
# first, 1 if it is there, and the text is what was left out: the fields of one error text after
# the other, joined by NUL. If not, the text is an error text.
LOADED = struct.Struct("<BI")

# The fields of Request. Then come the heads of all cases, and then the inputs of all cases as raw
# bytes: of each case first the numbers, 8 bytes each, and then the arrays, both in the order of the
# call's inputs. With VARY, the values of the varied input follow.
REQUEST = struct.Struct("<QHBHIBBIQ")
CALL, COUNT, VARY = 0, 1, 2  # modes: calls, one counted call, one output for several values
# The head of a case: form, size of its layout. The layout follows.
CASE = struct.Struct("<BH")
FORMS = ("plain", "integer", "strided", "read_only")  # see grader.model.Case; sent as an index
# A layout is one byte for each input (INTEGERS is added to it if they are int64) and then for each
# output: the number of axes. Their lengths follow, 4 bytes each. Without axes: a number.
INTEGERS = 128

# The fields of ReplyHead: one reply for each case, in their order. The payload follows. With CALL
# it is an OUTPUT for each output, and then the outputs: float64, or an error text. With COUNT it is
# the counts per line and that of library code (uint32), with VARY the values (float64, one after
# the other). With the status ERROR it is an error text.
REPLY = struct.Struct("<QBBQI")
OUTPUT = struct.Struct("<BI")  # status, bytes
OVERWROTE_EARLIER = 1  # flag: this call changed an array that the call before it had returned
TRACE_REMOVED = 2  # flag of a counted call: the function removed the trace that counts

OK, ERROR = 0, 1  # statuses

MODULE_FAILS = "cannot import"  # how a zygote says that it cannot import a module of the course
# Bytes of an error text: kind NUL detail NUL file NUL line NUL text. The file is its number among
# those of LOAD, or CALL_LINES for the lines of the call, or empty.
MAX_ERROR_TEXT = 4096
ERROR_FIELDS = 5
CALL_LINES = "call"
MAX_LOADED_TEXT = 1 << 16  # bytes of the text about what was left out


class Request(NamedTuple):
    nonce: int  # of the first case; each reply repeats that of its case, which are consecutive
    function: int  # index into the calls of LOAD
    mode: int  # CALL, COUNT or VARY
    cases: int  # 1, unless the mode is CALL
    calls: int  # with VARY: number of values
    input: int  # with VARY: index of the varied input
    output: int  # with VARY: index of the output that is returned
    head_size: int  # bytes of all heads
    data_size: int  # bytes of all inputs


class ReplyHead(NamedTuple):
    nonce: int
    status: int
    flags: int
    opcodes: int  # of a counted call, all lines together
    size: int  # bytes of the payload


class Channel(Protocol):
    """A raw file: of a descriptor, or of a socket on systems where a socket is not a descriptor."""

    def readinto(self, buffer: memoryview, /) -> "int | None": ...
    def write(self, data: memoryview, /) -> "int | None": ...


def read_exactly(channel: Channel, *buffers: "memoryview | bytearray") -> None:
    """Fill the buffers one after the other. Raises EOFError if the channel ends before."""
    for buffer in buffers:
        view = memoryview(buffer).cast("B")
        while len(view):
            count = channel.readinto(view)
            if not count:
                raise EOFError
            view = view[count:]


def write_all(channel: Channel, *buffers: "bytes | memoryview") -> None:
    view = memoryview(b"".join(buffers))
    while len(view):
        view = view[channel.write(view) or 0 :]


def pack_texts(texts: Sequence[bytes]) -> bytes:
    """Join texts of any length, so that unpack_texts can take them apart."""
    return struct.pack(f"<{len(texts) + 1}I", len(texts), *map(len, texts)) + b"".join(texts)


def unpack_texts(data: "bytes | bytearray") -> "list[bytes]":
    (count,) = struct.unpack_from("<I", data)
    texts, start = [], 4 * (count + 1)
    for size in struct.unpack_from(f"<{count}I", data, 4):
        texts.append(bytes(data[start : start + size]))
        start += size
    return texts


def count_slots(source: "bytes | bytearray") -> int:
    """Return how many counts a counted call returns: one per line, and one for everything else."""
    return source.count(b"\n") + 2


def layer_bits(holding: "set[str]") -> bytes:
    return HELLO.pack(sum(1 << i for i, layer in enumerate(LAYERS) if layer in holding))


def layers_of(bits: "bytes | bytearray") -> "set[str]":
    (number,) = HELLO.unpack(bits)
    return {layer for i, layer in enumerate(LAYERS) if number >> i & 1}
