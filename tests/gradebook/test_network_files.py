"""Network file systems are recognized by the table of mounts."""

from pathlib import Path

import pytest

from grader.gradebook.network_files import network_file_system

MOUNTS = """\
22 1 8:1 / / rw shared:1 - ext4 /dev/vda rw
40 22 0:30 / /home/ta rw - nfs4 server:/home rw
41 40 0:31 / /home/ta/local\\040disk rw - xfs /dev/vdb rw
42 22 0:32 / /mnt/c rw - 9p C: rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/ta/run", "nfs4"),
        ("/home/ta/local disk/run", ""),
        ("/home/tasks", ""),
        ("/mnt/c/Users/run", "9p"),
        ("/var/run", ""),
    ],
)
def test_the_kind_of_the_mount_that_holds_a_path(tmp_path: Path, path: str, kind: str) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    assert network_file_system(Path(path), mounts) == kind


def test_without_a_table_of_mounts_every_path_is_local(tmp_path: Path) -> None:
    assert network_file_system(Path("/home/ta/run"), tmp_path / "none") == ""
