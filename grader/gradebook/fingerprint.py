"""When two sources are the same but for comments and white space. A fact for staff, and nothing more."""

import hashlib
import re

# Strings are kept as they are. One that never ends goes on to the end of the text, a last backslash included: a string that could fail to
# match would be tried again from each quote, and a text takes one pass only.
PIECES = re.compile(
    rb"""
      (?P<kept> \"\"\" (?:[^\\]|\\.)*? (?:\"\"\"|\\?\Z) | ''' (?:[^\\]|\\.)*? (?:'''|\\?\Z)
              | \" (?:[^"\\\n]|\\.)* ["\n]? | ' (?:[^'\\\n]|\\.)* ['\n]? )
    | \#[^\n]* | \s+
    """,
    re.VERBOSE | re.DOTALL,
)


def fingerprint(source: bytes) -> str:
    """The same for sources that are alike; empty where nothing is left to compare. Nothing of them runs or is parsed."""
    rest = PIECES.sub(lambda piece: piece["kept"] or b"", source)
    return hashlib.sha256(rest).hexdigest() if rest else ""
