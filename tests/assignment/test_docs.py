"""docs/write-an-assignment.md: what stands there can be copied, and works."""

import re
import shutil
import tomllib
from pathlib import Path

import numpy as np
import pytest

from grader.assignment.answer_key import build_key
from grader.assignment.find_assignment import SHIPPED
from grader.assignment.functions import FunctionTable
from grader.assignment.settings import Assignment, read_assignment
from grader.checks import CHECKS, all_checks
from grader.model import Limits, Tolerances
from tests.support.paths import PROJECT
from tests.support.small_assignments import LOGISTIC, change, write

PAGE = PROJECT.joinpath("docs/write-an-assignment.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(toml|python)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def block(mark: str) -> str:
    (text,) = [text for _, text in BLOCKS if mark in text]
    return str(text)


def test_the_assignment_of_the_page_is_whole(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        {
            "assignment.toml": block("# assignment.toml"),
            "cases.py": block("# cases.py"),
            "logistic.py": LOGISTIC["logistic.py"].replace(
                "np.log(1 + np.exp(scores))", "np.logaddexp(0, scores)"
            ),
        },
    )
    folder.joinpath("stages.py").write_text("import numpy as np\n\n\n" + block("def chances("))
    folder.joinpath("misconceptions").mkdir()
    mistake = block('"grad_no_N": {"dw"')
    folder.joinpath("misconceptions/1_own.py").write_text(f"MISCONCEPTIONS = {{{mistake}}}\n")
    folder.joinpath("messages").mkdir()
    words = block("[misconceptions.grad_no_N]")
    folder.joinpath("messages/en.toml").write_text(words, encoding="utf-8")
    with np.errstate(over="ignore"):
        key = build_key(read_assignment(folder), 1)
    assert [question.id for question in key.questions][-1] == "f.no_loops"
    assert key.signatures is not None
    assert key.signatures.moves == {"grad_no_N": ("dw",)}


def test_every_table_of_the_page_is_toml() -> None:
    for kind, text in BLOCKS:
        if kind == "toml" and "…" not in text:
            tomllib.loads(text)


def test_the_layers_of_the_page_are_functions(tmp_path: Path) -> None:
    toml = (
        'title = "L"\nfiles = ["layers.py", "fc_net.py"]\nseed = 1\n[inputs]\nx = "N x P"\n'
        'w = "P x M"\nb = "M"\ndout = "N x M"\nX = "N x D"\nw1 = "D x H"\nw2 = "H x C"\n'
        'y = "N of labels"\nreg = "number"\n[knobs]\nreg = [0.15, 0.19]\n'
        + block("# Layers with a cache")
        + '[questions]\n"forward.out" = { points = 1, check = "value", cases = ["small"] }\n'
        '"backward.slope" = { points = 1, check = "slope", cases = ["small"] }\n'
        '"net.reg" = { points = 1, check = "effect", cases = ["small"] }\n'
    )
    functions = read_assignment(write(tmp_path, {"assignment.toml": toml})).functions
    assert functions["net"].names == ("TwoLayerNet",)
    assert functions["net"].knobs == ("reg",)
    assert len(functions["backward"].gradients) == 3


def test_the_distances_of_the_page(tmp_path: Path) -> None:
    toml = (
        'title = "K"\nfile = "knn.py"\nseed = 1\n[inputs]\ntest = "N x D"\ntrain = "M x D"\n'
        + block("# Distances to the nearest")
    )
    cases = (
        "def cases(random):\n    n = random.standard_normal\n"
        '    sizes = {"small": (4, 6), "long": (8, 6), "wide": (4, 12)}\n'
        '    return {name: {"test": n((N, 3)), "train": n((M, 3))}\n'
        "            for name, (N, M) in sizes.items()}\n"
    )
    knn = (
        "import numpy as np\n\n\ndef distances_no_loops(test, train):\n"
        "    return np.sqrt(((test[:, None] - train) ** 2).sum(axis=2))\n"
    )
    folder = write(tmp_path, {"assignment.toml": toml, "cases.py": cases, "knn.py": knn})
    key = build_key(read_assignment(folder), 1)
    assert key.shapes("long") == {"distances": (8, 6)}


def test_the_preset_of_the_page_makes_an_svm(tmp_path: Path) -> None:
    toml = block('title = "Multiclass SVM"').replace(
        "…",
        '"naive.loss" = { points = 1, check = "value", output = "loss", cases = ["small"] }\n'
        '"vectorized.slope" = { points = 1, check = "slope", cases = ["small"] }\n'
        '"vectorized.reg" = { points = 1, check = "effect", cases = ["small"] }\n',
    )
    svm = (
        "import numpy as np\n\n\ndef svm_loss_vectorized(W, X, y, reg):\n"
        "    n = np.arange(len(y))\n    scores = X.dot(W)\n"
        "    margins = np.maximum(0, scores - scores[n, y][:, None] + 1)\n"
        "    margins[n, y] = 0\n    inside = (margins > 0).astype(float)\n"
        "    inside[n, y] = -inside.sum(axis=1)\n"
        "    loss = margins.sum() / len(y) + reg * np.sum(W * W)\n"
        "    return loss, X.T.dot(inside) / len(y) + 2 * reg * W\n\n\n"
        "svm_loss_naive = svm_loss_vectorized\n"
    )
    folder = write(tmp_path, {"assignment.toml": toml, "linear_svm.py": svm})
    shutil.copy(SHIPPED / "softmax/cases.py", folder)
    for seed in range(3):
        key = build_key(read_assignment(folder), seed)
        assert key.inputs["W"] == "D x C"
        assert "small_reg" in key.cases


def test_the_derived_outputs_of_the_page(tmp_path: Path) -> None:
    toml = (
        'title = "P"\nfile = "power.py"\nseed = 1\n[inputs]\nA = "K x K"\n[functions.f]\n'
        'call = "value, vector = largest(A)"\noutputs = ["value", "vector"]\n'
        'derived = ["direction", "residual"]\n[questions]\n'
        '"f.direction" = { points = 1, check = "value", output = "direction", cases = ["a"] }\n'
        '"f.residual" = { points = 1, check = "value", output = "residual", cases = ["a"] }\n'
    )
    power = (
        "import numpy as np\n\n\ndef largest(A):\n    values, vectors = np.linalg.eigh(A + A.T)\n"
        "    return values[-1], vectors[:, -1]\n"
    )
    cases = 'def cases(random):\n    return {"a": {"A": random.standard_normal((4, 4))}}\n'
    folder = write(tmp_path, {"assignment.toml": toml, "power.py": power, "cases.py": cases})
    folder.joinpath("derived.py").write_text("import numpy as np\n\n\n" + block("# derived.py"))
    expected = build_key(read_assignment(folder), 1).expected["a"]
    assert np.max(expected["direction"]) == np.max(np.abs(expected["vector"]))
    assert expected["residual"].shape == (4,)


def test_the_check_of_the_page_is_one(tmp_path: Path) -> None:
    folder = write(tmp_path, LOGISTIC, checks_py=block("def check_sum("))
    folder.joinpath("messages").mkdir()
    folder.joinpath("messages/en.toml").write_text(block("[messages.chances_differ]"))
    change(
        folder / "assignment.toml",
        "[questions]",
        '[questions]\n"f.sum" = { points = 1, check = "sum", cases = ["small"] }',
    )
    assert "sum" in all_checks(build_key(read_assignment(folder), 1))


@pytest.mark.parametrize(
    "name",
    [
        *sorted(set(Assignment.__struct_fields__) - {"name", "folders", "choices"}),
        *("file", "extends", "function"),
        *FunctionTable.__struct_fields__,
        *CHECKS,
        *(field for check in CHECKS.values() for field in check.settings.__struct_encode_fields__),
        *(f"limits.{name}" for name in Limits.__struct_fields__),
        *(
            f"tolerances.{name}" + (".NAME" if name == "outputs" else "")
            for name in Tolerances.__struct_fields__
        ),
    ],
)
def test_everything_that_can_be_set_is_explained(name: str) -> None:
    assert re.search(rf"`\[?{re.escape(name)}\]?[` ={{\"]|{re.escape(name)} =", PAGE), name
