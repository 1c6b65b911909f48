"""Of many directions, any two catch what all of them catch, in every edit of the corpus.

See tests/checks/test_directions.py.
"""

from collections.abc import Iterator

from grader.checks.submission_under_test import SubmissionUnderTest
from grader.model import AnswerKey, SubmissionError
from grader.sandbox.sandbox import Sandbox
from tests.checks.test_directions import MANY, catching, key_with_many
from tests.edits.corpus import Edit, edits
from tests.support.grading import submission_of


def wrong_functions(edit: Edit, key: AnswerKey, sandbox: Sandbox) -> Iterator[tuple[str, int]]:
    """The functions of an edit, each with the number of directions that catch it."""
    submission = submission_of(edit.source.decode())
    with SubmissionUnderTest(key, submission, sandbox.open_program) as asked:
        for name, function in asked.functions.items():
            try:
                function.require_ready()
                yield name, catching(function, key, key.cases["small"])
            except SubmissionError:
                continue


def test_any_two_directions_catch_what_all_catch_in_the_edits(sandbox: Sandbox) -> None:
    counts = {
        (edit.name, name): count
        for edit in edits()
        for name, count in wrong_functions(edit, key_with_many(edit.settings, 7), sandbox)
    }
    missed = {which: count for which, count in counts.items() if 0 < count < MANY - 1}
    assert missed == {}
    assert sum(count > 0 for count in counts.values()) > 100
