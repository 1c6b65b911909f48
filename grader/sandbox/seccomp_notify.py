"""Learn from the kernel which forbidden system calls a child makes, and refuse them.

The kernel itself reports the calls, so the child cannot hide one: see seccomp_unotify(2). The
struct layouts and request numbers are those of linux/seccomp.h.
"""

import errno
import fcntl
import os
import select
import struct
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress

# id, pid, flags, then the call: number, architecture, instruction, six arguments.
NOTIFICATION = struct.Struct("=QIIiIQ6Q")
RESPONSE = struct.Struct("=QqiI")  # id, value, error, flags
SECCOMP_IOCTL_NOTIF_RECV, SECCOMP_IOCTL_NOTIF_SEND = 0xC0502100, 0xC0182101
# After this many calls of one child the listener closes: the kernel then refuses by itself.
MAX_NOTIFICATIONS = 1000


class NotificationListener:
    """The descriptor on which the kernel announces the refused calls of one child."""

    def __init__(self, descriptor: int, kinds: Mapping[int, str]) -> None:
        self.descriptor = descriptor
        self.kinds = kinds  # number of a system call -> the kind it is counted under
        self.refusals: Counter[str] = Counter()

    @property
    def is_open(self) -> bool:
        return self.descriptor >= 0

    def fileno(self) -> int:
        return self.descriptor

    def refuse_one(self) -> None:
        """Refuse one call with EPERM, and count it.

        A call does not count if its process has ended in the meantime.
        """
        notification = bytearray(NOTIFICATION.size)
        poll = select.poll()
        poll.register(self.descriptor, select.POLLIN)
        if not any(event & select.POLLIN for _, event in poll.poll(0)):
            # No process is left that could call, and the ioctl below would wait for ever.
            self.close()
            return
        with suppress(OSError):
            fcntl.ioctl(self.descriptor, SECCOMP_IOCTL_NOTIF_RECV, notification, True)
            identity, _pid, _flags, number, *_ = NOTIFICATION.unpack(notification)
            self.refusals[self.kinds[number]] += 1
            response = RESPONSE.pack(identity, 0, -errno.EPERM, 0)
            fcntl.ioctl(self.descriptor, SECCOMP_IOCTL_NOTIF_SEND, response)
        if self.refusals.total() >= MAX_NOTIFICATIONS:
            self.close()

    def close(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1
