"""How a course's submissions may lie in a folder or a zip: one small file for each platform, and a line of the table for it.

A layout is a function of the source's top. It returns all that was handed in, not read yet; or None where this is not its layout. They are
asked in the order of the table; the last one takes whatever there is.
"""

from collections.abc import Callable
from typing import TypeAlias

from grader.intake.entries import Entry, RawSubmission
from grader.intake.layouts import generic

Layout: TypeAlias = Callable[[Entry], list[RawSubmission] | None]
LAYOUTS: dict[str, Layout] = {
    "generic": generic.hand_ins,
}


def by_layout(root: Entry) -> list[RawSubmission]:
    return next(found for layout in LAYOUTS.values() if (found := layout(root)) is not None)
