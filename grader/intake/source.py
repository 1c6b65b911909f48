"""Turns the bytes of the file to grade into a submission: code in UTF-8, or why it is none."""

import codecs
import hashlib

from grader.intake.caps import SOURCE_CAP
from grader.intake.entries import AskedFile, UnreadableSubmission
from grader.intake.names import extension, printable
from grader.model import Message, Submission

NOTEBOOK = ".ipynb"
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
        # Notebooks are rare, and a single file is graded sooner without this import.
        from grader.intake.notebook import read_notebook

        code = read_notebook(raw, asked.functions)
        if extension(name) != NOTEBOOK:
            notes = (*notes, Message("note_notebook_name", {"file": asked.name}))
        notes = (*notes, Message("note_notebook", {"cells": len(code.cells)}))
        return Submission(
            name,
            code.source.encode(),
            digest,
            saved,
            origin=origin,
            notes=notes,
            cells=code.cells,
        )
    source, note, problem = raw, None, _problem_of_size(raw)
    if problem is None and not _is_ordinary(raw):
        from grader.intake.kinds import kind_of
        from grader.intake.text_encoding import decode_source

        kind = kind_of(raw)
        if kind is not None:
            problem = Message(kind.code, {"file": asked.name})
        else:
            source, note, problem = decode_source(raw)
    if note is not None:
        notes = (*notes, note)
    return Submission(name, source, digest, saved, problem, origin=origin, notes=notes)


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
