"""Moodle, "Download all submissions".

    Jane Doe_10019166_assignsubmission_file/work.py      4.1 and later
    Jane Doe_10019166_assignsubmission_file_/work.py     3.1 to 4.0
    Jane Doe_10019166_assignsubmission_file_work.py      without folders
    Jane Doe_10019166_assignsubmission_onlinetext/onlinetext.html
    Participant_42_assignsubmission_file/work.py         blind marking, "Participant" translated
    Group A_77_assignsubmission_file/work.py             a team

The number is the participant's in this assignment. Names hold no "_": Moodle writes a space. Only
the latest attempt is in it, without a time or a late mark; these are in the grading worksheet.
Source: mod/assign/classes/downloader.php.
"""

import re
from collections import defaultdict
from collections.abc import Sequence

from grader.intake.bundle import NamedFile
from grader.intake.entries import Entry, RawSubmission
from grader.intake.layouts.listing import (
    Listing,
    platform_submission,
    submission_without_file,
)
from grader.intake.names import first_few, printable, to_identity
from grader.model import Message, Person

NAME = re.compile(
    r"(?P<name>[^_/]+)_(?P<participant>[0-9]{1,20})_assignsubmission_"
    r"(?P<kind>file|onlinetext)(?:_(?P<file>.*))?",
    re.DOTALL,
)


def list_submissions(folder: str, entries: Sequence[Entry]) -> Listing:
    others = []
    files: dict[tuple[str, str], list[NamedFile]] = defaultdict(list)
    texts: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        match = NAME.fullmatch(printable(entry.name))
        if not match or (entry.kind == "file" and not match["file"]):
            others.append(entry)
        elif match["kind"] == "file":
            file = match["file"] or printable(entry.name)
            files[match["participant"], match["name"]].append((file, entry))
        else:
            texts[match["participant"], match["name"]] = entry
    names = {name for _, name in (*files, *texts)}
    # Blind marking calls everybody the same, in the language of the site.
    is_blind = len(names) == 1 and len(files.keys() | texts.keys()) > 1
    submissions: list[RawSubmission] = []
    for participant, name in files.keys() | texts.keys():
        shown = f"{name} {participant}" if is_blind else name
        people = (Person(participant, to_identity(shown)),)
        own = files.get((participant, name))
        if own:
            submissions.append(platform_submission(people, own))
        else:
            origin = texts[participant, name].origin
            reason = Message("unread_text_entry")
            submissions.append(submission_without_file(people, origin, reason))
    beside = [printable(texts[key].name) for key in texts.keys() & files.keys()]
    notice = f"Texts typed into Moodle beside a file, not read: {first_few(beside)}."
    return Listing(
        submissions,
        others,
        len(entries) - len(others),
        notices=(notice,) if beside else (),
    )
