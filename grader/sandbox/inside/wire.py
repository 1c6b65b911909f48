"""Frames of numbers: the one file that both sides of the sandbox read. Standard library only.

Nothing here is richer than fixed structs, arrays whose length the host already knows, and a text that the host cuts off.
"""

import os
import struct

# --- control socket, host -> zygote --------------------------------------------------------------------------------------------
START = struct.Struct("<iI")  # the core to run on (-1: any), size of the seccomp program that follows; answered by READY
READY = b"R"
FORK = struct.Struct("<cQI")  # b"F", memory in bytes, CPU seconds; with one file descriptor: the child's channel. Answered by PID
REAP = struct.Struct("<cQI")  # b"W", the child's pid as the zygote counts it, 0. Answered by PID: how the child ended
PID = struct.Struct("<i")

# --- a child's channel ---------------------------------------------------------------------------------------------------------
# First the child says which layers of confinement it found to hold, by trying them: one bit each, in the order of LAYERS.
HELLO = struct.Struct("<I")
LAYERS = ("mounts", "network", "processes", "limits", "no_new_privs", "landlock", "seccomp")

LOAD = struct.Struct("<II")  # size of the source, size of the names; then the source (UTF-8) and the names (one a line)
LOADED = struct.Struct("<BII")  # status, which of the names are functions (bit i), size of the fault text that follows

REQUEST = struct.Struct("<QBBIIIIId")  # nonce, function, mode, W rows, W columns, X rows, X columns, labels, reg
#                                        then W and X (float64) and y (int64), raw. Shapes are the student's own.
PLAIN, COUNTED = 0, 1  # modes

REPLY = struct.Struct("<QBBQdI")  # nonce, status, flags, opcodes, loss, size of what follows:
#                                   the gradient (float64, shape of W), or counts per line (uint32), or a fault text, or gradient and text
OVERWROTE_EARLIER = 1  # flag: this call changed the dW that an earlier call had returned

# --- statuses ------------------------------------------------------------------------------------------------------------------
OK, FAULT = 0, 1
LOSS_ONLY, GRADIENT_ONLY = 2, 3  # of an answer: the other half is a fault, told in the text

TEXT_CAP = 4096  # bytes of a fault text: kind NUL detail NUL line NUL text
FAULT_FIELDS = 4


def lines_of(source: "bytes | bytearray") -> int:
    """How many counts a counted call returns for a source: one a line, and one for lines out of range."""
    return source.count(b"\n") + 2


def read_exactly(fd: int, *buffers: "memoryview | bytearray") -> None:
    """Fill the buffers one after the other, in as few system calls as can be, or raise EOFError."""
    views = [memoryview(buffer).cast("B") for buffer in buffers if len(buffer)]
    while views:
        count = os.readv(fd, views)
        if not count:
            raise EOFError
        drop(views, count)


def write_all(fd: int, *buffers: "bytes | memoryview") -> None:
    views = [memoryview(buffer).cast("B") for buffer in buffers if len(buffer)]
    while views:
        drop(views, os.writev(fd, views))


def drop(views: "list[memoryview]", count: int) -> None:
    """Take `count` bytes off the front."""
    while views and count >= len(views[0]):
        count -= len(views.pop(0))
    if views:
        views[0] = views[0][count:]
