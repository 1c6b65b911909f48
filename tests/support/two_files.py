"""The assignment of two files in tests/assignments/two_files, and hand-ins for it."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from grader.assignment.answer_key import answer_key
from grader.assignment.settings import read_assignment
from grader.model import AnswerKey
from tests.support.paths import PROJECT
from tests.support.submission_files import write_files

FOLDER = PROJECT / "tests/assignments/two_files"
LAYERS = (FOLDER / "layers.py").read_text()
NET = (FOLDER / "fc_net.py").read_text()
BOTH = {"layers.py": LAYERS, "fc_net.py": NET}
IMPORT = "from .layers import affine_forward, relu_forward"  # in NET
# Ways to import the other file that work in its folder or in the course's.
IMPORTS = (
    IMPORT,
    "from .layers import *",
    "from layers import *",
    "from ..layers import affine_forward, relu_forward",
    "from course.layers import affine_forward, relu_forward",
    "import layers\naffine_forward, relu_forward = layers.affine_forward, layers.relu_forward",
)


@cache
def two_files_key() -> AnswerKey:
    return answer_key(read_assignment(FOLDER, ()))


def write_texts(folder: Path, files: Mapping[str, str]) -> Path:
    """Write the files and the folders that they need. Returns `folder`."""
    return write_files(folder, {name: text.encode() for name, text in files.items()})
