"""Finds characters that hide something from the reader. They are reported, and cost no points."""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from grader.model import Message, Submission
from grader.static_analysis.text import lines_of, text_of

MAX_WORD = 100  # characters of a word that are shown
# The group holds control characters, bidirectional controls (Unicode's Bidi_Control), characters
# without width, fillers that are letters, and tags. It does not hold line ends and tabs, the
# joiners of emoji and of many scripts, or a byte order mark at the start. Tags may spell the emoji
# of a flag: the first alternative passes over those as a whole.
_HIDDEN = re.compile(
    "\U0001f3f4[\U000e0030-\U000e007a]{3,6}\U000e007f|"
    "([\x00-\x08\x0b\x0e-\x1f\x7f-\x9f"
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f\u200b\u2028\u2029\u2060-\u2064\ufeff"
    "\u115f\u1160\u3164\uffa0\U000e0000-\U000e007f])"
)
# Letters that look like Latin ones: Cyrillic, then Greek (Unicode Technical Standard 39,
# confusables.txt).
_LOOKALIKES = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0455\u0456\u0458"
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425"
    "\u03bf\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7",
    "aeopcyxsijABEKMHOPCTX" + "oABEZHIKMNOPTYX",
)


def hidden_in(submission: Submission) -> tuple[Message, ...]:
    """Return at most one message of each kind for each file, with the line of the first place."""
    if submission.problem:
        return ()
    found = list(_hidden_in_text(text_of(submission.source)))
    for each in submission.more:
        found += [replace(one, file=each.file) for one in _hidden_in_text(text_of(each.text))]
    return tuple(found)


def _hidden_in_text(text: str) -> Iterator[Message]:
    yield from _hidden_characters(text)
    yield from _lookalike_letters(text)


def _hidden_characters(text: str) -> Iterator[Message]:
    matches = [match for match in _HIDDEN.finditer(text) if match[1]]
    if matches:
        yield Message(
            "hidden_characters",
            {"count": len(matches), "first": f"U+{ord(matches[0][0]):04X}"},
            line=_line_at(text, matches[0]),
        )


def _lookalike_letters(text: str) -> Iterator[Message]:
    """Find the first word that looks Latin and mixes Latin letters with others.

    No language is written like that.
    """
    if text.isascii():
        return
    for word in re.finditer(r"\w+", text):
        if (
            not word[0].isascii()
            and word[0].translate(_LOOKALIKES).isascii()
            and re.search("[A-Za-z]", word[0])
        ):
            yield Message(
                "lookalike_letters",
                {},
                word[0][:MAX_WORD].encode("ascii", "backslashreplace").decode(),
                _line_at(text, word),
            )
            return


def _line_at(text: str, match: re.Match[str]) -> int:
    return len(lines_of(text[: match.start()]))
