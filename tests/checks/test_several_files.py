"""A submission of two files in the full sandbox: each question gets what it needs, or says what is
missing."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from grader.grading import grade
from grader.intake import asked_file, read_submission
from grader.model import Message
from grader.sandbox.sandbox import Sandbox
from grader.verdict import Verdict
from tests.support.notebooks import make_notebook
from tests.support.two_files import BOTH, IMPORT, IMPORTS, LAYERS, NET, two_files_key, write_texts

GradeFiles = Callable[[Mapping[str, str]], Verdict]
ALL = {"affine.value": 4, "relu.value": 2, "net.value": 4}
ONLY_LAYERS = {"affine.value": 4, "relu.value": 2, "net.value": 0}
ONLY_NET = {"affine.value": 0, "relu.value": 0, "net.value": 4}
OWN_LAYERS = "import numpy as np\n\n" + NET.replace(
    "hidden = relu_forward(affine_forward(x, self.w, self.b))",
    "hidden = np.maximum(x @ self.w + self.b, 0)",
).replace(IMPORT, "")


@pytest.fixture
def grade_files(tmp_path: Path, sandbox: Sandbox) -> GradeFiles:
    key = two_files_key()

    def grade_folder(files: Mapping[str, str]) -> Verdict:
        submission = read_submission(write_texts(tmp_path, files), asked_file(key))
        return grade(key, submission, sandbox.open_program)

    return grade_folder


def points(verdict: Verdict) -> dict[str, float | None]:
    return {finding.question: finding.points for finding in verdict.findings}


def message(verdict: Verdict, question: str) -> Message:
    (found,) = (each.message for each in verdict.findings if each.question == question)
    assert found is not None
    return found


@pytest.mark.parametrize("statement", IMPORTS)
def test_they_import_each_other(grade_files: GradeFiles, statement: str) -> None:
    verdict = grade_files({**BOTH, "fc_net.py": NET.replace(IMPORT, statement)})
    assert points(verdict) == ALL
    assert verdict.notes == ()
    assert verdict.flags == ()


def test_they_may_import_each_other_in_a_circle(grade_files: GradeFiles) -> None:
    layers = LAYERS + "\n\nimport fc_net\n\nassert fc_net.TwoLayerNet\n"
    assert points(grade_files({**BOTH, "layers.py": layers})) == ALL


def test_everything_may_stand_in_one_of_them(grade_files: GradeFiles) -> None:
    verdict = grade_files({"layers.py": LAYERS + OWN_LAYERS})
    assert points(verdict) == ALL
    assert [note.code for note in verdict.notes] == ["note_file_missing"]


def test_a_missing_second_file_costs_what_needs_it(grade_files: GradeFiles) -> None:
    verdict = grade_files({"layers.py": LAYERS})
    assert points(verdict) == ONLY_LAYERS
    assert verdict.notes == (Message("note_file_missing", {"file": "fc_net.py"}),)
    values: dict[str, float | int | str] = {"name": "TwoLayerNet", "file": "fc_net.py"}
    assert message(verdict, "net.value") == Message("missing_file", values)


def test_a_missing_first_file_costs_what_needs_it(grade_files: GradeFiles) -> None:
    verdict = grade_files({"fc_net.py": OWN_LAYERS})
    assert points(verdict) == ONLY_NET
    assert verdict.submission.file == "fc_net.py"
    assert verdict.notes == (Message("note_file_missing", {"file": "layers.py"}),)
    assert message(verdict, "relu.value").code == "missing_file"


@pytest.mark.parametrize("package", [".", "", "course."])
def test_what_uses_a_missing_file_says_so(grade_files: GradeFiles, package: str) -> None:
    verdict = grade_files({"fc_net.py": NET.replace(".layers", f"{package}layers")})
    assert points(verdict) == {"affine.value": 0, "relu.value": 0, "net.value": 0}
    assert [note.code for note in verdict.notes] == ["note_file_missing"]
    line = NET.splitlines().index(
        "        hidden = relu_forward(affine_forward(x, self.w, self.b))"
    )
    needed = Message("needs_missing_file", {"file": "layers.py"}, line=line + 1)
    assert message(verdict, "net.value") == needed
    values: dict[str, float | int | str] = {"name": "affine_forward", "file": "layers.py"}
    assert message(verdict, "affine.value") == Message("missing_file", values)


@pytest.mark.parametrize("file", ["layers.py", "fc_net.py"])
def test_a_file_that_cannot_be_read_costs_what_needs_it(grade_files: GradeFiles, file: str) -> None:
    files = {"layers.py": LAYERS, "fc_net.py": OWN_LAYERS, file: "%PDF-1.7\n"}
    verdict = grade_files(files)
    assert points(verdict) == (ONLY_NET if file == "layers.py" else ONLY_LAYERS)
    assert [note.code for note in verdict.notes] == ["note_file_left_out", "is_pdf"]
    assert verdict.notes[1].file == file


# --- files that do not parse ----------------------------------------------------------------------


def test_a_function_that_does_not_parse_leaves_the_rest_of_its_file(
    grade_files: GradeFiles,
) -> None:
    broken = LAYERS.replace("return np.maximum(x, 0)", "return np.maximum(x, 0")
    verdict = grade_files({**BOTH, "layers.py": broken, "fc_net.py": OWN_LAYERS})
    assert points(verdict) == {"affine.value": 4, "relu.value": 0, "net.value": 4}
    assert message(verdict, "relu.value").code == "does_not_parse"
    assert message(verdict, "relu.value").file is None
    assert [(note.code, note.file) for note in verdict.notes] == [("left_out_block", None)]


def test_a_second_file_is_salvaged_by_itself(grade_files: GradeFiles) -> None:
    broken = OWN_LAYERS + "\n\ndef unused(:\n    pass\n"
    verdict = grade_files({**BOTH, "fc_net.py": broken})
    assert points(verdict) == ALL
    (note,) = verdict.notes
    assert (note.code, note.file, note.line) == (
        "left_out_block",
        "fc_net.py",
        broken.splitlines().index("def unused(:") + 1,
    )


def test_both_files_are_salvaged(grade_files: GradeFiles) -> None:
    files = {name: text + "\n\ndef unused(:\n    pass\n" for name, text in BOTH.items()}
    verdict = grade_files(files)
    assert points(verdict) == ALL
    assert [(note.code, note.file) for note in verdict.notes] == [
        ("left_out_block", None),
        ("left_out_block", "fc_net.py"),
    ]


def test_a_file_of_which_nothing_parses_leaves_the_other(grade_files: GradeFiles) -> None:
    verdict = grade_files({**BOTH, "fc_net.py": "class TwoLayerNet\n    is not written\n"})
    assert points(verdict) == ONLY_LAYERS
    missing = message(verdict, "net.value")
    assert (missing.code, missing.file) == ("does_not_parse", "fc_net.py")
    assert verdict.notes[0] == Message("note_file_left_out", {"file": "fc_net.py"})


def test_what_uses_a_file_of_which_nothing_parses_says_so(grade_files: GradeFiles) -> None:
    verdict = grade_files({**BOTH, "layers.py": "def affine_forward(x\n    return x\n"})
    assert set(points(verdict).values()) == {0}
    assert [note.code for note in verdict.notes] == ["note_file_left_out", "does_not_parse"]
    assert message(verdict, "net.value").code == "needs_missing_file"
    assert message(verdict, "affine.value").code == "does_not_parse"
    assert message(verdict, "relu.value").code == "missing_file"


def test_if_nothing_parses_at_all_every_question_says_why(grade_files: GradeFiles) -> None:
    verdict = grade_files({"layers.py": "def (\n", "fc_net.py": "class (\n"})
    assert set(points(verdict).values()) == {0}
    assert message(verdict, "affine.value").code == "does_not_parse"


# --- lines ----------------------------------------------------------------------------------------


def test_an_exception_in_the_second_file_has_its_line(grade_files: GradeFiles) -> None:
    broken = NET.replace("return hidden @ self.u", "return hidden @ self.v")
    verdict = grade_files({**BOTH, "fc_net.py": broken})
    raised = message(verdict, "net.value")
    assert (raised.code, raised.file) == ("raised", "fc_net.py")
    assert raised.line == broken.splitlines().index("        return hidden @ self.v") + 1


def test_an_exception_below_the_second_file_has_the_line_where_it_was_raised(
    grade_files: GradeFiles,
) -> None:
    broken = LAYERS.replace("return np.maximum(x, 0)", "return np.maximum(x, zero)")
    raised = message(grade_files({**BOTH, "layers.py": broken}), "net.value")
    assert (raised.code, raised.file) == ("raised", None)
    assert raised.line == broken.splitlines().index("    return np.maximum(x, zero)") + 1


def test_a_misspelled_name_in_the_second_file_has_its_line(grade_files: GradeFiles) -> None:
    spelled = NET.replace("class TwoLayerNet", "class TwoLayersNet")
    reason = message(grade_files({**BOTH, "fc_net.py": spelled}), "net.value")
    assert reason.quote == "TwoLayersNet" or reason.code == "missing_in_files"
    if reason.code != "missing_in_files":
        assert reason.file == "fc_net.py"


def test_a_name_that_is_in_neither_file(grade_files: GradeFiles) -> None:
    verdict = grade_files({**BOTH, "fc_net.py": "x = 1\n"})
    values: dict[str, float | int | str] = {"name": "TwoLayerNet", "file": "layers.py, fc_net.py"}
    assert message(verdict, "net.value") == Message("missing_in_files", values)


def test_a_statement_that_fails_in_the_second_file_is_left_out_with_its_line(
    grade_files: GradeFiles,
) -> None:
    verdict = grade_files({**BOTH, "fc_net.py": NET + "\n1 / 0\n"})
    assert points(verdict) == ALL
    (note,) = verdict.notes
    assert (note.code, note.file, note.line) == ("left_out", "fc_net.py", NET.count("\n") + 2)


def test_a_line_of_a_second_file_that_is_a_notebook_has_its_cell(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    key = two_files_key()
    broken = NET.replace("return hidden @ self.u", "return hidden @ self.v")
    write_texts(tmp_path, {"layers.py": LAYERS})
    tmp_path.joinpath("fc_net.ipynb").write_bytes(make_notebook("print(1)", broken))
    verdict = grade(key, read_submission(tmp_path, asked_file(key)), sandbox.open_program)
    assert points(verdict) == ONLY_LAYERS
    raised = message(verdict, "net.value")
    line = broken.splitlines().index("        return hidden @ self.v") + 1
    assert (raised.file, raised.cell, raised.cell_line) == ("fc_net.py", 2, line)
