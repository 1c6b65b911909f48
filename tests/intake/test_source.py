"""The bytes of the file to grade: encodings, and what is handed in under the file's name."""

import codecs
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.intake import read_submission
from grader.intake.kinds import kind_of
from grader.intake.source import make_submission
from grader.intake.text_encoding import decode_source
from grader.model import Message, Submission
from tests.support.submission_files import ASKED, FILE, SOURCE, make_tar, make_zip

TEXT = "# caf\u00e9\nx = 1\n"


def submission_of(raw: bytes) -> Submission:
    return make_submission(FILE, raw, None, ASKED)


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (TEXT.encode("utf-16"), "UTF-16"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "UTF-16"),
        (TEXT.encode("utf-32"), "UTF-32"),
        (codecs.BOM_UTF32_BE + TEXT.encode("utf-32-be"), "UTF-32"),
    ],
)
def test_a_marked_text_of_windows_is_decoded(raw: bytes, name: str) -> None:
    submission = submission_of(raw)
    assert submission.source == TEXT.encode()
    assert submission.problem is None
    assert submission.notes == (Message("note_encoding", {"encoding": name}),)


@pytest.mark.parametrize(
    ("line", "codec", "name"),
    [
        ("# coding: latin-1", "latin-1", "iso8859-1"),
        ("# -*- coding: iso-8859-15 -*-", "iso-8859-15", "iso8859-15"),
        ("#!/usr/bin/python\n# vim: set fileencoding=cp1252 :", "cp1252", "cp1252"),
        ("\n# coding=mac-roman", "mac-roman", "mac-roman"),
        ("# coding: gbk", "gbk", "gbk"),
    ],
)
def test_a_legal_coding_line_is_followed(line: str, codec: str, name: str) -> None:
    text = f"{line}\nword = '\u00e9\u00e8\u00fc'\n"
    submission = submission_of(text.encode(codec))
    assert (submission.source, submission.problem) == (text.encode(), None)
    assert submission.notes == (Message("note_encoding", {"encoding": name}),)


@pytest.mark.parametrize(
    "raw",
    [
        b"# coding: utf-7\n\xe9",
        b"# coding: rot13\n\xe9",
        b"# coding: hex\n\xe9",
        b"# coding: nonsense\n\xe9",
        b"# coding: ../../etc\n\xe9",
        b"# coding: utf-8\n\xe9",
        b"x = 1\n# coding: latin-1\n\xe9",
        b"\n\n# coding: latin-1\n\xe9",
        b"'''\n# coding: latin-1\n\xe9'''",
    ],
)
def test_any_other_coding_line_is_not(raw: bytes) -> None:
    place = raw.index(b"\xe9")
    values: dict[str, float | int | str] = {"byte": place + 1}
    expected = Message("not_utf8", values, line=raw.count(b"\n", 0, place) + 1)
    assert submission_of(raw).problem == expected


@pytest.mark.parametrize(
    "raw",
    [
        SOURCE,
        codecs.BOM_UTF8 + SOURCE,
        TEXT.encode(),
        b"# coding: latin-1\nx = 1\n",
        b"# coding: gbk\n\xc3\xa9\n",
    ],
)
def test_utf8_stays_as_it_is_whatever_it_says(raw: bytes) -> None:
    submission = submission_of(raw)
    assert (submission.source, submission.notes, submission.problem) == (raw, (), None)


def test_text_that_is_not_what_its_mark_says() -> None:
    raw = codecs.BOM_UTF16_LE + b"\x00\xd8"
    assert submission_of(raw).problem == Message("not_in_encoding", {"encoding": "UTF-16"})


@pytest.mark.parametrize(("text", "byte"), [(TEXT.encode("utf-16-le"), 2), (b"x = 1\n\0\0", 7)])
def test_a_text_with_bytes_of_value_0_is_told_as_such(text: bytes, byte: int) -> None:
    """Python's own words, with advice about brackets, helped nobody."""
    assert submission_of(text).problem == Message("null_byte", {"byte": byte})


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "is_pdf"),
        (b"%PDF-1.4 all ascii", "is_pdf"),
        (rb"{\rtf1\ansi\deff0 import numpy}", "is_rtf"),
        (make_zip({"[Content_Types].xml": b"", "word/document.xml": b""}), "is_office"),
        (make_zip({"mimetype": b"application/vnd.oasis.opendocument.text"}, 0), "is_office"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "is_office"),
        (b"<!DOCTYPE html>\n<html><body>import numpy", "is_html"),
        (b"\n  <HTML lang='en'>", "is_html"),
        (b'<?xml version="1.0"?>\n<html>', "is_html"),
        (b"<!-- saved from url=(0012)about:blank -->\n<html>", "is_html"),
        (b"\n" * 5000 + b"<html>", "is_html"),
        ("<!DOCTYPE html>\n<html>".encode("utf-16"), "is_html"),
        (codecs.BOM_UTF8 + rb"{\rtf1\ansi}", "is_rtf"),
        (b"<!doctype html><title>softmax.py at main - GitHub</title>", "is_github_page"),
        (b"\x89PNG\r\n\x1a\n\0", "is_image"),
        (b"\xff\xd8\xff\xe0\0JFIF", "is_image"),
        (b"GIF89a\0", "is_image"),
        (b"RIFF\x10\x10\x10\x10WEBP\xff", "is_image"),
        (pickle.dumps([1.5, "x", {}]), "is_data"),
        (b"\x93NUMPY\x01\x00v\x00", "is_data"),
        (b"\xa7\r\r\n" + bytes(12) + b"\xe3", "is_compiled"),
        (make_zip({"softmax.py": SOURCE}), "is_archive"),
        (make_tar({"softmax.py": SOURCE}, "gz"), "is_archive"),
        (b"Rar!\x1a\x07\x01\x00\xff", "is_archive"),
    ],
)
def test_what_is_no_python_is_told_as_what_it_is(raw: bytes, code: str) -> None:
    submission = submission_of(raw)
    assert submission.problem == Message(code, {"file": FILE})
    assert submission.source == raw


@pytest.mark.parametrize(
    "raw",
    [b"BMI = 3\n", b"GIF8 = 1\n", b"{1: 2}\n", b"%matplotlib inline\nx = 1\n", b"<<<<<<< HEAD\n"],
)
def test_what_may_be_python_is_left_to_python(raw: bytes) -> None:
    submission = submission_of(raw)
    assert (submission.problem, submission.source) == (None, raw)


def test_numbers_that_numpy_saved(tmp_path: Path) -> None:
    np.save(tmp_path / "softmax.npy", np.ones(3))
    tmp_path.joinpath("softmax.npy").rename(tmp_path / FILE)
    problem = read_submission(tmp_path, ASKED).problem
    assert problem == Message("is_data", {"file": FILE})


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_bytes_give_a_submission(raw: bytes) -> None:
    submission = submission_of(raw)
    if submission.problem is None:
        submission.source.decode("utf-8")
    kind_of(raw)
    decode_source(raw)
