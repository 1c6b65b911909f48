"""The sentences: a table of words per language, from the toml files beside this one, with the assignment's own on top."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grader.model import Words
from grader.tables import merge


def load_words(language: str, own: Mapping[str, Any]) -> Words:
    """language: en; own: an answer key's words. Table by table, the assignment's entries go over the grader's."""
    words = tomllib.loads(Path(__file__).with_name(f"{language}.toml").read_text(encoding="utf-8"))
    return {**merge(words, own.get(language, {})), "title": own.get("title", "")}
