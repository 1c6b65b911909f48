"""Reads a few values of a large YAML table, without building the rest of it."""

from collections.abc import Collection, Iterator
from typing import Any, TypeAlias

Node: TypeAlias = "str | list[Node] | dict[str, Node]"

MAX_DEPTH = 8  # of the values that are read


class InvalidYaml(Exception):
    """A text is not YAML, or not such a table. The message says why."""


def read_rows(raw: bytes, used: Collection[str]) -> dict[str, Node]:
    """Return the rows of a mapping by name, with the values under the keys in `used` alone.

    Every value stays text: to YAML an id like 0012345 is an octal number. No node is ever copied
    by its alias, so what is read is never larger than the table. Raises InvalidYaml.
    """
    import yaml  # 15 ms

    try:
        events = iter(yaml.parse(raw, Loader=yaml.CSafeLoader))
        for event in events:
            if isinstance(event, yaml.MappingStartEvent):
                return _mapping(events, None, used, 0)
            if isinstance(event, yaml.NodeEvent):
                break
    except (yaml.YAMLError, UnicodeError) as error:
        raise InvalidYaml(" ".join(str(error).split())) from None
    raise InvalidYaml("it is not a table")


def _mapping(
    events: Iterator[Any], wanted: Collection[str] | None, used: Collection[str], depth: int
) -> dict[str, Node]:
    """Read up to the end of a mapping. wanted: the keys to read; None for all."""
    import yaml

    values: dict[str, Node] = {}
    for key in events:
        if isinstance(key, yaml.MappingEndEvent):
            break
        name = key.value if isinstance(key, yaml.ScalarEvent) else None
        if name is None:
            _skip(key, events)
        value = next(events)
        if name is None or (wanted is not None and name not in wanted):
            _skip(value, events)
        elif name in values:
            raise InvalidYaml(f"{name} is in it twice")
        else:
            values[name] = _node(value, events, used, depth + 1)
    return values


def _node(event: Any, events: Iterator[Any], used: Collection[str], depth: int) -> Node:
    import yaml

    if isinstance(event, yaml.ScalarEvent):
        return str(event.value)
    if depth > MAX_DEPTH or isinstance(event, yaml.AliasEvent):
        raise InvalidYaml("it has an alias, or nested values, where a simple value was expected")
    if isinstance(event, yaml.MappingStartEvent):
        return _mapping(events, used, used, depth)
    items = []
    for item in events:
        if isinstance(item, yaml.SequenceEndEvent):
            break
        items.append(_node(item, events, used, depth + 1))
    return items


def _skip(event: Any, events: Iterator[Any]) -> None:
    """Read up to the end of a node that began with this event."""
    import yaml

    depth = 0
    while True:
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if not depth:
            return
        event = next(events)
