"""The sentences of the grader, by language: the toml files beside this one.

An assignment's own sentences take precedence.
"""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from grader.files import cache
from grader.files.toml_tables import deep_merge
from grader.model import Words

LANGUAGES = ("en", "es")  # one toml file each; the first is the default
EXPLAIN = "python -m grader explain"  # how a sentence names the command that explains more
LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")  # POSIX: the first that is set decides


def language_of(option: str | None, setting: str | None, environment: Mapping[str, str]) -> str:
    """Choose a language: the command line's option, else the assignment's setting, else the locale.

    A locale of another language than LANGUAGES gives English; es_MX.UTF-8 gives es.
    """
    chosen = option or setting
    if chosen:
        return chosen
    names = [environment[name] for name in LOCALE_VARIABLES if environment.get(name)]
    language = re.split("[_.@-]", names[0])[0].lower() if names else ""
    return language if language in LANGUAGES else LANGUAGES[0]


def load_words(language: str, own: Mapping[str, Any], command: str = EXPLAIN) -> Words:
    """Read the sentences of one of LANGUAGES, and merge an assignment's own into their tables.

    own: the words of an answer key, by language. A sentence that an assignment has in English
    only is shown in English, rather than as its bare code.
    command: the command that explains more, as the reader of the sentences can type it.
    """
    words = _read_words(Path(__file__).with_name(f"{language}.toml"))
    words = deep_merge(own.get(LANGUAGES[0], {}), words)
    words = deep_merge(words, own.get(language, {}))
    return {
        **words,
        "title": _title_in(language, own.get("title", "")),
        "language": language,
        "command": command,
    }


def _read_words(path: Path) -> dict[str, Any]:
    """Parse a file of sentences. That takes 4 ms, so the result is cached under the file's hash."""
    content = path.read_bytes()
    name = f"words-{hashlib.sha256(content).hexdigest()}.msgpack"
    stored = cache.read(name)
    if stored is not None:
        return msgspec.msgpack.decode(stored, type=dict[str, Any])
    words = tomllib.loads(content.decode())
    cache.write(name, msgspec.msgpack.encode(words))
    return words


def _title_in(language: str, title: str | Mapping[str, str]) -> str:
    """Return the title in a language. title: one for all languages, or one for each."""
    if isinstance(title, str):
        return title
    return title.get(language, title.get(LANGUAGES[0], ""))
