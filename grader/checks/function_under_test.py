"""The function under test: the only part of a submission that a check sees."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from msgspec.structs import replace

from grader.checks.course_code import as_data, load_code
from grader.checks.derived import add_derived, derived_failed
from grader.model import (
    Answer,
    AnswerKey,
    Array,
    Case,
    Counts,
    Form,
    Function,
    GraderError,
    Message,
    Series,
    Shapes,
    SubmissionError,
    require,
    twin_of,
)
from grader.verdict import Finding

MAX_AFRESH = 4  # cases on which a function is called afresh: each starts a program anew


class FunctionUnderTest(ABC):
    """One function of a submission. Calls raise SubmissionError if it gives no answer.

    A subclass says how the function is called: in the sandbox (submission_under_test.py), or in
    this process (plain_function.py).
    """

    def __init__(
        self,
        definition: Function,
        key: AnswerKey | None = None,
        *,
        error: Message | None = None,
        probe_cases: tuple[Case, ...] = (),
        others: "Mapping[str, FunctionUnderTest] | None" = None,
        findings: Mapping[str, Finding] | None = None,
    ) -> None:
        self.definition = definition
        self._inputs = frozenset(definition.inputs)
        self.name = definition.name  # as students and reports call it
        self.key = key  # without one, neither shapes nor derived outputs are known
        self.error = error  # why the function cannot be called, as far as is known
        # A case and its twins. They show whether the function does anything at all.
        self.probe_cases = probe_cases
        # The submission's functions by short name, with this one: it may still grow.
        self.others = others if others is not None else {}
        # Answers by case, in the order in which questions asked for them.
        self.remembered: dict[str, Answer | SubmissionError] = {}
        # Answers that were requested ahead by name and form of the case, and what of these no
        # question has asked for yet.
        self._requested = set[tuple[str, Form]]()
        self._ahead: dict[tuple[str, Form], Answer | SubmissionError] = {}
        self._counts: dict[str, Counts] = {}  # by case
        self._findings = findings if findings is not None else {}  # grows with each question asked
        # What the assignment made of each message; None if nothing.
        self._explanations: dict[str, Message | None] = {}
        # Cases on which the function was called afresh: was the answer a stored one?
        self._is_stored: dict[str, bool] = {}
        self._is_probed = self._has_died = self._is_explaining = False

    @abstractmethod
    def _call(self, case: Case, shapes: Shapes) -> Answer:
        """Call the function. shapes: of the outputs that it leaves behind; empty if unknown."""

    @abstractmethod
    def _count(self, case: Case, shapes: Shapes) -> Counts:
        """Call the function and count its bytecode operations."""

    def _call_afresh(self, case: Case, shapes: Shapes) -> Answer:
        """Call the function where it was never called before.

        Code of the grader's own keeps nothing, so it is simply called again.
        """
        return self._call(case, shapes)

    def _call_all(self, cases: Sequence[tuple[Case, Shapes]]) -> Sequence[Answer | SubmissionError]:
        """Call the function on several cases. After its death the rest may be left out."""
        answers: list[Answer | SubmissionError] = []
        for case, shapes in cases:
            try:
                answers.append(self._call(case, shapes))
            except SubmissionError as error:
                answers.append(error)
        return answers

    def _vary(
        self,
        case: Case,
        name: str,
        inputs: Array,
        output: str,
        shape: tuple[int, ...],  # noqa: ARG002
    ) -> Series:
        """Call the function at several values of one input. shape: of the output."""
        answers = [
            self.call(replace(case, inputs=case.inputs | {name: np.asarray(value)}))
            for value in inputs
        ]
        return Series(
            np.array([answer.value(output) for answer in answers]),
            any(answer.overwrote_earlier for answer in answers),
        )

    def call_baseline(self, case: Case) -> Answer:
        """Call the neutral program that CPU times are compared with."""
        raise GraderError(f"There is no baseline to compare {self.name} with on {case.name!r}.")

    def baseline_seconds(self) -> dict[str, float]:
        """The least CPU seconds that the baseline ever took here, by series of cases.

        Every race adds to it. The submissions of a batch share it.
        """
        return {}

    # --- calls ------------------------------------------------------------------------------------

    def call(self, case: Case, shapes: Shapes | None = None) -> Answer:
        """Call the function, even if it was called on this case before.

        shapes: of the outputs that the call leaves, if they are not those that the key has.
        """
        answer = self._call(case, self._shapes(case) if shapes is None else shapes)
        return self._completed(case, answer)

    def call_once(self, case: Case) -> Answer:
        """Call the function and remember the answer, so that questions about a case share it."""
        if case.name not in self.remembered:
            try:
                self.remembered[case.name] = self.fetch(case)
            except SubmissionError as error:
                self.remembered[case.name] = error
        return require(self.remembered[case.name])

    def fetch(self, case: Case) -> Answer:
        """Return the answer that was requested ahead, or call the function."""
        which = case.name, case.form
        return require(self._ahead.pop(which)) if which in self._ahead else self.call(case)

    def ask_all(self, cases: Sequence[Case]) -> None:
        """Request the answers to several cases at once, for the questions that will ask for them.

        Until then they count as not asked: see repeats_another_answer.
        """
        new = [
            case
            for case in cases
            if (case.name, case.form) not in self._requested
            and (case.form != "plain" or case.name not in self.remembered)
        ]
        # A function that has died is called only where a question cannot do without.
        if len(new) < 2 or self._has_died or self.error is not None:
            return
        new = [case for case in new if self.has_inputs(case)]
        answers = self._call_all([(case, self._shapes(case)) for case in new])
        self._has_died = len(answers) < len(new)
        for case, answer in zip(new, answers, strict=False):
            if isinstance(answer, Answer):
                answer = self._completed(case, answer)
            self._requested.add((case.name, case.form))
            self._ahead[case.name, case.form] = answer

    def vary(self, case: Case, name: str, inputs: Array, output: str) -> Series:
        """Call the function at several values of one input. inputs: (calls, *its shape).

        Returns one output of each call.
        """
        if output in self.definition.derived:
            return FunctionUnderTest._vary(self, case, name, inputs, output, ())
        shape = self.key.expected[case.name][output].shape if self.key is not None else ()
        return self._vary(case, name, inputs, output, shape)

    def count_operations(self, case: Case) -> Counts:
        """Call the function and count its bytecode operations, once for each case."""
        if case.name not in self._counts:
            self._counts[case.name] = self._count(case, self._shapes(case))
        return self._counts[case.name]

    def has_code(self, line: int, file: str | None = None) -> bool:  # noqa: ARG002
        """Whether code of the function, or of what it uses, stands in a line. None: first file."""
        return True

    def has_inputs(self, case: Case) -> bool:
        """Has the case all inputs that the function needs?"""
        return self._inputs <= case.inputs.keys()

    # --- what checks ask about it -----------------------------------------------------------------

    def require_ready(self) -> None:
        """Raise SubmissionError if there is nothing to test.

        That is so if the file does not load, or the function is missing or not written yet.
        """
        if self.error is None and not self._is_probed:
            self.error = self._probe()
            self._is_probed = True
        if self.error is not None:
            raise SubmissionError(self.error)

    def explain_error(self, message: Message) -> Message | None:
        """Return what the assignment makes of an error, or None if it has nothing better to say.

        message: of an output, or of the call at the first look. It is asked once for each, and may
        call the function: what that call says is not explained in its turn.
        """
        source = self.key.checks if self.key is not None else None
        explain = load_code(source).get("explain_error") if source is not None else None
        if explain is None or self._is_explaining:
            return None
        if repr(message) not in self._explanations:
            self._is_explaining = True
            try:
                better = explain(self, self.key, message)
                if better is not None:
                    better = as_data(better, Message)
            except SubmissionError:
                better = None
            except GraderError:
                raise
            except (Exception, SystemExit) as failure:
                raise GraderError(
                    f"The assignment's explain_error fails: {type(failure).__name__}: {failure}"
                ) from failure
            finally:
                self._is_explaining = False
            self._explanations[repr(message)] = better
        return self._explanations[repr(message)]

    def has_passed(self, question: str) -> bool:
        """Did the function pass an earlier question?"""
        return self._findings[question].outcome == "passed"

    def is_known_wrong(self) -> bool:
        """Has the function failed an earlier question about its values?"""
        return any(
            finding.function == self.name
            and finding.check == "value"
            and finding.outcome == "failed"
            for finding in self._findings.values()
        )

    def repeats_another_answer(self, case: Case, answer: Answer) -> bool:
        """Has the submission returned this very answer for another input before?

        Then it may have stored it. But if another function gave an equal answer to this same input,
        that proves nothing: one may call the other, or both make the same mistake. Nor does an
        answer without two different fractions: 0, a count or 1/C may well come out twice. What is
        left is asked once more, where no other input was seen before: scores that are cut off at 50
        give the same answer to any two inputs with larger ones, and are no memory.
        """
        if len(_fractions(answer)) < 2:
            return False
        # Each function once: `others` may hold this one, too.
        functions = {id(each): each for each in (self, *self.others.values())}.values()
        for function in functions:
            if function is not self and _equals(function.remembered.get(case.name), answer):
                return False
        is_repeated = any(
            name != case.name and _equals(earlier, answer)
            for function in functions
            for name, earlier in function.remembered.items()
        )
        return is_repeated and self._differs_afresh(case, answer)

    def _differs_afresh(self, case: Case, answer: Answer) -> bool:
        """Does the function answer otherwise where it has not been called before?

        An exception is another answer, too; that time or memory ran out there proves nothing.
        """
        if case.name not in self._is_stored:
            is_stored = False
            if len(self._is_stored) < MAX_AFRESH:
                try:
                    fresh = self._completed(case, self._call_afresh(case, self._shapes(case)))
                    is_stored = not _equals(fresh, answer)
                except SubmissionError as error:
                    is_stored = error.message.code == "raised"
            self._is_stored[case.name] = is_stored
        return self._is_stored[case.name]

    # --- helpers ----------------------------------------------------------------------------------

    def _shapes(self, case: Case) -> Shapes:
        """The shapes of the outputs that the call leaves behind, as the key has them."""
        if self.key is None:
            return {}
        if not self.has_inputs(case):
            absent = ", ".join(sorted(set(self.definition.inputs) - case.inputs.keys()))
            raise GraderError(
                f"{self.name} cannot be asked about the case {case.name!r}, which has no {absent}."
            )
        expected = self.key.expected[case.name]
        return {output: expected[output].shape for output in self.definition.outputs}

    def _completed(self, case: Case, answer: Answer) -> Answer:
        """Add the derived outputs, and explain the errors."""
        values = answer.values
        if self.definition.derived and self.key is not None:
            values = add_derived(self.definition, self.key.derived, case.inputs, values)
            for output in self.definition.derived:
                values[output] = self._in_shape(case, output, values[output])
        elif not any(isinstance(value, SubmissionError) for value in values.values()):
            return answer
        return replace(answer, values={each: self._explained(values[each]) for each in values})

    def _in_shape(
        self, case: Case, output: str, value: Array | SubmissionError
    ) -> Array | SubmissionError:
        """Return a derived output, or an error if it has another shape than the right one."""
        assert self.key is not None
        expected = self.key.expected[case.name][output]
        if isinstance(value, SubmissionError) or value.shape == expected.shape:
            return value
        return derived_failed(output, "ValueError")

    def _explained(self, value: Array | SubmissionError) -> Array | SubmissionError:
        """Return the output or, if it is an error, one with a more helpful message."""
        if not isinstance(value, SubmissionError):
            return value
        better = self.explain_error(value.message)
        return SubmissionError(better, value.was_asked) if better else value

    def _probe(self) -> Message | None:
        """Call the probe cases. Returns why the function cannot be tested, or None.

        A twin is called only if all outputs before it are zero, so that as many cases as possible
        are new to the function when a question asks about them.
        """
        for case in self.probe_cases:
            try:
                values = self.call_once(case).values
            except SubmissionError as error:
                if error.message.code == "not_implemented":
                    return error.message
                # An error that nothing explains is left to the questions: they may ask about
                # other cases.
                return self.explain_error(error.message)
            for output in self.definition.outputs:
                value = values[output]
                # Not any(): that warns of a signalling nan.
                if isinstance(value, SubmissionError) or np.count_nonzero(value):
                    return None
        return Message("not_implemented") if self.probe_cases else None


def probe_cases(key: AnswerKey, definition: Function) -> tuple[Case, ...]:
    """Return the key's first case that has the function's inputs, and its twins.

    Empty if the right outputs are zero on all of them: that shows nothing.
    """
    for name, case in key.cases.items():
        if definition.can_take(case.inputs):
            names = (name, *(twin_of(name, knob) for knob in definition.knobs))
            found = [each for each in names if each in key.cases]
            expected = [key.expected[each][o] for each in found for o in definition.outputs]
            return tuple(key.cases[each] for each in found) if any(map(np.any, expected)) else ()
    return ()


@lru_cache(maxsize=256)
def in_form(case: Case, form: Form) -> Case:
    """The case in another form: one object for all submissions, so that it is encoded once."""
    return case if case.form == form else replace(case, form=form)


def _fractions(answer: Answer) -> set[float]:
    """The first few different numbers in an answer that are finite, and no whole numbers."""
    found = set[float]()
    for value in answer.values.values():
        if not isinstance(value, SubmissionError):
            finite = value[np.isfinite(value)]
            found.update(np.unique(finite[finite != np.floor(finite)])[:2].tolist())
    return found


def _equals(earlier: Answer | SubmissionError | None, answer: Answer) -> bool:
    """Are all outputs there, and the same?"""
    if not isinstance(earlier, Answer) or earlier.values.keys() != answer.values.keys():
        return False
    for output, value in answer.values.items():
        before = earlier.values[output]
        if isinstance(value, SubmissionError) or isinstance(before, SubmissionError):
            return False
        if not np.array_equal(before, value):
            return False
    return True
