"""The answer key: made of an assignment and a seed, or loaded from the cache. Conventions are resolved here and nowhere else."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from grader import __version__
from grader.assignment.key_file import decode_key, encode_key
from grader.assignment.modules import load_misconceptions, load_module, load_stages, load_terms
from grader.assignment.settings import Assignment, AssignmentError, questions_of
from grader.checks import settings_for
from grader.diagnosis.signatures import StageInput, signatures_of
from grader.diagnosis.stages import StagesError, run
from grader.files import cache
from grader.files.toml_tables import deep_merge
from grader.model import AnswerKey, Array, Baseline, Case, Expected, Question, Signatures, Source

DIRECTIONS = 4  # of the slope check: one misses 2 % of bugs, two none that was tried (see grader/checks/slope.py)
SMALL = 4096  # numbers in X up to which a case gets directions, and the reference's functions are compared on it
AGREEMENT = 1e-9  # of the reference's own functions, relative
GRADER = Path(__file__).resolve().parents[1]
MAKERS = (
    "model.py",
    "assignment/*.py",
    "diagnosis/*.py",
    "files/*.py",
)  # a change in them makes other keys
OPTIONAL = (
    "messages/*.toml",
    "stages.py",
    "misconceptions/*.py",
)  # files that a key is made of, where there are any
Numbers = tuple[Array, Array, Array, float]  # W, X, y, reg
Function = Callable[[Array, Array, Array, float], tuple[float, Array]]  # of these: loss, dW


def answer_key(assignment: Assignment, seed: int | None = None) -> AnswerKey:
    """The key for the assignment's public seed, or another. Kept in the user's cache under a hash of all that it is made of."""
    seed = assignment.seed if seed is None else seed
    name = f"key-{content_hash(assignment, seed)}.msgpack"
    kept = cache.read(name)
    if kept is not None:
        return decode_key(kept)
    encoded = encode_key(build_key(assignment, seed))
    cache.write(name, encoded)
    return decode_key(encoded)


def content_hash(assignment: Assignment, seed: int) -> str:
    """Of the settings, the files and the seed, and of what makes a key of them."""
    files = [assignment.path(name) for name in (assignment.file, "cases.py", "yardstick.py")]
    files += [
        path
        for folder in assignment.folders
        for pattern in OPTIONAL
        for path in sorted(folder.glob(pattern))
    ]
    files += [path for pattern in MAKERS for path in sorted(GRADER.glob(pattern))]
    settings = msgspec.json.encode(assignment, enc_hook=str)
    digest = hashlib.sha256(repr((__version__, np.__version__, seed, settings)).encode())
    for path in files:
        digest.update(hashlib.sha256(path.read_bytes() if path.is_file() else b"").digest())
    return digest.hexdigest()


def build_key(assignment: Assignment, seed: int, named: bool = True) -> AnswerKey:
    """named: with the numbers by which mistakes are named, which take most of the time. Raises AssignmentError where the assignment's
    files do not fit together."""
    questions = questions_of(assignment)
    drawn = draw_cases(assignment, seed)
    require_cases(assignment, questions, drawn)
    cases, expected, directions = {}, {}, {}
    random = np.random.default_rng([seed, 1])
    solve = reference(assignment)
    for name, (W, X, y, reg) in drawn.items():
        loss, gradient = solve(W, X, y, reg)
        cases[name] = Case(name, in_layout(assignment, W), in_layout(assignment, X), y, reg)
        expected[name] = Expected(loss, in_layout(assignment, gradient))
        if X.size <= SMALL:
            directions[name] = np.array(
                [in_layout(assignment, V) for V in scaled_directions(random, W, X)]
            )
    return AnswerKey(
        assignment=assignment.name,
        file=assignment.file,
        functions=assignment.functions,
        questions=questions,
        tolerances=assignment.tolerances,
        limits=assignment.limits,
        cases=cases,
        expected=expected,
        directions=directions,
        baseline=baseline(assignment, cases),
        signatures=build_signatures(assignment, drawn, directions) if named else None,
        words=assignment_messages(assignment),
        lines=assignment.lines,
        conventions={"layout": assignment.layout, "regularization": str(assignment.regularization)},
        reveal=assignment.reveal,
        seed=str(seed),
    )


def build_signatures(
    assignment: Assignment, drawn: dict[str, Numbers], directions: dict[str, Array]
) -> Signatures | None:
    """On all small cases that have a twin with regularization. None where there are none, or no stages."""
    stages = load_stages(assignment)
    if not stages:
        return None
    asked, terms = {}, {}
    in_terms = load_terms(assignment, stages)
    for name, (W, X, y, reg) in drawn.items():
        if reg == 0 and f"{name}_reg" in drawn and name in directions:
            given = {
                "W": W,
                "X": X,
                "y": y,
                "reg": 0.0,
                "regularization": assignment.regularization,
            }
            in_stages_layout = np.array([in_layout(assignment, V) for V in directions[name]])
            summands = run({**stages, **in_terms}, given, tuple(in_terms))
            terms[name] = {
                term: in_layout(assignment, np.asarray(array, float))
                for term, array in summands.items()
            }
            asked[name] = StageInput(given, drawn[f"{name}_reg"][3], in_stages_layout)
    mistakes = load_misconceptions(assignment, stages)
    try:
        return signatures_of(stages, mistakes, asked, terms) if asked else None
    except StagesError as error:
        raise AssignmentError(f"{assignment.folders[0]}: {error}") from None


def baseline(assignment: Assignment, cases: dict[str, Case]) -> Baseline:
    """Tried on every case: it must give what looks like an answer."""
    path, function = assignment.path("yardstick.py"), f"work_{assignment.layout}"
    work = getattr(load_module(path), function, None)
    if work is None:
        raise AssignmentError(
            f"{path}: there is no function {function}. Write it, or choose the other layout."
        )
    for case in cases.values():
        reference_answer(path, function, work, (case.W, case.X, case.y, case.reg))
    return Baseline(Source(path.name, path.read_bytes(), (function,)), function)


def in_layout(assignment: Assignment, array: Array) -> Array:
    """From the reference's layout (W: C x D, X: D x N) to the assignment's."""
    return array if assignment.layout == "CxD" else array.T


def draw_cases(assignment: Assignment, seed: int) -> dict[str, Numbers]:
    path = assignment.path("cases.py")
    module = load_module(path)
    if not hasattr(module, "cases"):
        raise AssignmentError(
            f"{path}: there is no function cases. Write cases(random), which returns name -> (W, X, y, reg)."
        )
    try:
        given = dict(module.cases(np.random.default_rng(seed)))
    except Exception as error:
        raise AssignmentError(
            f"{path}: cases(random) gives no cases ({type(error).__name__}: {error}). Correct it."
        ) from None
    return {str(name): checked_case(path, str(name), case) for name, case in given.items()}


def checked_case(path: Path, name: str, case: Any) -> Numbers:
    try:
        weights, samples, labels, strength = case
        W, X, y, reg = (
            np.asarray(weights, float),
            np.asarray(samples, float),
            np.asarray(labels, np.int64),
            float(strength),
        )
    except (TypeError, ValueError) as error:
        raise AssignmentError(
            f"{path}: case {name!r} is not (W, X, y, reg) ({error}). Make it that."
        ) from None
    if [W.ndim, X.ndim, y.ndim] != [2, 2, 1] or W.shape[1] != X.shape[0] or X.shape[1] != len(y):
        raise AssignmentError(
            f"{path}: case {name!r} has shapes {W.shape}, {X.shape}, {y.shape}. Make W (C, D), X (D, N) and y (N,)."
        )
    return W, X, y, reg


def reference(assignment: Assignment) -> Function:
    """The reference's last function; on small cases all of its functions must agree."""
    path, functions = assignment.path(assignment.file), reference_functions(assignment)
    last = list(functions)[-1]

    def solve(W: Array, X: Array, y: Array, reg: float) -> tuple[float, Array]:
        asked = functions if X.size <= SMALL else {last: functions[last]}
        answers = {name: function(W, X, y, reg) for name, function in asked.items()}
        loss, gradient = answers[last]
        for name, (other_loss, other) in answers.items():
            if not (
                np.allclose(other_loss, loss, AGREEMENT, 0)
                and np.allclose(other, gradient, AGREEMENT, AGREEMENT)
            ):
                raise AssignmentError(
                    f"{path}: {name} does not agree with the reference's other functions. Correct one of them."
                )
        return loss, gradient

    return solve


def reference_functions(assignment: Assignment) -> dict[str, Function]:
    """The reference's functions by name, in the reference's layout and the assignment's regularization."""
    path = assignment.path(assignment.file)
    module = load_module(path)
    missing = [name for name in assignment.functions.values() if not hasattr(module, name)]
    if missing:
        raise AssignmentError(
            f"{path}: the reference has no function {missing[0]!r}. Write it, or correct [functions]."
        )
    scale = assignment.regularization / 0.5  # reg * sum(W * W) is 0.5 * (2 * reg) * sum(W * W)

    def scaled(name: str) -> Function:
        return lambda W, X, y, reg: reference_answer(
            path, name, getattr(module, name), (W, X, y, reg * scale)
        )

    return {name: scaled(name) for name in assignment.functions.values()}


def reference_answer(
    path: Path, name: str, function: Callable[..., Any], arguments: tuple[Any, ...]
) -> tuple[float, Array]:
    shape = arguments[0].shape
    try:
        with np.errstate(
            all="ignore"
        ):  # some BLAS raise flags for numbers that are in order; what comes out is looked at
            loss, gradient = function(*arguments)
        loss, gradient = float(loss), np.asarray(gradient, float)
    except Exception as error:
        raise AssignmentError(
            f"{path}: {name} gives no loss and dW ({type(error).__name__}: {error}). Correct it."
        ) from None
    if gradient.shape != shape:
        raise AssignmentError(
            f"{path}: {name} returns a dW of shape {gradient.shape} where W has {shape}. Correct it."
        )
    return loss, gradient


def scaled_directions(random: "np.random.Generator", W: Array, X: Array) -> list[Array]:
    """Random directions in the space of W, each scaled so that a step of 1 moves the scores W @ X by 1 (root mean square)."""
    drawn = random.standard_normal((DIRECTIONS, *W.shape))
    return [V / np.sqrt(np.mean((V @ X) ** 2)) for V in drawn]


def assignment_messages(assignment: Assignment) -> dict[str, Any]:
    """Language -> the assignment's own messages, those of an assignment it extends below them."""
    words: dict[str, Any] = {}
    for folder in reversed(assignment.folders):
        for path in sorted(folder.glob("messages/*.toml")):
            try:
                own = msgspec.toml.decode(
                    path.read_bytes(), type=dict[str, dict[str, str | dict[str, str]]]
                )
            except (msgspec.DecodeError, ValueError) as error:
                raise AssignmentError(
                    f"{path}: this is not valid TOML, or not tables of sentences ({error}). Correct it."
                ) from None
            except OSError as error:
                raise AssignmentError(
                    f"{path}: cannot be read ({error.strerror}). Make it a file of sentences, or remove it."
                ) from None
            words = deep_merge(words, {path.stem: own})
    return {"title": assignment.title, **words}


def require_cases(
    assignment: Assignment, questions: tuple[Question, ...], drawn: dict[str, Numbers]
) -> None:
    """Every case that a question asks for must have been drawn, and be small where it needs directions; and the first case without
    regularization must have a twin, by which a function that does nothing is told."""
    first = next((name for name, case in drawn.items() if case[3] == 0), None)
    if first is None or f"{first}_reg" not in drawn:
        missing = f"no case {first}_reg" if first else "no case with reg = 0"
        raise AssignmentError(
            f"{assignment.path('cases.py')}: there is {missing}. Make the first case with reg = 0, and a twin <name>_reg."
        )
    for question in questions:
        settings = settings_for(question)
        here = f'{assignment.folders[0] / "assignment.toml"}: questions."{question.id}"'
        for case in settings.cases_asked():
            if case not in drawn:
                raise AssignmentError(
                    f"{here}: there is no case {case!r}. Cure: name one that cases.py makes, or add it there."
                )
            if settings.needs_whole_numbers() and not all(
                (array % 1 == 0).all() for array in drawn[case][:2]
            ):
                raise AssignmentError(
                    f"{here}: case {case!r} holds fractions. Cure: name one whose W and X hold whole numbers."
                )
            if settings.needs_directions() and drawn[case][1].size > SMALL:
                raise AssignmentError(
                    f"{here}: case {case!r} is too large here. Cure: name one with at most {SMALL} numbers in X."
                )
