"""[inputs], [knobs] and [functions]: what a call needs is found in its own lines."""

from pathlib import Path

import pytest

from grader.assignment.answer_key import build_key
from grader.assignment.find_assignment import SHIPPED
from grader.assignment.settings import Assignment, AssignmentError, read_assignment
from grader.model import Function, Gradient
from tests.support.small_assignments import LAYERS, LOGISTIC, change, write


def read(folder: Path) -> Assignment:
    return read_assignment(folder)


def test_a_name_alone_is_called_as_the_preset_says() -> None:
    functions = read(SHIPPED / "softmax").functions
    assert functions["vectorized"] == Function(
        short="vectorized",
        name="softmax_loss_vectorized",
        call="loss, dW = softmax_loss_vectorized(W, X, y, reg)",
        inputs=("W", "X", "y", "reg"),
        outputs=("loss", "dW"),
        names=("softmax_loss_vectorized",),
        gradients=(Gradient("dW", "loss", "W"),),
        knobs=("reg",),
    )


def test_a_call_of_several_lines_says_what_it_needs(tmp_path: Path) -> None:
    functions = read(write(tmp_path, LAYERS)).functions
    backward, net = functions["backward"], functions["net"]
    assert (backward.name, backward.names) == ("backward", ("forward", "backward"))
    assert backward.inputs == ("x", "w", "dout")
    assert backward.gradients == (
        Gradient("dx", "out", "x", "dout"),
        Gradient("dw", "out", "w", "dout"),
    )
    assert (backward.knobs, net.knobs) == ((), ("reg",))
    assert (net.name, net.names, net.inputs) == ("Net", ("Net",), ("x", "w", "reg"))
    assert net.call.startswith("net = Net(reg=reg)\n")


@pytest.mark.parametrize(
    ("call", "names"),
    [
        ("loss, dw = f(w, X, y)", ("f",)),
        ("loss, dw = [float(each) if k else each for k, each in enumerate(f(w, X, y))]", ("f",)),
        ("loss = model.loss(w, np.asarray(X), y)\ndw = model.gradient(w, X, y)", ("model",)),
        ("part = g(w)\nloss, dw = f(part, X, y)", ("g", "f")),
        ("loss, dw = (lambda each: f(each, X, y))(w)", ("f",)),
    ],
)
def test_what_a_call_asks_of_the_file(tmp_path: Path, call: str, names: tuple[str, ...]) -> None:
    """Neither inputs, nor what the lines leave behind, nor what Python has anyway, nor numpy."""
    folder = write(tmp_path, LOGISTIC)
    change(
        folder / "assignment.toml",
        'call = "loss, dw = logistic_loss(w, X, y)"',
        f"call = '''\n{call}\n'''",
    )
    function = read(folder).functions["f"]
    assert function.names == names
    assert function.name == names[-1]


CALL = 'call = "loss, dw = logistic_loss(w, X, y)"'
OUTPUTS = 'outputs = ["loss", "dw"]'
GRADIENT = '"loss by w"'
WRONG = {
    "not Python": (
        CALL,
        'call = "loss, dw = f(w X)"',
        "functions.f.call: is not valid Python (",
        "correct these lines",
    ),
    "asks nothing": (
        CALL,
        'call = "loss, dw = sum(w), np.exp(X)"',
        "functions.f.call: asks nothing of the student's file",
        "call a function or class that the student writes",
    ),
    "imports": (
        CALL,
        'call = "import f; loss, dw = f.f(w)"',
        "functions.f.call: imports or defines something",
        "write calls and assignments only",
    ),
    "unknown output": (
        OUTPUTS,
        'outputs = ["loss", "dW"]',
        "functions.f.outputs: names 'dW', which the call does not leave behind",
        "write dw, or another of loss",
    ),
    "no outputs": (OUTPUTS, "outputs = []", "functions.f.outputs: has a wrong value", "Cure: "),
    "output that is an input": (
        CALL,
        'call = "w, dw, loss = f(w, X, y)"\nderived = ["w"]',
        "functions.f.outputs: names 'w', which is an input",
        "give the output a name of its own in call",
    ),
    "derived twice": (
        OUTPUTS,
        f'{OUTPUTS}\nderived = ["dw"]',
        "functions.f.derived: names 'dw', which the call leaves behind",
        "leave it out here or in outputs",
    ),
    "derived without a file": (
        OUTPUTS,
        f'{OUTPUTS}\nderived = ["size"]',
        "functions.f.derived: needs a file derived.py, which is not there",
        "write it, with a function size",
    ),
    "gradient in other words": (
        GRADIENT,
        '"d loss / d w"',
        "functions.f.gradients.dw: is 'd loss / d w'",
        'write a value of that kind: "loss by W", or "out . dout by x" with a cotangent',
    ),
    "gradient by no input": (
        GRADIENT,
        '"loss by v"',
        "functions.f.gradients.dw: names 'v', which is no input that the call uses",
        "write one of w, X",
    ),
    "gradient by labels": (
        GRADIENT,
        '"loss by y"',
        "functions.f.gradients.dw: is the derivative by 'y', which holds whole numbers",
        "write one of w, X",
    ),
    "gradient of no output": (
        GRADIENT,
        '"los by w"',
        "functions.f.gradients.dw: is the derivative of 'los', which is no other output",
        "write loss",
    ),
    "gradient of itself": (
        GRADIENT,
        '"dw by w"',
        "functions.f.gradients.dw: is the derivative of 'dw', which is no other output",
        "write one of loss",
    ),
    "gradient that is no output": (
        "{ dw = ",
        "{ dW = ",
        "functions.f.gradients.dW: is no output",
        "write dw, or remove it",
    ),
    "unknown cotangent": (
        GRADIENT,
        '"loss . dout by w"',
        "functions.f.gradients.dw: names 'dout', which is no input that the call uses",
        "write one of w, X",
    ),
    "name that the call does not use": (
        OUTPUTS,
        f'{OUTPUTS}\nname = "logistic"',
        "functions.f.name: is 'logistic', which the call does not use",
        "write logistic_loss",
    ),
    "knob that the call does not use": (
        OUTPUTS,
        f'{OUTPUTS}\nknobs = ["reg"]',
        "functions.f.knobs: names 'reg', which is no knob that the call uses",
        "Cure: ",
    ),
    "unknown key": (
        OUTPUTS,
        f"{OUTPUTS}\ngradient = {{ dw = {GRADIENT} }}",
        "functions.f.gradient: is not known here",
        "write gradients, or remove it",
    ),
    "a name alone without defaults": (
        "[questions]",
        'functions.g = "logistic"\n[questions]',
        "",
        "",
    ),
    "asked by no question": (
        "[questions]",
        '[functions.g]\ncall = "size = g(w)"\noutputs = ["size"]\n[questions]',
        "functions.g: is asked by no question",
        "correct its name, or write a question for it",
    ),
    "called as another": (
        "[questions]",
        '[functions.g]\ncall = "size = logistic_loss(w)"\noutputs = ["size"]\n[questions]',
        "functions.g: is called logistic_loss, as f is",
        "ask for both in one table, with the lines of both calls",
    ),
    "another derivative": (
        "[questions]",
        '[functions.g]\ncall = "loss, dw = g(X)"\noutputs = ["loss", "dw"]\n'
        'gradients = { dw = "loss by X" }\n[questions]',
        "functions.g: dw is another derivative in an earlier function",
        "give one of the two outputs another name in call",
    ),
    "slope without gradients": (
        f"gradients = {{ dw = {GRADIENT} }}",
        "",
        'questions."f.slope": asks for a slope, and logistic_loss has no gradients',
        'write gradients = { dW = "loss by W" } for it',
    ),
    "effect without knobs": (
        'check = "slope"',
        'check = "effect"',
        'questions."f.slope": asks for the effect of a knob, and logistic_loss has none',
        "write [knobs] and use one in the call, or leave the question out",
    ),
}
del WRONG["a name alone without defaults"]


@pytest.mark.parametrize(("old", "new", "problem", "cure"), WRONG.values(), ids=WRONG)
def test_a_wrong_function_is_refused_with_key_and_cure(
    tmp_path: Path, old: str, new: str, problem: str, cure: str
) -> None:
    folder = write(tmp_path, LOGISTIC)
    change(folder / "assignment.toml", old, new)
    with pytest.raises(AssignmentError) as refused:
        read(folder)
    assert str(refused.value).startswith(f"{folder}/assignment.toml: {problem}")
    assert f". Cure: {cure}".removesuffix("Cure: ") in str(refused.value)


def test_a_function_is_called_after_what_its_call_calls(tmp_path: Path) -> None:
    """A typo of an input is no name of a function: the reference is said to lack it."""
    folder = write(tmp_path, LOGISTIC)
    change(folder / "assignment.toml", "(w, X, y)", "(w, X, yy)")
    assert read(folder).functions["f"].name == "logistic_loss"
    with pytest.raises(AssignmentError, match="the reference has no 'yy'"):
        build_key(read(folder), 3)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("reg = 0.3", "reg = 0", "knobs.reg: is 0, as a knob at rest is"),
        ('reg = "number"', 'reg = "number"\nlambda = "number"', "inputs.lambda: is no name"),
    ],
)
def test_a_knob_is_turned_up_and_an_input_has_a_name(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    folder = write(tmp_path, LAYERS)
    change(folder / "assignment.toml", old, new)
    with pytest.raises(AssignmentError) as refused:
        read(folder)
    assert f"assignment.toml: {problem}" in str(refused.value)


def test_a_knob_without_an_effect_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path, LAYERS)
    change(folder / "assignment.toml", "net = Net(reg=reg)", "net = Net(reg=0 * reg)")
    with pytest.raises(AssignmentError) as refused:
        build_key(read(folder), 3)
    assert 'questions."net.reg": the reference gives the same outputs of Net whatever reg' in str(
        refused.value
    )


def test_functions_without_a_common_output_cannot_agree(tmp_path: Path) -> None:
    folder = write(tmp_path, LAYERS)
    line = '"net.agrees" = { points = 1, check = "agrees", with = "backward", cases = ["small"] }'
    change(folder / "assignment.toml", "[questions]", f"[questions]\n{line}")
    with pytest.raises(AssignmentError) as refused:
        read(folder)
    assert "compares Net with backward, and they have no output in common" in str(refused.value)


def test_a_name_alone_needs_a_default(tmp_path: Path) -> None:
    folder = write(tmp_path, LOGISTIC)
    text = folder.joinpath("assignment.toml").read_text()
    start, _, rest = text.partition("[functions.f]")
    questions = rest.partition("[questions]")[2]
    folder.joinpath("assignment.toml").write_text(
        f'{start}[functions]\nf = "logistic_loss"\n[questions]{questions}'
    )
    with pytest.raises(AssignmentError) as refused:
        read(folder)
    assert str(refused.value) == (
        f"{folder}/assignment.toml: functions.f: is a name alone, and there is no [function] that "
        "says how it is called. Cure: write a table with call and outputs, or name a preset."
    )


def test_an_effect_of_several_knobs_says_which(tmp_path: Path) -> None:
    folder = write(tmp_path, LAYERS)
    change(folder / "assignment.toml", 'reg = "number"', 'reg = "number"\nrate = "number"')
    change(folder / "assignment.toml", "reg = 0.3", "reg = 0.3\nrate = 0.5")
    change(folder / "assignment.toml", "net = Net(reg=reg)", "net = Net(reg=reg * (1 + rate))")
    with pytest.raises(AssignmentError) as refused:
        read(folder)
    assert str(refused.value).endswith(
        'questions."net.reg": does not say which knob, and Net has several. '
        'Cure: add knob = "reg", or another of them.'
    )


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ('["a/work.py", "b/work.py"]', "files: names work.py twice"),
        ('["work.py", "random.py"]', "files: names random.py, which would hide a module"),
        ('["numpy.py"]', "files: names numpy.py, which would hide a module of Python or numpy"),
        ("[]", "files: is []"),
        ('["work.txt"]', "files: is 'work.txt'"),
        (str([f"part{number}.py" for number in range(17)]), "files: is ["),
    ],
)
def test_files_that_could_not_import_each_other(tmp_path: Path, files: str, problem: str) -> None:
    folder = write(tmp_path, LOGISTIC)
    change(folder / "assignment.toml", 'file = "logistic.py"', f"files = {files}")
    with pytest.raises(AssignmentError) as refused:
        read(folder)
    assert str(refused.value).startswith(f"{folder}/assignment.toml: {problem}")
    assert ". Cure: " in str(refused.value)


def test_an_assignment_of_another_shape_has_a_key(tmp_path: Path) -> None:
    key = build_key(read(write(tmp_path, LOGISTIC)), 3)
    assert list(key.cases) == ["small", "wide"]
    assert key.shapes("small") == {"loss": (), "dw": (5,)}
    assert key.directions["small"]["dw"].shape == (2, 5)
    assert (key.knobs, key.conventions, key.baseline, key.signatures) == ((), {}, None, None)
    assert (key.checks, key.derived) == (None, None)
