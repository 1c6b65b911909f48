"""Turns the bytes of the file to grade into a submission: code in UTF-8, or why it is none."""

import codecs
import hashlib

from grader.intake.entries import AskedFile, UnreadableSubmission
from grader.intake.names import extension, printable
from grader.model import CellStart, Message, Submission

NOTEBOOK = ".ipynb"
# Bytes that are read. Real submissions stay below 20 KiB, and parsing 50 MB took 15 s.
SOURCE_CAP = 256 * 1024
# How the texts begin that are not Python: a web page, a PDF, RTF or a notebook.
_UNUSUAL_STARTS = (b"<", b"%", b"{")


def make_submission(
    name: str,
    raw: bytes,
    saved: str | None,
    asked: AskedFile,
    notes: tuple[Message, ...] = (),
    origin: str = "",
) -> Submission:
    """Make a submission of a file's bytes, of which at most one more than its cap was read.

    A file that cannot be a program (too large, empty, no text) becomes a submission with a problem,
    so that its author gets a verdict that says so. notes: how the file was found. origin: where.

    Raises UnreadableSubmission for a notebook that defines none of the functions.
    """
    name = printable(name)
    digest = hashlib.sha256(raw).hexdigest()
    if is_notebook(raw, name):
        cells, source, own_notes = _read_notebook(name, raw, asked)
        return Submission(
            name, source, digest, saved, origin=origin, notes=notes + own_notes, cells=cells
        )
    source, own_notes, problem = raw, (), _problem_of_size(raw)
    if problem is None and not _is_ordinary(raw):
        source, own_notes, problem = _read_unusual(raw, asked)
    return Submission(name, source, digest, saved, problem, origin=origin, notes=notes + own_notes)


def not_a_hand_in(asked: AskedFile) -> UnreadableSubmission:
    return UnreadableSubmission(
        Message("unread_kind", {"file": asked.name}),
        f"this is neither {asked.name} nor a folder or an archive that holds it",
    )


def is_notebook(raw: bytes, name: str) -> bool:
    """Whether a file is a notebook by its name, or JSON with the fields of a notebook."""
    if extension(name) == NOTEBOOK:
        return True
    head = raw[:200].removeprefix(codecs.BOM_UTF8).lstrip()
    return head.startswith(b"{") and (b'"cells"' in raw or b'"worksheets"' in raw)


def _read_notebook(
    name: str, raw: bytes, asked: AskedFile
) -> tuple[tuple[CellStart, ...], bytes, tuple[Message, ...]]:
    """Return where the cells of a notebook begin, its code, and notes about it."""
    # Notebooks are rare, and a single file is graded sooner without this import.
    from grader.intake.notebook import read_notebook

    code = read_notebook(raw, asked.functions)
    notes = [Message("note_notebook", {"cells": len(code.cells)})]
    if extension(name) != NOTEBOOK:
        notes.insert(0, Message("note_notebook_name", {"file": asked.name}))
    return code.cells, code.source.encode(), tuple(notes)


def _read_unusual(
    raw: bytes, asked: AskedFile
) -> tuple[bytes, tuple[Message, ...], Message | None]:
    """Return the source of a file that may be no Python, notes about it, and its problem."""
    # Most files are ordinary, and a single one is graded sooner without these imports.
    from grader.intake.kinds import kind_of
    from grader.intake.text_encoding import decode_source

    decoded = decode_source(raw)
    kind = kind_of(raw) or kind_of(decoded.source)
    if kind is not None:
        return raw, (), Message(kind.code, {"file": asked.name})
    return decoded.source, (decoded.note,) if decoded.note else (), decoded.problem


def _problem_of_size(raw: bytes) -> Message | None:
    if len(raw) > SOURCE_CAP:
        return Message("too_large", {"kib": SOURCE_CAP // 1024})
    if not raw.strip():
        return Message("empty_file")
    return None


def _is_ordinary(raw: bytes) -> bool:
    """Whether this is UTF-8 and may be Python. It need not be looked at any further then."""
    if b"\0" in raw or raw.startswith(codecs.BOM_UTF8):
        return False
    if raw.lstrip().startswith(_UNUSUAL_STARTS):
        return False
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
