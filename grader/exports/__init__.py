"""The grades of a class in forms that other programs read, one file for each. What stands in them: docs/exports.md."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from grader.class_row import ClassRow
from grader.exports.class_json import class_json
from grader.exports.grades_csv import grades_csv
from grader.exports.junit import junit
from grader.model import Words

# Takes rows one at a time, gives text in pieces: a class of any size, in little memory.
Export: TypeAlias = Callable[[Iterable[ClassRow], Words], Iterator[str]]

# A form more, such as that of a platform, is a file more in this folder, and a line here.
EXPORTS: dict[str, Export] = {
    "csv": grades_csv,
    "json": class_json,
    "junit": junit,
}
