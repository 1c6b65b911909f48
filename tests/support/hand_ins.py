"""What a class may hand in, made for tests: folders and zips with what stands in a dictionary of paths."""

import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from grader.intake import read_all
from grader.model import Submission, Unreadable

FILE = "softmax.py"
SOURCE = b"def softmax_loss_naive(W, X, y, reg):\n    return 0, W\n"


class Row(NamedTuple):
    """One that was read, as tests compare it. what: the bytes, or the code of the reason why there are none."""

    ids: str
    attempt: int
    what: bytes | str
    origin: str


def fill(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def zipped(
    files: Mapping[str, bytes] | Iterable[tuple[str | ZipInfo, bytes]],
    compression: int = ZIP_DEFLATED,
) -> bytes:
    packed = io.BytesIO()
    with ZipFile(packed, "w", compression) as archive:
        for name, content in files.items() if isinstance(files, Mapping) else files:
            archive.writestr(name, content, None if isinstance(name, ZipInfo) else compression)
    return packed.getvalue()


def member(
    name: str,
    mode: int = 0,
    date: tuple[int, int, int, int, int, int] = (2026, 4, 26, 17, 34, 0),
    flags: int = 0,
) -> ZipInfo:
    info = ZipInfo("x", date)
    info.filename = info.orig_filename = name
    info.external_attr = mode << 16
    info.flag_bits |= flags
    return info


def all_of(source: Path) -> list[Submission | Unreadable]:
    return list(read_all(source, FILE))


def rows(source: Path) -> list[Row]:
    return [
        Row(
            "+".join(person.id for person in each.people),
            each.attempt,
            each.source if isinstance(each, Submission) else each.reason.code,
            each.origin,
        )
        for each in all_of(source)
    ]


def by_id(source: Path) -> dict[str, bytes | str]:
    """Whoever is there once."""
    found = rows(source)
    assert len({row.ids for row in found}) == len(found)
    return {row.ids: row.what for row in found}
