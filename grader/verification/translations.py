"""Checks the words for misconceptions: complete in each language, and fitting the explanation."""

from collections.abc import Collection, Sequence

from msgspec.structs import replace

from grader.assignment.settings import Assignment
from grader.assignment.words import assignment_messages
from grader.messages import LANGUAGES
from grader.verification.result import Translation

_REQUIRED = ("name", "means", "next")  # topic may be left out
_Words = dict[str, dict[str, str]]  # misconception -> its words


def translations(
    assignment: Assignment, nameable: Sequence[str], known: Collection[str]
) -> tuple[Translation, ...]:
    """Check each language.

    nameable: the misconceptions that a report may name. known: all of them.
    Raises AssignmentError.
    """
    return tuple(_translation(assignment, language, nameable, known) for language in LANGUAGES)


def _translation(
    assignment: Assignment, language: str, nameable: Sequence[str], known: Collection[str]
) -> Translation:
    words = _words_in(assignment, language)
    topics = assignment.read_explanation(language).sections
    # An assignment may leave out misconceptions of one that it extends, but not their words.
    own = _words_in(replace(assignment, folders=assignment.folders[:1]), language)
    return Translation(
        language,
        missing=tuple(name for name in nameable if not _is_complete(words.get(name, {}))),
        unknown_ids=tuple(name for name in own if name not in known),
        unknown_topics=tuple(
            f"{name} ({fields['topic']})"
            for name, fields in words.items()
            if topics and "topic" in fields and fields["topic"] not in topics
        ),
    )


def _words_in(assignment: Assignment, language: str) -> _Words:
    messages = assignment_messages(assignment).get(language, {})
    words: _Words = messages.get("misconceptions", {})
    return {name: fields for name, fields in words.items() if isinstance(fields, dict)}


def _is_complete(fields: dict[str, str]) -> bool:
    return all(fields.get(field) for field in _REQUIRED)
