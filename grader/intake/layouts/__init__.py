"""The ways in which a course's submissions may lie in a folder or a zip.

Each platform gets one small module and one line in LAYOUTS. A layout is a function of the top of
the source. It lists all submissions, without reading them, or returns None if the source does not
have this layout.
"""

from collections.abc import Callable
from typing import TypeAlias

from grader.intake.entries import Entry, RawSubmission
from grader.intake.layouts import generic

Layout: TypeAlias = Callable[[Entry], list[RawSubmission] | None]

# Tried in this order. The last one accepts every source.
LAYOUTS: dict[str, Layout] = {
    "folder": generic.list_submissions,
}
# What a source is called in the first line of output.
TITLES = {
    "manifest": "Table of submissions",
    "folder": "Folder of submissions",
}


def list_submissions(root: Entry) -> tuple[str, list[RawSubmission]]:
    """List the submissions of a source by the first layout that fits, and name the layout."""
    for name, layout in LAYOUTS.items():
        submissions = layout(root)
        if submissions is not None:
            return name, submissions
    raise AssertionError("the last layout accepts every source")
