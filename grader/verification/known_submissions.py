"""Known submissions of an assignment, and expected.toml with their outcomes.

Each is a file, or a folder if the assignment has several files.
"""

from collections.abc import Callable
from pathlib import Path

from grader.model import AnswerKey, OpenProgram
from grader.verification.expected import mismatches, read_expected, read_named
from grader.verification.result import KnownSubmission


def known_submissions(
    folder: Path, key_for: Callable[[tuple[str, ...]], AnswerKey], open_program: OpenProgram
) -> tuple[KnownSubmission, ...]:
    """Grade everything that expected.toml names, in the same way as a student's work.

    key_for: returns the key for an entry's settings. Raises AssignmentError, GraderError.
    """
    keys = dict[tuple[str, ...], AnswerKey]()
    graded = []
    for name, expected in read_expected(folder).items():
        if expected.set not in keys:
            keys[expected.set] = key_for(expected.set)
        key = keys[expected.set]
        submission = read_named(folder, name, key.files, key.names)
        different = mismatches(key, submission, expected, open_program)
        graded.append(KnownSubmission(name, different))
    return tuple(graded)
