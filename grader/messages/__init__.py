"""The sentences: a table of words per language, from the toml files beside this one, with the assignment's own on top."""

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

LANGUAGES = (
    "en",
    "es",
)  # of the toml files beside this one; the first is spoken where nobody asks for another
EXPLAIN = "python -m grader explain"  # how a sentence tells the reader to ask for more
ENVIRONMENT = ("LC_ALL", "LC_MESSAGES", "LANG")  # POSIX's order: the first that is set decides


def language_of(asked: str | None, configured: str | None, environment: Mapping[str, str]) -> str:
    """asked: on the command line; configured: by the assignment; else what the environment asks for (es_MX.UTF-8 is es), else English."""
    locale = next((environment[name] for name in ENVIRONMENT if environment.get(name)), "")
    spoken = re.split("[_.@-]", locale)[0].lower()
    return asked or configured or (spoken if spoken in LANGUAGES else LANGUAGES[0])


def load_words(language: str, own: Mapping[str, Any], command: str = EXPLAIN) -> Words:
    """language: one of LANGUAGES; own: an answer key's words. Table by table, the assignment's entries go over the grader's.
    command: what explains more, as it can be typed where this is read.

    What an assignment says in English only is told in English, rather than by its bare code.
    """
    words = _read_words(Path(__file__).with_name(f"{language}.toml"))
    words = deep_merge(deep_merge(own.get(LANGUAGES[0], {}), words), own.get(language, {}))
    return {
        **words,
        "title": title_in(language, own.get("title", "")),
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


def title_in(language: str, title: str | Mapping[str, str]) -> str:
    """title: one for all languages, or one for each."""
    return title if isinstance(title, str) else title.get(language, title.get(LANGUAGES[0], ""))
