"""Makes gold gradebooks of today's schema, and what they export.

    python -m tests.support.gold_gradebook tests/gold/gradebooks/4

4-run is a run with odd rows; 4-layers one of an assignment of two files, with a secret seed. They
are made once, when a schema is released; later versions of the grader have to read them.
"""

import csv
import io
import shutil
import sqlite3
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import get_args

import msgspec

from grader.batch.pages import page_context
from grader.class_row import CountPolicy
from grader.exports import EXPORTS
from grader.gradebook.class_list import class_list
from grader.gradebook.database import NAME
from grader.gradebook.record import open_gradebook, require_run_key
from tests.support.batches import REFERENCE, grader
from tests.support.paths import PROJECT
from tests.support.submission_files import write_files

SUBMISSIONS = PROJECT / "tests/submissions"
LAYERS = PROJECT / "tests/assignments/layers"
# A manifest with two attempts, a group, a late file, a line without a file, a withdrawn file, and
# the same code twice.
MANIFEST = """id,name,path,attempt,submitted_at,late
ana,Ana Núñez,a1.py,1,2026-11-20T10:00:00Z,no
ana,Ana Núñez,a2.py,2,2026-11-21T10:00:00Z,yes
bob,Bob,b1.py,1,2026-11-20T09:00:00Z,no
bob,Bob,b2.py,2,2026-11-22T09:00:00Z,no
dan,Dan,d.py,1,2026-11-20T09:00:00Z,no
eve,Eve,d.py,1,2026-11-20T09:00:00Z,no
fay,Fay,f.py,1,2026-11-20T09:00:00Z,no
guy,Guy,g.py,1,2026-11-20T09:00:00Z,no
hal,Hal,h.py,1,2026-11-20T09:00:00Z,no
"""
FILES = {
    "a1.py": "gradient_not_averaged",
    "a2.py": "einsum_everywhere",
    "b1.py": "full_regularization",
    "b2.py": "loss_not_averaged",
    "d.py": "helper_functions",
    "f.py": "one_hot_eye",
    "g.py": "template_untouched",
}
ROSTER = """Student,ID,SIS User ID,SIS Login ID,Section
    Points Possible,,,,
"Núñez, Ana",1001,s-ana,ana,A
"B, Bob",1002,s-bob,bob,A
"Dan",1003,s-dan,dan,A
"Eve",1004,s-eve,eve,A
"Ida",1005,s-ida,ida,B
"Zoe",1006,s-zoe,zoe,B
"""
# What has no command yet, and what an older version of the grader left.
ROWS = """
    INSERT INTO extensions (ids, until, granted_by, granted_at, reason) VALUES
        ('["1001"]', '2026-11-21T12:00:00+00:00', 'Teo', '2026-11-21T13:00:00+00:00', 'ill');
    INSERT INTO decisions (ids, attempt, decided_by, decided_at, reason) VALUES
        ('["1002"]', 1, 'Teo', '2026-11-23T13:00:00+00:00', 'the wrong file');
    INSERT INTO troubles (submission, what, at, run)
        SELECT id, 'OSError: no space', '2026-11-20T13:00:00.000+00:00', 1
        FROM submissions WHERE ids = '["guy"]';
    UPDATE verdicts SET fingerprint = lower(hex(zeroblob(32)))
        WHERE submission = (SELECT id FROM submissions WHERE ids = '["fay"]');
"""


def make_run(folder: Path) -> None:
    """Grade an invented class twice in a new folder, and keep its gradebook and its exports."""
    with tempfile.TemporaryDirectory() as name:
        course = Path(name)
        # An assignment that is gone afterwards: later edits of the shipped one are none of it.
        shutil.copytree(PROJECT / "reference/softmax", course / "hw1")
        sources = {name: (SUBMISSIONS / f"{stem}.py").read_bytes() for name, stem in FILES.items()}
        write_files(course / "first", {"manifest.csv": MANIFEST.encode(), **sources})
        write_files(course / "second", _second_source())
        (course / "roster.csv").write_text(ROSTER)
        batch = ("--out", course / "run", "--assignment", course / "hw1", "--seed", 7)
        options = (*batch, "--count", "all", "--roster", course / "roster.csv")
        grader("batch", course / "first", *options)
        manifest = course / "first/manifest.csv"
        manifest.write_text(MANIFEST.replace("fay,Fay,f.py,1,2026-11-20T09:00:00Z,no\n", ""))
        (course / "first/f.py").unlink()
        (course / "first/b2.py").write_bytes(sources["a2.py"])  # other bytes of one attempt
        grader("batch", course / "first", *options)
        grader("batch", course / "second", *batch)
        _add_rows(course / "run" / NAME)
        _keep(course / "run", folder)


def make_layers(folder: Path) -> None:
    """The same of hand-ins of two files: right, wrong in either, and with one of them only."""
    with tempfile.TemporaryDirectory() as name:
        course = Path(name)
        shutil.copytree(LAYERS, course / "hw2")
        files = {path.name: path.read_text() for path in LAYERS.glob("*.py")}
        layers, net = files["layers.py"], files["fc_net.py"]
        hand_ins = {
            "ana": {"layers.py": layers, "fc_net.py": net},
            "bob": {"layers.py": layers.replace("+ b\n", "\n", 1), "fc_net.py": net},
            "cid": {"layers.py": layers, "fc_net.py": net.replace("0.5 * self.reg", "self.reg")},
            "dan": {"layers.py": layers},
            "eve": {
                "layers.py": layers,
                "fc_net.py": net.replace("return loss", "return loss loss"),
            },
        }
        for student, texts in hand_ins.items():
            own = {file: text.encode() for file, text in texts.items()}
            write_files(course / "class" / student, own)
        batch = ("--out", course / "run", "--assignment", course / "hw2")
        grader("batch", course / "class", *batch)
        _add_rows(course / "run" / NAME, "")
        _keep(course / "run", folder)


def _keep(run: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(run / NAME, folder / NAME)
    (folder / NAME).chmod(0o644)
    for policy in get_args(CountPolicy):
        (folder / f"{policy}.csv").write_text(_csv_of(folder, policy), newline="")


def _second_source() -> dict[str, bytes]:
    """Folders of students, with files that have to be found and read in other ways."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a1/cs231n/classifiers/softmax.py", REFERENCE + "\n# zipped\n")
        file.writestr("a1/softmax.ipynb", "{}")
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Softmax"]},
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": ["%matplotlib inline"]},
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": [REFERENCE]},
    ]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    stray = f"import matplotlib.pyplot as plt\n{REFERENCE}\ndata = get_data()\n"
    return {
        "zoe/softmax (1).py": (REFERENCE + "\n# downloaded\n").encode(),
        "kim/softmax.ipynb": msgspec.json.encode(notebook),
        "lee/softmax.py": stray.encode(),
        "mia/a1.zip": archive.getvalue(),
        "ned/notes.txt": b"I am ill.",
    }


def _add_rows(path: Path, rows: str = ROWS) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript(rows)
    connection.execute("PRAGMA journal_mode = DELETE")  # one file
    connection.execute("VACUUM")
    connection.close()


def _csv_of(folder: Path, policy: CountPolicy) -> str:
    with open_gradebook(folder) as gradebook:
        words = page_context(require_run_key(gradebook), "en").words
        text = "".join(EXPORTS["csv"](class_list(gradebook, policy), words))
    assert list(csv.reader(io.StringIO(text)))
    return text


if __name__ == "__main__":
    make_run(Path(f"{sys.argv[1]}-run"))
    make_layers(Path(f"{sys.argv[1]}-layers"))
