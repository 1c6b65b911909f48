"""The frames that both sides of the sandbox exchange. Standard library only.

Both sides read this one file. Nothing on the wire is richer than fixed structs, arrays whose length
the host already knows, and a text that the host truncates.
"""

import struct
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

# Size of the source, size of the names. The source (UTF-8) and the names (one a line) follow.
LOAD = struct.Struct("<II")
# Status, which of the names are functions (bit i), size of the text that follows: an error text, or
# what was left out of the file, as the fields of one error text after the other, joined by NUL.
LOADED = struct.Struct("<BII")

# The fields of Request. The Ws and X (float64, or int64 in the form "integer") and y (int64) follow
# as raw bytes. Shapes are in the student's own layout.
REQUEST = struct.Struct("<QBBBIIIIIId")
CALL, COUNT, LOSSES = 0, 1, 2  # modes: one call, one counted call, the loss alone for each W
FORMS = ("plain", "integer", "strided", "read_only")  # see grader.model.Case; sent as an index

# The fields of ReplyHead. The payload follows: the gradient (float64, shape of W), or counts per
# line (uint32), or losses (float64, one for each W), or an error text, or gradient and text.
REPLY = struct.Struct("<QBBQdI")
OVERWROTE_EARLIER = 1  # flag: this call changed the dW that an earlier call had returned
TRACE_REMOVED = 2  # flag of a counted call: the function removed the trace that counts

# Statuses. After LOSS_ONLY and GRADIENT_ONLY the error text explains the other half.
OK, ERROR, LOSS_ONLY, GRADIENT_ONLY = 0, 1, 2, 3

MODULE_FAILS = "cannot import"  # how a zygote says that it cannot import a module of the course
MAX_ERROR_TEXT = 4096  # bytes of an error text: kind NUL detail NUL line NUL text
ERROR_FIELDS = 4
MAX_LOADED_TEXT = 1 << 16  # bytes of the text about what was left out


class Request(NamedTuple):
    nonce: int  # the reply repeats it
    function: int  # index into the names of LOAD
    mode: int  # CALL, COUNT or LOSSES
    form: int  # index into FORMS
    calls: int  # number of Ws
    W_rows: int
    W_columns: int
    X_rows: int
    X_columns: int
    labels: int  # length of y
    reg: float


class ReplyHead(NamedTuple):
    nonce: int
    status: int
    flags: int
    opcodes: int  # of a counted call, all lines together
    loss: float
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


def count_slots(source: "bytes | bytearray") -> int:
    """Return how many counts a counted call returns: one per line, and one for everything else."""
    return source.count(b"\n") + 2


def layer_bits(holding: "set[str]") -> bytes:
    return HELLO.pack(sum(1 << i for i, layer in enumerate(LAYERS) if layer in holding))


def layers_of(bits: "bytes | bytearray") -> "set[str]":
    (number,) = HELLO.unpack(bits)
    return {layer for i, layer in enumerate(LAYERS) if number >> i & 1}
