"""Which members of an archive are refused, by their names and kinds."""

import re
import stat
import unicodedata
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipInfo

from grader.intake.entries import UnreadableSubmission
from grader.model import Message

NAME_CAP = 500  # characters of a member's whole path
DEPTH_CAP = 16  # nested folders: each takes memory for every member, and environments have 10
UTF8_FLAG = 0x800  # of a member whose name is UTF-8, instead of code page 437
ENCRYPTED_FLAGS = 0x1 | 0x40  # of a member that is encrypted, or strongly encrypted
_DRIVE = re.compile("[A-Za-z]:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # Unicode's category Cc


def decoded_name(info: ZipInfo) -> str:
    """Return the whole name of a member with slashes, including what follows a NUL character.

    Some tools of Windows write backslashes, which separate folders there. Many systems write UTF-8
    without the flag for it. zipfile then decodes it as code page 437.
    """
    name = info.orig_filename.replace("\\", "/")
    if not info.flag_bits & UTF8_FLAG:
        try:
            return name.encode("cp437").decode("utf-8")
        except UnicodeError:
            pass
    return name


def leads_out(name: str) -> bool:
    """Whether some system would write a member of this name outside the folder it unpacks to."""
    if name.startswith("/") or _DRIVE.match(name):
        return True
    return ".." in name and ".." in name.split("/")


def refusal_of_name(name: str) -> UnreadableSubmission | None:
    """Return why a member of this name is refused, or None if it is not."""
    if leads_out(name):
        return UnreadableSubmission(
            Message("unread_zip_path", quote=name[:NAME_CAP]),
            f"this archive holds a name that leads out of it: {name[:NAME_CAP]}",
        )
    if len(name) > NAME_CAP:
        return UnreadableSubmission(
            Message("unread_zip_long_name", {"characters": NAME_CAP}, name[:NAME_CAP]),
            f"this archive holds a name of more than {NAME_CAP} characters: {name[:NAME_CAP]}",
        )
    if _CONTROL.search(name):
        return UnreadableSubmission(
            Message("unread_zip_characters", quote=name),
            f"this archive holds a name with control characters: {name}",
        )
    if name.count("/") > DEPTH_CAP:
        return UnreadableSubmission(
            Message("unread_zip_deep", {"folders": DEPTH_CAP}),
            f"this archive holds more than {DEPTH_CAP} nested folders",
        )
    return None


def refusal_of_kind(info: ZipInfo, name: str) -> UnreadableSubmission | None:
    """Return why a member is refused (a link, encrypted, packed in an unusual way), or None."""
    expected = stat.S_IFDIR if name.endswith("/") else stat.S_IFREG
    if stat.S_IFMT(info.external_attr >> 16) not in (0, expected):
        return refusal_of_link(name)
    if info.flag_bits & ENCRYPTED_FLAGS:
        return UnreadableSubmission(
            Message("unread_zip_encrypted"), "this archive is locked with a password"
        )
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        return UnreadableSubmission(
            Message("unread_zip_compression", quote=name),
            f"this archive is compressed in a way that is not supported: {name}",
        )
    return None


def refusal_of_link(name: str) -> UnreadableSubmission:
    return UnreadableSubmission(
        Message("unread_zip_link", quote=name),
        f"this archive holds a link or another special file: {name}",
    )


def refusal_of_duplicate(name: str) -> UnreadableSubmission:
    return UnreadableSubmission(
        Message("unread_zip_twice", quote=name), f"this archive holds the same name twice: {name}"
    )


def folded(name: str) -> str:
    """Return a form that is equal for names that are the same on some systems.

    Such names differ only in case, or in how their accents are encoded.
    """
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
