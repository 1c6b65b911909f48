"""Modules of a course: what submissions may import beside numpy, at every level."""

import sys
from pathlib import Path

import numpy as np
import pytest

from grader.model import GraderError, Level
from grader.sandbox.course_modules import ModuleError, find_modules, module_versions
from grader.sandbox.sandbox import Sandbox
from tests.support.cell import DENIED, run_in_cell
from tests.support.programs import body, load, loss_of

USES_SCIPY = "import scipy.linalg\nfrom scipy.special import logsumexp\n" + body(
    "return float(logsumexp(np.zeros(3)) + scipy.linalg.norm(W)), W"
)
ANSWER = np.log(3) + np.sqrt(6)


@pytest.fixture
def with_scipy() -> "Sandbox":
    sandbox = Sandbox()
    sandbox.provide(["scipy.special"])
    return sandbox


def test_a_module_of_the_course_can_be_imported(with_scipy: Sandbox) -> None:
    with with_scipy as sandbox:
        program = load(sandbox, USES_SCIPY)
        assert program.load_notes == ()
        assert loss_of(program) == pytest.approx(ANSWER)
        assert program.level == "full"
        program.close()


@pytest.mark.parametrize(
    "line",
    [
        "open(scipy.__file__, 'a')",
        "os.listdir('/packages/msgspec')",
        "__import__('importlib').import_module('msgspec')",
        "__import__('importlib').import_module('grader')",
        "os.stat('/home')",
    ],
)
def test_nothing_else_comes_with_it(line: str, with_scipy: Sandbox) -> None:
    with with_scipy as sandbox:
        program = load(sandbox, f"import os, scipy\n{line}\n" + body("return 1.0, W"))
        (note,) = program.load_notes
        assert note.code in ("left_out", "left_out_module")
        program.close()


def test_what_one_submission_does_to_it_does_not_reach_the_next(with_scipy: Sandbox) -> None:
    """Each program is forked from a process in which nothing of a submission has run."""
    poison = (
        "import sys, scipy.special\n"
        "scipy.special.logsumexp = lambda *a, **k: 1e9\n"
        "scipy.special.__dict__.clear()\nsys.modules.clear()\n"
    )
    with with_scipy as sandbox:
        load(sandbox, poison + body("return 1.0, W")).close()
        program = load(sandbox, USES_SCIPY)
        assert loss_of(program) == pytest.approx(ANSWER)
        program.close()


def test_without_it_scipy_is_a_stand_in(sandbox: Sandbox) -> None:
    program = load(sandbox, USES_SCIPY)
    assert {note.quote for note in program.load_notes} == {"scipy"}
    program.close()


def test_all_that_a_package_needs_comes_along() -> None:
    found = find_modules(["scipy"])
    assert {Path(path).name for path in found.paths} == {"scipy", "scipy.libs"}
    assert found.others == ("scipy",)
    assert list(module_versions(["scipy"])) == ["scipy"]


@pytest.mark.parametrize(
    ("name", "problem", "cure"),
    [
        ("sklearn", "is not installed", "python -m pip install scikit-learn"),
        ("no_such_module", "is not installed", "python -m pip install no_such_module"),
        ("numpy", "can be imported anyway", "leave it out"),
        ("json", "can be imported anyway", "leave it out"),
        ("grader", "belongs to the grader", "leave it out"),
        ("msgspec", "belongs to the grader", "leave it out"),
        ("pytest", "belongs to the grader", "leave it out"),
    ],
)
def test_a_name_that_is_not_for_submissions_is_refused(name: str, problem: str, cure: str) -> None:
    with pytest.raises(ModuleError) as raised:
        find_modules([name])
    assert problem in raised.value.problem
    assert raised.value.cure == cure


def install(folder: Path, name: str, requires: str = "", module: str = "") -> None:
    """Write what pip leaves of a package with one module."""
    module = module or name
    folder.joinpath(f"{module}.py").write_text("X = 1\n")
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    needs = f"Requires-Dist: {requires}\n" if requires else ""
    info.joinpath("METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{needs}"
    )
    info.joinpath("RECORD").write_text(f"{module}.py,,\n{info.name}/METADATA,,\n")


def test_requirements_are_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    install(tmp_path, "top", "middle>=1 ; python_version > '3'", module="topmodule")
    install(tmp_path, "middle", "numpy")
    install(tmp_path, "odd", "no-such-thing")
    found = find_modules(["topmodule"])
    assert {Path(path).name for path in found.paths} == {"topmodule.py", "middle.py"}
    with pytest.raises(ModuleError, match="needs no-such-thing, which is not installed"):
        find_modules(["odd"])


def test_single_files_from_another_folder_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    install(tmp_path, "single")
    with Sandbox() as sandbox:
        sandbox.provide(["single"])
        program = load(sandbox, "import single\n" + body("return float(single.X), W"))
        assert loss_of(program) == 1.0
        program.close()


def test_what_cannot_be_imported_is_said() -> None:
    with Sandbox() as sandbox:
        sandbox.provide(["scipy.no_such"])
        with pytest.raises(GraderError, match=r"cannot import scipy\.no_such"):
            load(sandbox, body("return 1.0, W"))


def test_what_is_missing_on_this_machine_is_said() -> None:
    with Sandbox() as sandbox, pytest.raises(GraderError, match="pip install no_such_module"):
        sandbox.provide(["no_such_module"])


@pytest.mark.parametrize("level", ["confined", "none"])
def test_weaker_levels_offer_the_same(level: Level) -> None:
    script = "from tests.sandbox.test_course_modules import answer_here; answer_here()"
    done = run_in_cell("-c", script, denied=DENIED[level])
    assert (done.stderr, done.stdout.split()) == ("", [level, f"{ANSWER:.6f}"])


def answer_here() -> None:
    with Sandbox() as sandbox:
        sandbox.provide(["scipy"])
        program = load(sandbox, USES_SCIPY)
        answer = loss_of(program)
        print(program.level, f"{answer:.6f}")  # noqa: T201
        program.close()
