"""The confined process: load one submission and answer requests about its functions.

numpy and the standard library only. Nothing in this process is trusted: student code runs here and
can change anything in it. It gains nothing by that, because the host computes the verdict, from
numbers.
"""

import _signal
import struct
import sys
import types
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import wire
from counting import count_opcodes
from outputs import BadReturn, convert_result
from stand_ins import IMPORTER, DebuggerCalled, StandIn
from top_level import ENDINGS, run_file

MAX_FAILURES = 20  # top-level statements whose failures are reported
MAX_FAILURE_TEXT = 1000  # bytes of the report of one


class Reply(NamedTuple):
    """A reply without its nonce: see grader/sandbox/inside/wire.py."""

    status: int
    flags: int = 0
    opcodes: int = 0
    loss: float = 0.0
    payload: Sequence[Any] = ()  # buffers, sent one after the other


def serve(channel: wire.Channel) -> None:
    """Load the program that the host sends, and answer its requests until it closes the channel."""
    program = Program(channel)
    if program.load():
        while True:
            program.answer()


class Program:
    """A submission as a module, and the arrays that it is called with."""

    def __init__(self, channel: wire.Channel) -> None:
        self.channel = channel
        # One array per argument, shape and dtype, filled anew for every call. Two calls may thus
        # see the same object with other numbers, as in any numerical gradient that edits W in
        # place: what a function remembers by identity is stale.
        self.arrays: dict[tuple[str, tuple[int, ...], str], np.ndarray[Any, Any]] = {}
        # The dW that the last call returned, and its bytes at that time.
        self.earlier: tuple[np.ndarray[Any, Any], bytes] | None = None

    def load(self) -> bool:
        """Import the source that the host sends. Returns whether it can be called."""
        source_size, names_size = wire.LOAD.unpack(self._read(wire.LOAD.size))
        source = self._read(source_size)
        self.file, *names = self._read(names_size).decode().split("\n")
        self.lines = wire.count_slots(source)
        name = self.file.rpartition(".")[0] or self.file
        module = types.ModuleType(name)
        module.__file__ = self.file
        sys.modules[name] = module
        sys.argv[:] = [self.file]
        try:
            # As text, so that a coding line in the file has no effect: the host has checked that
            # it is UTF-8.
            text = source.decode("utf-8-sig")
            code = compile(text, self.file, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            return self._reply_load_error(error_text("does_not_parse", error, self.file))
        failures = Failures(self.file)
        IMPORTER.file, IMPORTER.source = self.file, text
        try:
            run_file(code, text, module.__dict__, failures.add)
        except BaseException as error:  # interrupted between two statements
            failures.add(error, 0)
        # The host interrupts a file, never a call. (Not by the module signal, whose enums cost a
        # tenth of what it takes to load a file.)
        _signal.signal(_signal.SIGINT, _signal.SIG_IGN)
        try:
            # In the order of the names, None for a name that the module does not have.
            self.functions = [_function_of(module, name) for name in names]
        except BaseException as error:
            return self._reply_load_error(error_text("raised_at_import", error, self.file))
        present = sum(1 << i for i, function in enumerate(self.functions) if callable(function))
        report = failures.report()
        head = wire.LOADED.pack(wire.OK, present, len(report))
        if report:
            wire.write_all(self.channel, head, report)
        else:
            wire.write_all(self.channel, head)
        return True

    def _reply_load_error(self, text: bytes) -> bool:
        wire.write_all(self.channel, wire.LOADED.pack(wire.ERROR, 0, len(text)), text)
        return False

    def answer(self) -> None:
        """Read one request, call the function, and send the reply."""
        request = wire.Request._make(wire.REQUEST.unpack(self._read(wire.REQUEST.size)))
        function = self.functions[request.function]
        form = wire.FORMS[request.form]
        # The dtype by name, because a submission may change what np.float64 is.
        dtype = "<i8" if form == "integer" else "<f8"
        # The shapes are kept here, because a function may reshape what it is given.
        shape, data_shape = (request.W_rows, request.W_columns), (request.X_rows, request.X_columns)
        if request.mode == wire.LOSSES:
            inputs = [
                np.empty((request.calls, *shape), dtype),
                np.empty(data_shape, dtype),
                np.empty(request.labels, "<i8"),
            ]
            wire.read_exactly(self.channel, *(array.data.cast("B") for array in inputs))
        else:
            inputs = self._arguments(shape, data_shape, request.labels, dtype)
            wire.read_exactly(self.channel, *(array.data.cast("B") for array in inputs))
            inputs = [_in_form(array, form) for array in inputs]
        try:
            if request.mode == wire.LOSSES:
                reply = self.ask_losses(function, inputs, request.reg)
            else:
                before = _layouts(inputs)
                reply = self.ask(function, request.mode, (*inputs, request.reg), shape)
                # numpy itself allows both on a read-only array.
                if form == "read_only" and _layouts(inputs) != before:
                    raise ValueError("the shape or type of a read-only array was changed")
        except BaseException as error:
            text = error_text(_kind_in_call(error), error, self.file)
            reply = Reply(wire.ERROR, payload=[text])
        size = sum(map(len, reply.payload))
        head = wire.REPLY.pack(
            request.nonce, reply.status, reply.flags, reply.opcodes, reply.loss, size
        )
        wire.write_all(self.channel, head, *reply.payload)

    def ask(
        self, function: Any, mode: int, arguments: tuple[Any, ...], shape: tuple[int, ...]
    ) -> Reply:
        """Call the function once, in mode CALL or COUNT; `shape` is that of W."""
        if mode == wire.COUNT:
            return self._ask_counted(function, arguments, shape)
        result = function(*arguments)
        loss, gradient = convert_result(result, shape)
        flags = wire.OVERWROTE_EARLIER * self._overwrote_earlier(result[1], arguments)
        if isinstance(gradient, BadReturn):
            assert not isinstance(loss, BadReturn)  # both would have been raised
            text = error_text(gradient.kind, gradient, self.file)
            return Reply(wire.LOSS_ONLY, flags, loss=loss, payload=[text])
        payload = [gradient.data.cast("B")]
        if isinstance(loss, BadReturn):
            text = error_text(loss.kind, loss, self.file)
            return Reply(wire.GRADIENT_ONLY, flags, payload=[*payload, text])
        return Reply(wire.OK, flags, loss=loss, payload=payload)

    def _ask_counted(
        self, function: Any, arguments: tuple[Any, ...], shape: tuple[int, ...]
    ) -> Reply:
        # The result is converted while it is counted: a lazy result does its work only then.
        def call(*arguments: Any) -> Any:
            return convert_result(function(*arguments), shape)

        is_removed, per_line = count_opcodes(call, arguments, self.file, self.lines)
        counts = struct.pack(f"<{self.lines}I", *(min(count, 0xFFFFFFFF) for count in per_line))
        flags = wire.TRACE_REMOVED * is_removed
        return Reply(wire.OK, flags, sum(per_line), payload=[counts])

    def ask_losses(self, function: Any, inputs: "list[np.ndarray[Any, Any]]", reg: float) -> Reply:
        """Call the function for each W, as if every call had come by itself.

        The function gets the same arrays each time, filled anew.
        """
        weights, X, y = inputs
        losses = []
        overwrote = False
        for W in weights:
            arrays = self._arguments(W.shape, X.shape, len(y), W.dtype.str)
            for array, numbers in zip(arrays, (W, X, y), strict=True):
                array[...] = numbers
            result = function(*arrays, reg)
            loss, _ = convert_result(result, W.shape)
            if isinstance(loss, BadReturn):
                raise loss
            losses.append(loss)
            overwrote |= self._overwrote_earlier(result[1], arrays)
        payload = struct.pack(f"<{len(losses)}d", *losses)
        return Reply(wire.OK, wire.OVERWROTE_EARLIER * overwrote, payload=[payload])

    def _overwrote_earlier(self, gradient: Any, arguments: Sequence[Any]) -> bool:
        """Whether this call changed the dW that the call before it returned.

        It does if the function keeps one output buffer for all calls.
        """
        changed = self.earlier is not None and self.earlier[0].tobytes() != self.earlier[1]
        self.earlier = None
        if isinstance(gradient, np.ndarray) and not any(
            np.may_share_memory(gradient, array) for array in arguments[:3]
        ):
            self.earlier = gradient, gradient.tobytes()
        return changed

    def _arguments(
        self, shape: tuple[int, ...], data_shape: tuple[int, ...], labels: int, dtype: str
    ) -> "list[np.ndarray[Any, Any]]":
        return [
            self._array("W", shape, dtype),
            self._array("X", data_shape, dtype),
            self._array("y", (labels,), "<i8"),
        ]

    def _array(self, name: str, shape: tuple[int, ...], dtype: str) -> "np.ndarray[Any, Any]":
        array = self.arrays.get((name, shape, dtype))
        if array is None or array.shape != shape or not array.flags.c_contiguous:
            array = self.arrays[name, shape, dtype] = np.empty(shape, dtype)
        array.flags.writeable = True
        return array

    def _read(self, size: int) -> bytearray:
        buffer = bytearray(size)
        wire.read_exactly(self.channel, buffer)
        return buffer


class Failures:
    """The top-level statements of a file that failed, as the host is told of them."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.texts: list[bytes] = []
        self.more = 0  # beyond those in texts

    def add(self, error: BaseException, line: int) -> None:
        """Keep the text of an exception alone: the exception itself would keep its arrays.

        An import that a stand-in could not save, as in `import numpy.no_such as x`, is reported by
        the importer.
        """
        if isinstance(error, ImportError) and any(line == each.line for each in IMPORTER.missing):
            return
        if len(self.texts) >= MAX_FAILURES and not isinstance(error, ENDINGS):
            self.more += 1
            return
        text = error_text(_kind_at_import(error), error, self.file, line)
        self.texts.append(text[:MAX_FAILURE_TEXT])

    def report(self) -> bytes:
        """Return what wire.LOADED describes: also the imports that a stand-in has replaced."""
        texts = list(self.texts)
        if self.more:
            texts.append(f"more\0\0{self.more}\0".encode())
        for missing in IMPORTER.missing:
            text = f"module_missing\0\0{missing.line}\0{missing.module}"
            texts.append(text.encode("utf-8", "replace")[:MAX_FAILURE_TEXT])
        return b"\0".join(texts)


def _function_of(module: types.ModuleType, name: str) -> "Callable[..., Any] | None":
    function = getattr(module, name, None)
    return None if isinstance(function, StandIn) else function


def error_text(kind: str, error: BaseException, file: str, line: int = 0) -> bytes:
    """Return kind, detail, line and text, as the host splits them.

    line: that of the statement; by default the innermost one of this file.
    str(error) is student code, too: it may do anything.
    """
    detail, text = _builtin_name(error), ""
    is_given = line > 0
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file and not is_given:
            line = trace.tb_lineno
        trace = trace.tb_next
    try:
        if isinstance(error, SyntaxError):
            line = (error.lineno if error.filename == file else line) or 0
            text = str(error.msg)
        elif isinstance(error, BadReturn):
            detail = error.detail
        elif isinstance(error, ModuleNotFoundError) and error.name:
            text = error.name
        else:
            text = str(error)
    except BaseException:
        text = ""
    fields = (kind, detail, str(line), str(text).replace("\0", "")[:1000])
    return "\0".join(fields).encode("utf-8", "replace")[: wire.MAX_ERROR_TEXT]


def _builtin_name(error: BaseException) -> str:
    """Return the exception's class, or the nearest built-in class that it derives from."""
    return next(cls.__name__ for cls in type(error).__mro__ if cls.__module__ == "builtins")


def _kind_at_import(error: BaseException) -> str:
    kind = _kind_in_call(error)
    return kind if kind in ("import_failed", "debugger_called") else "raised_at_import"


def _kind_in_call(error: BaseException) -> str:
    if isinstance(error, BadReturn):
        return error.kind
    if isinstance(error, DebuggerCalled):
        return "debugger_called"
    if isinstance(error, NotImplementedError):
        return "not_implemented"
    if isinstance(error, ModuleNotFoundError):
        return "import_failed"
    return "out_of_memory" if isinstance(error, MemoryError) else "raised"


def _in_form(array: "np.ndarray[Any, Any]", form: str) -> "np.ndarray[Any, Any]":
    """Return the array in a form of wire.FORMS.

    That is the array itself, a slice of every second entry of a larger array, or a copy that cannot
    be changed.
    """
    if form == "strided":
        larger = np.zeros([2 * length for length in array.shape], array.dtype)
        view = larger[tuple(slice(None, None, 2) for _ in array.shape)]
        view[...] = array
        return view
    if form == "read_only":
        array = array.copy()
        array.flags.writeable = False
    return array


def _layouts(arrays: "list[np.ndarray[Any, Any]]") -> list[tuple[object, ...]]:
    return [(array.shape, array.strides, array.dtype) for array in arrays]
