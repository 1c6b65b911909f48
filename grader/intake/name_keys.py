"""Names of people as they are compared: platforms write one name in several ways.

"Doe, Jane", "Jane Doe" and Canvas's "doejane" are one name. So are José and Jose.
"""

import re
import unicodedata

WORD = re.compile(r"[^\W_]+")
APOSTROPHE = re.compile("['`\u2019\u00b4]")


def name_keys(name: str) -> set[str]:
    """Return the texts by which a name on a roster is found: see key_of_name.

    Canvas writes a name without spaces, family name first. On the roster the given name may come
    first, and nothing says where the family name begins, so each word may be the first.
    """
    words = _words(name)
    starts = range(len(words))
    return {" ".join(sorted(words)), *("".join(words[i:] + words[:i]) for i in starts)} - {""}


def key_of_name(name: str) -> str:
    """Return the text by which a name that was handed in is looked up; empty for no name.

    Case, accents, punctuation and the order of words do not matter.
    """
    return " ".join(sorted(_words(name)))


def have_common_word(name: str, other: str) -> bool:
    """Whether two names may be of one person: a word of one is in the other, even within a word."""
    words, other_words = _words(name), _words(other)
    text, other_text = "".join(words), "".join(other_words)
    return any(word in other_text for word in words) or any(word in text for word in other_words)


def _words(name: str) -> list[str]:
    """Split a name into its words in lower case, without accents.

    An apostrophe joins: Canvas writes O'Neil as oneil.
    """
    plain = name.casefold()
    if not plain.isascii():
        decomposed = unicodedata.normalize("NFKD", plain)
        plain = "".join(each for each in decomposed if not unicodedata.combining(each))
    return WORD.findall(APOSTROPHE.sub("", plain))
