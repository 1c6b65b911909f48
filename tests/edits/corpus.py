"""Reads the corpus: bases/*.py are correct files, changes/*.toml say what was changed in one of them and what is wrong since.

The truth about an edit is one of three: the mistakes in it (one: a single, two: a pair), `correct`, or `outside`: a wrong function whose
mistake no catalogue of mistakes has. Ids of mistakes speak of the convention that the base was written for: rg_half is half of the right
regularization gradient, whether that is reg * W or 2 * reg * W. Those that begin with "new:" are given a meaning in meanings.toml.
"""

import ast
import tomllib
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

FOLDER = Path(__file__).parent
FUNCTIONS = {"naive": "softmax_loss_naive", "vectorized": "softmax_loss_vectorized"}
Kind: TypeAlias = Literal["single", "pair", "correct", "outside"]
Mistakes: TypeAlias = Annotated[tuple[str, ...], Meta(min_length=1, max_length=2)]


class CorpusError(Exception):
    """The corpus is wrong. The text says which edit, and why."""


class Entry(Struct, frozen=True, forbid_unknown_fields=True):
    """One table of changes/*.toml.

    function: where the mistake shows. replace: [old, new]; old must occur exactly once, or as many times as `times` says, in each place:
    every function concerned, or the one function that `within` names. truth, correct, outside: exactly one is given.
    also: other sets of mistakes that give the very same numbers on any input.
    """

    base: str
    function: Literal["naive", "vectorized", "both"]
    replace: Annotated[tuple[tuple[str, str], ...], Meta(min_length=1)]
    times: int = 1
    within: str | None = None
    truth: Mistakes | None = None
    correct: bool = False
    outside: str | None = None
    also: tuple[Mistakes, ...] = ()


class Edit(Struct, frozen=True):
    """settings: of the assignment, as for --set; functions: the short names of those that the edit changes; source: the file after it;
    truth: the mistakes, none where correct or outside; also: other truths with the same numbers."""

    name: str
    base: Path
    settings: tuple[str, ...]
    functions: tuple[str, ...]
    source: bytes
    kind: Kind
    truth: frozenset[str]
    also: tuple[frozenset[str], ...]
    outside: str | None


def bases() -> dict[str, tuple[str, ...]]:
    """Name of a base -> the settings of the assignment that it was written for."""
    tables = tomllib.loads(FOLDER.joinpath("bases.toml").read_text(encoding="utf-8"))
    return {name: tuple(table["set"]) for name, table in tables.items()}


def meanings() -> dict[str, str]:
    """Id of a mistake that begins with "new:" -> what it computes."""
    return {
        f"new:{name}": text
        for name, text in tomllib.loads(
            FOLDER.joinpath("meanings.toml").read_text(encoding="utf-8")
        ).items()
    }


def names() -> dict[str, tuple[frozenset[str], ...]]:
    """Id of a mistake that begins with "new:" -> what the catalogue of mistakes calls it: alternatives, none where it does not hold it."""
    found = tomllib.loads(FOLDER.joinpath("names.toml").read_text(encoding="utf-8"))
    return {
        f"new:{name}": tuple(map(frozenset, alternatives)) for name, alternatives in found.items()
    }


def named_right(edit: Edit) -> tuple[frozenset[str], ...]:
    """All sets of ids of the catalogue that are the truth about an edit; none where the catalogue does not hold it."""
    translations = names()
    if "regularization=1.0" in edit.settings:
        translations["rg_half"] = (
            frozenset({"rg_no_two"}),
        )  # the corpus speaks of the right gradient, the catalogue of reg * W
    found: list[frozenset[str]] = []
    for truth in (edit.truth, *edit.also):
        choices = [translations.get(each, (frozenset({each}),)) for each in truth]
        found += [frozenset().union(*chosen) for chosen in product(*choices) if chosen]
    return tuple(found)


def edits() -> list[Edit]:
    """All edits, applied. Raises CorpusError."""
    settings = bases()
    found: dict[str, Edit] = {}
    for path in sorted(FOLDER.glob("changes/*.toml")):
        try:
            entries = msgspec.toml.decode(path.read_bytes(), type=dict[str, Entry])
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            raise CorpusError(f"{path.name}: {error}") from None
        for name, entry in entries.items():
            if name in found:
                raise CorpusError(f"{path.name}, {name}: there is another edit of this name")
            if entry.base not in settings:
                raise CorpusError(f"{path.name}, {name}: bases.toml has no base {entry.base!r}")
            found[name] = applied(f"{path.name}, {name}", name, entry, settings[entry.base])
    return list(found.values())


def applied(here: str, name: str, entry: Entry, settings: tuple[str, ...]) -> Edit:
    if [entry.truth is not None, entry.correct, entry.outside is not None].count(True) != 1:
        raise CorpusError(f"{here}: give one of truth, correct and outside")
    base = FOLDER / "bases" / f"{entry.base}.py"
    functions = tuple(FUNCTIONS) if entry.function == "both" else (entry.function,)
    text = base.read_text(encoding="utf-8")
    for place in (
        [entry.within] if entry.within else [FUNCTIONS[function] for function in functions]
    ):
        text = replaced(here, text, place, entry)
    try:
        ast.parse(text)
    except SyntaxError as error:
        raise CorpusError(
            f"{here}: does not parse after the edit, line {error.lineno}: {error.msg}"
        ) from None
    return Edit(
        name=name,
        base=base,
        settings=settings,
        functions=functions,
        source=text.encode(),
        kind=kind_of(entry),
        truth=frozenset(entry.truth or ()),
        also=tuple(map(frozenset, entry.also)),
        outside=entry.outside,
    )


def kind_of(entry: Entry) -> Kind:
    if entry.truth is not None:
        return "single" if len(entry.truth) == 1 else "pair"
    return "correct" if entry.correct else "outside"


def replaced(here: str, text: str, place: str, entry: Entry) -> str:
    """The text with all replacements made in one function, each in what the one before it left."""
    before, body, after = parted(here, text, place)
    for old, new in entry.replace:
        if body.count(old) != entry.times or old == new:
            raise CorpusError(
                f"{here}: {old!r} occurs {body.count(old)} times in {place}, not {entry.times}, or the edit changes nothing"
            )
        body = body.replace(old, new)
    return before + body + after


def parted(here: str, text: str, place: str) -> tuple[str, str, str]:
    """What comes before a top-level function, the function, and what comes after it."""
    lines = text.splitlines(keepends=True)
    for node in definitions(text):
        if node.name == place:
            return (
                "".join(lines[: node.lineno - 1]),
                "".join(lines[node.lineno - 1 : node.end_lineno]),
                "".join(lines[node.end_lineno :]),
            )
    raise CorpusError(f"{here}: there is no function {place}")


def definitions(text: str) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef))
