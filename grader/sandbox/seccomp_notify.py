"""Hears from the kernel which forbidden system calls a child makes, and refuses them. The child has no say in what is heard.

How it works: seccomp_unotify(2). The struct layouts and request numbers are those of linux/seccomp.h.
"""

import errno
import fcntl
import os
import select
import struct
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress

NOTIFICATION = struct.Struct(
    "=QIIiIQ6Q"
)  # id, pid, flags; then what is known of the call: number, architecture, instruction, arguments
RESPONSE = struct.Struct("=QqiI")  # id, value, error, flags
RECEIVE, SEND = 0xC0502100, 0xC0182101  # SECCOMP_IOCTL_NOTIF_RECV, SECCOMP_IOCTL_NOTIF_SEND
HEARD = 1000  # calls of one child, after which nobody listens any more: the kernel then refuses by itself


class Watch:
    """kinds: number of a system call -> the kind it is counted under."""

    def __init__(self, descriptor: int, kinds: Mapping[int, str]) -> None:
        self.descriptor, self.kinds = descriptor, kinds
        self.refused: Counter[str] = Counter()

    @property
    def is_open(self) -> bool:
        return self.descriptor >= 0

    def fileno(self) -> int:
        return self.descriptor

    def answer(self) -> None:
        """Refuse one call with EPERM, and count it. A call whose caller is gone meanwhile is nobody's."""
        notification = bytearray(NOTIFICATION.size)
        poll = select.poll()
        poll.register(self.descriptor, select.POLLIN)
        if not any(event & select.POLLIN for _, event in poll.poll(0)):
            self.close()  # nobody is left who could ask, and to wait for that would be to wait for ever
            return
        with suppress(OSError):
            fcntl.ioctl(self.descriptor, RECEIVE, notification, True)
            identity, _, _, number, *_ = NOTIFICATION.unpack(notification)
            self.refused[self.kinds[number]] += 1
            fcntl.ioctl(self.descriptor, SEND, RESPONSE.pack(identity, 0, -errno.EPERM, 0))
        if self.refused.total() >= HEARD:
            self.close()

    def close(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1
