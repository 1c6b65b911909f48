"""Makes text of unknown origin harmless for a terminal or a page: what students wrote, names."""

import re
import unicodedata

# Printable by their category, yet invisible: Unicode's Default_Ignorable_Code_Point, and the empty
# Braille pattern.
IGNORABLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
MOST_ACCENTS = 2  # on one letter; more would cover the lines above and below


def escape_invisible(text: str) -> str:
    """Show invisible and control characters as \\u escapes, and join lines.

    The result contains nothing that it does not show. HTML is escaped by the templates.
    """
    if text.isascii() and text.isprintable():
        return text
    characters = []
    accents = 0  # on the current letter
    for character in text.replace("\n", " ").replace("\t", " "):
        accents = accents + 1 if unicodedata.combining(character) else 0
        is_safe = accents <= MOST_ACCENTS and _is_visible(character)
        characters.append(character if is_safe else _escaped(character))
    return "".join(characters)


def _is_visible(character: str) -> bool:
    return character.isprintable() and not IGNORABLE.match(character)


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
