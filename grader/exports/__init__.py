"""The grades of a class for other programs: one file for each format, described in docs/exports.md.

To add a format, write its function in a file of its own and list it in EXPORTS.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from grader.class_row import ClassRow
from grader.exports.class_json import class_json
from grader.exports.grades_csv import grades_csv
from grader.exports.junit import junit
from grader.model import Words

# Reads rows one by one and yields text in pieces: a class of any size takes little memory.
Export: TypeAlias = Callable[[Iterable[ClassRow], Words], Iterator[str]]

EXPORTS: dict[str, Export] = {
    "csv": grades_csv,
    "json": class_json,
    "junit": junit,
}
