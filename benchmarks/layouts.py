"""What it costs to list and read a class in each layout, beside files and folders of students.

    python -m benchmarks.layouts [--students 10000] [--runs 3]

Each layout is compared with the names of students in the same form: flat files, or folders with a
file each. Medians of seconds of CPU time, so that other programs matter less. Limit: 1.2 times as
long, and 0.25 ms more for each hand-in whose metadata file is read.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from grader.intake import read_all
from tests.support.submission_files import ASKED, SOURCE, make_zip, write_files

LIMIT = 1.2
METADATA_MS = 0.25  # for each hand-in
FLAT, FOLDERS = "students' files", "students' folders"
# Layout -> the name of a hand-in, what to compare it with, and whether metadata is read for it.
LAYOUTS = {
    FLAT: ("student{n}.py", FLAT, False),
    FOLDERS: ("student{n}/softmax.py", FOLDERS, False),
    "canvas": ("student{n}_{n}_{file}_softmax.py", FLAT, False),
    "canvas, anonymous": ("anon_{n:05}_{file}_softmax.py", FLAT, False),
    "moodle, flat": ("Student{n}_{file}_assignsubmission_file_softmax.py", FLAT, False),
    "moodle": ("Student{n}_{file}_assignsubmission_file/softmax.py", FOLDERS, False),
    "gradescope": ("submission_{file}/softmax.py", FOLDERS, True),
    "blackboard": ("HW1_student{n}_attempt_2024-03-02-23-59-01_softmax.py", FLAT, True),
    "brightspace, flat": (
        "{n}-{file} - Student {n} - Sep 24, 2024 926 PM - softmax.py",
        FLAT,
        False,
    ),
    "brightspace": ("{n}-{file} - Student {n} - Sep 24, 2024 926 PM/softmax.py", FOLDERS, False),
    "classroom": ("hw1-student{n}/softmax.py", FOLDERS, False),
    "manifest": ("m{n}.py", FLAT, True),
}


def class_files(layout: str, students: int) -> dict[str, bytes]:
    """Return the files of a class by their names, with what a platform adds to them."""
    pattern, _, _ = LAYOUTS[layout]
    numbers = range(10_000, 10_000 + students)
    files = {pattern.format(n=n, file=50_000_000 + n): SOURCE for n in numbers}
    if layout == "gradescope":
        table = "".join(map(_gradescope_row, files, numbers))
        files["submission_metadata.yml"] = table.encode()
    if layout == "manifest":
        rows = "".join(f"{n},m{n}.py,2026-11-20T23:58\n" for n in numbers)
        files["manifest.csv"] = f"id,path,submitted_at\n{rows}".encode()
    if layout == "blackboard":
        receipts = [name.replace("_softmax.py", ".txt") for name in files]
        for name, n in zip(receipts, numbers, strict=True):
            files[name] = f"Name: Student {n} (student{n})\nAssignment: HW1\n".encode()
    return files


def _gradescope_row(name: str, number: int) -> str:
    """Return a row as long as a real one, with the results of two tests."""
    folder = name.partition("/")[0]
    test = (
        "    - name: loss\n      score: 1.0\n      max_score: 1.0\n      output: |\n        right\n"
    )
    return (
        f"{folder}:\n  :submitters:\n  - :name: Student {number}\n    :sid: '{number}'\n"
        f"    :email: s{number}@x.edu\n  :created_at: 2026-04-26 17:34:00.861687000 Z\n"
        f"  :score: 2.0\n  :results:\n    tests:\n{test}{test}  :history: []\n"
    )


def seconds_to_read(source: Path, students: int) -> float:
    began = time.process_time()
    count = sum(1 for _ in read_all(source, ASKED).submissions)
    seconds = time.process_time() - began
    if count != students:
        raise SystemExit(f"{source}: {count} hand-ins instead of {students}")
    return seconds


def write_source(folder: Path, files: dict[str, bytes], as_zip: bool) -> Path:
    source = folder / "hw1-submissions"  # as the tool of GitHub Classroom calls it
    if not as_zip:
        return write_files(source, files)
    packed = source.with_suffix(".zip")
    folder.mkdir(parents=True)
    packed.write_bytes(make_zip(files))
    return packed


def medians(sources: Iterable[Path], students: int, runs: int) -> list[float]:
    """Return the median of each source. The sources take turns."""
    turns = [[seconds_to_read(source, students) for source in sources] for _ in range(runs)]
    return [statistics.median(seconds) for seconds in zip(*turns, strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--students", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    students = arguments.students
    for as_zip in (False, True):
        with tempfile.TemporaryDirectory(prefix="grader-bench-") as name:
            sources = [
                write_source(Path(name) / layout, class_files(layout, students), as_zip)
                for layout in LAYOUTS
            ]
            seconds = dict(zip(LAYOUTS, medians(sources, students, arguments.runs), strict=True))
        print(f"{students} hand-ins, {'zip' if as_zip else 'unpacked'}:")
        for layout, (_, base, has_metadata) in LAYOUTS.items():
            limit = LIMIT * seconds[base] + has_metadata * METADATA_MS * students / 1e3
            ratio = seconds[layout] / seconds[base]
            verdict = "" if seconds[layout] <= limit else "  TOO SLOW"
            print(
                f"    {layout:18} {seconds[layout]:6.2f} s  {ratio:5.2f} x {base}"
                f"  (limit {limit:.2f} s){verdict}"
            )


if __name__ == "__main__":
    main()
