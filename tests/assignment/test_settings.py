"""Assignment folders: each mistake in one is refused with the file, the key and the cure."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.assignment.answer_key import build_key
from grader.assignment.find_assignment import SHIPPED, find_assignment
from grader.assignment.settings import Assignment, AssignmentError, read_assignment
from grader.messages import LANGUAGES
from grader.model import Limits, Tolerances

SOFTMAX = SHIPPED / "softmax"
PRESET = SHIPPED / "presets/linear-classifier"
Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """write(text) -> a folder whose assignment.toml extends softmax's and adds this text."""

    def write_folder(text: str) -> Path:
        folder = tmp_path / "ours"
        folder.mkdir()
        folder.joinpath("assignment.toml").write_text(
            f'extends = "{SOFTMAX}"\n{text}', encoding="utf-8"
        )
        return folder

    return write_folder


def refusal(folder: Path, *overrides: str) -> str:
    with pytest.raises(AssignmentError) as refused:
        read_assignment(folder, overrides)
    return str(refused.value)


def with_question(line: str) -> str:
    return f"[questions]\n{line}"


WRONG = {
    "module that is not installed": (
        'modules = ["sklearn"]',
        "modules: sklearn is not installed beside the grader",
        "python -m pip install scikit-learn",
    ),
    "module of the grader": (
        'modules = ["scipy", "msgspec"]',
        "modules: msgspec belongs to the grader",
        "leave it out",
    ),
    "module of Python": (
        'modules = ["json"]',
        "modules: json can be imported anyway",
        "leave it out",
    ),
    "module that is a path": ('modules = ["../secret"]', "modules", "as Python imports them"),
    "module with an option": ('modules = ["--target=/"]', "modules", "as Python imports them"),
    "modules that are no list": ('modules = "scipy"', "modules", "as Python imports them"),
    "unknown key": ('colour = "red"', "colour: is not known here", "remove it"),
    "key that is near another": (
        "[toleranses]\nvalue = 1e-6",
        "toleranses: is not known here",
        "write tolerances, or remove it",
    ),
    "title is no text": (
        "title = 5",
        "title: is 5",
        "write a text, or a table with one for each language",
    ),
    "title in no language": (
        'title = { fr = "a" }',
        "title.fr: is in no language known here",
        "write one of en, es",
    ),
    "unknown language": ('language = "fr"', "language: is 'fr'", "write one of en, es"),
    "language is no text": ("language = 3", "language: is 3", "write one of en, es"),
    "file is no Python file": (
        'file = "softmax.txt"',
        "file: is 'softmax.txt'",
        "write the name of a Python file, such as work.py, or its usual path with slashes",
    ),
    "file in another folder": (
        'file = "../softmax.py"',
        "file: is '../softmax.py'",
        "write the name of a Python file, such as work.py, or its usual path with slashes",
    ),
    "unknown reveal": (
        'reveal = "all"',
        "reveal: is 'all'",
        "write cause (what is wrong), hint (a question that leads on) or nothing",
    ),
    "reveal is a table": (
        "reveal = { hint = true }",
        "reveal: is {'hint': True}",
        "write cause (what is wrong)",
    ),
    "bad layout": ('layout = "CD"', "layout: is 'CD'", "write CxD, or another of DxC"),
    "layout is a number": ("layout = 3", "layout: is 3", "write one of CxD, DxC"),
    "bad regularization": (
        "regularization = 2.0",
        "regularization: is 2.0",
        "write one of 0.5, 1.0",
    ),
    "regularization is a bool": (
        "regularization = true",
        "regularization: is True",
        "write one of 0.5, 1.0",
    ),
    "choice of no convention": (
        'orientation = "rows"',
        "orientation: is not known here",
        "remove it",
    ),
    "convention with the name of a key": (
        '[conventions.language]\nchoices = ["en", "es"]',
        "conventions.language: is a key of assignment.toml already",
        "give the convention another name",
    ),
    "convention without choices": (
        "[conventions.order]\ntransposed = []",
        "conventions.order.choices: is missing",
        "add it",
    ),
    "convention that is no table": (
        'conventions.order = "rows"',
        "conventions.order: is 'rows'",
        "write a value of that kind",
    ),
    "unknown array of a convention": (
        '[conventions.layout]\ntransposed = ["V"]',
        "conventions.layout.transposed.V: is not known here",
        "remove it",
    ),
    "scaled by what is no number": (
        '[conventions.layout]\nscaled = ["reg"]',
        "conventions.layout.scaled: needs choices that are numbers above 0, and 'CxD' is none",
        "write such choices, or leave it out",
    ),
    "input without axes or kind": (
        '[inputs]\nW = "C, D"',
        "inputs.W: is 'C, D'",
        'write its axes or kind: "C x D", "N of labels", "number" or "integer"',
    ),
    "input that is no text": ("[inputs]\nW = 2", "inputs.W: is 2", "write its axes or kind"),
    "input with the name of numpy": (
        '[inputs]\nnp = "D"',
        "inputs.np: is no name for an input",
        "write one that Python takes",
    ),
    "inputs are no table": ('inputs = "W"', "inputs: is 'W'", "write a table: name = "),
    "knob that is no input": ("[knobs]\nrge = 0.2", "knobs.rge: is no input", "write reg"),
    "knob that is an array": (
        "[knobs]\nW = 0.2",
        "knobs.W: is an array ('C x D'), which no knob can be",
        "leave it out",
    ),
    "knob without a number": (
        '[knobs]\nreg = "large"',
        "knobs.reg: is 'large'",
        "write a number, or [from, to]",
    ),
    "knob with a range from above": (
        "[knobs]\nreg = [0.3, 0.1]",
        "knobs.reg: is [0.3, 0.1]",
        "write a number, or [from, to]",
    ),
    "defaults of functions are no table": (
        'function = "loss"',
        "function: is 'loss'",
        "write a table with call and outputs",
    ),
    "both a file and files": (
        'files = ["a.py", "b.py"]',
        "files: stands beside file",
        "remove one of them",
    ),
    "negative seed": (
        "seed = -1",
        "seed: is -1",
        "write a whole number, 0 or above",
    ),
    "functions are no table": (
        'functions = "f"',
        "functions: is 'f'",
        "write a table: short_name = ",
    ),
    "questions are no table": (
        "questions = 3",
        "questions: has a wrong value",
        "write a table",
    ),
    "name is not for the file": (
        'name = "ours"',
        "name: is not a key of assignment.toml",
        "remove it",
    ),
    "folders is not for the file": (
        'folders = ["."]',
        "folders: is not a key of assignment.toml",
        "remove it",
    ),
    "zero tolerance": (
        "[tolerances]\nvalue = 0.0",
        "tolerances.value: is 0.0",
        "write a number above 0",
    ),
    "tolerance is nan": (
        "[tolerances]\nslope = nan",
        "tolerances.slope: is nan",
        "write a number above 0",
    ),
    "tolerance is infinite": (
        "[tolerances]\noutputs.loss = inf",
        "tolerances.outputs.loss: is inf",
        "write a number",
    ),
    "unknown tolerance": (
        "[tolerances]\ndW = 1e-6",
        "tolerances.dW: is not known here",
        "remove it",
    ),
    "tolerance of an unknown output": (
        "[tolerances]\noutputs.losss = 1e-6",
        "tolerances.outputs.losss: is not known here",
        "write loss, or remove it",
    ),
    "negative limit": (
        "[limits]\ncall_seconds = -1",
        "limits.call_seconds: has a wrong value (Expected `float` >= 0.1)",
        "write a number, 0.1 or above",
    ),
    "zero memory": (
        "[limits]\nmemory_mib = 0",
        "limits.memory_mib: has a wrong value (Expected `int` >= 128)",
        "write a number, 128 or above",
    ),
    "limits that contradict": (
        "[limits]\ncall_seconds = 20",
        "limits.call_seconds: is 20, more than the 15",
        "raise that one too",
    ),
    "memory is no whole number": (
        "[limits]\nmemory_mib = 1.5",
        "limits.memory_mib: has a wrong value",
        "write a whole number",
    ),
    "function's name is no name": (
        '[functions]\nnaive = "a b"',
        "functions.naive",
        "a value of that kind",
    ),
    "function's name is a number": (
        "[functions]\nnaive = 3",
        "functions.naive",
        "a value of that kind",
    ),
}

WRONG_QUESTIONS = {
    "no table": ('"naive.loss" = 5', '"naive.loss"', "a value of that kind"),
    "negative points": (
        '"naive.loss" = { points = -1 }',
        '"naive.loss".points: has a wrong value (Expected `float` >= 0.0)',
        "Cure: ",
    ),
    "points are text": (
        '"naive.loss" = { points = "5" }',
        '"naive.loss".points: has a wrong value',
        "Cure: ",
    ),
    "points are nan": (
        '"naive.loss" = { points = nan }',
        '"naive.loss".points: has a wrong value',
        "Cure: ",
    ),
    "unknown check": (
        '"naive.loss" = { check = "lost" }',
        "\"naive.loss\".check: is 'lost'",
        "write one of value, effect, slope",
    ),
    "no check": (
        '"naive.new" = { points = 1, cases = ["small"] }',
        '"naive.new".check: is missing',
        "add it",
    ),
    "no points": (
        '"naive.new" = { check = "value", cases = ["small"] }',
        '"naive.new".points: is missing',
        "add it",
    ),
    "no cases": (
        '"naive.new" = { check = "value", points = 1 }',
        '"naive.new".cases: is missing',
        "add it",
    ),
    "empty cases": ('"naive.loss" = { cases = [] }', '"naive.loss".cases', "Cure: "),
    "cases are no list": (
        '"naive.loss" = { cases = "small" }',
        '"naive.loss".cases: has a wrong value',
        'Cure: write a list in brackets, such as ["small"].',
    ),
    "unknown setting": (
        '"naive.loss" = { limit = 1 }',
        '"naive.loss".limit: is not known here',
        "correct its name (one of cases, output, larger), or remove it",
    ),
    "typo of a required key": (
        '"naive.new" = { check = "value", point = 5, cases = ["small"] }',
        '"naive.new".points: is missing',
        "Cure: write points instead of point.",
    ),
    "typos of several": (
        '"naive.new" = { chek = "value", point = 5 }',
        '"naive.new".check and questions."naive.new".points: are missing',
        "Cure: write check instead of chek, points instead of point.",
    ),
    "typo of a need": (
        '"naive.new" = { check = "value", points = 5, cases = ["small"], needs = ["naive.los"] }',
        "\"naive.new\".needs: names 'naive.los', which is no earlier question",
        "Cure: write naive.loss.",
    ),
    "agrees with itself": (
        '"vectorized.agrees" = { with = "vectorized" }',
        "\"vectorized.agrees\".with: is 'vectorized', the function itself",
        "Cure: write one of naive.",
    ),
    "unknown function": (
        '"fast.loss" = { check = "loss" }',
        '"fast.loss": is not the name of a question',
        "naive.…, vectorized.…",
    ),
    "no dot": (
        '"naive" = { check = "loss" }',
        "naive: is not the name of a question",
        "a dot and a name",
    ),
    "no name behind the dot": (
        '"naive." = { check = "loss" }',
        '"naive.": is not the name of a question',
        "a dot and a name",
    ),
    "odd name": (
        '"naive.My Loss" = { check = "loss" }',
        '"naive.My Loss": is not the name of a question',
        "a dot and a name",
    ),
    "needs an absent one": (
        '"naive.loss" = { needs = ["naive.x"] }',
        "\"naive.loss\".needs: names 'naive.x'",
        "stands above this one",
    ),
    "needs a later one": (
        '"naive.loss" = { needs = ["naive.slope"] }',
        "\"naive.loss\".needs: names 'naive.slope'",
        "stands above",
    ),
    "needs itself": (
        '"naive.loss" = { needs = ["naive.loss"] }',
        "\"naive.loss\".needs: names 'naive.loss'",
        "stands above this one",
    ),
    "needs is no list": (
        '"naive.stable" = { needs = "naive.loss" }',
        '"naive.stable".needs: has a wrong value',
        "Cure: ",
    ),
    "wrong with": (
        '"vectorized.agrees" = { with = "loops" }',
        "\"vectorized.agrees\".with: is 'loops'",
        "write one of naive, vectorized",
    ),
    "wrong than": (
        '"vectorized.faster" = { than = "loops" }',
        "\"vectorized.faster\".than: is 'loops'",
        "write one of naive, vectorized",
    ),
    "wrong output": (
        '"naive.loss" = { output = "los" }',
        "\"naive.loss\".output: is 'los'",
        "write loss, or another of dW",
    ),
    "wrong gradient": (
        '"naive.slope" = { gradient = "loss" }',
        "\"naive.slope\".gradient: is 'loss'",
        "write one of dW",
    ),
    "wrong knob": (
        '"naive.reg_loss" = { knob = "W" }',
        "\"naive.reg_loss\".knob: is 'W'",
        "write one of reg",
    ),
    "check of another assignment": (
        '"naive.loss" = { check = "small_probabilty" }',
        "\"naive.loss\".check: is 'small_probabilty'",
        "write small_probability, or another of",
    ),
    "race without inputs": (
        '"naive.new" = { points = 1, check = "faster", grows = "N", than = "vectorized" }',
        '"naive.new".against: is missing, which a race with another function (than) needs',
        "name a series of cases",
    ),
    "grows is a number": (
        '"vectorized.faster" = { grows = 3 }',
        '"vectorized.faster".grows: has a wrong value',
        "Cure: ",
    ),
    "no runs": ('"vectorized.faster" = { runs = 0 }', '"vectorized.faster".runs', "Cure: "),
    "negative ratio": (
        '"vectorized.faster" = { baseline_limit = -3.0 }',
        '"vectorized.faster".baseline_limit',
        "Cure: ",
    ),
}


@pytest.mark.parametrize(("text", "problem", "cure"), WRONG.values(), ids=WRONG)
def test_a_wrong_value_is_refused_with_file_key_and_cure(
    write: Write, text: str, problem: str, cure: str
) -> None:
    folder = write(text)
    refused = refusal(folder)
    assert refused.startswith(f"{folder}/assignment.toml: {problem}")
    assert cure in refused
    assert ". Cure: " in refused


@pytest.mark.parametrize(("line", "problem", "cure"), WRONG_QUESTIONS.values(), ids=WRONG_QUESTIONS)
def test_a_wrong_question_is_refused_with_file_key_and_cure(
    write: Write, line: str, problem: str, cure: str
) -> None:
    folder = write(with_question(line))
    refused = refusal(folder)
    assert refused.startswith(f"{folder}/assignment.toml: questions.{problem}")
    assert cure in refused
    assert ". Cure: " in refused


@pytest.mark.parametrize("key", ["title", "file", "seed", "inputs", "functions", "questions"])
def test_a_missing_key_is_named(tmp_path: Path, key: str) -> None:
    present = [f"{name} = {value}" for name, value in WHOLE.items() if name != key]
    tmp_path.joinpath("assignment.toml").write_text("\n".join(present))
    assert refusal(tmp_path) == f"{tmp_path}/assignment.toml: {key}: is missing. Cure: add it."


def test_all_missing_keys_are_named_at_once(tmp_path: Path) -> None:
    """An author who starts from an empty file needs one run to hear what belongs in it."""
    tmp_path.joinpath("assignment.toml").touch()
    assert refusal(tmp_path) == (
        f"{tmp_path}/assignment.toml: file, title, seed, inputs, functions and questions: "
        "are missing. Cure: add them."
    )
    tmp_path.joinpath("assignment.toml").write_text(
        'title = "A"\n[functions.f]\noutputs = ["loss"]\n'
        '[questions]\n"f.loss" = { check = "value" }\n"f.slope" = { points = 1 }\n'
    )
    assert refusal(tmp_path) == (
        f"{tmp_path}/assignment.toml: file, seed, inputs, functions.f.call, "
        'questions."f.loss".points, questions."f.loss".cases and questions."f.slope".check: '
        "are missing. Cure: add them."
    )


WHOLE = {
    "title": '"A title"',
    "file": '"work.py"',
    "seed": "1",
    "inputs": '{ w = "D", X = "N x D" }',
    "functions": '{ f = { call = "loss = f(w, X)", outputs = ["loss"] } }',
    "questions": "{}",
}


def test_a_whole_assignment_needs_no_other(tmp_path: Path) -> None:
    """Tolerances and limits have defaults."""
    tmp_path.joinpath("assignment.toml").write_text(
        "\n".join(f"{name} = {value}" for name, value in WHOLE.items())
    )
    assignment = read_assignment(tmp_path)
    assert (assignment.name, assignment.folders, assignment.files) == (
        tmp_path.name,
        (tmp_path,),
        ("work.py",),
    )
    assert assignment.tolerances == Tolerances(value=1e-6, slope=1e-6)
    assert assignment.limits == Limits(10, 15, 30, 1024)


@pytest.mark.parametrize(
    "content", [b"title = ", b"[questions", b"a = 1\na = 2", b'title = "\xff"', b"\xef\xbb\xbf\xff"]
)
def test_broken_toml(tmp_path: Path, content: bytes) -> None:
    tmp_path.joinpath("assignment.toml").write_bytes(content)
    refused = refusal(tmp_path)
    assert refused.startswith(f"{tmp_path}/assignment.toml: this is not valid TOML (")
    assert refused.endswith("). Correct that line.")


def test_an_unreadable_file(tmp_path: Path) -> None:
    tmp_path.joinpath("assignment.toml").mkdir()  # a folder: not even root can read it
    refused = refusal(tmp_path)
    assert refused.startswith(f"{tmp_path}/assignment.toml: cannot be read (Is a directory)")


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        (
            '"vectorized.loss" = { cases = ["small", "tiny"] }',
            "\"vectorized.loss\": there is no case 'tiny'",
        ),
        (
            '"vectorized.loss" = { cases = ["smal"] }',
            "\"vectorized.loss\": there is no case 'smal'. Cure: name small, or another",
        ),
        (
            '"vectorized.faster" = { cases = ["small", "samples_40", "none"] }',
            "\"vectorized.faster\": there is no case 'none'",
        ),
        ('"vectorized.faster" = { timed = "none" }', '"vectorized.faster"'),
        ('"vectorized.faster" = { against = "none" }', '"vectorized.faster"'),
        # Twice 16 inputs are needed, and 30 are drawn.
        ('"vectorized.faster" = { runs = 16 }', '"vectorized.faster"'),
        (
            '"vectorized.faster" = { cases = ["small", "wide"] }',
            '"vectorized.faster": no two cases differ in N alone, by a factor of 2 or more',
        ),
        (
            '"vectorized.faster" = { grows = "M" }',
            "\"vectorized.faster\": grows: is 'M', which is no letter of the inputs",
        ),
        # Too large to have directions.
        (
            '"naive.slope" = { cases = ["timed.0"] }',
            "\"naive.slope\": case 'timed.0' is too large here",
        ),
        # A table of answers would do.
        (
            '"naive.loss" = { cases = ["J"] }',
            '"naive.loss": all its cases are the same for every seed',
        ),
        (
            '"naive.loss" = { cases = ["small"], larger = ["J"] }',
            '"naive.loss": all its larger cases are the same for every seed',
        ),
        (
            '"naive.loss" = { cases = ["larger"], larger = ["small"] }',
            "\"naive.loss\": larger: case 'small' holds no more numbers than those of cases",
        ),
        (
            '"naive.slices" = { form = "integer" }',
            "\"naive.slices\": case 'small' holds fractions in W and X",
        ),
    ],
)
def test_a_case_that_does_not_exist(write: Write, setting: str, says: str) -> None:
    """Found when the key is built, not when a submission is graded."""
    folder = write(with_question(setting))
    with pytest.raises(AssignmentError) as refused:
        build_key(read_assignment(folder), 1)
    assert str(refused.value).startswith(f"{folder}/assignment.toml: questions.{says}")
    assert "Cure: " in str(refused.value)


# --- extends ---


def test_extends_in_a_circle(tmp_path: Path) -> None:
    for name, other in (("a", "b"), ("b", "c"), ("c", "a")):
        tmp_path.joinpath(name).mkdir()
        tmp_path.joinpath(name, "assignment.toml").write_text(f'extends = "../{other}"')
    assert "extends: goes round in a circle. Let one of these assignments extend none." in refusal(
        tmp_path / "a"
    )


@pytest.mark.parametrize("value", ['"../nowhere"', "3", '""'])
def test_extends_to_nowhere(tmp_path: Path, value: str) -> None:
    folder = tmp_path / "ours"
    folder.mkdir()
    folder.joinpath("assignment.toml").write_text(f"extends = {value}")
    refused = refusal(folder)
    assert refused.startswith(f"{folder}/assignment.toml: extends: ")
    assert refused.endswith(
        (
            " Write an assignment's path, from this folder.",
            " Let one of these assignments extend none.",
        )
    )


def test_extends_changes_what_it_names_and_nothing_else(write: Write) -> None:
    ours, shipped = (
        read_assignment(write(with_question('"naive.slope" = { points = 7 }'))),
        read_assignment(SOFTMAX),
    )
    assert ours.questions["naive.slope"] == shipped.questions["naive.slope"] | {"points": 7}
    assert {
        name for name in shipped.questions if ours.questions[name] != shipped.questions[name]
    } == {"naive.slope"}
    assert list(ours.questions) == list(shipped.questions)
    for name in set(Assignment.__struct_fields__) - {"name", "folders", "questions"}:
        assert getattr(ours, name) == getattr(shipped, name), name
    assert ours.name == "ours"


def test_extends_over_two_steps(write: Write, tmp_path: Path) -> None:
    write('title = "Ours"\nseed = 5')
    top = tmp_path / "top"
    top.mkdir()
    top.joinpath("assignment.toml").write_text('extends = "../ours"\nseed = 6')
    assignment = read_assignment(top)
    assert (assignment.title, assignment.seed) == ("Ours", 6)
    assert assignment.choices == {"layout": "CxD", "regularization": "0.5"}
    assert assignment.folders == (top, tmp_path / "ours", SOFTMAX, PRESET)


def test_the_error_names_the_file_that_holds_the_mistake(write: Write, tmp_path: Path) -> None:
    write("[limits]\ncall_seconds = -1")
    top = tmp_path / "top"
    top.mkdir()
    top.joinpath("assignment.toml").write_text('extends = "../ours"\n[limits]\nmemory_mib = 100')
    assert refusal(top).startswith(
        f"{tmp_path}/ours/assignment.toml: limits.call_seconds: has a wrong value"
    )


def test_files_are_looked_for_at_home_first(write: Write) -> None:
    folder = write("")
    assert read_assignment(folder).path("baseline.py") == SOFTMAX / "baseline.py"
    folder.joinpath("baseline.py").touch()
    assert read_assignment(folder).path("baseline.py") == folder / "baseline.py"
    with pytest.raises(
        AssignmentError, match=r"ours: there is no nothing\.py\. Write one, or take another"
    ):
        read_assignment(folder).path("nothing.py")


# --- from the command line ---


def test_overrides_go_over_the_file() -> None:
    assignment = read_assignment(
        SOFTMAX,
        ["layout=DxC", "limits.call_seconds = 12", "regularization=1.0", "title=Our own = title"],
    )
    assert assignment.choices == {"layout": "DxC", "regularization": "1.0"}
    assert assignment.limits.call_seconds == 12
    assert assignment.title == "Our own = title"
    assert assignment.limits.memory_mib == read_assignment(SOFTMAX).limits.memory_mib


@pytest.mark.parametrize("override", ["layout", "=DxC", "limits.=3", ".layout=DxC", ""])
def test_an_override_must_be_key_and_value(override: str) -> None:
    assert (
        refusal(SOFTMAX, override)
        == f"--set {override}: write KEY=VALUE, for example --set layout=DxC."
    )


@pytest.mark.parametrize(
    ("override", "key"),
    [("layout=CD", "layout"), ("limits.speed=3", "limits.speed"), ("name=x", "name")],
)
def test_a_wrong_override_is_refused(override: str, key: str) -> None:
    refused = refusal(SOFTMAX, override)
    assert f" {key}: " in refused
    assert ". Cure: " in refused


# --- by name ---


def test_a_shipped_assignment_is_found_by_its_name_and_any_other_by_its_path(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write("")
    assert find_assignment("softmax") == SOFTMAX
    assert find_assignment(str(folder)) == folder
    monkeypatch.chdir(folder.parent)
    assert find_assignment("./ours") == folder
    assert find_assignment(f"../{folder.parent.name}/ours") == folder
    monkeypatch.chdir(folder)
    assert find_assignment(".") == folder
    folder.joinpath("below").mkdir()
    monkeypatch.chdir("below")
    assert find_assignment("..") == folder


def test_a_bare_name_never_means_a_folder_here(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stages.py of a folder that happens to lie here would run outside of the sandbox."""
    folder = write("")
    foreign = folder.rename(folder.with_name("softmax"))
    monkeypatch.chdir(foreign.parent)
    assert find_assignment("softmax") == SOFTMAX
    assert find_assignment("./softmax") == foreign


def test_an_unknown_bare_name_says_how_to_name_the_folder_here(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write("").parent)
    with pytest.raises(AssignmentError) as refused:
        find_assignment("ours")
    assert str(refused.value) == (
        "There is no assignment 'ours': give a folder with assignment.toml in it, "
        "or one of these names: softmax. For the folder 'ours' in the current folder, write ./ours."
    )


def test_the_separator_of_the_system_makes_a_path(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows, where it is a backslash."""
    folder = write("")
    odd = folder.rename(folder.with_name("courses\\ours"))
    monkeypatch.chdir(odd.parent)
    with pytest.raises(AssignmentError):
        find_assignment(odd.name)
    monkeypatch.setattr(os, "sep", "\\")
    assert find_assignment(odd.name) == odd


@pytest.mark.parametrize("name", ["nowhere", "", "..", "/dev/null", "softmax/", "./nowhere"])
def test_an_unknown_name_gets_the_known_ones(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        AssignmentError,
        match=r"There is no assignment .*: give a folder .*, or one of these names: softmax\.$",
    ):
        find_assignment(name)


# --- a folder of one's own ---


def test_a_copied_folder_works_anywhere(tmp_path: Path) -> None:
    """It holds all that it needs: the pages that explain it, too."""
    copy = Path(shutil.copytree(SOFTMAX, tmp_path / "copy"))
    assignment = read_assignment(copy)
    assert assignment.folders == (copy, PRESET)
    original = read_assignment(SOFTMAX)
    for language in LANGUAGES:
        assert assignment.read_explanation(language) == original.read_explanation(language)
    copied, key = build_key(assignment, 3, named=False), build_key(original, 3, named=False)
    assert copied.baseline == key.baseline
    assert copied.words == key.words
