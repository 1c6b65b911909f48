"""Hand-ins that lie, as `make fuzz` draws them without end."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import hand_in_lies

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@FEW
@given(st.one_of(hand_in_lies.sources, hand_in_lies.notebooks), hand_in_lies.changes)
def test_a_file_gives_a_submission_or_a_reason(raw: bytes, places: list[tuple[int, int]]) -> None:
    hand_in_lies.check_file(raw, places)


@FEW
@given(hand_in_lies.members, hand_in_lies.changes)
def test_an_archive_gives_a_submission_or_a_reason(
    files: list[tuple[str, bytes]], places: list[tuple[int, int]]
) -> None:
    hand_in_lies.check_archive(files, places)
