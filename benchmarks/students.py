"""A class to measure with: half correct, in several styles, and half wrong in different ways."""

import csv
from itertools import cycle
from pathlib import Path

from tests.edits.corpus import FOLDER, bases, edits


def write_students(folder: Path, count: int) -> Path:
    """Write `count` files into a new folder, no two of them equal."""
    folder.mkdir(parents=True)
    correct = [
        (FOLDER / "bases" / f"{name}.py").read_bytes()
        for name, settings in bases().items()
        if not settings
    ]
    wrong = [edit.source for edit in edits() if not edit.settings and edit.kind != "correct"]
    sources = (cycle(correct), cycle(wrong))
    for number in range(count):
        source = next(sources[number % 2])
        folder.joinpath(f"student{number:05}.py").write_bytes(
            source + f"\n# student {number}\n".encode()
        )
    return folder


def write_manifest(folder: Path) -> Path:
    """Write a manifest for a folder with three files or more.

    The first two files are attempts of one student, the third is a group's, and each other file
    is of one student.
    """
    first, second, group, *others = sorted(path.name for path in folder.iterdir())
    rows = [
        ("both", first, 1),
        ("both", second, 2),
        ("one", group, 1),
        ("other", group, 1),
        *((Path(name).stem, name, 1) for name in others),
    ]
    with (folder / "manifest.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("id", "path", "attempt"), *rows])
    return folder
