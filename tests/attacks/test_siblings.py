"""Hostile hand-ins of two files in the full sandbox: what one file does gains nothing.

Neither patching the other file, numpy nor the modules around it helps, and the next submission is
graded as ever.
"""

from collections.abc import Mapping
from pathlib import Path

import pytest

from grader.grading import grade
from grader.intake import asked_file, read_submission
from grader.sandbox.sandbox import Sandbox
from grader.verdict import Verdict
from tests.support.two_files import BOTH, LAYERS, NET, two_files_key, write_texts

WRONG = LAYERS.replace("x @ w + b", "x @ w - b")
# Each patches something when it is loaded or called, so that what is wrong may look right.
HOSTILE_NETS = {
    "numpy and its comparisons": """
import numpy as np
np.maximum = lambda a, b: a
np.allclose = np.array_equal = lambda *a, **k: True
np.ndarray.__eq__ = lambda *a: True
""",
    "the other module, after it was loaded": """
import layers
layers.affine_forward = lambda x, w, b: x @ w * 0
layers.relu_forward = layers.affine_forward
""",
    "the other module, with one that answers to every name": """
import sys

class Module:
    def __getattr__(self, name):
        return lambda *arguments: 0.0

sys.modules["layers"] = sys.modules["fc_net"] = sys.modules["numpy"] = Module()

def __getattr__(name):
    return lambda *arguments: 0.0
""",
    "the importer and its stand-ins": """
import builtins, gc, sys
builtins.__import__ = lambda *a, **k: sys.modules["layers"]
for each in gc.get_objects():
    if type(each).__name__ in ("Importer", "SubmissionFile", "Program", "Call"):
        try:
            for name in list(vars(each)):
                setattr(each, name, None)
        except Exception:
            pass
import no_such_module
no_such_module.anything
""",
    "the modules of the child": """
import sys
for name in ("outputs", "wire", "files", "stand_ins", "top_level", "child"):
    module = sys.modules.get(name)
    for each in list(vars(module) if module else ()):
        if not each.startswith("__"):
            setattr(module, each, lambda *a, **k: b"")
""",
}
# Files that nobody asked for, named like modules of Python, numpy, the grader and the child.
STRANGERS = (
    "numpy.py",
    "random.py",
    "wire.py",
    "stand_ins.py",
    "child.py",
    "scipy.py",
    "sitecustomize.py",
    "course/__init__.py",
    "__init__.py",
    "numpy/__init__.py",
    "grader/__init__.py",
)


def grade_folder(files: Mapping[str, str], folder: Path, sandbox: Sandbox) -> Verdict:
    key = two_files_key()
    submission = read_submission(write_texts(folder, files), asked_file(key))
    return grade(key, submission, sandbox.open_program)


def require_unharmed(folder: Path, sandbox: Sandbox) -> None:
    """The next submission gets full marks in the same zygote, and nothing is told of it."""
    sandbox.is_worn = False
    verdict = grade_folder(BOTH, folder / "next", sandbox)
    assert verdict.score == verdict.possible
    assert (verdict.notes, verdict.flags) == ((), ())


@pytest.mark.parametrize("patch", HOSTILE_NETS.values(), ids=HOSTILE_NETS)
def test_a_file_that_patches_others_gains_nothing(
    patch: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    files = {"layers.py": WRONG, "fc_net.py": NET + patch}
    verdict = grade_folder(files, tmp_path / "hostile", sandbox)
    earned = {finding.question: finding.points for finding in verdict.findings}
    assert earned["affine.value"] in (0, None)
    assert earned["net.value"] in (0, None)
    assert verdict.sandbox == "full"
    require_unharmed(tmp_path, sandbox)


def test_the_first_file_cannot_answer_for_the_second(tmp_path: Path, sandbox: Sandbox) -> None:
    """A module that pretends to hold what is asked for is called, and its numbers are wrong."""
    layers = LAYERS + "\n\ndef __getattr__(name):\n    return lambda *arguments: layers_of\n"
    verdict = grade_folder({"layers.py": layers}, tmp_path / "hostile", sandbox)
    earned = {finding.question: finding.points for finding in verdict.findings}
    assert earned == {"affine.value": 4, "relu.value": 2, "net.value": 0}
    require_unharmed(tmp_path, sandbox)


def test_no_file_shadows_a_module(tmp_path: Path, sandbox: Sandbox) -> None:
    raising = "raise SystemExit('this file was run')\n"
    net = "import random, scipy\n" + NET
    files = {**dict.fromkeys(STRANGERS, raising), **BOTH, "fc_net.py": net}
    verdict = grade_folder(files, tmp_path / "hostile", sandbox)
    assert verdict.score == verdict.possible
    codes = {note.code for note in verdict.notes}
    assert codes <= {"note_found_in", "missing_module"}
    require_unharmed(tmp_path, sandbox)


def test_what_is_loaded_has_the_names_of_the_assignment_alone(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """A file whose name a student chose is loaded under the name that was asked for."""
    files = {"hw_layers.py": LAYERS, "numpy fc_net.py": NET}
    verdict = grade_folder(files, tmp_path / "hostile", sandbox)
    assert verdict.score == verdict.possible
    assert verdict.submission.file == "layers.py"
