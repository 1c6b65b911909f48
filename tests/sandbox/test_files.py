"""Tests programs of several files: they import each other as they would in their folder."""

from contextlib import closing

import numpy as np
import pytest

from grader.model import Case, Function, Message, SubmissionError
from grader.sandbox.program import SandboxProgram
from grader.sandbox.sandbox import Sandbox
from tests.support.grading import limits
from tests.support.programs import function_of, load

LAYERS = "import numpy as np\ndef affine(x):\n    return 2 * x\nRATE = 3\n_hidden = 1\n"
NET = "def net(x):\n    return affine(x) + 1\n"
CASE = Case("case", {"x": np.arange(3.0)})
SHAPES = {"out": (3,)}
AFFINE, NETWORK = (
    function_of(name, f"out = {name}(x)", ("x",), ("out",)) for name in ("affine", "net")
)


def open_files(
    sandbox: Sandbox, first: str, functions: tuple[Function, ...] = (NETWORK,), **more: str
) -> SandboxProgram:
    """Load softmax.py, which holds `first`, and a file for each keyword."""
    files = {f"{name}.py": text for name, text in more.items()}
    return load(sandbox, first, limits(call=0.5), functions, files)


def answer_of(program: SandboxProgram, function: Function = NETWORK) -> list[float]:
    numbers: list[float] = program.call(function, CASE, SHAPES).value("out").tolist()
    return numbers


@pytest.mark.parametrize(
    "line",
    [
        "from layers import *",
        "from layers import affine",
        "import layers; affine = layers.affine",
        "import layers as l; affine = l.affine",
        "from .layers import *",
        "from ..layers import affine",
        "from . import layers; affine = layers.affine",
        "from cs231n.layers import *",
        "from cs231n.classifiers.layers import affine",
        "from cs231n import layers; affine = layers.affine",
        "import cs231n.layers; affine = cs231n.layers.affine",
        "import cs231n.layers as l; affine = l.affine",
        "import cs231n.a.layers, cs231n.layers; affine = cs231n.a.layers.affine",
        "import importlib; import layers; affine = importlib.import_module('layers').affine",
        "try:\n    from cs231n.layers import *\nexcept ImportError:\n    affine = None",
    ],
)
def test_files_import_each_other(sandbox: Sandbox, line: str) -> None:
    with closing(open_files(sandbox, f"{line}\n{NET}", layers=LAYERS)) as program:
        assert program.load_notes == ()
        assert answer_of(program) == [1.0, 3.0, 5.0]


def test_the_first_file_can_be_imported_too(sandbox: Sandbox) -> None:
    with closing(
        open_files(sandbox, LAYERS, (AFFINE, NETWORK), net="from softmax import *\n" + NET)
    ) as program:
        assert program.load_notes == ()
        assert program.present == {"affine", "net"}
        assert answer_of(program, AFFINE) == [0.0, 2.0, 4.0]
        assert answer_of(program) == [1.0, 3.0, 5.0]


def test_each_file_is_run_once_and_keeps_what_it_knows(sandbox: Sandbox) -> None:
    """Under whatever name it is imported, and also while a function runs."""
    first = (
        "import layers, cs231n.layers\nfrom . import layers as third\n"
        "def net(x):\n    from cs231n.layers import runs\n    runs.append(1)\n"
        "    assert layers is cs231n.layers is third\n    return x + len(runs)\n"
    )
    with closing(open_files(sandbox, first, layers="runs = []\nruns.append(1)\n")) as program:
        assert answer_of(program) == [2.0, 3.0, 4.0]
        assert answer_of(program) == [3.0, 4.0, 5.0]


def test_files_that_import_each_other_in_a_circle_are_as_in_python(sandbox: Sandbox) -> None:
    first = (
        "import layers\ndef net(x):\n    return layers.affine(x)\ndef half(x):\n    return x / 2\n"
    )
    layers = "import softmax\ndef affine(x):\n    return softmax.half(x)\n"
    with closing(open_files(sandbox, first, layers=layers)) as program:
        assert answer_of(program) == [0.0, 0.5, 1.0]
    early = "from softmax import half\n" + LAYERS
    with closing(open_files(sandbox, first, layers=early)) as program:
        (note,) = program.load_notes
        assert (note.code, note.file, note.line) == ("left_out_name", "layers.py", 1)
        assert str(note.quote).startswith("cannot import name 'half'")


def test_names_are_looked_up_in_the_first_file_and_then_in_the_others(sandbox: Sandbox) -> None:
    texts = {"a": "def affine(x): return x + 1\n", "b": "def affine(x): return x + 2\n" + NET}
    functions = AFFINE, NETWORK
    with closing(open_files(sandbox, "affine = None\n", functions, **texts)) as program:
        assert program.present == {"affine", "net"}
        assert answer_of(program, AFFINE) == [1.0, 2.0, 3.0]
        assert answer_of(program) == [3.0, 4.0, 5.0]


def test_a_stray_line_costs_only_what_needs_it_in_every_file(sandbox: Sandbox) -> None:
    first = "from layers import *\nopen('data.npy')\n" + NET
    layers = "import scipy.special\n1 / 0\n" + LAYERS + "def late(x):\n    return x\n"
    with closing(open_files(sandbox, first, layers=layers)) as program:
        assert answer_of(program) == [1.0, 3.0, 5.0]
        notes = [(note.code, note.file, note.line) for note in program.load_notes]
    assert notes == [
        ("left_out", None, 2),
        ("missing_module", "layers.py", 1),
        ("left_out", "layers.py", 2),
    ]


def test_what_one_file_may_do_without_another_one_may_not(sandbox: Sandbox) -> None:
    """An import of a missing module in a file is not that of the `try` that imports the file."""
    first = "try:\n    from layers import *\nexcept ImportError:\n    affine = None\n" + NET
    layers = "import scipy.special\n" + LAYERS
    with closing(open_files(sandbox, first, layers=layers)) as program:
        assert answer_of(program) == [1.0, 3.0, 5.0]
        assert program.load_notes == (Message("missing_module", {}, "scipy", 1, "layers.py"),)


def test_a_package_that_holds_more_than_the_files_has_stand_ins(sandbox: Sandbox) -> None:
    first = "from cs231n import layers, optim\nfrom cs231n.fast_layers import *\n"
    first += "affine = layers.affine\n" + NET
    with closing(open_files(sandbox, first, layers=LAYERS)) as program:
        assert program.load_notes == (
            Message("missing_module", {}, "cs231n", 1),
            Message("missing_module", {}, "cs231n", 2),
        )
        assert answer_of(program) == [1.0, 3.0, 5.0]


def test_numpy_is_numpy_whatever_the_files_are_called(sandbox: Sandbox) -> None:
    first = "from layers import *\nfrom numpy import linalg\nimport numpy.linalg as other\n"
    first += "assert linalg is other and linalg.norm([3, 4]) == 5\n" + NET
    with closing(open_files(sandbox, first, layers=LAYERS, linalg="x = 1\n")) as program:
        assert program.load_notes == ()
        assert answer_of(program) == [1.0, 3.0, 5.0]


@pytest.mark.parametrize(("broken", "file"), [("softmax", None), ("layers", "layers.py")])
def test_a_file_that_is_no_python_is_named(sandbox: Sandbox, broken: str, file: str | None) -> None:
    """Nothing of any file has run by then."""
    texts = {"softmax": "1 / 0\n", "layers": "1 / 0\n"} | {broken: "x = 1\ny = (\n"}
    with closing(open_files(sandbox, texts["softmax"], layers=texts["layers"])) as program:
        assert program.load_notes == ()
        assert program.load_error == Message("does_not_parse", {}, "'(' was never closed", 2, file)


def test_an_error_names_its_file(sandbox: Sandbox) -> None:
    layers = LAYERS.replace("2 * x", "x['a']")
    with (
        closing(open_files(sandbox, "from layers import *\n" + NET, layers=layers)) as program,
        pytest.raises(SubmissionError) as caught,
    ):
        answer_of(program)
    message = caught.value.message
    assert (message.code, message.file, message.line) == ("raised", "layers.py", 3)


def test_the_innermost_line_of_the_files_is_named(sandbox: Sandbox) -> None:
    first = "from layers import *\ndef net(x):\n    return apply(lambda: np.linalg.inv(x))\n"
    layers = LAYERS + "def apply(f):\n    return f()\n"
    with (
        closing(open_files(sandbox, first, layers=layers)) as program,
        pytest.raises(SubmissionError) as caught,
    ):
        answer_of(program)
    message = caught.value.message
    assert (message.values["exception"], message.file, message.line) == ("ValueError", None, 3)


def test_an_endless_file_is_interrupted_and_the_others_go_on(sandbox: Sandbox) -> None:
    layers = LAYERS + "while True: pass\n"
    with closing(open_files(sandbox, "from layers import *\n" + NET, layers=layers)) as program:
        assert program.load_notes == (
            Message("left_out_endless", {"seconds": 0.5}, None, 6, "layers.py"),
        )
        assert answer_of(program) == [1.0, 3.0, 5.0]


def test_operations_are_those_of_the_first_files_lines(sandbox: Sandbox) -> None:
    first = "from layers import *\ndef net(x):\n    return affine(x)\n"
    layers = "def affine(x):\n    return sum([2 * each for each in x]) + x\n"
    with closing(open_files(sandbox, first, layers=layers)) as program:
        few = program.count(NETWORK, CASE, SHAPES)
        more = Case("more", {"x": np.arange(30.0)})
        many = program.count(NETWORK, more, {"out": (30,)})
    grown = [after - before for before, after in zip(few.per_line, many.per_line, strict=True)]
    assert grown.index(max(grown)) == 3
    assert few.total == sum(few.per_line)


def test_a_single_file_is_alone(sandbox: Sandbox) -> None:
    """It does not find itself in a package: at home it would import what it needs from there."""
    with closing(open_files(sandbox, "from .softmax import x\nimport cs231n.softmax\n")) as program:
        codes = [note.code for note in program.load_notes]
        assert codes == ["missing_relative_module", "missing_module"]


@pytest.mark.parametrize("name", ["child", "outputs", "wire", "failures", "counting", "zygote"])
def test_a_file_may_be_called_as_one_of_the_graders(sandbox: Sandbox, name: str) -> None:
    """Its text runs, and neither answers nor errors go through it."""
    first = f"from {name} import *\n{NET}"
    with closing(open_files(sandbox, first, (NETWORK, AFFINE), **{name: LAYERS})) as program:
        assert program.load_notes == ()
        assert answer_of(program) == [1.0, 3.0, 5.0]
        assert program.count(NETWORK, CASE, SHAPES).total > 0
    broken = "def affine(x):\n    return x / None\n"
    with closing(open_files(sandbox, first, (NETWORK,), **{name: broken})) as program:
        with pytest.raises(SubmissionError) as raised:
            program.call(NETWORK, CASE, SHAPES)
        assert (raised.value.message.file, raised.value.message.line) == (f"{name}.py", 2)
