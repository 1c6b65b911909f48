"""Hand-ins that lie: damaged notebooks, archives and texts, for `make fuzz`.

Each must give a submission or a reason, in bounded time.
"""

import tarfile
import time
import warnings
from contextlib import suppress
from zipfile import ZIP_STORED

from hypothesis import strategies as st

from grader.intake.entries import UnreadableSubmission
from grader.intake.find_file import find_file
from grader.intake.source import SOURCE_CAP, make_submission
from grader.intake.tar_archive import open_student_tar
from grader.intake.zip_archive import open_student_zip
from grader.model import Submission
from tests.support.notebooks import make_notebook
from tests.support.submission_files import ASKED, SOURCE, make_member, make_tar, make_zip

MAX_SECONDS = 5.0  # CPU time of one hand-in

PIECES = (
    SOURCE.decode(),
    "def softmax_loss_vectorized(W, X, y, reg): return helper(W), np\n",
    "def helper(x):\n    return helper(x) + K\n",
    "import numpy as np\n",
    "from math import *\n",
    "K = K + 1; L = 2\n",
    "class K:\n    def f(self): return L\n",
    "%matplotlib inline\n",
    "!ls \\\n",
    "%%time\n",
    "%%bash\n",
    "np.exp?\n",
    "if K:\n    %time 1\n",
    "def softmax_loss_naive(\n",
    "'''\n",
    "(" * 50,
    "-" * 500 + "1\n",
    "\x00",
    "\u2028\f\r\n",
    "@K\n",
    "global K\n",
    "try: np\nexcept NameError: np = 1\n",
)
NAMES = (
    "softmax.py",
    "hw1/softmax.py",
    "hw1\\softmax.py",
    "SOFTMAX.PY",
    "softmax (1).py",
    "softmax.ipynb",
    "work.py",
    "../softmax.py",
    "/softmax.py",
    "a/./b//softmax.py",
    "softmax.py/",
    "venv/softmax.py",
    "in.zip",
    "in.tar.gz",
    ".softmax.py",
    "softmax.py.txt",
    "d/" * 17 + "softmax.py",
    "caf\u00e9/softmax.py",
    "softmax.py\x00.png",
)

texts = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
notebooks = st.builds(
    make_notebook,
    texts,
    texts,
    texts,
    version=st.sampled_from((3, 4)),
    as_lines=st.booleans(),
    outputs=st.sampled_from(([], [{"data": float("nan")}], [[[[]]]], "x")),
)
sources = st.one_of(
    texts.map(str.encode),
    texts.map(lambda text: text.encode("utf-16")),
    texts.map(lambda text: b"# coding: latin-1\n\xe9" + text.encode()),
    st.binary(max_size=500),
)
contents = st.one_of(sources, notebooks, st.just(make_zip({"softmax.py": SOURCE})))
members = st.lists(st.tuples(st.sampled_from(NAMES), contents), min_size=1, max_size=5)
changes = st.lists(
    st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=5
)  # place from either end, byte


def changed(raw: bytes, places: list[tuple[int, int]]) -> bytes:
    """Change some bytes: those near the beginning, and as many near the end."""
    altered = bytearray(raw)
    for place, byte in places:
        if place < len(altered):
            altered[place if byte % 2 else -1 - place] = byte
    return bytes(altered)


def check_file(raw: bytes, places: list[tuple[int, int]]) -> None:
    """A file under each name gives a submission, or a reason."""
    for name in ("softmax.py", "softmax.ipynb"):
        started = time.thread_time()
        with suppress(UnreadableSubmission):
            check_submission(make_submission(name, changed(raw, places), None, ASKED))
        assert time.thread_time() - started < MAX_SECONDS


def check_archive(files: list[tuple[str, bytes]], places: list[tuple[int, int]]) -> None:
    """A zip and a tar of these members give a submission, or a reason."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile's, about names that are there twice
        as_zip = make_zip([(make_member(name), content) for name, content in files], ZIP_STORED)
    as_tar = make_tar(dict(files), form=tarfile.GNU_FORMAT)
    for packed, opener in ((as_zip, open_student_zip), (as_tar, open_student_tar)):
        started = time.thread_time()
        with suppress(UnreadableSubmission):
            found = find_file(opener(changed(packed, places), "alice"), ASKED)
            raw, name = found.content.raw, found.entry.name
            check_submission(make_submission(name, raw, None, ASKED, found.notes))
        assert time.thread_time() - started < MAX_SECONDS


def check_submission(submission: Submission) -> None:
    """What is graded is UTF-8; the cells of a notebook lie in it, one after the other."""
    if submission.problem:
        return
    text = submission.source.decode("utf-8")
    assert len(submission.source) <= 4 * SOURCE_CAP
    lines = [start.line for start in submission.cells]
    assert lines == sorted(set(lines))
    assert all(0 < line <= len(text.split("\n")) for line in lines)
