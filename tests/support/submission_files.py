"""Folders and zips of submissions for tests, made from a dictionary of paths and contents."""

import gzip
import io
import struct
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from grader.intake import AskedFile, SourceOptions, UnclearSource, read_all
from grader.model import Message, Person, Submission, Unreadable

FILE = "softmax.py"
ASKED = AskedFile(FILE, ("softmax_loss_naive", "softmax_loss_vectorized"))
SOURCE = b"def softmax_loss_naive(W, X, y, reg):\n    return 0, W\n"
MANIFEST_HEAD = "id,name,email,path,submitted_at,late,attempt\n"
ALICE = Person("alice", "Alice A", "alice@x.edu")
BOB = Person("bob", "Bob B", "bob@x.edu")


class Summary(NamedTuple):
    """What tests compare of a submission that was read."""

    # The ids of its people, joined by a plus sign.
    ids: str
    attempt: int
    # The bytes of the file, or the code of the reason why it cannot be graded.
    content: bytes | str
    origin: str


def write_files(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write the files and the folders that they need. Returns `folder`."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def make_zip(
    files: Mapping[str, bytes] | Iterable[tuple[str | ZipInfo, bytes]],
    compression: int = ZIP_DEFLATED,
) -> bytes:
    """Return a zip. Pairs instead of a dictionary may repeat names."""
    packed = io.BytesIO()
    pairs = files.items() if isinstance(files, Mapping) else files
    with ZipFile(packed, "w", compression) as archive:
        for name, content in pairs:
            archive.writestr(name, content, None if isinstance(name, ZipInfo) else compression)
    return packed.getvalue()


def make_tar(
    files: Mapping[str, bytes], compression: str = "", form: int = tarfile.PAX_FORMAT
) -> bytes:
    """Return a tar, the same each time. compression: "gz", or nothing. form: one of tarfile's."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=form) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return gzip.compress(packed.getvalue(), mtime=0) if compression else packed.getvalue()


def make_member(
    name: str,
    mode: int = 0,
    date: tuple[int, int, int, int, int, int] = (2026, 4, 26, 17, 34, 0),
    flags: int = 0,
) -> ZipInfo:
    """Return a member for make_zip. zipfile would clean the name and the mode; this does not."""
    info = ZipInfo("x", date)
    info.filename = info.orig_filename = name
    info.external_attr = mode << 16
    info.flag_bits |= flags
    return info


def read_class(source: Path) -> list[Submission | Unreadable]:
    """Read everything. If a source holds one folder that may be a student's, it is a student's."""
    try:
        return list(read_all(source, ASKED).submissions)
    except UnclearSource:
        return list(read_all(source, ASKED, SourceOptions(as_one_person=True)).submissions)


def summarize(source: Path) -> list[Summary]:
    return [
        Summary(
            "+".join(person.id for person in each.people),
            each.attempt,
            each.source if isinstance(each, Submission) else each.reason.code,
            each.origin,
        )
        for each in read_class(source)
    ]


def contents_by_id(source: Path) -> dict[str, bytes | str]:
    """Return the content for each id. Nobody may have several submissions."""
    summaries = summarize(source)
    assert len({each.ids for each in summaries}) == len(summaries)
    return {each.ids: each.content for each in summaries}


def write_class(tmp_path: Path, files: Mapping[str, bytes], as_zip: bool) -> Path:
    """Write a class as the folder `class` or as class.zip. Returns its path."""
    if not as_zip:
        return write_files(tmp_path / "class", files)
    source = tmp_path / "class.zip"
    source.write_bytes(make_zip(files))
    return source


def write_manifest(folder: Path, manifest: str | bytes, **files: bytes) -> Path:
    """Write manifest.csv, and beside it one Python file for each keyword: a=… becomes a.py."""
    table = manifest if isinstance(manifest, bytes) else manifest.encode()
    scripts = {f"{name}.py": content for name, content in files.items()}
    return write_files(folder, {"manifest.csv": table, **scripts})


def zip_refusal(tmp_path: Path, packed: bytes) -> Message:
    """Return why the zip of one student is refused. It must not concern another student."""
    write_files(tmp_path, {"alice.zip": packed, "bob.py": SOURCE})
    alice, bob = read_class(tmp_path)
    assert isinstance(alice, Unreadable)
    assert isinstance(bob, Submission)
    return alice.reason


def patch_contents(packed: bytes, offset: int, form: str, value: int) -> bytes:
    """Change every entry of a zip's table of contents at an offset. `form` is that of struct."""
    changed, start = bytearray(packed), packed.find(b"PK\x01\x02")
    while start >= 0:
        struct.pack_into(form, changed, start + offset, value)
        start = packed.find(b"PK\x01\x02", start + 4)
    return bytes(changed)
