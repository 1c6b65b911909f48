"""Presets: what assignments share, found by name or by path, below all that an assignment says."""

import shutil
from pathlib import Path

import pytest

from grader.assignment.answer_key import build_key
from grader.assignment.contents import contents_of
from grader.assignment.find_assignment import SHIPPED, find_assignment
from grader.assignment.modules import load_misconceptions, load_stages
from grader.assignment.settings import AssignmentError, read_assignment
from grader.assignment.words import assignment_messages
from grader.checks import CHECKS, all_checks, check_named
from grader.checks.course_code import load_code
from tests.support.small_assignments import LOGISTIC, change, write

SOFTMAX = SHIPPED / "softmax"
PRESET = SHIPPED / "presets/linear-classifier"
OWN_PRESET = '[inputs]\nw = "D"\nX = "N x D"\ny = "N of labels"\n[limits]\nmemory_mib = 300\n'


def refusal(folder: Path, *overrides: str) -> str:
    with pytest.raises(AssignmentError) as refused:
        read_assignment(folder, overrides)
    return str(refused.value)


def with_preset(folder: Path, preset: str) -> Path:
    """A logistic assignment whose inputs stand in a preset."""
    write(folder, LOGISTIC)
    toml = folder / "assignment.toml"
    start, _, rest = toml.read_text().partition("[inputs]")
    toml.write_text(
        f'preset = "{preset}"\n{start}[functions.f]{rest.partition("[functions.f]")[2]}'
    )
    return folder


def test_a_preset_is_found_by_its_name() -> None:
    assignment = read_assignment(SOFTMAX)
    assert (assignment.preset, assignment.folders) == (PRESET, (SOFTMAX, PRESET))
    assert assignment.inputs["X"] == "D x N"
    assert "[inputs]" not in SOFTMAX.joinpath("assignment.toml").read_text()


def test_a_preset_is_found_by_its_path(tmp_path: Path) -> None:
    write(tmp_path / "shared", {"assignment.toml": OWN_PRESET})
    assignment = read_assignment(with_preset(tmp_path / "ours", "../shared"))
    assert assignment.preset == tmp_path / "shared"
    assert assignment.limits.memory_mib == 300
    assert build_key(assignment, 3).shapes("small") == {"loss": (), "dw": (5,)}


def test_what_an_assignment_says_goes_over_the_preset(tmp_path: Path) -> None:
    write(tmp_path / "shared", {"assignment.toml": OWN_PRESET})
    folder = with_preset(tmp_path / "ours", "../shared")
    change(folder / "assignment.toml", "seed = 1", "seed = 1\nlimits.memory_mib = 400")
    assert read_assignment(folder).limits.memory_mib == 400


def test_the_preset_stands_below_what_is_extended(tmp_path: Path) -> None:
    """And an assignment may choose another one than the assignment that it extends."""
    write(tmp_path / "shared", {"assignment.toml": OWN_PRESET})
    with_preset(tmp_path / "ours", "../shared")
    top = write(tmp_path / "top", {"assignment.toml": 'extends = "../ours"\nseed = 9\n'})
    assert read_assignment(top).folders == (top, tmp_path / "ours", tmp_path / "shared")
    write(tmp_path / "other", {"assignment.toml": OWN_PRESET.replace("300", "500")})
    other = write(
        tmp_path / "top", {"assignment.toml": 'extends = "../ours"\npreset = "../other"\n'}
    )
    assignment = read_assignment(other)
    assert assignment.folders == (top, tmp_path / "ours", tmp_path / "other")
    assert assignment.limits.memory_mib == 500


@pytest.mark.parametrize(
    ("preset", "says"),
    [
        ("linear-clasifier", "preset: there is no preset 'linear-clasifier'. Cure: write linear-"),
        ("../nowhere", "preset: there is no preset '../nowhere'. Cure: write one of linear-classi"),
        (".", "preset: there is no preset '.'. Cure: write one of linear-classifier, or the path"),
        ("", "preset: there is no preset ''. Cure: write one of linear-classifier, or the path of"),
    ],
)
def test_a_preset_that_does_not_exist(tmp_path: Path, preset: str, says: str) -> None:
    folder = with_preset(tmp_path / "ours", preset)
    assert refusal(folder).startswith(f"{folder}/assignment.toml: {says}")


@pytest.mark.parametrize("key", ["extends", "preset"])
def test_a_preset_leads_to_no_other_file(tmp_path: Path, key: str) -> None:
    write(tmp_path / "shared", {"assignment.toml": f'{key} = "../x"\n{OWN_PRESET}'})
    assert refusal(with_preset(tmp_path / "ours", "../shared")) == (
        f"{tmp_path}/shared/assignment.toml: {key}: is not for a preset. Cure: remove it."
    )
    assert refusal(SOFTMAX, f"{key}=x").startswith(
        f"--set {key}=x: {key} is not for the command line."
    )


def test_presets_are_no_assignments() -> None:
    with pytest.raises(AssignmentError, match=r"or one of these names: softmax\.$"):
        find_assignment("presets")


def test_an_assignment_with_the_preset_needs_three_files(tmp_path: Path) -> None:
    """Its inputs, its call, its knob, both layouts: all of that is the preset's."""
    folder = tmp_path / "svm"
    folder.mkdir()
    for name in ("cases.py", "softmax.py"):
        shutil.copy(SOFTMAX / name, folder)
    folder.joinpath("assignment.toml").write_text(
        'title = "S"\nfile = "softmax.py"\nseed = 1\npreset = "linear-classifier"\n'
        '[functions]\nnaive = "softmax_loss_naive"\n[questions]\n'
        '"naive.loss" = { points = 1, check = "value", output = "loss", cases = ["small"] }\n'
        '"naive.reg" = { points = 1, check = "effect", cases = ["small"] }\n'
        '"naive.slope" = { points = 1, check = "slope", cases = ["small"] }\n'
    )
    for settings in ((), ("layout=DxC", "regularization=1.0")):
        assignment = read_assignment(folder, settings)
        assert load_stages(assignment) == {}
        assert load_misconceptions(assignment, {}) == {}
        key = build_key(assignment, 1)
        assert (key.baseline, key.signatures) == (None, None)
        assert "small_reg" in key.cases
    assert assignment_messages(assignment)["en"]["messages"]


# --- checks.py ---

BASE = """
from grader.checks import Check
from grader.checks.settings import CasesSettings
from grader.model import Message
from grader.verdict import CheckResult


def _result():
    return CheckResult(True)


def check_base(function, key, settings):
    return _result()


CHECKS = {"base": Check(check_base, CasesSettings), "both": Check(check_base, CasesSettings)}


def explain_error(function, key, message):
    return Message("base") if message.code in ("first", "second") else None
"""
OWN = """
from grader.checks import Check
from grader.checks.settings import CasesSettings
from grader.model import Message
from grader.verdict import CheckResult


def _result():
    return CheckResult(False)


def check_own(function, key, settings):
    return _result()


CHECKS = {"both": Check(check_own, CasesSettings)}


def explain_error(function, key, message):
    return Message("own") if message.code == "second" else None
"""


def with_checks(tmp_path: Path) -> Path:
    write(tmp_path / "shared", {"assignment.toml": OWN_PRESET, "checks.py": BASE})
    folder = with_preset(tmp_path / "ours", "../shared")
    folder.joinpath("checks.py").write_text(OWN.lstrip())
    words = [f'[messages.{code}]\nwhat = "It."\nnext = "That."\n' for code in ("base", "own")]
    folder.joinpath("messages").mkdir(exist_ok=True)
    folder.joinpath("messages/en.toml").write_text("".join(words), encoding="utf-8")
    change(
        folder / "assignment.toml",
        "[questions]",
        '[questions]\n"f.base" = { points = 1, check = "base", cases = ["small"] }\n'
        '"f.both" = { points = 1, check = "both", cases = ["small"] }',
    )
    return folder


def test_checks_of_all_folders_are_in_the_key(tmp_path: Path) -> None:
    """Each keeps its own helpers, and what is nearer to the assignment goes over its base."""
    key = build_key(read_assignment(with_checks(tmp_path)), 3)
    assert key.checks is not None
    checks = all_checks(key)
    assert checks.keys() == CHECKS.keys() | {"base", "both"}
    assert checks["base"].judge(None, key, None).passed  # type: ignore[arg-type]
    assert not check_named(key, "both").judge(None, key, None).passed  # type: ignore[arg-type]
    from grader.model import Message

    explain = load_code(key.checks)["explain_error"]
    codes = [explain(None, key, Message(code)) for code in ("first", "second", "third")]
    assert codes == [Message("base"), Message("own"), None]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("CHECKS = {", "CHECKS = {{", "ours/checks.py, line 15: SyntaxError: "),
        (
            "Check(check_own",
            "Check(check_won",
            "ours/checks.py, line 15: NameError: name 'check_won",
        ),
        ("import Check\n", "import Chek\n", "ours/checks.py, line 1: ImportError: cannot import"),
        (
            "Check(check_own, CasesSettings)",
            "check_own",
            "checks.py: CHECKS: 'both' is no Check. Write name: Check(judge, Settings), in a dict",
        ),
        (
            "Check(check_own, CasesSettings)",
            "Check(check_own, dict)",
            "checks.py: CHECKS: 'both' is no Check. Write",
        ),
        (
            'CHECKS = {"both": ',
            'CHECKS = {"both": Check(check_own, CasesSettings), "value": ',
            "checks.py: CHECKS: 'value' is a check of the grader. Give yours another name",
        ),
    ],
)
def test_an_error_in_checks_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    folder = with_checks(tmp_path)
    change(folder / "checks.py", old, new)
    refused = refusal(folder)
    assert says in refused
    assert "\n" not in refused
    tmp_path.joinpath("shared/checks.py").unlink()  # alone, it is told in the same way
    change(folder / "assignment.toml", 'check = "base"', 'check = "both"')
    assert says.partition(": ")[0] in refusal(folder)


def test_a_change_in_a_preset_is_noticed(tmp_path: Path) -> None:
    folder = with_checks(tmp_path)
    before = contents_of(read_assignment(folder))
    assert {"checks.py", "shared/checks.py"} <= before.files.keys()
    tmp_path.joinpath("shared/checks.py").write_text(BASE + "\n# more\n")
    now = contents_of(read_assignment(folder))
    assert {name for name in now.files if now.files[name] != before.files[name]} == {
        "shared/checks.py"
    }
