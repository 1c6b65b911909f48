"""Answer keys of earlier formats as keys of today.

A run keeps the key that it began with, so what began under an older grader goes on, and is graded
again, with its own. Those keys knew one kind of function only: see former_words.py. What belonged
to the grader then, and belongs to the assignment now (some sentences, a check of its own), comes
from the shipped assignment.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeAlias

import msgspec
import numpy as np

from grader.assignment.course_files import course_source
from grader.assignment.former_words import (
    CHECKS,
    FACTORS,
    GRADIENT,
    INPUTS,
    KNOB,
    OUTPUTS,
    VALUES,
    call_of,
    current_code,
    current_line,
)
from grader.files.shipped import shipped
from grader.files.toml_tables import deep_merge
from grader.model import (
    AnswerKey,
    Array,
    Case,
    FactorTable,
    Function,
    Gradient,
    Limits,
    Question,
    Signatures,
    Source,
    Tolerances,
)

Header: TypeAlias = Mapping[str, Any]  # of a key in the first or second format
View: TypeAlias = Callable[[Any], Array]  # where an array is in a stored key -> the array

_OUTPUT_OF_CHECK = {"loss": "loss", "gradient": "dW", "reg_loss": "loss", "reg_gradient": "dW"}
# The shipped assignment of today, from the ground up.
_FOLDERS = ("presets/linear-classifier", "softmax")
_RAN_ON = ["samples_20", "samples_40", "classes_6"]  # the default cases of `faster`


def convert_key(header: Header, view: View) -> AnswerKey:
    """Convert a key. Its arrays stay views of the stored bytes. Raises ValueError, KeyError."""
    layout = header["conventions"]["layout"]
    baseline = header.get("baseline") or header["yardstick"]  # its name in the first format
    signatures = header["signatures"]
    return AnswerKey(
        assignment=header["assignment"],
        files=(header["file"],),
        functions={short: _function(short, name) for short, name in header["functions"].items()},
        questions=tuple(_question(question) for question in header["questions"]),
        tolerances=_tolerances(header["tolerances"]),
        limits=msgspec.convert(header["limits"], Limits),
        inputs=_declarations(layout),
        knobs=(KNOB,),
        cases={case["name"]: _case(case, view) for case in _with_probe_first(header["cases"])},
        expected={
            name: {"loss": _number(answer["loss"]), "dW": view(answer["gradient"])}
            for name, answer in header["expected"].items()
        },
        directions={name: {"dW": view(place)} for name, place in header["directions"].items()},
        baseline=_baseline(baseline),
        signatures=_signatures(signatures, view) if signatures else None,
        checks=_checks(),
        derived=None,
        words=_words(header["words"]),
        lines=_lines(header["lines"]),
        conventions=dict(header["conventions"]),
        reveal=header["reveal"],
        seed=header["seed"],
        modules=header.get("modules", {}),
    )


def _function(short: str, name: str) -> Function:
    return Function(
        short=short,
        name=name,
        call=call_of(name),
        inputs=INPUTS,
        outputs=OUTPUTS,
        names=(name,),
        gradients=(Gradient(GRADIENT["output"], GRADIENT["of"], GRADIENT["by"]),),
        knobs=(KNOB,),
    )


def _baseline(baseline: Header) -> Source:
    source, name = baseline["source"], baseline["function"]
    function = Function(name, name, call_of(name), INPUTS, (), (name,))
    return Source(source["file"], source["text"], (function,))


def _question(question: Header) -> Question:
    check: str = question["check"]
    settings = dict(question["settings"])
    if check in _OUTPUT_OF_CHECK:
        settings["output"] = _OUTPUT_OF_CHECK[check]
    if check.startswith("reg_"):
        settings["knob"] = KNOB
    if check == "slope":
        settings["gradient"] = GRADIENT["output"]
    if "gradient_if" in settings:
        settings["output_if"] = {"dW": settings.pop("gradient_if")}
    if check == "faster":
        settings["grows"] = ["N", "C"]
        settings["cases"] = settings.pop("growth", _RAN_ON)
        settings.setdefault("timed", "timed")
        settings.setdefault("against", "against")
        if "yardstick_limit" in settings:
            settings["baseline_limit"] = settings.pop("yardstick_limit")
    return Question(
        id=question["id"],
        function=question["function"],
        check=CHECKS.get(check, check),
        points=question["points"],
        needs=tuple(question["needs"]),
        settings=settings,
    )


def _tolerances(tolerances: Header) -> Tolerances:
    return Tolerances(
        outputs={"loss": tolerances["loss"], "dW": tolerances["gradient"]},
        single_precision=tolerances["single_precision"],
        slope=tolerances["slope"],
        slope_single_precision=tolerances["slope_single_precision"],
    )


def _declarations(layout: str) -> dict[str, str]:
    """Return the axes of the inputs, as students receive them."""
    weights, samples = ("C x D", "D x N") if layout == "CxD" else ("D x C", "N x D")
    return {"W": weights, "X": samples, "y": "N of labels", "reg": "number"}


def _with_probe_first(cases: Header) -> list[Header]:
    """Return the cases, first the one that functions were tried on: the first without reg."""
    return sorted(cases.values(), key=lambda case: case is not _probe(cases))


def _probe(cases: Header) -> Header | None:
    return next((case for case in cases.values() if case["reg"] == 0), None)


def _case(case: Header, view: View) -> Case:
    inputs = {name: view(case[name]) for name in ("W", "X", "y")}
    return Case(case["name"], {**inputs, "reg": _number(case["reg"])}, case.get("form", "plain"))


def _number(value: float) -> Array:
    number = np.array(value, float)
    number.flags.writeable = False
    return number


def _signatures(signatures: Header, view: View) -> Signatures:
    names, cases = tuple(signatures["names"]), tuple(signatures["cases"])
    moves = view(signatures["moves"]).tolist()
    tables = zip(FACTORS.values(), signatures["tables"], strict=True)
    return Signatures(
        names=names,
        moves={
            name: tuple(factor for k, factor in enumerate(FACTORS.values()) if bits >> k & 1)
            for name, bits in zip(names, moves, strict=True)
        },
        cases=cases,
        tables={factor: _table(table, len(cases), view) for factor, table in tables},
        terms={
            case: {"dW": {term: view(place) for term, place in terms.items()}}
            for case, terms in signatures["terms"].items()
        },
    )


def _table(table: Header, cases: int, view: View) -> FactorTable:
    """Convert a table, which had one bit for each case that gives numbers."""
    bits = view(table["given"])[:, None] >> np.arange(cases)
    return FactorTable(view(table["members"]), view(table["numbers"]), (bits & 1).astype(bool))


def _lines(lines: Mapping[str, str]) -> dict[str, str]:
    """Convert codes and patterns. A pattern that no longer exists is left out, and so its line."""
    converted = {current_code(code): current_line(pattern) for code, pattern in lines.items()}
    return {code: pattern for code, pattern in converted.items() if pattern is not None}


def _checks() -> Source | None:
    folders = [shipped("reference") / folder for folder in reversed(_FOLDERS)]
    return course_source(folders, "checks.py")


def _words(words: Header) -> dict[str, Any]:
    """Return the key's own words, over those of the shipped assignment."""
    return deep_merge(_shipped_words(), _with_current_codes(words))


@cache  # one command may read the key of a run several times
def _shipped_words() -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for folder in _FOLDERS:
        for path in sorted((shipped("reference") / folder / "messages").glob("*.toml")):
            merged = deep_merge(merged, {path.stem: msgspec.toml.decode(path.read_bytes())})
    return merged


def _with_current_codes(words: Header) -> dict[str, Any]:
    """Convert the messages that an assignment has in its own words."""
    converted: dict[str, Any] = {}
    for language, tables in words.items():
        converted[language] = tables
        if isinstance(tables, dict) and "messages" in tables:
            messages = dict(_message(code, texts) for code, texts in tables["messages"].items())
            converted[language] = {**tables, "messages": messages}
    return converted


def _message(former: str, texts: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return the code of today, and the sentences with the values that it has today."""
    code = current_code(former)
    renamed = dict(texts)
    for old, new in VALUES.get(code.partition(".")[0], {}).items():
        renamed = {name: text.replace(f"{{{old}}}", f"{{{new}}}") for name, text in renamed.items()}
    return code, renamed
