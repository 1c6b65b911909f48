"""Where an assignment's values come from: its file, those that it extends, its preset, --set."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeAlias, TypeVar, get_args

import msgspec
from msgspec.structs import FieldInfo

from grader.files.shipped import shipped
from grader.files.toml_tables import deep_merge

SETTINGS = "assignment.toml"
PRESETS = shipped("reference") / "presets"  # the folder of the presets that come with the grader
# The keys that lead to other files.
_SOURCES = ("extends", "preset")
Key: TypeAlias = tuple[str, ...]  # of a nested value: ("limits", "call_seconds")
_BARE = re.compile(r"[A-Za-z0-9_-]+")  # a key that TOML takes without quotes
_ANY_CURE = "write a value of that kind"
# msgspec's names of kinds, as an author of TOML calls them.
_KINDS = {
    "array": 'a list in brackets, such as ["small"]',
    "str": 'a text in quotes, such as "small"',
    "float": "a number",
    "int": "a whole number",
    "bool": "true or false",
    "object": "a table, such as { name = value }",
}
_MOST_LISTED = 12  # names that a cure lists
_T = TypeVar("_T", bound=msgspec.Struct)


class AssignmentError(Exception):
    """The assignment cannot be used.

    The text says which file and key, what is wrong, and what to write instead.
    """


class _Layer(NamedTuple):
    """One source of values."""

    source: str  # a path, or the --set option as it was given
    values: dict[str, Any]


class Layers:
    """The values of an assignment, from the strongest source to the weakest."""

    def __init__(self, folder: Path, overrides: Sequence[str]) -> None:
        """Read the files, but check no value yet.

        folder: of the assignment. overrides: KEY=VALUE, a later one is stronger.
        Raises AssignmentError.
        """
        options = [_Layer(f"--set {text}", _parse_override(text)) for text in overrides]
        extended = dict(_read_files(folder))
        preset = dict(_read_preset(extended))
        extended |= preset
        files = [_Layer(str(path / SETTINGS), values) for path, values in extended.items()]
        self.folders = tuple(extended)
        self.preset = next(iter(preset), None)  # its folder
        self._own_file: str = files[0].source
        self._layers: list[_Layer] = [*reversed(options), *files]

    def merged(self) -> dict[str, Any]:
        """Merge the sources table by table, without those keys that lead to other files."""
        values: dict[str, Any] = {}
        for layer in reversed(self._layers):
            values = deep_merge(values, layer.values)
        return {name: value for name, value in values.items() if name not in _SOURCES}

    def convert(self, values: Mapping[str, Any], kind: type[_T], key: Key = ()) -> _T:
        """Build the struct `kind` from the table at `key`. Raises AssignmentError."""
        try:
            return msgspec.convert(values, kind, dec_hook=lambda wanted, value: wanted(value))
        except msgspec.ValidationError as error:
            self._refuse_unknown(values, kind, key)
            self.require(missing_keys(values, kind, key))
            self._complain_of_value(values, kind, key, error)

    def require(self, missing: Sequence[Key], known: Iterable[str] = ()) -> None:
        """Raise AssignmentError that names all missing keys, if there are any.

        known: keys that are no typo of another one.
        """
        if not missing:
            return
        names = [dotted(key) for key in missing]
        are, them = ("is", "it") if len(names) == 1 else ("are", "them")
        holder = self._own_file
        if len(missing) == 1:
            holder = self._holder(missing[0])
        cure = f"add {them}"
        typos = [(key[-1], typo) for key in missing if (typo := self._typo_of(key, known))]
        if typos:
            pairs = ", ".join(f"{name} instead of {typo}" for name, typo in typos)
            cure = f"write {pairs}" if len(typos) == len(missing) else f"{cure}; write {pairs}"
        listed = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
        raise AssignmentError(f"{holder}: {listed}: {are} missing. Cure: {cure}.")

    def refuse_unknown(self, key: Key, known: Iterable[str]) -> None:
        """Raise AssignmentError for the last name of a key that is none of the known ones."""
        self.complain(key, "is not known here", cure_of_unknown(key[-1], known))

    def complain(self, key: Key, problem: str, cure: str) -> NoReturn:
        """Raise AssignmentError. It names the source that holds the key, or else the own file."""
        raise self.error(key, problem, cure)

    def error(self, key: Key, problem: str, cure: str) -> AssignmentError:
        """The error that `complain` raises."""
        return AssignmentError(f"{self._holder(key)}: {dotted(key)}: {problem}. Cure: {cure}.")

    def complain_of(self, kind: type[msgspec.Struct], field: str, value: object) -> NoReturn:
        """Raise AssignmentError for a value that the field's type alone does not rule out."""
        self.complain((field,), f"is {value!r}", _cure_of(kind, field) or _ANY_CURE)

    def _typo_of(self, key: Key, known: Iterable[str]) -> str | None:
        """The name beside a missing key that is likely a typo of it, if there is one."""
        beside: Any = self.merged()
        for part in key[:-1]:
            beside = beside[part]
        if not isinstance(beside, dict):
            return None
        return near_name(key[-1], [name for name in beside if name not in {*known}])

    def _holder(self, key: Key) -> str:
        """The strongest source that has this key, or the table that it is in; else the own file."""
        for layer in self._layers:
            if _has(layer.values, key):
                return layer.source
        for part in range(len(key) - 1, 0, -1):
            for layer in self._layers:
                if _has(layer.values, key[:part]):
                    return layer.source
        return self._own_file

    def _refuse_unknown(self, values: Mapping[str, Any], kind: type[_T], key: Key) -> None:
        """Complain of unknown keys, in this table and in those inside it."""
        fields = _fields_of(kind)
        if kind.__struct_config__.forbid_unknown_fields:
            for name in values:
                if name not in fields:
                    self.refuse_unknown((*key, name), fields)
        for name, field in fields.items():
            inner = field.type
            is_table = isinstance(inner, type) and issubclass(inner, msgspec.Struct)
            if is_table and isinstance(values.get(name), dict):
                self._refuse_unknown(values[name], inner, (*key, name))

    def _complain_of_value(
        self, values: Mapping[str, Any], kind: type[_T], key: Key, error: msgspec.ValidationError
    ) -> NoReturn:
        """Say which key has the value: msgspec's text ends with its path, as in - at `$.a.b[0]`."""
        problem, _, place = str(error).partition(" - at `$")
        path = tuple(re.findall(r"\.([^.\[\]`]+)", place))
        cure = _cure_of(kind, path[0]) if path else None
        choices = get_args(_fields_of(kind)[path[0]].type) if len(path) == 1 else ()
        if choices and all(isinstance(choice, str) for choice in choices):  # a Literal
            cure = one_of(str(values[path[0]]), choices)
        if cure:
            self.complain((*key, *path), f"is {values[path[0]]!r}", cure)
        self.complain((*key, *path), f"has a wrong value ({problem})", _cure_of_kind(problem))


def missing_keys(values: Mapping[str, Any], kind: type[msgspec.Struct], key: Key = ()) -> list[Key]:
    """The keys that this table lacks, of those that the struct requires."""
    names = kind.__struct_encode_fields__
    # Of the last fields; NODEFAULT for one without a default. Faster than msgspec.structs.fields.
    defaults = kind.__struct_defaults__
    without = len(names) - len(defaults)
    required = [*names[:without]]
    required += [
        name
        for name, default in zip(names[without:], defaults, strict=True)
        if default is msgspec.NODEFAULT
    ]
    return [(*key, name) for name in required if name not in values]


def cure_of_unknown(name: str, known: Iterable[str]) -> str:
    """What to do about a name that is not known: to write the near one, if one is near."""
    known = list(known)
    near = near_name(name, known)
    if near:
        return f"write {near}, or remove it"
    names = [str(choice) for choice in known]
    if 0 < len(names) <= _MOST_LISTED:
        return f"correct its name (one of {', '.join(names)}), or remove it"
    return "correct its name, or remove it"


def one_of(name: str, choices: Iterable[str]) -> str:
    """What to write instead of a name that is none of the choices."""
    names = list(choices)
    near = near_name(name, names)
    if near:
        others = ", ".join(choice for choice in names if choice != near)
        return f"write {near}, or another of {others}" if others else f"write {near}"
    return f"write one of {', '.join(names) or 'none'}"


def near_name(name: str, choices: Iterable[str]) -> str | None:
    """The choice that is spelled most like the name, if one is."""
    if not any(map(str.isalpha, str(name))):
        return None  # a number is near to others by chance
    from difflib import get_close_matches  # here, because only errors need it

    by_lower_case = {str(choice).lower(): str(choice) for choice in choices}
    near = get_close_matches(str(name).lower(), by_lower_case, n=1)
    return by_lower_case[near[0]] if near else None


def dotted(key: Key) -> str:
    """The key as TOML writes it: questions."naive.loss".points."""
    return ".".join(part if _BARE.fullmatch(part) else f'"{part}"' for part in key)


def _read_files(folder: Path, below: Key = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the folder of each file and its values: the assignment's own, then those it extends.

    below: the folders that were read before this one.
    """
    file = folder / SETTINGS
    if str(folder) in below:
        raise AssignmentError(
            f"{file}: extends: goes round in a circle. Let one of these assignments extend none."
        )
    values = _read_toml(file)
    yield folder, values
    if "extends" not in values:
        return
    base = (folder / str(values["extends"])).resolve()
    if not base.joinpath(SETTINGS).is_file():
        raise AssignmentError(
            f"{file}: extends: there is no {SETTINGS} in {base}. "
            "Write an assignment's path, from this folder."
        )
    yield from _read_files(base, (*below, str(folder)))


def _read_preset(files: Mapping[Path, dict[str, Any]]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the folder of the preset and its values, if one of the files names a preset.

    files: by folder, the strongest first. The first one that names a preset decides.
    """
    for folder, values in files.items():
        if "preset" in values:
            base = _find_preset(folder, str(values["preset"]))
            preset = _read_toml(base / SETTINGS)
            for key in _SOURCES:
                if key in preset:
                    raise AssignmentError(
                        f"{base / SETTINGS}: {key}: is not for a preset. Cure: remove it."
                    )
            yield base, preset
            return


def _find_preset(folder: Path, name: str) -> Path:
    """Return the folder of a shipped preset, or of one with this path. Raises AssignmentError."""
    names = sorted(path.parent.name for path in PRESETS.glob(f"*/{SETTINGS}"))
    if name in names:
        return PRESETS / name
    base = (folder / name).resolve()
    if base.joinpath(SETTINGS).is_file() and base != folder.resolve():
        return base
    raise AssignmentError(
        f"{folder / SETTINGS}: preset: there is no preset {name!r}. Cure: {one_of(name, names)}, "
        f"or the path of a folder with {SETTINGS}, from this folder."
    )


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_bytes().decode())
    except ValueError as error:  # not TOML, or not UTF-8
        raise AssignmentError(
            f"{file}: this is not valid TOML ({error}). Correct that line."
        ) from None
    except OSError as error:
        raise AssignmentError(
            f"{file}: cannot be read ({error.strerror}). Check the path and its permissions."
        ) from None


def _parse_override(override: str) -> dict[str, Any]:
    """limits.call_seconds=20 -> {"limits": {"call_seconds": 20}}. Text needs no quotes."""
    name, equals, text = override.partition("=")
    key = _key_in(name)
    if not (equals and key):
        raise AssignmentError(f"--set {override}: write KEY=VALUE, for example --set layout=DxC.")
    if key[0] in _SOURCES:
        raise AssignmentError(
            f"--set {override}: {key[0]} is not for the command line. "
            "Write a folder with it, and give that folder."
        )
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()
    for part in reversed(key):
        value = {part: value}
    return dict(value)


def _key_in(text: str) -> Key:
    """The parts of a dotted key, in TOML's own syntax; none if it is not one key."""
    try:
        value: Any = tomllib.loads(f"{text} = 0")
    except tomllib.TOMLDecodeError:
        return ()
    key: list[str] = []
    while isinstance(value, dict) and len(value) == 1:
        ((name, value),) = value.items()
        key.append(name)
    return tuple(key)


def _has(values: Mapping[str, Any], key: Key) -> bool:
    value: Any = values
    for part in key:
        if not isinstance(value, dict) or part not in value:
            return False
        value = value[part]
    return True


def _fields_of(kind: type[msgspec.Struct]) -> dict[str, FieldInfo]:
    """The fields by the names that TOML uses. This is slow: only errors need it."""
    return {field.encode_name: field for field in msgspec.structs.fields(kind)}


def _cure_of_kind(problem: str) -> str:
    """What to write for msgspec's "Expected `array`, got `str`"."""
    match = re.match(r"Expected `(\w+)(?: \| null)?`(?=, got|$)", problem)
    kind = _KINDS.get(match[1]) if match else None
    least = re.fullmatch(r"Expected `(?:int|float)` >= (\d+(?:\.\d+)?)", problem)
    if least:
        return f"write a number, {float(least[1]):g} or above"
    return f"write {kind}" if kind else _ANY_CURE


def _cure_of(kind: type[msgspec.Struct], field: str) -> str | None:
    """What to write instead, if the field has Annotated[…, Meta(extra={"cure": …})]."""
    for meta in getattr(_fields_of(kind)[field].type, "__metadata__", ()):
        if meta.extra:
            return str(meta.extra["cure"])
    return None
