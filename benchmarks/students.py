"""A class to measure with: half of it right, in several styles, and half wrong in different ways."""

from itertools import cycle
from pathlib import Path

from tests.edits.corpus import FOLDER, bases, edits


def write_students(folder: Path, count: int) -> Path:
    """`count` files in a new folder, no two with the same bytes."""
    folder.mkdir(parents=True)
    right = cycle([(FOLDER / "bases" / f"{name}.py").read_bytes() for name, settings in bases().items() if not settings])
    wrong = cycle([edit.source for edit in edits() if not edit.settings and edit.kind != "correct"])
    for number in range(count):
        source = next(wrong if number % 2 else right)
        folder.joinpath(f"student{number:05}.py").write_bytes(source + f"\n# student {number}\n".encode())
    return folder
