"""Turn the error text of a child into a message.

The child is not trusted: unknown kinds, odd characters and impossible lines are dropped.
"""

import builtins
import importlib.util
import re
import warnings

import numpy as np

from grader.model import Case, Message, SubmissionError
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
# The kinds of errors that a child may report: about a returned value, and all others.
RETURNED_KINDS = {
    *("returned_one_value", "returned_no_pair", "returned_no_number", "returned_swapped"),
    *("loss_is_array", "gradient_shape"),
}
RAISED_KINDS = {
    *("import_failed", "raised", "out_of_memory", "debugger_called"),
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


def submission_error(
    data: bytes | bytearray, lines: int, is_loading: bool = False
) -> SubmissionError:
    """Turn the error text of a child into an error of the submission.

    data: an error text as wire.MAX_ERROR_TEXT describes it.
    lines: the largest line number that can be true.
    """
    fields = data.decode("utf-8", "replace").split("\0", wire.ERROR_FIELDS - 1)
    kinds = LOADING_KINDS if is_loading else RAISED_KINDS | RETURNED_KINDS
    if len(fields) != wire.ERROR_FIELDS or fields[0] not in kinds:
        return SubmissionError(Message("garbled_reply"))
    kind, detail, line_text, text = fields
    if kind in RETURNED_KINDS:
        return SubmissionError(_returned_message(kind, detail))
    line = _possible_line(line_text, lines)
    return SubmissionError(_raised_message(kind, detail, text, line))


def load_notes(
    data: bytes | bytearray, lines: int, interrupted_after: float | None
) -> tuple[Message, ...]:
    """Turn what a child says about the lines that it left out into messages.

    data: see wire.LOADED. interrupted_after: the seconds after which the host interrupted it.
    A child may claim what it likes: only its own author reads it.
    """
    fields = data.decode("utf-8", "replace").split("\0")
    notes: list[Message] = []
    for start in range(0, len(fields) - wire.ERROR_FIELDS + 1, wire.ERROR_FIELDS):
        kind, detail, line_text, text = fields[start : start + wire.ERROR_FIELDS]
        if len(notes) == MAX_NOTES:
            break
        note = _load_note(kind, detail, text, _possible_line(line_text, lines), interrupted_after)
        if kind == "more" and re.fullmatch("[0-9]{1,6}", line_text):
            note = Message("left_out_more", {"count": int(line_text)})
        if note is not None:
            notes.append(note)
    return tuple(sorted(notes, key=lambda note: note.line or lines + 1))


def _load_note(
    kind: str, detail: str, text: str, line: int | None, interrupted_after: float | None
) -> Message | None:
    quote = shorten(_without_path(text))
    exception = detail if detail in EXCEPTIONS else "Exception"
    match kind:
        case "module_missing" if text.startswith("."):
            return Message("missing_relative_module", {}, quote, line)
        case "module_missing":
            return Message("missing_module", {}, quote, line)
        case "import_failed":
            return Message("left_out_module", {}, quote, line)
        case "debugger_called":
            return Message("left_out_debugger", {}, None, line)
        case "raised_at_import" if exception == "SystemExit":
            return Message("left_out_exit", {}, None, line)
        case "raised_at_import" if exception == "KeyboardInterrupt":
            if interrupted_after is None:
                return Message("left_out_exit", {}, None, line)
            return Message("left_out_endless", {"seconds": interrupted_after}, None, line)
        case "raised_at_import":
            return Message("left_out", {"exception": exception}, quote, line)
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


def _possible_line(text: str, lines: int) -> int | None:
    line = int(text) if re.fullmatch(r"[0-9]{1,6}", text) else 0
    return line if 0 < line <= lines else None


def explain_gradient_shape(error: SubmissionError, case: Case) -> SubmissionError:
    """Give a dW of the wrong shape a more helpful message, if possible.

    There are messages for the shape of W transposed and for the shape of X. Any other error is
    returned unchanged.
    """
    if error.message.code != "gradient_shape":
        return error
    got, expected = error.message.values["got"], error.message.values["expected"]
    if got == _shape_text(case.W.shape[::-1]):
        return SubmissionError(Message("gradient_transposed", {"got": got, "expected": expected}))
    if got == _shape_text(case.X.shape):
        return SubmissionError(Message("gradient_shape_of_X", {"got": got, "expected": expected}))
    return error


def _returned_message(kind: str, detail: str) -> Message:
    """Return the message about a returned value.

    detail holds at most three words. A message shows them as the grader's own words, not as a
    quotation, so only known types, shapes and numbers get through.
    """
    first, second, third = (detail.split()[:3] + [""] * 3)[:3]
    match kind:
        case "gradient_shape":
            return Message(kind, {"got": _known_shape(first), "expected": _known_shape(second)})
        case "returned_no_number":
            which = "dW" if first == "dW" else "loss"
            return Message(kind, {"which": which, "type": _known_type(second)})
        case "returned_no_pair":
            if re.fullmatch("[0-9]{1,12}", third):
                return Message(
                    "returned_wrong_length", {"type": _known_type(first), "length": int(third)}
                )
            return Message(kind, {"type": _known_type(first)})
        case "returned_one_value":
            return Message(kind, {"type": _known_type(first)})
        case "loss_is_array":
            return Message(kind, {"shape": _known_shape(first)})
    return Message(kind)


def _known_type(name: str) -> str:
    """Return the name of a type. A class of the student's may be called anything."""
    return name if name in KNOWN_TYPES else "object"


def _known_shape(text: str) -> str:
    return text if SHAPE.fullmatch(text) else "?"


def _raised_message(kind: str, detail: str, text: str, line: int | None) -> Message:
    exception = detail if detail in EXCEPTIONS else "Exception"
    quote = shorten(_without_path(text))
    match kind:
        case "does_not_parse":
            return Message(kind, {}, quote, line)
        case "import_failed" if text.startswith("."):
            return Message("import_relative", {}, None, line)
        case "import_failed":
            return Message(kind, {}, quote, line)
        case "not_implemented" | "returned_none":
            return Message("not_implemented", {}, None, None)
        case "out_of_memory" | "debugger_called":
            return Message(kind, {}, None, line)
        case _ if text.startswith("attempted relative import"):
            return Message("import_relative", {}, None, line)
        case _ if exception == "NameError" and "'xrange'" in text:
            return Message("python2_xrange", {}, None, line)
        case _ if exception == "SystemExit":
            return Message("called_exit", {}, None, line)
    if exception == "AttributeError" and (former := former_numpy_name(text)):
        name, instead = former
        return Message("removed_from_numpy", {"name": name, "instead": instead}, None, line)
    return Message(kind, {"exception": exception}, quote, line)


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


def _shape_text(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))
