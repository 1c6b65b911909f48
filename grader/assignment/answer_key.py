"""The answer key: made of an assignment and a seed, or loaded from the cache."""

import hashlib
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from msgspec.structs import replace

from grader import __version__
from grader.assignment.cases import (
    DIAGNOSED,
    Cases,
    CaseSource,
    can_call,
    complain_of_question,
    is_small,
    turned_up,
    with_twins,
)
from grader.assignment.contents import contents_of, file_hash
from grader.assignment.course_files import describe_error
from grader.assignment.directions import Refusal, plain_directions, safe_directions
from grader.assignment.key_file import decode_key, encode_key
from grader.assignment.layers import near_name, one_of
from grader.assignment.modules import (
    in_asked_form,
    load_misconceptions,
    load_stages,
    load_terms,
    outputs_of,
    stage_values,
)
from grader.assignment.questions import questions_of
from grader.assignment.reference import SMALL, Reference, answers, load_baseline
from grader.assignment.settings import Assignment, AssignmentError, module_versions
from grader.assignment.words import assignment_messages as assignment_messages
from grader.assignment.words import check_words
from grader.checks import settings_for
from grader.checks.cell import argument
from grader.checks.growth import growth_cases
from grader.checks.settings import Settings
from grader.checks.shapes import letters_of
from grader.diagnosis.signatures import StageInput, signatures_of
from grader.diagnosis.stages import Stages, StagesError, run
from grader.files import cache
from grader.model import AnswerKey, Array, Case, Function, Question, Signatures, Source, twin_of

# How often the cases are drawn until the reference passes all slopes that are asked; and after how
# many draws without any direction the reference itself is to blame.
DRAWS, DRAWS_WITHOUT_ANY = 20, 2
GRADER = Path(__file__).resolve().parents[1]
# The grader's files that this module imports, directly or not. A key depends on them, so a change
# in any of them makes the stored keys stale.
MAKERS = (
    "model.py",
    "verdict.py",
    "assignment/*.py",
    "checks/*.py",
    "diagnosis/*.py",
    "files/*.py",
    "messages/*.py",
    "sandbox/__init__.py",
    "sandbox/course_modules.py",
    "sandbox/interpreter.py",
    "static_analysis/*.py",
)


def answer_key(assignment: Assignment, seed: int | None = None) -> AnswerKey:
    """Return the key for this seed, or for the assignment's public one.

    It is kept in the user's cache under a hash of all that it depends on. Raises AssignmentError.
    """
    seed = assignment.seed if seed is None else seed
    name = f"key-{content_hash(assignment, seed)}.msgpack"
    stored = cache.read(name)
    if stored is not None:
        return decode_key(stored)
    encoded = encode_key(build_key(assignment, seed))
    cache.write(name, encoded)
    return decode_key(encoded)


def content_hash(assignment: Assignment, seed: int) -> str:
    """Hash the key's contents, the seed, and the code that makes a key of them."""
    made_by = (__version__, np.__version__, seed, assignment.name)
    digest = hashlib.sha256(repr(made_by).encode())
    digest.update(msgspec.json.encode(contents_of(assignment)))
    # Topics are no part of a key, but their names are checked when it is built.
    digest.update(repr(sorted(assignment.topics.items())).encode())
    for pattern in MAKERS:
        for path in sorted(GRADER.glob(pattern)):
            digest.update(file_hash(path).encode())
    return digest.hexdigest()


def build_key(assignment: Assignment, seed: int, named: bool = True) -> AnswerKey:
    """Build the key from the assignment's files.

    named: include the signatures by which mistakes are named. They take most of the time.
    Raises AssignmentError if the files do not fit together.
    """
    check_words(assignment)
    builder = _Builder(assignment, seed)
    source = CaseSource(assignment)
    random = np.random.default_rng(seed)
    refusal = None
    for attempt in range(DRAWS):
        drawn = source.draw(random)
        if attempt == 0:
            source.require_random(seed, drawn)
        made = builder.key_of(drawn)
        if isinstance(made, AnswerKey):
            signatures = _build_signatures(assignment, made) if named else None
            return replace(made, signatures=signatures)
        refusal = made
        if refusal.kept == 0 and attempt + 1 == DRAWS_WITHOUT_ANY:
            break
    assert refusal is not None
    raise AssignmentError(_no_directions(source.path, refusal))


class _AskedQuestion(NamedTuple):
    """A question with what it asks for."""

    question: Question
    settings: Settings
    function: Function


class _Builder:
    """What of a key does not depend on the drawn cases, and the making of the rest."""

    def __init__(self, assignment: Assignment, seed: int) -> None:
        """Raises AssignmentError."""
        self.assignment, self.seed = assignment, seed
        self.reference = Reference(assignment)
        self.checks = assignment.checks()
        self.questions = questions_of(assignment.questions, assignment.functions)
        self.asked = [
            _AskedQuestion(
                question,
                settings_for(question, self.checks),
                assignment.functions[question.id.partition(".")[0]],
            )
            for question in self.questions
        ]
        self.fixed = CaseSource(assignment).fixed
        self.knobs = turned_up(assignment, seed)
        self.random = np.random.default_rng([seed, 1])

    def key_of(self, drawn: Cases) -> AnswerKey | Refusal:
        """Make the key of these cases, without signatures.

        A Refusal if the reference passes too few slopes of a case: another one has to be drawn.
        Raises AssignmentError if questions, cases and reference do not fit together.
        """
        assignment = self.assignment
        for asked in self.asked:
            self._require_cases(asked, drawn)
        cases = with_twins(assignment, drawn, self.knobs, self._twins(drawn))
        expected = {
            name: answers(self.reference, name, inputs, is_small(inputs))
            for name, inputs in cases.items()
        }
        directions = self._directions(cases, expected)
        if isinstance(directions, Refusal):
            return directions
        made = {name: Case(name, inputs) for name, inputs in cases.items()}
        key = AnswerKey(
            assignment=assignment.name,
            files=assignment.files,
            functions=assignment.functions,
            questions=self.questions,
            tolerances=assignment.tolerances,
            limits=assignment.limits,
            inputs=assignment.inputs_asked,
            knobs=tuple(assignment.knobs),
            cases=made,
            expected=expected,
            directions=directions,
            baseline=self._baseline(made),
            signatures=None,
            checks=self.checks,
            derived=assignment.derived(),
            words=assignment_messages(assignment),
            lines=assignment.lines,
            conventions=assignment.choices,
            reveal=assignment.reveal,
            seed=str(self.seed),
            modules=module_versions(assignment.modules),
        )
        self._require_growth(key)
        return key

    def _require_cases(self, asked: _AskedQuestion, drawn: Cases) -> None:
        """Raise AssignmentError unless a question finds its cases, of the kind that it needs."""
        question, settings, function = asked
        names = settings.cases_asked()
        for name in names:
            problem = _problem_with_case(asked, name, drawn)
            if problem:
                complain_of_question(self.assignment, question.id, *problem)
        if names and all(name in self.fixed for name in names):
            complain_of_question(
                self.assignment,
                question.id,
                "all its cases are the same for every seed",
                "add one that cases.py draws",
            )

    def _twins(self, drawn: Cases) -> dict[str, list[str]]:
        """Case -> the knobs whose twin it needs: for effects, for the diagnosis, as the probe."""
        wanted: dict[str, set[str]] = {name: set() for name in drawn}
        for question, settings, function in self.asked:
            for name in settings.cases_asked():
                wanted[name].update(settings.knobs_asked(function))
                if question.check in DIAGNOSED and is_small(drawn[name]):
                    wanted[name].update(function.knobs)
        first = next(iter(drawn))
        for function in self.assignment.functions.values():
            if can_call(function, drawn[first]):
                wanted[first].update(function.knobs)
        order = list(self.assignment.knobs)
        return {name: sorted(knobs, key=order.index) for name, knobs in wanted.items()}

    def _directions(
        self, cases: Cases, expected: dict[str, dict[str, Array]]
    ) -> dict[str, dict[str, Array]] | Refusal:
        """Directions of each array output of the small cases, and of all slopes that are asked."""
        slopes = self._slopes()
        directions: dict[str, dict[str, Array]] = {}
        for name, inputs in cases.items():
            of_case: dict[str, Array] = {}
            for output, value in expected[name].items():
                function = slopes.get((name, output))
                if function is not None:
                    gradient = next(each for each in function.gradients if each.name == output)
                    safe = safe_directions(
                        self.random,
                        self.reference,
                        function,
                        gradient,
                        name,
                        inputs,
                        self.assignment.tolerances,
                    )
                    if isinstance(safe, Refusal):
                        return safe
                    of_case[output] = safe
                elif value.ndim and is_small(inputs):
                    of_case[output] = plain_directions(self.random, value.shape)
            if of_case:
                directions[name] = of_case
        return directions

    def _slopes(self) -> dict[tuple[str, str], Function]:
        """(case, gradient) -> the last function that is asked for its slope."""
        return {
            (name, gradient): function
            for _, settings, function in self.asked
            for gradient in settings.gradients_asked(function)
            for name in settings.cases_asked()
        }

    def _baseline(self, cases: dict[str, Case]) -> Source | None:
        timed = [
            cases[name]
            for _, settings, _ in self.asked
            if settings.needs_baseline()
            for name in settings.cases_asked()
        ]
        return load_baseline(self.assignment, timed) if timed else None

    def _require_growth(self, key: AnswerKey) -> None:
        """Raise AssignmentError unless two cases differ in each letter that a question counts by."""
        for question, settings, function in self.asked:
            for letter in settings.letters_asked():
                self._require_letter(key, question, function, letter, settings)

    def _require_letter(
        self,
        key: AnswerKey,
        question: Question,
        function: Function,
        letter: str,
        settings: Settings,
    ) -> None:
        letters = [
            each for name in function.inputs for each in letters_of(self.assignment.inputs[name])
        ]
        if letter not in letters:
            problem = f"grows: is {letter!r}, which is no letter of the inputs of {function.name}"
            complain_of_question(
                self.assignment, question.id, problem, one_of(letter, dict.fromkeys(letters))
            )
        if growth_cases(key, function, letter, tuple(getattr(settings, "cases", ()))) is None:
            complain_of_question(
                self.assignment,
                question.id,
                f"no two cases differ in {letter} alone, by a factor of 2 or more",
                "let cases.py make such a pair, with all other axes of the same lengths",
            )


def _problem_with_case(asked: _AskedQuestion, name: str, drawn: Cases) -> tuple[str, str] | None:
    """Why a question cannot use a case, and the cure; None if it can."""
    _, settings, function = asked
    if name not in drawn:
        near = near_name(name, drawn)
        cure = f"name {near}, or another" if near else "name one"
        return f"there is no case {name!r}", f"{cure} that cases.py makes, or add it there"
    inputs = drawn[name]
    lacking = [each for each in function.inputs if each not in inputs]
    if lacking:
        problem = f"case {name!r} has no {', '.join(lacking)}, which {function.name} needs"
        return problem, "let cases.py add it, or name another case"
    floats = {each: inputs[each] for each in function.inputs if inputs[each].dtype.kind == "f"}
    if settings.needs_whole_numbers():
        fractions = [each for each, array in floats.items() if (array % 1 != 0).any()]
        if fractions:
            problem = f"case {name!r} holds fractions in {' and '.join(fractions)}"
            return problem, "name one whose inputs hold whole numbers"
    if settings.gradients_asked(function) and not is_small(inputs):
        problem = f"case {name!r} is too large here"
        return problem, f"name one with at most {SMALL} numbers in its inputs"
    return None


def _no_directions(path: Path, refusal: Refusal) -> str:
    """What to tell the author of an assignment without enough directions for a slope."""
    name, of, by = refusal.gradient.name, refusal.gradient.of, refusal.gradient.by
    if refusal.kept == 0:
        return (
            f"{path}: case {refusal.case!r}: the reference's own {name} is not the slope of its "
            f"{of} by {by} along any direction (least relative error {refusal.error:.0e}). "
            "Correct the reference; or draw a case without kinks, where the slope jumps, close by."
        )
    return (
        f"{path}: case {refusal.case!r}: too many kinks are close to {by}, where the slope of {of} "
        f"jumps: in {DRAWS} draws, the reference's own {name} passed too seldom. "
        "Draw the case further away from them, or make it smaller."
    )


def _build_signatures(assignment: Assignment, key: AnswerKey) -> Signatures | None:
    """Compute the signatures on all small cases of the questions that mistakes are named from.

    Returns None if there are no such cases, or no stages.
    """
    stages = load_stages(assignment)
    if not stages:
        return None
    misconceptions = load_misconceptions(assignment, stages)
    of_terms = load_terms(assignment, stages)
    outputs = [name for name in outputs_of(assignment) if name in stages]
    inputs, terms = {}, {}
    for name in _cases_to_compare(key):
        case = key.cases[name]
        given = stage_values(assignment, case.inputs)
        terms[name] = {
            output: _terms_of(assignment, stages, functions, given, output)
            for output, functions in of_terms.items()
            if output in key.expected[name]
        }
        knobs = {
            knob: argument(key.cases[twin_of(name, knob)].inputs[knob])
            for knob in key.knobs
            if twin_of(name, knob) in key.cases
        }
        directions = _in_stages_form(assignment, key.directions.get(name, {}))
        inputs[name] = StageInput(given, knobs, directions)
    if not inputs:
        return None
    try:
        return signatures_of(stages, misconceptions, outputs, inputs, terms)
    except StagesError as error:
        raise AssignmentError(f"{assignment.folders[0]}: {error}") from None


def _cases_to_compare(key: AnswerKey) -> list[str]:
    """The small cases, without twins, of the questions that mistakes are named from."""
    asked = {
        name
        for question in key.questions
        if question.check in DIAGNOSED
        for name in settings_for(question, key).cases_asked()
    }
    return [name for name in key.cases if name in asked and is_small(key.cases[name].inputs)]


def _terms_of(
    assignment: Assignment,
    stages: Stages,
    functions: Stages,
    given: dict[str, Any],
    output: str,
) -> dict[str, Array]:
    """The terms of an output, as students' arrays have their axes."""
    try:
        summands = run({**stages, **functions}, given, tuple(functions), strict=True)
    except Exception as error:
        raise AssignmentError(
            f"{assignment.path('stages.py')}: TERMS: {output}: {describe_error(error)}. Correct it."
        ) from None
    return {
        term: in_asked_form(assignment, {output: np.asarray(array, float)})[output]
        for term, array in summands.items()
    }


def _in_stages_form(assignment: Assignment, directions: dict[str, Array]) -> dict[str, Array]:
    """Turn directions to the form in which stages are written."""
    turned = {}
    for output, arrays in directions.items():
        each = [in_asked_form(assignment, {output: V})[output] for V in arrays]
        turned[output] = np.array(each)
    return turned
