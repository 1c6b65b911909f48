"""The settings of a question, and what they require of the assignment."""

from typing import Annotated

from msgspec import Meta, Struct


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of a question, as its check reads them.

    The methods say what the check will need: an assignment that lacks some of it is refused before
    anything is graded.
    """

    def cases_asked(self) -> tuple[str, ...]:
        """Names of the cases on which the check calls the function."""
        raise NotImplementedError

    def needs_directions(self) -> bool:
        """Whether the cases need random directions, which only small cases have."""
        return False

    def needs_whole_numbers(self) -> bool:
        """Whether W and X of the cases must hold whole numbers."""
        return False

    def functions_asked(self) -> dict[str, str]:
        """Key of the setting -> the short name of another function that it names."""
        return {}

    def questions_asked(self) -> dict[str, str]:
        """Key of the setting -> the earlier question that it names."""
        return {}


class CasesSettings(Settings, frozen=True):
    """Settings of a check that goes through a list of cases."""

    cases: Annotated[tuple[str, ...], Meta(min_length=1)]

    def cases_asked(self) -> tuple[str, ...]:
        return self.cases
