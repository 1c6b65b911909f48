"""The sentences: a table of words per language, from the toml files beside this one, with the assignment's own on top."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grader.model import Words


def load_words(language: str, own: Mapping[str, Any]) -> Words:
    """language: en; own: an answer key's words. Table by table, the assignment's entries go over the grader's."""
    words: dict[str, Any] = tomllib.loads(Path(__file__).with_name(f"{language}.toml").read_text(encoding="utf-8"))
    for table, entries in own.get(language, {}).items():
        words[table] = {**words.get(table, {}), **entries}
    return {**words, "title": own.get("title", "")}
