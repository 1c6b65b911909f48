"""No display name and no name of a file makes a hand-in another student's, in any download.

Names are drawn from the pieces that platforms' own names are made of.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.intake.bundle import Bundle, RenamedEntry
from grader.intake.entries import Entry, RawSubmission
from grader.intake.files import DiskEntry
from grader.intake.layouts import LAYOUTS, gradescope

TIME = "Sep 24, 2024 926 PM"
STAMP = "2024-03-02-23-59-01"
PIECES = (
    *("_", "_", " - ", "a", "late", "LATE", "anon", "12341", "12342", "678902", "700001"),
    *("softmax.py", "text.html", ".txt", "attempt", f"_attempt_{STAMP}", STAMP, TIME),
    *("1-12342", "HW1_12342", "_assignsubmission_file", "_12342_assignsubmission_file_"),
)
text = st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join)
# Of each hand-in: the number of the user, the display name, and the name of the file.
classes = st.lists(st.tuples(st.integers(12341, 12344), text, text), min_size=1, max_size=5)


def canvas_name(user: int, name: str, file: str, place: int) -> str:
    plain = "".join(letter for letter in name.lower() if letter.isalnum() or letter == "_")
    return f"{plain}_{user}_{678902 + place}_{file}"


def moodle_name(user: int, name: str, file: str, place: int) -> str:
    return f"{name.replace('_', ' ').replace('/', ' ')}_{user}_assignsubmission_file_{file}"


def blackboard_name(user: int, name: str, file: str, place: int) -> str:
    return f"HW1_{user}_attempt_{STAMP}_{file}"


def brightspace_name(user: int, name: str, file: str, place: int) -> str:
    return f"1-{user} - {name} - {TIME} - {file}"


NAMES = {
    "canvas": canvas_name,
    "moodle": moodle_name,
    "blackboard": blackboard_name,
    "brightspace": brightspace_name,
}


def files_of(submission: RawSubmission) -> Sequence[str]:
    """Return the names in the download of all that a submission is made of."""
    if isinstance(submission.entry, Bundle):
        return [each.entry.name for each in submission.entry.entries]
    if isinstance(submission.entry, RenamedEntry):
        return [submission.entry.entry.name]
    return [submission.origin]


@pytest.mark.parametrize("layout", NAMES)
@settings(max_examples=200, deadline=None)
@given(drawn=classes)
def test_a_hand_in_is_its_authors_or_nobodys(
    layout: str, drawn: list[tuple[int, str, str]]
) -> None:
    """Honest classmates hand in as well: their names can be read in one way."""
    honest = [(12351 + number, "honest", "softmax.py") for number in range(3)]
    owners = {}
    for place, (user, name, file) in enumerate((*honest, *drawn)):
        owners[NAMES[layout](user, name, file, place)] = str(user)
    entries: list[Entry] = [DiskEntry("", name, name, "file") for name in owners]
    listing = LAYOUTS[layout].list_submissions("", entries)
    seen = []
    for submission in listing.submissions:
        (person,) = submission.people
        for name in files_of(submission):
            seen.append(name)
            own_id = person.id.partition(" ")[0].removeprefix("1-")
            assert own_id == owners[name], name
    assert sorted([*seen, *(entry.name for entry in listing.others)]) == sorted(owners)
    assert {"12351", "12352", "12353"} <= {owners[name] for name in seen}


# What students enter at Gradescope: a number and a name. The address is confirmed, if there is one.
ENTERED = st.sampled_from(("", "1", "2", "a@x.edu", "b@x.edu", "Ana"))
ADDRESSES = st.sampled_from(("", "a@x.edu", "b@x.edu", "c@x.edu"))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(ENTERED, ENTERED, ADDRESSES), min_size=1, max_size=5))
def test_a_confirmed_address_is_enough_to_be_oneself(drawn: list[tuple[str, str, str]]) -> None:
    """Whatever others enter, two accounts are two people, and none with an address is lost."""
    rows = "".join(
        f"submission_{number}:\n  :submitters:\n  - :sid: '{sid}'\n    :name: '{name}'\n"
        f"    :email: '{email}'\n"
        for number, (sid, name, email) in enumerate(drawn)
    )
    folder = [
        DiskEntry("", f"submission_{n}", f"submission_{n}", "folder") for n in range(len(drawn))
    ]
    with tempfile.TemporaryDirectory() as name:
        table = Path(name) / gradescope.METADATA
        table.write_text(rows)
        entries = [*folder, DiskEntry(str(table), table.name, table.name, "file")]
        listing = gradescope.list_submissions("", entries)
    owners: dict[str, set[tuple[str, str]]] = {}
    for submission in listing.submissions:
        _, name, email = drawn[int(submission.origin.rpartition("_")[2])]
        (person,) = submission.people
        owners.setdefault(person.id, set()).add((email, "" if email else name))
    assert all(len(accounts) == 1 for accounts in owners.values())
    others = [int(entry.name.rpartition("_")[2]) for entry in listing.others]
    assert not [number for number in others if drawn[number][2]]
