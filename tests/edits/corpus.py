"""Reads the corpus: correct files, changes made to them, and the truth about each change.

bases/*.py are the correct files; changes/*.toml say what is changed in one of them. The truth about
an edit is one of three: the mistakes in it (one, or a pair), `correct`, or `outside`: a wrong
function whose mistake is in no catalogue. Ids of mistakes refer to the convention that the base was
written for: rg_half is half of the right regularization gradient, be that reg * W or 2 * reg * W.
Ids that begin with "new:" are explained in meanings.toml.
"""

import ast
import tomllib
from itertools import product
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

FOLDER = Path(__file__).parent
FUNCTIONS = {"naive": "softmax_loss_naive", "vectorized": "softmax_loss_vectorized"}
Kind: TypeAlias = Literal["single", "pair", "correct", "outside"]
Mistakes: TypeAlias = Annotated[tuple[str, ...], Meta(min_length=1, max_length=2)]


class CorpusError(Exception):
    """The corpus is wrong. The text says which edit, and why."""


class Entry(Struct, frozen=True, forbid_unknown_fields=True):
    """One table of changes/*.toml. Exactly one of truth, correct and outside is given."""

    base: str
    function: Literal["naive", "vectorized", "both"]  # where the mistake shows
    # Pairs [old, new]. In each place, old must occur exactly `times` times. The places are all the
    # functions concerned, or the one that `within` names.
    replace: Annotated[tuple[tuple[str, str], ...], Meta(min_length=1)]
    times: int = 1
    within: str | None = None
    truth: Mistakes | None = None
    correct: bool = False
    outside: str | None = None
    also: tuple[Mistakes, ...] = ()  # other sets that give the very same numbers on any input


class Edit(Struct, frozen=True):
    """A base with a change applied."""

    name: str
    base: Path
    settings: tuple[str, ...]  # of the assignment, as for --set
    functions: tuple[str, ...]  # short names of those that the edit changes
    source: bytes  # the file after the edit
    kind: Kind
    truth: frozenset[str]  # the mistakes; none if correct or outside
    also: tuple[frozenset[str], ...]  # other truths with the same numbers
    outside: str | None


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
            found[name] = apply(f"{path.name}, {name}", name, entry, settings[entry.base])
    return list(found.values())


def bases() -> dict[str, tuple[str, ...]]:
    """Name of a base -> the settings of the assignment that it was written for."""
    return {name: tuple(table["set"]) for name, table in _read("bases.toml").items()}


def meanings() -> dict[str, str]:
    """Id of a mistake that begins with "new:" -> what it computes."""
    return {f"new:{name}": text for name, text in _read("meanings.toml").items()}


def names() -> dict[str, tuple[frozenset[str], ...]]:
    """Id of a mistake that begins with "new:" -> its names in the catalogue of mistakes.

    The names are alternatives; there are none if the catalogue does not have it.
    """
    return {
        f"new:{name}": tuple(map(frozenset, alternatives))
        for name, alternatives in _read("names.toml").items()
    }


def named_right(edit: Edit) -> tuple[frozenset[str], ...]:
    """All sets of ids in the catalogue that are the truth about an edit.

    There are none if the catalogue does not have it.
    """
    translations = names()
    if "regularization=1.0" in edit.settings:
        # The corpus refers to the right gradient, the catalogue to reg * W.
        translations["rg_half"] = (frozenset({"rg_no_two"}),)
    truths: list[frozenset[str]] = []
    for mistakes in (edit.truth, *edit.also):
        choices = [translations.get(each, (frozenset({each}),)) for each in mistakes]
        truths += [frozenset().union(*choice) for choice in product(*choices) if choice]
    return tuple(truths)


def apply(here: str, name: str, entry: Entry, settings: tuple[str, ...]) -> Edit:
    """Apply a change to its base. here: the place in the corpus, for errors. Raises CorpusError."""
    if [entry.truth is not None, entry.correct, entry.outside is not None].count(True) != 1:
        raise CorpusError(f"{here}: give one of truth, correct and outside")
    base = FOLDER / "bases" / f"{entry.base}.py"
    functions = tuple(FUNCTIONS) if entry.function == "both" else (entry.function,)
    places = [entry.within] if entry.within else [FUNCTIONS[function] for function in functions]
    text = base.read_text(encoding="utf-8")
    for place in places:
        text = _replace_in(here, text, place, entry)
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
        kind=_kind_of(entry),
        truth=frozenset(entry.truth or ()),
        also=tuple(map(frozenset, entry.also)),
        outside=entry.outside,
    )


def _replace_in(here: str, text: str, place: str, entry: Entry) -> str:
    """Make all replacements in one function, each in what the one before it left."""
    before, body, after = _split_around(here, text, place)
    for old, new in entry.replace:
        if body.count(old) != entry.times or old == new:
            raise CorpusError(
                f"{here}: {old!r} occurs {body.count(old)} times in {place}, not {entry.times}, "
                "or the edit changes nothing"
            )
        body = body.replace(old, new)
    return before + body + after


def _split_around(here: str, text: str, place: str) -> tuple[str, str, str]:
    """What comes before a top-level function, the function, and what comes after it."""
    lines = text.splitlines(keepends=True)
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name == place:
            start, end = node.lineno - 1, node.end_lineno
            return "".join(lines[:start]), "".join(lines[start:end]), "".join(lines[end:])
    raise CorpusError(f"{here}: there is no function {place}")


def _kind_of(entry: Entry) -> Kind:
    if entry.truth is not None:
        return "single" if len(entry.truth) == 1 else "pair"
    return "correct" if entry.correct else "outside"


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(FOLDER.joinpath(name).read_text(encoding="utf-8"))
