"""stages.py and misconceptions/ of an assignment: where they are found, and what errors say."""

import runpy
import shutil
from pathlib import Path

import pytest

from grader.assignment.answer_key import build_key
from grader.assignment.find_assignment import SHIPPED
from grader.assignment.modules import load_misconceptions, load_stages, load_terms
from grader.assignment.settings import AssignmentError, read_assignment
from grader.diagnosis.stages import Stages

SOFTMAX = SHIPPED / "softmax"
ENTRY = 'MISCONCEPTIONS = {{"mine": {}}}'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An assignment that extends the softmax assignment."""
    own = tmp_path / "ours"
    own.joinpath("misconceptions").mkdir(parents=True)
    own.joinpath("assignment.toml").write_text(f'extends = "{SOFTMAX}"\n', encoding="utf-8")
    return own


def load(folder: Path) -> tuple[Stages, dict[str, Stages]]:
    assignment = read_assignment(folder)
    stages = load_stages(assignment)
    return stages, dict(load_misconceptions(assignment, stages))


def test_the_functions_of_the_file_are_the_stages(folder: Path) -> None:
    text = SOFTMAX.joinpath("stages.py").read_text(encoding="utf-8")
    text += "\n\ndef _helper(anything):\n    return anything\n\n"
    text += "\nfrom textwrap import dedent\n\nCONSTANT = 3\n"
    folder.joinpath("stages.py").write_text(text, encoding="utf-8")
    stages, _ = load(folder)
    assert tuple(stages) == tuple(load_stages(read_assignment(SOFTMAX)))
    assert {"loss", "dW", "reg_loss", "data_loss"} < set(stages)


def test_an_assignment_without_them_has_none(tmp_path: Path) -> None:
    """The stages and mistakes that a preset shares are of no use alone."""
    own = Path(
        shutil.copytree(
            SOFTMAX, tmp_path / "own", ignore=shutil.ignore_patterns("stages.py", "misconceptions")
        )
    )
    assert load(own) == ({}, {})
    assert build_key(read_assignment(own), 1).cases


def test_own_entries_stand_beside_those_of_the_extended_assignment(folder: Path) -> None:
    """File by file, in the order of their names. A file replaces one of the same name."""
    _, shipped = load(SOFTMAX)
    folder.joinpath("misconceptions/0_ours.py").write_text(
        ENTRY.format('{"dscores": lambda one_hot: one_hot}'), encoding="utf-8"
    )
    folder.joinpath("misconceptions/8_labels.py").write_text(
        "MISCONCEPTIONS = {}", encoding="utf-8"
    )
    _, ours = load(folder)
    replaced = runpy.run_path(str(SOFTMAX / "misconceptions/8_labels.py"))["MISCONCEPTIONS"]
    assert "label_minus_1" in replaced
    assert list(ours) == ["mine", *(name for name in shipped if name not in replaced)]


WRONG_STAGES = {
    "unknown module": ("import nothing_of_this_name", "cannot be imported (ModuleNotFoundError: "),
    "unknown argument": (
        "def data_loss(p):\n    return p",
        "stage 'data_loss' needs 'p', which is no stage and no given value. Write",
    ),
    "circle": (
        "def labels(dscores):\n    return dscores",
        "the stages need each other in a circle: ",
    ),
    "length of an axis": (
        "def N(X):\n    return X.shape[1]",
        "stage 'N' has the name of a given value. Rename it.",
    ),
    "choice of a convention": (
        "def layout(X):\n    return X",
        "stage 'layout' has the name of a given value. Rename it.",
    ),
    "name of a value": (
        "def X(W):\n    return W",
        "stage 'X' has the name of a given value. Rename it.",
    ),
}


@pytest.mark.parametrize(("text", "says"), WRONG_STAGES.values(), ids=WRONG_STAGES)
def test_wrong_stages_are_refused(folder: Path, text: str, says: str) -> None:
    whole = SOFTMAX.joinpath("stages.py").read_text(encoding="utf-8")
    folder.joinpath("stages.py").write_text(f"{whole}\n\n{text}\n", encoding="utf-8")
    with pytest.raises(AssignmentError) as refused:
        load(folder)
    place, _, what = str(refused.value).partition(": ")
    assert place.partition(",")[0] == f"{folder}/stages.py"
    assert what.startswith(says)


def test_a_syntax_error_is_told_with_its_line(folder: Path) -> None:
    for name in ("stages.py", "misconceptions/9_ours.py"):
        folder.joinpath(name).write_text("A = 1\n\nB = (\n", encoding="utf-8")
        with pytest.raises(AssignmentError) as refused:
            load(folder)
        assert str(refused.value) == (
            f"{folder}/{name}, line 3: cannot be imported (SyntaxError: '(' was never closed). "
            "Correct it."
        )
        folder.joinpath(name).unlink()


def test_a_stage_that_the_preset_needs_is_missing(tmp_path: Path) -> None:
    own = Path(shutil.copytree(SOFTMAX, tmp_path / "own"))
    text = own.joinpath("stages.py").read_text(encoding="utf-8")
    own.joinpath("stages.py").write_text(f"{text}\n\ndel data_gradient\n", encoding="utf-8")
    with pytest.raises(AssignmentError) as refused:
        load(own)
    assert str(refused.value).startswith(
        f"{own}/stages.py: stage 'dW' needs 'data_gradient', which is no stage and no given value."
    )


def test_own_stages_go_over_those_of_the_extended_assignment_by_name(folder: Path) -> None:
    folder.joinpath("stages.py").write_text("def labels(y):\n    return y + 0\n", encoding="utf-8")
    stages, misconceptions = load(folder)
    shipped, shipped_misconceptions = load(SOFTMAX)
    assert stages.keys() == shipped.keys()
    assert stages["labels"].__code__.co_filename == str(folder / "stages.py")
    assert {name for name in stages if stages[name].__code__ != shipped[name].__code__} == {
        "labels"
    }
    assert misconceptions.keys() == shipped_misconceptions.keys()


WRONG_MISCONCEPTIONS = {
    "no dict": (
        "MISCONCEPTIONS = []",
        "there is no dict MISCONCEPTIONS. Write one: id -> {name of a stage: function}.",
    ),
    "another name": ("MISTAKES = {}", "there is no dict MISCONCEPTIONS. Write one"),
    "odd id": (
        'MISCONCEPTIONS = {"my own": {}}',
        "'my own': is no id. Write letters, digits and underscores.",
    ),
    "id is a number": (
        "MISCONCEPTIONS = {3: {}}",
        "3: is no id. Write letters, digits and underscores.",
    ),
    "no stages": (
        ENTRY.format("{}"),
        "'mine': is no dict of stages. Write {name of a stage: function}.",
    ),
    "only a function": (
        ENTRY.format("lambda W: W"),
        "'mine': is no dict of stages. Write {name of a stage: function}.",
    ),
    "unknown stage": (
        ENTRY.format('{"los": lambda: 0}'),
        "'mine': replaces 'los', which is no stage of stages.py. Write one of squares, ",
    ),
    "unknown argument": (
        ENTRY.format('{"dscores": lambda p: p}'),
        "'mine': stage 'dscores' needs 'p', which is no stage and no given value.",
    ),
    "circle": (
        ENTRY.format('{"dscores": lambda outer: outer}'),
        "'mine': the stages need each other in a circle: outer -> dscores -> outer.",
    ),
    "no function": (
        ENTRY.format('{"dscores": 0}'),
        "'mine': stage 'dscores' is no plain function. Write one",
    ),
    "an id of another file": (
        'MISCONCEPTIONS = {"label_first": {"labels": lambda y: y}}',
        f"'label_first': stands in {SOFTMAX}/misconceptions/8_labels.py too. Rename one of them.",
    ),
}


@pytest.mark.parametrize(("text", "says"), WRONG_MISCONCEPTIONS.values(), ids=WRONG_MISCONCEPTIONS)
def test_wrong_misconceptions_are_refused(folder: Path, text: str, says: str) -> None:
    folder.joinpath("misconceptions/9_ours.py").write_text(text, encoding="utf-8")
    with pytest.raises(AssignmentError) as refused:
        load(folder)
    assert str(refused.value).startswith(f"{folder}/misconceptions/9_ours.py: {says}")


def test_an_entry_that_changes_no_result(folder: Path) -> None:
    text = SOFTMAX.joinpath("stages.py").read_text(encoding="utf-8")
    folder.joinpath("stages.py").write_text(
        f"{text}\n\ndef spare(W):\n    return W\n", encoding="utf-8"
    )
    folder.joinpath("misconceptions/9_ours.py").write_text(
        ENTRY.format('{"spare": lambda X: X}'), encoding="utf-8"
    )
    with pytest.raises(
        AssignmentError, match=r"'mine': changes none of the outputs\. Replace a stage that one"
    ):
        load(folder)


WRONG_TERMS = {
    "no dict": ("TERMS = 3", "TERMS: is no dict of dicts. Write output -> {name of a term"),
    "old form": ("TERMS = {'a': lambda W: W}", "TERMS: is no dict of dicts. Write output ->"),
    "unknown output": ("TERMS = {'dw': {}}", "TERMS: 'dw' is no output. Cure: write dW, or"),
    "a stage's name": (
        "TERMS = {'dW': {'labels': lambda y: y}}",
        "TERMS: 'labels' is the name of a stage. Rename it.",
    ),
    "unknown argument": (
        "TERMS = {'dW': {'part': lambda p: p}}",
        "TERMS: stage 'part' needs 'p', which is no stage and no given value.",
    ),
}


@pytest.mark.parametrize(("text", "says"), WRONG_TERMS.values(), ids=WRONG_TERMS)
def test_wrong_terms_are_refused(folder: Path, text: str, says: str) -> None:
    folder.joinpath("stages.py").write_text(f"{text}\n", encoding="utf-8")
    assignment = read_assignment(folder)
    with pytest.raises(AssignmentError) as refused:
        load_terms(assignment, load_stages(assignment))
    assert str(refused.value).startswith(f"{folder}/stages.py: {says}")


@pytest.mark.parametrize("text", ["undefined", "y.nothing", "1 / 0"])
def test_a_stage_that_stops_is_told_with_its_line(folder: Path, text: str) -> None:
    folder.joinpath("stages.py").write_text(
        f"def labels(y):\n    return {text}\n", encoding="utf-8"
    )
    with pytest.raises(AssignmentError, match=r"stages\.py, line 2: stage 'labels' stops with "):
        build_key(read_assignment(folder), 1)


def test_a_term_that_stops_is_told_with_its_line(folder: Path) -> None:
    folder.joinpath("stages.py").write_text(
        'TERMS = {\n    "dW": {\n        "part": lambda W: W + undefined,\n    }\n}\n',
        encoding="utf-8",
    )
    with pytest.raises(
        AssignmentError, match=r"TERMS: dW: .*stages\.py, line 3: NameError: name 'undefined'"
    ):
        build_key(read_assignment(folder), 1)


def test_misconceptions_without_stages(tmp_path: Path) -> None:
    own = Path(
        shutil.copytree(SOFTMAX, tmp_path / "own", ignore=shutil.ignore_patterns("stages.py"))
    )
    with pytest.raises(
        AssignmentError,
        match=r"which is no stage of stages\.py\. Write one of its stages, in that file\.",
    ):
        load(own)
