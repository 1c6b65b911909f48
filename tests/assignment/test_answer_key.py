"""Building an answer key, caching it, and the conventions that are resolved in it."""

import ast
import shutil
from pathlib import Path

import numpy as np
import pytest

from grader.assignment.answer_key import GRADER, MAKERS, answer_key, build_key, content_hash
from grader.assignment.find_assignment import SHIPPED
from grader.assignment.key_file import decode_key, encode_key
from grader.assignment.settings import Assignment, AssignmentError, read_assignment
from grader.files import cache
from grader.model import AnswerKey
from tests.support.grading import make_key
from tests.support.keys import arrays_of, words_of
from tests.support.paths import PROJECT
from tests.support.small_assignments import LOGISTIC, write


@pytest.fixture
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache folder of this test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "numerical-grader"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the softmax assignment, to be changed."""
    return Path(shutil.copytree(SHIPPED / "softmax", tmp_path / "softmax"))


@pytest.fixture
def softmax() -> Assignment:
    return read_assignment(SHIPPED / "softmax")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    """An assignment whose keys take little time."""
    return read_assignment(write(tmp_path_factory.mktemp("small") / "logistic", LOGISTIC))


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_a_key_holds_no_solution(key: AnswerKey) -> None:
    """No line of the reference's code, of its stages or of the known mistakes.

    Words about these are for students.
    """
    encoded = encode_key(make_key(named=True))
    assert key.baseline is not None
    baseline = key.baseline.text.decode()
    for path in [
        SHIPPED / "softmax/softmax.py",
        *SHIPPED.glob("**/stages.py"),
        *SHIPPED.glob("**/misconceptions/*.py"),
    ]:
        nodes = (
            node
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, (ast.Assign, ast.Return, ast.Lambda))
        )
        lines = {line.strip() for node in nodes for line in ast.unparse(node).splitlines()}
        code = {line for line in lines if len(line) > 20 and line not in baseline}
        assert code
        assert [line for line in code if line.encode() in encoded] == []
    assert b"def work_CxD" in encoded  # the baseline is in it, so sources would be found


# --- in the cache ---


def test_the_second_time_the_cached_key_is_used(cached: Path, small: Assignment) -> None:
    answer_key(small)
    (file,) = cached.glob("key-*")
    other = encode_key(build_key(small, 12345))
    cache.write(file.name, other)  # a key that building anew could not give
    assert answer_key(small).seed == "12345"


@pytest.mark.parametrize("damage", [b"", b"x", b"x" * 100_000])
def test_a_damaged_file_is_made_anew(cached: Path, small: Assignment, damage: bytes) -> None:
    built = answer_key(small)
    (file,) = cached.glob("key-*")
    good = file.read_bytes()
    file.write_bytes(good[: len(good) // 2] + damage)
    assert answer_key(small).sha256 == built.sha256
    assert file.read_bytes() == good


def test_other_seeds_have_keys_of_their_own(cached: Path, small: Assignment) -> None:
    public, other = answer_key(small), answer_key(small, 99)
    assert (public.seed, other.seed) == (str(small.seed), "99")
    assert len(list(cached.glob("key-*"))) == 2
    assert answer_key(small).sha256 == public.sha256


@pytest.mark.parametrize("place", ["{file}/below-a-file", "not/absolute", "/proc/nowhere"])
def test_without_a_cache_folder_it_works_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: Assignment, place: str
) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", place.format(file=file))
    assert answer_key(small).sha256 == decode_key(encode_key(build_key(small, small.seed))).sha256
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (
            "assignment.toml",
            'naive.reg_loss"     = { points = 5',
            'naive.reg_loss"     = { points = 6',
        ),
        ("assignment.toml", "seed = 231", "seed = 231\nlimits.call_seconds = 11"),
        ("baseline.py", "W: (C, D), X: (D, N), y: (N,).", "W: (C, D)."),
        ("cases.py", "0.3 * random", "0.31 * random"),
        ("checks.py", "CHECKS = {", "CHECKS = {**{}, "),
        ("softmax.py", "The reference for the softmax assignment", "A reference"),
        ("messages/en.toml", 'scores near 1000"\nB', 'large scores"\nB'),
    ],
)
def test_a_change_of_a_file_makes_another_key(folder: Path, file: str, old: str, new: str) -> None:
    before = content_hash(read_assignment(folder), 1)
    assert content_hash(read_assignment(folder), 1) == before
    change(folder / file, old, new)
    assert content_hash(read_assignment(folder), 1) != before


def test_seed_and_overrides_make_another_key(softmax: Assignment) -> None:
    turned = read_assignment(SHIPPED / "softmax", ["layout=DxC"])
    slower = read_assignment(SHIPPED / "softmax", ["limits.call_seconds=12"])
    hashes = [
        content_hash(softmax, 1),
        content_hash(softmax, 2),
        content_hash(turned, 1),
        content_hash(slower, 1),
    ]
    assert len(set(hashes)) == len(hashes)


def test_a_module_and_its_version_make_another_key(
    softmax: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_scipy = read_assignment(SHIPPED / "softmax", ['modules=["scipy"]'])
    before = content_hash(with_scipy, 1)
    assert before != content_hash(softmax, 1)
    assert list(build_key(with_scipy, 1, named=False).modules) == ["scipy"]
    monkeypatch.setattr(
        "grader.sandbox.course_modules.module_versions", lambda names: dict.fromkeys(names, "0.1")
    )
    assert content_hash(with_scipy, 1) != before
    assert build_key(with_scipy, 1, named=False).modules == {"scipy": "0.1"}


def test_every_module_that_makes_a_key_is_hashed() -> None:
    """All that the answer key imports of the grader, directly or not, but files without code."""
    modules = {
        ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in PROJECT.glob("grader/**/*.py")
    }
    waiting, needed = ["grader.assignment.answer_key"], set[Path]()
    while waiting:
        path = modules.get(waiting.pop())
        if path is None or path in needed:
            continue
        needed.add(path)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                waiting += [f"{node.module}", *(f"{node.module}.{a.name}" for a in node.names)]
    hashed = {path for pattern in MAKERS for path in GRADER.glob(pattern)}
    assert needed - hashed <= {PROJECT / "grader/__init__.py"}  # the version is hashed as such
    assert {PROJECT / "grader" / name for name in ("model.py", "checks/value.py")} <= hashed


def test_a_change_of_any_of_these_modules_makes_another_key(
    tmp_path: Path, softmax: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = Path(
        shutil.copytree(GRADER, tmp_path / "grader", ignore=shutil.ignore_patterns("__pycache__"))
    )
    monkeypatch.setattr("grader.assignment.answer_key.GRADER", code)
    hashes = {content_hash(softmax, 1)}
    paths = [path for pattern in MAKERS for path in sorted(code.glob(pattern))]
    for path in paths:
        path.write_bytes(path.read_bytes() + b"\n")
        hashes.add(content_hash(softmax, 1))
    assert len(hashes) == len(paths) + 1


def test_a_change_of_code_that_makes_no_key_keeps_it(
    tmp_path: Path, softmax: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = Path(
        shutil.copytree(GRADER, tmp_path / "grader", ignore=shutil.ignore_patterns("__pycache__"))
    )
    monkeypatch.setattr("grader.assignment.answer_key.GRADER", code)
    before = content_hash(softmax, 1)
    code.joinpath("reports/html.py").write_bytes(b"")
    assert content_hash(softmax, 1) == before


# --- conventions ---


def test_the_other_layout_is_the_same_key_turned(key: AnswerKey) -> None:
    turned = make_key("layout=DxC")
    arrays, others = arrays_of(key), arrays_of(turned)
    assert arrays.keys() == others.keys()
    for name, array in arrays.items():
        if "directions" in name:
            continue
        expected = array.T if array.ndim > 1 else array
        np.testing.assert_array_equal(others[name], expected, err_msg=name)
    words, other_words = words_of(key), words_of(turned)
    assert {name for name in words if words[name] != other_words[name]} == {
        "conventions",
        "inputs",
        "baseline",
    }
    assert key.inputs == {"W": "C x D", "X": "D x N", "y": "N of labels", "reg": "number"}
    assert turned.inputs == {"W": "D x C", "X": "N x D", "y": "N of labels", "reg": "number"}
    baseline, other = key.baseline, turned.baseline
    assert baseline is not None
    assert other is not None
    assert baseline.functions[0].call == "work_CxD(W, X, y, reg)"
    assert other.functions[0].call == "work_DxC(W, X, y, reg)"
    assert baseline.text == other.text


def test_directions_are_turned_with_the_layout(key: AnswerKey) -> None:
    """The same ones: their lengths may differ, where rounding makes the reference pass or not."""
    turned = make_key("layout=DxC")
    assert key.directions.keys() == turned.directions.keys()
    for name, of_case in key.directions.items():
        for V, other in zip(of_case["dW"], turned.directions[name]["dW"], strict=True):
            assert V.shape == key.expected[name]["dW"].shape
            np.testing.assert_allclose(
                V / np.linalg.norm(V), other.T / np.linalg.norm(other), 1e-12, err_msg=name
            )


def test_the_whole_regularization_is_the_half_with_reg_doubled(key: AnswerKey) -> None:
    whole = make_key("regularization=1.0")
    for name, case in whole.cases.items():
        assert case.inputs["reg"] == key.cases[name].inputs["reg"]
        added = {
            output: whole.expected[name][output] - key.expected[name][output]
            for output in ("loss", "dW")
        }
        W, reg = case.inputs["W"], case.inputs["reg"]
        np.testing.assert_allclose(added["loss"], 0.5 * reg * np.sum(W * W), 1e-10, 1e-15)
        np.testing.assert_allclose(added["dW"], reg * W, 1e-10, 1e-15)


# --- a reference that cannot be trusted ---


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("dscores[y, samples] -= 1.0", "dscores[y, samples] -= 0.999"),
        ("dW = dW / num_samples + reg * W", "dW = dW / num_samples"),
        ("loss = loss / num_samples + 0.5", "loss = loss / num_samples + 0.5001"),
        ("total += np.exp(shifted[k])", "total += np.nan"),
    ],
)
def test_a_reference_that_disagrees_with_itself_is_refused(
    folder: Path, old: str, new: str
) -> None:
    change(folder / "softmax.py", old, new)
    with pytest.raises(
        AssignmentError,
        match=r"softmax\.py: softmax_loss_naive: \w+ of case '\w+' does not agree .* "
        r"Correct one of them\.$",
    ):
        build_key(read_assignment(folder), 3)


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (
            "softmax.py",
            "def softmax_loss_naive",
            "def softmax_loss_loops",
            "the reference has no 'softmax_loss_naive', which [functions] asks for. Write it, or "
            "correct the name: write softmax_loss_vectorized, or another of softmax_loss_loops.",
        ),
        (
            "softmax.py",
            "import numpy as np",
            "import no_such_module",
            "cannot be imported (ModuleNotFoundError",
        ),
        (
            "cases.py",
            '    return {"W": W, "X": X, "y": y}\n\n\ndef series',
            '    return {"W": W, "X": X, "y": y[1:]}\n\n\ndef series',
            "case 'small': y makes N 6 long, but an input before it 7. Make the axes fit [inputs].",
        ),
        (
            "cases.py",
            '"C": (',
            '"K": (',
            "there is no case 'C'. Cure: name one that cases.py makes",
        ),
        ("messages/en.toml", "[cases]", "[cases", "this is not valid TOML"),
        ("cases.py", "def cases(", "def inputs(", "cases.py"),
        ("cases.py", "    drawn = {}", "    raise KeyError", "gives no cases (KeyError"),
        ("cases.py", "    return drawn", "    return list(drawn)", "gives no cases (ValueError"),
        (
            "cases.py",
            "drawn[name] = draw(random, N, D, C, name)",
            "drawn[name] = 1, 2, 3",
            "case 'small' is no dict of inputs. Make it one: {'W': …, 'X': …, 'y': …, 'reg': …}.",
        ),
        (
            "cases.py",
            "drawn[name] = draw(random, N, D, C, name)",
            "drawn[name] = drawn[name + '_reg'] = draw(random, N, D, C)",
            "case 'small_reg' is the twin of 'small', which the grader makes. Leave it out.",
        ),
        ("messages/en.toml", "[cases]", "page = 3\n[cases]", "not tables of sentences"),
        ("baseline.py", "def work_CxD", "def labour_CxD", "there is no function work_CxD"),
        (
            "baseline.py",
            "mixed = W.dot(X)",
            "mixed = W.dot(X.T)",
            "baseline.py, line 14: work_CxD fails on case 'samples_20' (ValueError: ",
        ),
        (
            "baseline.py",
            "def work_CxD(W, X, y, reg)",
            "def work_CxD(W, X, y, rgg)",
            "the argument 'rgg' of work_CxD is no input. Cure: write reg, or another of W, X, y.",
        ),
        (
            "softmax.py",
            "num_classes, num_samples = W.shape[0], X.shape[1]",
            "raise ValueError",
            "softmax.py, line 47: softmax_loss_naive gives no answer (ValueError: ). Correct it.",
        ),
        (
            "softmax.py",
            "dW = dscores.dot(X.T) / num_samples + reg * W",
            "dW = dscores.dot(X.T)[:, :2]",
            "softmax_loss_vectorized: dW of case 'small' has shape (3, 2). Make it (3, 5), as W; "
            "or correct functions.vectorized.gradients.dW",
        ),
    ],
)
def test_files_that_do_not_fit_together_are_refused(
    folder: Path, file: str, old: str, new: str, says: str
) -> None:
    change(folder / file, old, new)
    with pytest.raises(AssignmentError) as refused:
        build_key(read_assignment(folder), 3)
    assert says in str(refused.value)
    assert str(folder) in str(refused.value)


def test_own_words_go_over_those_of_the_extended_assignment(folder: Path, tmp_path: Path) -> None:
    """Table by table: one more name for a case leaves the others."""
    own = tmp_path / "own"
    own.joinpath("messages").mkdir(parents=True)
    own.joinpath("assignment.toml").write_text('extends = "../softmax"\ntitle = "Ours"')
    own.joinpath("messages/en.toml").write_text('[cases]\nA = "very large scores"')
    words = build_key(read_assignment(own), 3).words
    assert words["title"] == "Ours"
    assert words["en"]["cases"]["A"] == "very large scores"
    assert words["en"]["cases"]["B"] == "scores near -1000"


def test_expected_values_are_float64(key: AnswerKey) -> None:
    for case in key.cases.values():
        expected = key.expected[case.name]
        assert {name: value.dtype for name, value in expected.items()} == {
            "loss": np.float64,
            "dW": np.float64,
        }
        assert expected["loss"].shape == ()
        assert key.shapes(case.name) == {"loss": (), "dW": case.inputs["W"].shape}
