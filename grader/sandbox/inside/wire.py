"""Frames of numbers: the one file that both sides of the sandbox read. Standard library only.

Nothing here is richer than fixed structs, arrays whose length the host already knows, and a text that the host cuts off.
"""

import struct
from typing import Protocol

# --- control socket, host -> zygote --------------------------------------------------------------------------------------------
START = struct.Struct(
    "<iIIII"
)  # core to run on (-1: any), number of the system call seccomp, sizes of the three filters that follow
READY = b"R"  # the answer
FORK = struct.Struct(
    "<cQI"
)  # b"F", memory in bytes, CPU seconds; with one file descriptor: the child's channel. Answered by PID
REAP = struct.Struct(
    "<cQI"
)  # b"W", the child's pid as the zygote counts it, 0. Answered by PID: how the child ended
PID = struct.Struct("<i")

# --- a child's channel ---------------------------------------------------------------------------------------------------------
# Where a zygote forked it, the child first says HEARD, with the descriptor on which the host hears of refused calls, or UNHEARD.
HEARD, UNHEARD = b"H", b"U"
# Then which layers of confinement it found to hold, by trying them: one bit each, in the order of LAYERS.
HELLO = struct.Struct("<I")
LAYERS = ("mounts", "network", "processes", "user", "limits", "no_new_privs", "landlock", "seccomp")

LOAD = struct.Struct(
    "<II"
)  # size of the source, size of the names; then the source (UTF-8) and the names (one a line)
LOADED = struct.Struct(
    "<BII"
)  # status, which of the names are functions (bit i), size of the fault text that follows

REQUEST = struct.Struct(
    "<QBBBIIIIIId"
)  # nonce, function, mode, form, how many Ws, W rows, W columns, X rows, X columns, labels, reg
#                                          then the Ws and X (float64, or int64 in the form "integer") and y (int64), raw.
#                                          Shapes are the student's own.
PLAIN, COUNTED, LOSSES = (
    0,
    1,
    2,
)  # modes: one call; one call, counted; a call for each W, of which only the losses are told
FORMS = (
    "plain",
    "integer",
    "strided",
    "read_only",
)  # of the arrays that a function gets, by their number

REPLY = struct.Struct("<QBBQdI")  # nonce, status, flags, opcodes, loss, size of what follows:
#                                   the gradient (float64, shape of W), or counts per line (uint32), or losses (float64, one for each W),
#                                   or a fault text, or gradient and text
OVERWROTE_EARLIER = 1  # flag: this call changed the dW that an earlier call had returned
TRACE_REMOVED = 2  # flag of a counted call: the function took away what counts

# --- statuses ------------------------------------------------------------------------------------------------------------------
OK, FAULT = 0, 1
LOSS_ONLY, GRADIENT_ONLY = 2, 3  # of an answer: the other half is a fault, told in the text

TEXT_CAP = 4096  # bytes of a fault text: kind NUL detail NUL line NUL text
FAULT_FIELDS = 4


def lines_of(source: "bytes | bytearray") -> int:
    """How many counts a counted call returns for a source: one a line, and one for lines out of range."""
    return source.count(b"\n") + 2


def layer_bits(holding: "set[str]") -> bytes:
    return HELLO.pack(sum(1 << i for i, layer in enumerate(LAYERS) if layer in holding))


def layers_of(bits: "bytes | bytearray") -> "set[str]":
    (number,) = HELLO.unpack(bits)
    return {layer for i, layer in enumerate(LAYERS) if number >> i & 1}


class Channel(Protocol):
    """A raw file: that of a descriptor, or of a socket where sockets are none."""

    def readinto(self, buffer: memoryview, /) -> "int | None": ...
    def write(self, data: memoryview, /) -> "int | None": ...


def read_exactly(channel: Channel, *buffers: "memoryview | bytearray") -> None:
    """Fill the buffers one after the other, or raise EOFError."""
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
