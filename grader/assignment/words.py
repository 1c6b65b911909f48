"""An assignment's own sentences: read, merged over those it extends, and checked.

A typo in one would pass in silence until a student reads the bare code, or a placeholder.
"""

import ast
import math
import string
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

import msgspec

from grader.assignment.course_files import files_in
from grader.assignment.functions import outputs_in
from grader.assignment.layers import SETTINGS, cure_of_unknown, one_of
from grader.assignment.modules import load_misconceptions, load_stages
from grader.assignment.settings import CHECKS_FILE, Assignment, AssignmentError
from grader.checks.shapes import letters_in
from grader.diagnosis.claims import ClaimError, read_claims
from grader.diagnosis.factors import factor_names
from grader.diagnosis.multiples import sizes_of
from grader.files.toml_tables import deep_merge
from grader.messages import LANGUAGES, load_words
from grader.model import STEERED
from grader.static_analysis.patterns import problem_with

# Tables whose names are an assignment's own: cases, questions, terms of its outputs.
_Tables: TypeAlias = dict[str, dict[str, str | dict[str, str]]]
_OPEN = ("cases", "questions", "asked", "terms", "factors", "sizes", "evidence", "misconceptions")
_FIELDS_OF_MESSAGE = ("what", "short", "next", "quoted")
_FIELDS_OF_MISTAKE = ("name", "means", "next", "topic", "set", "claims")


def assignment_messages(assignment: Assignment) -> dict[str, Any]:
    """Return language -> the assignment's own messages, and its "title".

    Its own replace those of an assignment that it extends. Raises AssignmentError.
    """
    return _merged(assignment, _files_of(assignment))


def checked_messages(assignment: Assignment) -> dict[str, Any]:
    """The same, but the names and placeholders in messages/, [topics] and [lines] are checked.

    Raises AssignmentError, with file, name and the cure.
    """
    files = _files_of(assignment)
    words = _merged(assignment, files)
    for path in files:
        if path.stem not in LANGUAGES:
            known = " or ".join(f"{language}.toml" for language in LANGUAGES)
            raise AssignmentError(f"{path}: is in no language known here. Cure: name it {known}.")
    names = _Names(assignment, words)
    for path, tables in files.items():
        _File(path, names).check(tables)
    _require_words_for_checks(assignment, names, words)
    settings = assignment.folders[0] / SETTINGS
    for code in assignment.topics:
        names.require_code(f"{settings}: topics.{code}", code)
    for cause, pattern in assignment.lines.items():
        names.require_cause(f"{settings}: lines.{cause}", cause)
        problem = problem_with(pattern, tuple(assignment.inputs), names.outputs)
        if problem:
            raise AssignmentError(f"{settings}: lines.{cause}: {problem}")
    return words


def _require_words_for_checks(
    assignment: Assignment, names: "_Names", words: Mapping[str, Any]
) -> None:
    """Raise AssignmentError if a message of checks.py has a sentence in no language."""
    known = [words.get(language, {}).get("messages", {}) for language in LANGUAGES]
    known += [each["messages"] for each in names.general.values()]
    for code in names.own_values:
        found = [
            fields
            for messages in known
            for name, fields in messages.items()
            if name.partition(".")[0] == code and isinstance(fields, dict)
        ]
        if not any("what" in fields for fields in found):
            raise AssignmentError(
                f"{assignment.path(CHECKS_FILE)}: message {code!r} has no words. Cure: write "
                f'[messages.{code}] with what = "…" and next = "…" in messages/en.toml.'
            )


def _files_of(assignment: Assignment) -> dict[Path, dict[str, Any]]:
    """The tables of each file of messages, the base's first. Raises AssignmentError."""
    return {
        path: _read_messages(path)
        for folder in reversed(assignment.folders)
        for path in files_in(folder, "messages/*.toml")
    }


def _merged(assignment: Assignment, files: Mapping[Path, dict[str, Any]]) -> dict[str, Any]:
    words: dict[str, Any] = {}
    for path, tables in files.items():
        words = deep_merge(words, {path.stem: tables})
    return {"title": assignment.title, **words}


class _Names:
    """What the words of an assignment may be about."""

    def __init__(self, assignment: Assignment, words: Mapping[str, Any]) -> None:
        self.general = {language: load_words(language, {}) for language in LANGUAGES}
        self.outputs = outputs_in(assignment.functions.values())
        letters = letters_in(assignment.inputs.values())
        self.sizes = set(sizes_of(dict.fromkeys(letters, 1)))
        self.factors = set(map(str, factor_names(self.outputs, tuple(assignment.knobs))))
        # What may stand behind the dot of a code: see grader.model.suffixed.
        self.suffixes = list(dict.fromkeys([*self.outputs, *letters, *assignment.inputs]))
        self.own_values = {
            code: values
            for folder in assignment.folders
            if folder.joinpath(CHECKS_FILE).is_file()
            for code, values in _codes_in(folder / CHECKS_FILE)
        }
        self.codes = {*self.own_values, *self.general[LANGUAGES[0]]["messages"]}
        self.mistakes = set(load_misconceptions(assignment, load_stages(assignment)))
        for language in LANGUAGES:
            self.mistakes |= words.get(language, {}).get("misconceptions", {}).keys()
        self.questions = {identifier.partition(".")[2] for identifier in assignment.questions}

    def require_code(self, place: str, code: str) -> None:
        """Raise AssignmentError unless there is such a code, with a suffix that it may have."""
        name, dot, suffix = code.partition(".")
        if name not in self.codes:
            raise AssignmentError(
                f"{place}: no message has the code {name!r}. "
                f"Cure: {cure_of_unknown(name, self.codes)}."
            )
        if dot and suffix not in self.suffixes:
            raise AssignmentError(
                f"{place}: {suffix!r} is no output, letter or input. "
                f"Cure: {one_of(suffix, self.suffixes)}."
            )

    def require_cause(self, place: str, cause: str) -> None:
        """The same for what may have a faulty line: a mistake and a question, too."""
        if cause in self.mistakes or cause in self.questions:
            return
        name = cause.partition(".")[0]
        if name not in self.codes:
            known = [*self.mistakes, *self.questions, *self.codes]
            raise AssignmentError(
                f"{place}: is no mistake, code of a message or name of a question. "
                f"Cure: {cure_of_unknown(cause, known)}."
            )
        self.require_code(place, cause)

    def placeholders(self, code: str) -> set[str] | None:
        """Those that sentences of this code may have; None if that cannot be known."""
        name = code.partition(".")[0]
        if name in self.own_values:
            return self.own_values[name]
        allowed: set[str] = set()
        for words in self.general.values():
            for key in (code, name):
                for text in words["messages"].get(key, {}).values():
                    allowed |= set(_placeholders(text))
        return allowed


class _File:
    """A file of messages, while it is checked."""

    def __init__(self, path: Path, names: _Names) -> None:
        self.path, self.names = path, names
        self.general = names.general[path.stem]

    def check(self, words: Mapping[str, Any]) -> None:
        known = {*self.general, *_OPEN} - {"title", "language", "command"}
        for table, entries in words.items():
            if table not in known:
                self._complain(table, "is no table of messages", cure_of_unknown(table, known))
            if table == "messages":
                self._check_messages(entries)
            elif table == "misconceptions":
                self._check_mistakes(entries)
            else:
                self._check_table(table, entries, self.general.get(table, {}))

    def _check_messages(self, entries: Mapping[str, Any]) -> None:
        for code, fields in entries.items():
            self.names.require_code(f"{self.path}: messages.{code}", code)
            if not isinstance(fields, dict):
                self._complain(f"messages.{code}", "is no table", 'write what = "…" and next = "…"')
            self._require_short_form(code, fields)
            allowed = self.names.placeholders(code)
            for field, text in fields.items():
                if field not in _FIELDS_OF_MESSAGE:
                    place = f"messages.{code}.{field}"
                    self._complain(
                        place, "is not known here", cure_of_unknown(field, _FIELDS_OF_MESSAGE)
                    )
                own = {"quote"} if field == "quoted" else set()
                self._check_text(
                    f"messages.{code}.{field}", text, None if allowed is None else allowed | own
                )

    def _require_short_form(self, code: str, fields: Mapping[str, Any]) -> None:
        """Raise unless there is a sentence for where what a function returned is not shown."""
        general = self.general["messages"].get(code.partition(".")[0], {})
        hidden = [name for name in STEERED if f"{{{name}" in str(fields.get("what", ""))]
        if hidden and "short" not in {**general, **fields}:
            self._complain(
                f"messages.{code}",
                f"has a number that official pages do not show: {{{hidden[0]}}}",
                'write short = "…", a sentence without it',
            )

    def _check_mistakes(self, entries: Mapping[str, Any]) -> None:
        for name, fields in entries.items():
            if not isinstance(fields, dict):
                cure = 'write name = "…", means = "…" and next = "…"'
                self._complain(f"misconceptions.{name}", "is no table", cure)
            for field, text in fields.items():
                place = f"misconceptions.{name}.{field}"
                if field not in _FIELDS_OF_MISTAKE:
                    self._complain(
                        place, "is not known here", cure_of_unknown(field, _FIELDS_OF_MISTAKE)
                    )
                self._check_text(place, text, ())
                if field == "claims":
                    self._check_claims(place, text)

    def _check_claims(self, place: str, text: str) -> None:
        """What its sentences claim about the final numbers: see grader/diagnosis/claims.py."""
        try:
            claims = read_claims(text)
        except ClaimError as error:
            self._complain(place, str(error), 'write it like "dW = 0" or "loss = 1/N * right"')
        for claim in claims:
            if claim.factor not in self.names.factors:
                cure = cure_of_unknown(claim.factor, self.names.factors)
                self._complain(place, f"there is no factor {claim.factor!r}", cure)
            if claim.times not in self.names.sizes and not _is_number(claim.times):
                cure = cure_of_unknown(claim.times, self.names.sizes)
                self._complain(place, f"{claim.times!r} is no number and no size", cure)

    def _check_table(
        self, table: str, entries: Mapping[str, Any], general: Mapping[str, Any]
    ) -> None:
        is_open = table.split(".")[-1] in _OPEN or not general
        for name, text in entries.items():
            key = name if name in general else name.partition(".")[0]
            place = f"{table}.{name}"
            if key not in general and not is_open and table not in ("details", "class"):
                self._complain(place, "is not known here", cure_of_unknown(name, general))
            if isinstance(text, dict):
                inner = general.get(key, {})
                self._check_table(place, text, inner if isinstance(inner, dict) else {})
                continue
            known = general.get(key)
            allowed = set(_placeholders(known)) if isinstance(known, str) else None
            if allowed is None and table in ("cases", "questions", "terms", "factors", "sizes"):
                allowed = set()
            self._check_text(place, text, allowed)

    def _check_text(self, place: str, text: object, allowed: Collection[str] | None) -> None:
        """allowed: the placeholders; None for any text."""
        if not isinstance(text, str):
            self._complain(place, f"is {text!r}", "write a text")
        if allowed is None:
            return
        try:
            used = _placeholders(text)
        except ValueError as error:
            self._complain(place, f"has a brace too many or too few ({error})", "write {{ for one")
        for name in used:
            if name not in allowed:
                known = ", ".join(f"{{{each}}}" for each in sorted(allowed)) or "none"
                self._complain(
                    place,
                    f"has the placeholder {{{name}}}, for which this message has no value",
                    f"write one of these: {known}; or the word itself",
                )

    def _complain(self, place: str, problem: str, cure: str) -> NoReturn:
        raise AssignmentError(f"{self.path}: {place}: {problem}. Cure: {cure}.")


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _placeholders(text: str) -> list[str]:
    """The names in braces. Raises ValueError for a brace that stands alone."""
    return [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]


def _codes_in(path: Path) -> Iterator[tuple[str, set[str] | None]]:
    """Yield each code of a message in checks.py with the names of its values, as far as known."""
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Message"):
            continue
        if not (call.args and isinstance(call.args[0], ast.Constant)):
            continue
        values = call.args[1] if len(call.args) > 1 else ast.Dict([], [])
        names = None
        if isinstance(values, ast.Dict):
            names = {str(key.value) for key in values.keys if isinstance(key, ast.Constant)}
        yield str(call.args[0].value), names


def _read_messages(path: Path) -> _Tables:
    """Read a language's file: tables of sentences, or of tables of sentences."""
    try:
        return _tables_of(path.read_bytes())
    except (msgspec.DecodeError, ValueError) as error:
        raise AssignmentError(
            f"{path}: this is not valid TOML, or not tables of sentences ({error}). Correct it."
        ) from None
    except OSError as error:
        raise AssignmentError(
            f"{path}: cannot be read ({error.strerror}). Make it a file of sentences, or remove it."
        ) from None


@lru_cache(maxsize=16)  # an author's run builds several keys from the same files
def _tables_of(text: bytes) -> _Tables:
    return msgspec.toml.decode(text, type=_Tables)
