"""Turn the error text of a child into a message.

The child is not trusted: unknown kinds, odd characters and impossible lines are dropped.
"""

import builtins
import importlib.util
import re
import warnings
from typing import NamedTuple

import numpy as np

from grader.model import Function, Message, Source, SubmissionError, shape_text
from grader.sandbox.error_kinds import kind_of_error
from grader.sandbox.inside import wire

MAX_QUOTE = 300  # characters of an exception's text that are kept
MAX_NOTES = 60  # about lines that were left out
KNOWN_TYPES = {
    *("int", "float", "bool", "complex", "str", "bytes", "None", "NoneType", "object"),
    *("tuple", "list", "dict", "set", "function", "generator"),
    *("ndarray", "matrix", "float64", "float32", "complex128", "int64", "datetime64"),
}
EXCEPTIONS = {
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
}
SHAPE = re.compile("scalar|[0-9]{1,9}(x[0-9]{1,9}){0,7}")
# The kinds of errors that a child may report: about one output, about what a call returns, and all
# others.
OUTPUT_KINDS = {"returned_no_number", "output_is_array", "output_shape"}
RETURNED_KINDS = {
    *("returned_one_value", "returned_no_tuple", "returned_wrong_count", "returned_swapped"),
}
RAISED_KINDS = {
    *("import_failed", "raised", "call_failed", "out_of_memory", "debugger_called"),
    *("not_implemented", "returned_none"),
}
# The kinds that only a child that has not seen any input may report: their quotes are shown even
# where texts that could hold an input are not, see grader/redaction.py.
LOADING_KINDS = {"does_not_parse", "raised_at_import"}
# What became of names that numpy removed long ago: its own text does not say so any more.
FORMER_NUMPY = {
    "asscalar": "a.item()",
    "alen": "len(a)",
    "cumproduct": "np.cumprod",
    "in1d": "np.isin",
    "msort": "np.sort(a, axis=0)",
    "product": "np.prod",
    "rank": "np.ndim",
    "trapz": "np.trapezoid",
}
# What Python adds to "cannot import name 'x' from 'numpy'": nothing that a student can look into.
SANDBOX_PATH = re.compile(r" \(/packages/[^()\s]*\)")
NUMPY_NAME = re.compile(
    r"module 'numpy' has no attribute '(\w{1,40})'|`np\.(\w{1,40})` was removed"
)
NUMPY_REPLACEMENT = re.compile(r"[Uu]se (?:the )?`([^`]{1,60})`")


class Place(NamedTuple):
    """A line of a submission, or of the lines that call it."""

    file: str | None = None  # None: the first file, or none at all
    line: int | None = None
    call: str = ""  # the line of the call


class Lines:
    """The lines that an error of a source may name."""

    def __init__(self, source: Source) -> None:
        # The files as messages name them, and the largest line number that can be true.
        self.files: list[tuple[str | None, int]] = [(None, wire.count_slots(source.text))]
        self.files += [(each.file, wire.count_slots(each.text)) for each in source.more]

    def place(self, file: str, line: str, function: Function | None = None) -> Place:
        """Return the place that a child names, for as far as it exists. All of it is text."""
        number = int(line) if re.fullmatch(r"[0-9]{1,6}", line) else 0
        if file == wire.CALL_LINES and function is not None:
            lines = function.call.splitlines()
            return Place(call=lines[number - 1].strip() if 0 < number <= len(lines) else "")
        index = int(file) if re.fullmatch(r"[0-9]{1,4}", file) else len(self.files)
        if index >= len(self.files):
            return Place()
        name, largest = self.files[index]
        return Place(name, number if 0 < number <= largest else None)


def load_error(data: bytes | bytearray, lines: Lines) -> SubmissionError:
    """Turn the error text of a child that cannot load the files into an error of the submission."""
    return _error_of(data, lines, LOADING_KINDS, None)


def call_error(
    data: bytes | bytearray,
    lines: Lines,
    function: Function,
    output: tuple[str, tuple[int, ...]] | None = None,
) -> SubmissionError:
    """Turn the error text of a call into an error of the submission.

    data: an error text as wire.MAX_ERROR_TEXT describes it. output: name and shape of the one that
    it may be about, if there is one.
    """
    fields = _fields_of(data)
    if output is not None and fields is not None and fields[0] in OUTPUT_KINDS:
        return output_error(data, *output)
    return _error_of(data, lines, RAISED_KINDS | RETURNED_KINDS, function)


def output_error(data: bytes | bytearray, output: str, shape: tuple[int, ...]) -> SubmissionError:
    """Turn the error text of one output into an error of the submission.

    shape: the one that it should have.
    """
    fields = _fields_of(data)
    if fields is None or fields[0] not in OUTPUT_KINDS:
        return SubmissionError(Message("garbled_reply"))
    return SubmissionError(_output_message(fields[0], fields[1], output, shape))


def _fields_of(data: bytes | bytearray) -> list[str] | None:
    fields = data.decode("utf-8", "replace").split("\0", wire.ERROR_FIELDS - 1)
    return fields if len(fields) == wire.ERROR_FIELDS else None


def _error_of(
    data: bytes | bytearray, lines: Lines, kinds: set[str], function: Function | None
) -> SubmissionError:
    fields = _fields_of(data)
    if fields is None or fields[0] not in kinds:
        return SubmissionError(Message("garbled_reply"))
    kind, detail, file, line, text = fields
    if kind in RETURNED_KINDS:
        return SubmissionError(_returned_message(kind, detail, function))
    place = lines.place(file, line, function)
    return SubmissionError(_raised_message(kind, detail, text, place))


def load_notes(
    data: bytes | bytearray, lines: Lines, interrupted_after: float | None
) -> tuple[Message, ...]:
    """Turn what a child says about the lines that it left out into messages.

    data: see wire.LOADED. interrupted_after: the seconds after which the host interrupted it.
    A child may claim what it likes: only its own author reads it.
    """
    fields = data.decode("utf-8", "replace").split("\0")
    notes: list[Message] = []
    for start in range(0, len(fields) - wire.ERROR_FIELDS + 1, wire.ERROR_FIELDS):
        kind, detail, file, line, text = fields[start : start + wire.ERROR_FIELDS]
        if len(notes) == MAX_NOTES:
            break
        note = _load_note(kind, detail, text, lines.place(file, line), interrupted_after)
        if kind == "more" and re.fullmatch("[0-9]{1,6}", line):
            note = Message("left_out_more", {"count": int(line)})
        if note is not None:
            notes.append(note)
    files = [name for name, _ in lines.files]
    most = max(largest for _, largest in lines.files)
    return tuple(sorted(notes, key=lambda note: (files.index(note.file), note.line or most + 1)))


def _load_note(
    kind: str, detail: str, text: str, place: Place, interrupted_after: float | None
) -> Message | None:
    line, file = place.line, place.file
    quote = shorten(_without_path(text))
    exception = detail if detail in EXCEPTIONS else "Exception"
    match kind:
        case "module_missing" if text.startswith("."):
            return Message("missing_relative_module", {}, quote, line, file)
        case "module_missing":
            return Message("missing_module", {}, quote, line, file)
        case "import_failed":
            return Message("left_out_module", {}, quote, line, file)
        case "debugger_called":
            return Message("left_out_debugger", {}, None, line, file)
        case "raised_at_import" if exception == "SystemExit":
            return Message("left_out_exit", {}, None, line, file)
        case "raised_at_import" if exception == "KeyboardInterrupt":
            if interrupted_after is None:
                return Message("left_out_exit", {}, None, line, file)
            return Message("left_out_endless", {"seconds": interrupted_after}, None, line, file)
        case "raised_at_import" if kind_of_error(exception, text) == "import_name":
            return Message("left_out_name", {}, quote, line, file)
        case "raised_at_import":
            return Message("left_out", {"exception": exception}, quote, line, file)
    return None


def _without_path(text: str) -> str:
    """Leave out where Python found a module, which is on the grader's own disk."""
    rest, _, path = text.rpartition(" (")
    is_import = rest.startswith("cannot import name ") and path.endswith(")")
    return rest if is_import and (path[0] == "/" or path[1:3] == ":\\") else text


def shorten(text: str) -> str:
    """Cut a text to MAX_QUOTE characters, at the end of a word. The sandbox's paths go, too."""
    text = SANDBOX_PATH.sub("", text)
    if len(text) <= MAX_QUOTE:
        return text
    cut = text[: MAX_QUOTE - 3]
    return (cut.rsplit(maxsplit=1)[0] if " " in cut[-60:] else cut) + "..."


def _output_message(kind: str, detail: str, output: str, shape: tuple[int, ...]) -> Message:
    """Return the message about an output that is none. detail is a type or a shape."""
    if kind == "returned_no_number":
        return Message(kind, {"output": output, "type": _known_type(detail)})
    values: dict[str, float | int | str] = {"output": output, "got": _known_shape(detail)}
    if kind == "output_shape":
        values["expected"] = shape_text(shape)
    return Message(kind, values)


def _returned_message(kind: str, detail: str, function: Function | None) -> Message:
    """Return the message about a returned value.

    detail holds at most three words. A message shows them as the grader's own words, not as a
    quotation, so only known types, outputs and numbers get through.
    """
    first, second, third = (detail.split()[:3] + [""] * 3)[:3]
    match kind:
        case "returned_swapped":
            outputs = function.outputs if function is not None else ()
            if first not in outputs or second not in outputs:
                return Message("garbled_reply")
            return Message(kind, {"first": first, "second": second})
        case "returned_wrong_count":
            got, expected = _known_count(second), _known_count(third)
            return Message(kind, {"type": _known_type(first), "got": got, "expected": expected})
    return Message(kind, {"type": _known_type(first), "expected": _known_count(second)})


def _known_type(name: str) -> str:
    """Return the name of a type. A class of the student's may be called anything."""
    return name if name in KNOWN_TYPES else "object"


def _known_count(text: str) -> int:
    return int(text) if re.fullmatch("[0-9]{1,12}", text) else 0


def _known_shape(text: str) -> str:
    return text if SHAPE.fullmatch(text) else "?"


def _raised_message(kind: str, detail: str, text: str, place: Place) -> Message:
    exception = detail if detail in EXCEPTIONS else "Exception"
    quote = shorten(_without_path(text))
    line, file = place.line, place.file
    match kind:
        case "does_not_parse":
            return Message(kind, {}, quote, line, file)
        case "import_failed" if text.startswith("."):
            return Message("import_relative", {}, quote, line, file)
        case "import_failed":
            return Message(kind, {}, quote, line, file)
        case "not_implemented" | "returned_none":
            return Message("not_implemented", {}, None, None)
        case "out_of_memory" | "debugger_called":
            return Message(kind, {}, None, line, file)
        case "call_failed":
            values = _values_of_error(exception, text)
            return Message(kind, {"call": place.call, **values}, quote)
        case _ if text.startswith("attempted relative import"):
            return Message("import_relative", {}, None, line, file)
        case _ if exception == "NameError" and "'xrange'" in text:
            return Message("python2_xrange", {}, None, line, file)
        case _ if exception == "SystemExit":
            return Message("called_exit", {}, None, line, file)
    if exception == "AttributeError" and (former := former_numpy_name(text)):
        name, instead = former
        return Message("removed_from_numpy", {"name": name, "instead": instead}, None, line, file)
    return Message(kind, _values_of_error(exception, text), quote, line, file)


def _values_of_error(exception: str, text: str) -> dict[str, float | int | str]:
    """The exception and, if its words are known, the kind of error, for which there is advice."""
    values: dict[str, float | int | str] = {"exception": exception}
    kind = kind_of_error(exception, text)
    return values if kind is None else values | {"kind": kind}


def former_numpy_name(text: str) -> tuple[str, str] | None:
    """Return a name that numpy has removed, and what it says to write in its place.

    text: that of the AttributeError. The names come from numpy as it is here, so that nothing that
    a submission says is shown as the grader's own words. None: numpy names no replacement.
    """
    match = NUMPY_NAME.match(text)
    if match is None:
        return None
    name = match[1] or match[2]
    if importlib.util.find_spec(f"numpy.{name}"):
        return None  # to ask for it would import it here
    instead = FORMER_NUMPY.get(name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            getattr(np, name)
        return None
    except Exception as error:
        replacement = NUMPY_REPLACEMENT.search(str(error))
    if replacement is not None:
        instead = replacement[1]
    return (f"np.{name}", instead) if instead else None
