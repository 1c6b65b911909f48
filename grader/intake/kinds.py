"""Recognizes by its first bytes what was handed in under a name that says something else."""

import codecs
import re
from typing import NamedTuple

HEAD = 4096  # bytes that are looked at
_TAR_MARK = slice(257, 262)  # holds "ustar"


class Kind(NamedTuple):
    """A kind of file that is not graded."""

    code: str  # of its message
    description: str  # the same in English, for the person who runs the command


_PDF = Kind("is_pdf", "this is a PDF document, not a Python file")
_RTF = Kind("is_rtf", "this is a formatted text (RTF), not a Python file")
_WORD = Kind("is_office", "this is a document of Word or a similar program, not a Python file")
_GITHUB = Kind("is_github_page", "this is a page of GitHub, not the Python file that it shows")
_HTML = Kind("is_html", "this is a web page (HTML), not a Python file")
_IMAGE = Kind("is_image", "this is a picture, not a Python file")
_DATA = Kind("is_data", "this holds arrays or objects that Python has saved, and no code")
_COMPILED = Kind("is_compiled", "this is Python's compiled form (.pyc), not the Python file")
_ARCHIVE = Kind("is_archive", "this is an archive, not a Python file, whatever its name says")
KINDS = (_PDF, _RTF, _WORD, _GITHUB, _HTML, _IMAGE, _DATA, _COMPILED, _ARCHIVE)

_BY_START: tuple[tuple[bytes, Kind], ...] = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _WORD),  # Office before 2007
    (b"\x89PNG\r\n", _IMAGE),
    (b"\xff\xd8\xff", _IMAGE),
    (b"GIF8", _IMAGE),
    (b"BM", _IMAGE),
    (b"\x93NUMPY", _DATA),
    (b"\x89HDF\r\n", _DATA),
)
_ARCHIVES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
    (b"MSCF", "CAB"),
)
_OFFICE_MEMBERS = (b"word/", b"xl/", b"ppt/", b"[Content_Types].xml", b"mimetypeapplication/vnd")
_PICKLE = re.compile(rb"\x80[\x02-\x05]")
_PYC = re.compile(rb"[\x00-\xff]{2}\r\n[\x00-\x03]\x00\x00\x00")
_HTML_START = re.compile(
    rb"<(?:!--|(?:!doctype\s+html|html|head|body|\?xml[^>]*>\s*<html)\b)", re.IGNORECASE
)
_WEBP_OR_HEIC = re.compile(rb"RIFF....WEBP|....ftyp(?:heic|heix|mif1|avif)", re.DOTALL)


def archive_kind(raw: bytes) -> str:
    """Return the format of an archive: zip, gzip, tar or another one; empty if it is none."""
    for start, name in _ARCHIVES:
        if raw.startswith(start):
            return name
    return "tar" if raw[_TAR_MARK] == b"ustar" else ""


def kind_of(raw: bytes) -> Kind | None:
    """Return the kind of a file that cannot be Python, or None."""
    head = raw[:HEAD]
    if is_office_document(raw):
        return _WORD
    if archive_kind(raw):
        return _ARCHIVE
    for start, kind in _BY_START:
        # A text may begin with BM, but not with a NUL behind it.
        if head.startswith(start) and (kind is not _IMAGE or b"\x00" in head):
            return kind
    if _WEBP_OR_HEIC.match(head):
        return _IMAGE
    if _PYC.match(head):
        return _COMPILED
    if _PICKLE.match(head):
        return _DATA
    # These are texts: white space or a byte order mark may come first.
    text = raw.removeprefix(codecs.BOM_UTF8).lstrip()[:HEAD]
    if text.startswith(b"%PDF-"):
        return _PDF
    if text.startswith(rb"{\rtf"):
        return _RTF
    if _HTML_START.match(text):
        return _GITHUB if b"github" in raw[: 64 * 1024].lower() else _HTML
    return None


def is_office_document(raw: bytes) -> bool:
    """Whether this is a document of an office program that is packed as a zip."""
    if archive_kind(raw) != "zip":
        return False
    return any(member in raw[:HEAD] for member in _OFFICE_MEMBERS)
