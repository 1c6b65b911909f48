"""Does a folder lie on another machine? Linux tells; elsewhere nobody is asked."""

import re
from pathlib import Path

NETWORK = {
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "ncpfs",
    "9p",
    "afs",
    "ceph",
    "gfs2",
    "lustre",
    "glusterfs",
    "beegfs",
    "fuse.sshfs",
}
NETWORK |= {
    "fuse.rclone",
    "fuse.s3fs",
    "fuse.gcsfuse",
    "fuse.glusterfs",
    "fuse.ceph",
    "davfs",
    "fuse.davfs2",
    "fuse.hgfs",
    "vboxsf",
}
MOUNTS = Path(
    "/proc/self/mountinfo"
)  # see proc(5): the fifth field is where, the field after " - " is what


def network_file_system(path: Path, mounts: Path = MOUNTS) -> str:
    """Its kind, such as nfs4; empty where the path is local or nobody can tell. path: need not exist yet."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    here, kind = path.absolute().resolve(), ""
    longest = -1
    for line in lines:
        fields, _, rest = line.partition(" - ")
        place = Path(re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), fields.split()[4]))
        if (
            here.is_relative_to(place) and len(place.parts) >= longest
        ):  # the later of two at one place hides the other
            longest, kind = len(place.parts), rest.split()[0]
    return kind if kind in NETWORK else ""
