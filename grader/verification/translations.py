"""Whether a student is told each misconception in words: what messages/ has for them, and whether it fits the explanation."""

from collections.abc import Collection, Sequence

from msgspec.structs import replace

from grader.assignment.answer_key import assignment_messages
from grader.assignment.settings import Assignment
from grader.messages import LANGUAGES
from grader.verification.result import Translation

NEEDED = ("name", "means", "next")  # topic may be left out


def translations(
    assignment: Assignment, told: Sequence[str], known: Collection[str]
) -> tuple[Translation, ...]:
    """For each language. told: the misconceptions that a student may be told of; known: all of them. Raises AssignmentError."""
    return tuple(translation(assignment, language, told, known) for language in LANGUAGES)


def translation(
    assignment: Assignment, language: str, told: Sequence[str], known: Collection[str]
) -> Translation:
    words, topics = said(assignment, language), assignment.explained(language).sections
    # An assignment that extends another may leave out some of the other's misconceptions, but not the words for them.
    own = said(replace(assignment, folders=assignment.folders[:1]), language)
    return Translation(
        language,
        missing=tuple(
            name for name in told if not all(words.get(name, {}).get(field) for field in NEEDED)
        ),
        unknown=tuple(name for name in own if name not in known),
        astray=tuple(
            f"{name} ({topic})" for name, topic in topics_of(words).items() if topic not in topics
        ),
    )


def said(assignment: Assignment, language: str) -> dict[str, dict[str, str]]:
    """Misconception -> its words."""
    words: dict[str, dict[str, str]] = (
        assignment_messages(assignment).get(language, {}).get("misconceptions", {})
    )
    return {name: fields for name, fields in words.items() if isinstance(fields, dict)}


def topics_of(words: dict[str, dict[str, str]]) -> dict[str, str]:
    return {name: fields["topic"] for name, fields in words.items() if "topic" in fields}
