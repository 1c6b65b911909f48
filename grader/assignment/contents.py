"""What the key of an assignment is made of, to cache the key and to notice later edits.

The explanation and its topics are no part of it: pages read them anew each time. Nor is the public
seed, which a key may replace, or the language.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import asdict

from grader import __version__
from grader.assignment.course_files import files_in
from grader.assignment.layers import SETTINGS, Key, dotted
from grader.assignment.settings import Assignment, module_versions
from grader.model import Limits, Tolerances

# Settings that no key depends on.
_NO_PART = {"name", "folders", "preset", "seed", "language", "explanation", "topics"}
_DEFAULTS = dict(
    zip(Assignment.__struct_fields__[::-1], Assignment.__struct_defaults__[::-1], strict=False)
)
# Files whose texts of all folders are merged; of the others, the strongest folder's is used.
_MERGED = ("stages.py", "checks.py", "derived.py", "messages/")
_PROGRAMS = ("cases.py", "baseline.py", "stages.py", "checks.py", "derived.py")  # and the reference
_TEXTS = (".py", ".toml")
_ORDERED = ("functions", "questions")  # tables whose order matters
_MOST_CHANGES = 8  # in one sentence
_LONGEST_VALUE = 40  # characters


class Contents(Struct, frozen=True):
    """Everything that a key is made of. Points stand apart: no code has to run for their sake."""

    grader: str = ""  # version that made the key; empty for an older one, which kept no contents
    files: dict[str, str] = {}  # name -> SHA-256
    settings: dict[str, Any] = {}  # of assignment.toml, those that differ from their defaults
    points: dict[str, float] = {}  # of each question
    modules: dict[str, str] = {}  # the installed versions of those that submissions may import


def contents_of(assignment: Assignment) -> Contents:
    """Return the contents of a key that is made now.

    Its files are those that every assignment has, and those beside them that one of its Python
    files names: cases.py may read arrays, or import a module.
    """
    settings: dict[str, Any] = {}
    points: dict[str, float] = {}
    for name in sorted(set(Assignment.__struct_fields__) - _NO_PART):
        value = getattr(assignment, name)
        # A setting that only a later grader has is no change as long as it is left out.
        if isinstance(value, (Limits, Tolerances)):
            settings[name] = _without_defaults(value)
        elif value not in (_DEFAULTS.get(name), None, {}, ()):
            settings[name] = value
    settings |= settings.pop("choices", {})  # as they stand in the file
    settings["questions"] = {}
    for name, values in assignment.questions.items():
        rest = dict(values)
        points[name] = float(rest.pop("points"))
        settings["questions"][name] = rest
    # As they are read back from JSON.
    settings = msgspec.json.decode(msgspec.json.encode(settings))
    files = {name: file_hash(path) for name, path in sorted(_files(assignment).items())}
    modules = module_versions(assignment.modules)
    return Contents(__version__, files, settings, points, modules)


def _without_defaults(values: Limits | Tolerances) -> dict[str, Any]:
    defaults = asdict(type(values)())
    return {name: value for name, value in asdict(values).items() if value != defaults[name]}


def describe_changes(before: Contents, now: Contents) -> str:
    """Say what has changed: assignment.toml by key, files by name. Empty if nothing has."""
    in_settings = list(_changed_points(before.points, now.points))
    in_settings += _changes_of_table(before.settings, now.settings)
    changes = [f"{SETTINGS}: {change}" for change in in_settings[:1]] + in_settings[1:]
    for name in sorted({*before.files, *now.files}):
        if before.files.get(name) != now.files.get(name):
            changes.append(f"{name} ({_kind_of_change(name in before.files, name in now.files)})")
    for name, version in before.modules.items():
        if now.modules.get(name, version) != version:
            changes.append(f"{name} {version} -> {now.modules[name]}")
    more = len(changes) - _MOST_CHANGES
    return ", ".join(changes[:_MOST_CHANGES]) + (f" and {more} more" if more > 0 else "")


def file_hash(path: Path) -> str:
    """Hash a file. One that cannot be read counts as empty: building the key reports it.

    The line ends of text make no difference: git and copies between systems convert them.
    """
    try:
        with open(path, "rb") as file:  # faster than Path.read_bytes, and this is done 70 times
            data = file.read()
    except OSError:
        data = b""
    if path.suffix in _TEXTS:
        data = data.replace(b"\r\n", b"\n")
    return hashlib.sha256(data).hexdigest()


def _files(assignment: Assignment) -> dict[str, Path]:
    """Return the files by name: those of an extended assignment begin with its folder's name.

    A file that has the same name in a stronger folder is not used, and left out.
    """
    files: dict[str, Path] = {}
    used: set[str] = set()
    for place, folder in enumerate(assignment.folders):
        for path in _files_in(folder, assignment):
            inside = path.relative_to(folder).as_posix()
            if inside in used:
                continue
            if not inside.startswith(_MERGED):
                used.add(inside)
            name = inside if place == 0 else f"{folder.name}/{inside}"
            files[name if name not in files else f"{name} ({place})"] = path
    return files


def _files_in(folder: Path, assignment: Assignment) -> list[Path]:
    programs = [folder / name for name in (*assignment.file_names, *_PROGRAMS)]
    programs = [path for path in programs if path.is_file()]
    programs += files_in(folder, "misconceptions/*.py")
    known = {*programs, folder / SETTINGS}
    others = [path for path in files_in(folder, "*.*") if path not in known]
    others = [path for path in others if path.suffix != ".md"]  # the explanation's
    if others:
        programs += _mentioned(others, programs)
    return [*programs, *files_in(folder, "messages/*.toml")]


def _mentioned(others: Sequence[Path], programs: Sequence[Path]) -> list[Path]:
    """Return those of the other files that the programs name, or files that these name."""
    texts = [_text_of(path) for path in programs]
    mentioned: list[Path] = []
    for text in texts:  # the list grows while it is walked
        for path in others:
            name = path.stem if path.suffix == ".py" else path.name
            if path not in mentioned and re.search(rf"\b{re.escape(name)}\b", text):
                mentioned.append(path)
                texts.append(_text_of(path) if path.suffix == ".py" else "")
    return mentioned


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _changed_points(before: Mapping[str, float], now: Mapping[str, float]) -> Iterator[str]:
    """Yield the changes of questions that were there before and still are."""
    for question in before:
        if question in now and before[question] != now[question]:
            name = dotted(("questions", question, "points"))
            yield f"{name} {before[question]:g} -> {now[question]:g}"


def _changes_of_table(
    before: Mapping[str, Any], now: Mapping[str, Any], key: Key = ()
) -> Iterator[str]:
    for name in dict.fromkeys([*before, *now]):
        place = (*key, name)
        if name not in before or name not in now:
            yield f"{dotted(place)} ({_kind_of_change(name in before, name in now)})"
        elif isinstance(before[name], dict) and isinstance(now[name], dict):
            yield from _changes_of_table(before[name], now[name], place)
        elif before[name] != now[name]:
            yield f"{dotted(place)} {_shown(before[name])} -> {_shown(now[name])}"
    if key and key[-1] in _ORDERED:
        kept_before = [name for name in before if name in now]
        if kept_before != [name for name in now if name in before]:
            yield f"{dotted(key)} (another order)"


def _kind_of_change(was_there: bool, is_there: bool) -> str:
    if not was_there:
        return "new"
    return "edited" if is_there else "removed"


def _shown(value: Any) -> str:
    text = f"{value:g}" if isinstance(value, float) else msgspec.json.encode(value).decode()
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."
