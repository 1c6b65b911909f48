"""Merging of nested tables, such as those of TOML files."""

from collections.abc import Mapping
from typing import Any


def deep_merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Merge table by table and key by key. `above` wins."""
    merged = {**below, **above}
    for key in above:
        if isinstance(below.get(key), Mapping) and isinstance(above[key], Mapping):
            merged[key] = deep_merge(below[key], above[key])
    return merged
