"""What the settings of a question may hold, and what they ask the answer key for."""

from typing import Annotated

from msgspec import Meta, Struct


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of a question, as its check reads them.

    The methods say what the check will ask for: an assignment that lacks some of it is refused
    before anything is graded.
    """

    def cases_asked(self) -> tuple[str, ...]:
        raise NotImplementedError

    def needs_directions(self) -> bool:
        return False

    def needs_whole_numbers(self) -> bool:
        return False

    def functions_asked(self) -> dict[str, str]:
        """Key of the setting -> the short name of another function that it holds."""
        return {}

    def questions_asked(self) -> dict[str, str]:
        """Key of the setting -> the earlier question that it holds."""
        return {}


class CasesSettings(Settings, frozen=True):
    """Settings of a check that goes through a list of cases."""

    cases: Annotated[tuple[str, ...], Meta(min_length=1)]

    def cases_asked(self) -> tuple[str, ...]:
        return self.cases
