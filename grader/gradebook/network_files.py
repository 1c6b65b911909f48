"""Recognize network file systems. Linux only: elsewhere every folder counts as local."""

import re
from pathlib import Path

NETWORK = {
    *("nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "9p", "afs", "ceph", "gfs2", "lustre"),
    *("glusterfs", "beegfs", "davfs", "vboxsf", "fuse.sshfs", "fuse.rclone", "fuse.s3fs"),
    *("fuse.gcsfuse", "fuse.glusterfs", "fuse.ceph", "fuse.davfs2", "fuse.hgfs"),
}
# See proc(5): the fifth field is the mount point, the first one after " - " is the kind.
MOUNTS = Path("/proc/self/mountinfo")


def network_file_system(path: Path, mounts: Path = MOUNTS) -> str:
    """Return the kind of network file system that holds `path`, such as nfs4.

    Empty if the path is local or nothing is known about it. The path need not exist yet.
    """
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    target = path.absolute().resolve()
    kind, longest = "", -1
    for line in lines:
        fields, _, rest = line.partition(" - ")
        mount_point = Path(_unescaped(fields.split()[4]))
        # Of two file systems at one mount point the later one hides the other.
        if target.is_relative_to(mount_point) and len(mount_point.parts) >= longest:
            longest, kind = len(mount_point.parts), rest.split()[0]
    return kind if kind in NETWORK else ""


def _unescaped(text: str) -> str:
    """Replace octal escapes: \\040 is a space."""
    return re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), text)
