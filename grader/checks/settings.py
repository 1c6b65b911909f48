"""The settings of a question, and what they require of the assignment."""

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta, Struct

from grader.checks.derived import outputs_to_compare
from grader.model import AnswerKey, Form, Function


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of a question, as its check reads them.

    The methods say what the check will need: an assignment that lacks some of it is refused before
    anything is graded.
    """

    def cases_asked(self) -> tuple[str, ...]:
        """Names of the cases on which the check calls the function, without twins."""
        raise NotImplementedError

    def lists_of_cases(self) -> Mapping[str, tuple[str, ...]]:
        """What a list is of -> its cases, of which cases.py has to draw one at least.

        A table of answers would do for cases that are the same for every seed.
        """
        return {"cases": self.cases_asked()}

    def cases_ahead(self, definition: Function) -> tuple[str, ...]:  # noqa: ARG002
        """Names of the cases and twins whose answers may be requested before the check runs."""
        return ()

    def cases_diagnosed(self) -> tuple[str, ...]:
        """Names of the cases, without twins, that a diagnosis names mistakes from if small."""
        return ()

    def form_ahead(self) -> Form:
        """The form in which the check needs these answers."""
        return "plain"

    def knobs_asked(self, definition: Function) -> tuple[str, ...]:  # noqa: ARG002
        """The knobs whose twins of the cases are called, too."""
        return ()

    def gradients_asked(self, definition: Function) -> tuple[str, ...]:  # noqa: ARG002
        """The gradients for which the cases need directions, which only small cases have."""
        return ()

    def outputs_asked(self) -> Mapping[str, str]:
        """Key of the setting -> the output that it names."""
        return {}

    def functions_asked(self) -> Mapping[str, str]:
        """Key of the setting -> the short name of another function that it names."""
        return {}

    def questions_asked(self) -> Mapping[str, str]:
        """Key of the setting -> the earlier question that it names."""
        return {}

    def letters_asked(self) -> tuple[str, ...]:
        """Letters of axes that two cases must differ in: see growth_cases of growth.py."""
        return ()

    def needs_whole_numbers(self) -> bool:
        """Whether the float64 inputs of the cases must hold whole numbers."""
        return False

    def needs_baseline(self) -> bool:
        """Whether the check measures CPU time against the assignment's baseline.py."""
        return False


class CasesSettings(Settings, frozen=True):
    """Settings of a check that goes through a list of cases."""

    cases: Annotated[tuple[str, ...], Meta(min_length=1)]

    def cases_asked(self) -> tuple[str, ...]:
        return self.cases

    def cases_ahead(self, definition: Function) -> tuple[str, ...]:  # noqa: ARG002
        return self.cases


class OutputSettings(CasesSettings, frozen=True):
    """Settings of a check that judges one output, or all of them."""

    output: str | None = None

    def outputs_asked(self) -> Mapping[str, str]:
        return {} if self.output is None else {"output": self.output}

    def outputs_of(self, key: AnswerKey, definition: Function) -> tuple[str, ...]:
        """The outputs to judge."""
        if self.output is not None:
            return (self.output,)
        return outputs_to_compare(definition, key.derived)


class ValueSettings(OutputSettings, frozen=True):
    """Settings of a check that compares values, on inputs that mistakes are named from.

    larger: further cases, for work that is right on the others because they are small. No mistake
    is named from these.
    """

    larger: tuple[str, ...] = ()

    def cases_asked(self) -> tuple[str, ...]:
        return (*self.cases, *self.larger)

    def lists_of_cases(self) -> Mapping[str, tuple[str, ...]]:
        return {"cases": self.cases, "larger cases": self.larger}

    def cases_ahead(self, definition: Function) -> tuple[str, ...]:  # noqa: ARG002
        return self.cases_asked()

    def cases_diagnosed(self) -> tuple[str, ...]:
        return self.cases
