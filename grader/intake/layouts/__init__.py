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
    "generic": generic.list_submissions,
}


def list_submissions(root: Entry) -> list[RawSubmission]:
    """List the submissions of a source by the first layout that fits. None is read yet."""
    for layout in LAYOUTS.values():
        submissions = layout(root)
        if submissions is not None:
            return submissions
    raise AssertionError("the last layout accepts every source")
