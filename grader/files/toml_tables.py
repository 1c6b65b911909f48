"""Tables over tables, as toml files make them."""

from collections.abc import Mapping
from typing import Any


def deep_merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`above` wins, table by table and key by key."""
    both = {**below, **above}
    nested = [
        key
        for key in above
        if isinstance(below.get(key), Mapping) and isinstance(above[key], Mapping)
    ]
    return both | {key: deep_merge(below[key], above[key]) for key in nested}
