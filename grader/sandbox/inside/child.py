"""The confined process: loads one submission and answers calls. numpy and the standard library only; nothing in it is trusted.

Student code runs in this process and can change anything in it. It gains nothing: the verdict is computed by the host, from the numbers.
"""

import struct
import sys
import types
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import wire
from counting import counted
from outputs import BadReturn, plain_answer

Reply = tuple[
    int, int, int, float, list[Any]
]  # status, flags, opcodes, loss, buffers of the payload


def serve(channel: wire.Channel) -> None:
    program = Program(channel)
    if program.load():
        while True:
            program.answer()


class Program:
    """A submission as a module, and the arrays it is called with."""

    def __init__(self, channel: wire.Channel) -> None:
        self.channel = channel
        # One array per argument, shape and type, filled anew for every call. Two calls may thus see the same object with other numbers,
        # as in any numerical gradient that edits W in place: what a function remembers by identity is stale.
        self.arrays: dict[tuple[str, tuple[int, ...], str], np.ndarray[Any, Any]] = {}
        self.earlier: tuple[np.ndarray[Any, Any], bytes] | None = None

    def load(self) -> bool:
        source_size, names_size = wire.LOAD.unpack(self.read(wire.LOAD.size))
        source = self.read(source_size)
        self.file, *names = self.read(names_size).decode().split("\n")
        self.lines = wire.lines_of(source)
        name = self.file.rpartition(".")[0] or self.file
        module = types.ModuleType(name)
        module.__file__ = self.file
        sys.modules[name] = module
        try:
            try:
                # As text, so that a coding line in the file has no say: the host has seen that it is UTF-8.
                code = compile(source.decode("utf-8-sig"), self.file, "exec", dont_inherit=True)
            except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
                return self.reply_load_fault(fault_text("does_not_parse", error, self.file))
            exec(code, module.__dict__)  # noqa: S102  (it is what this process is for)
        except BaseException as error:
            return self.reply_load_fault(fault_text(kind_at_import(error), error, self.file))
        self.functions: list[Callable[..., Any] | None] = [
            getattr(module, name, None) for name in names
        ]
        present = sum(1 << i for i, function in enumerate(self.functions) if callable(function))
        wire.write_all(self.channel, wire.LOADED.pack(wire.OK, present, 0))
        return True

    def reply_load_fault(self, text: bytes) -> bool:
        wire.write_all(self.channel, wire.LOADED.pack(wire.FAULT, 0, len(text)), text)
        return False

    def answer(self) -> None:
        nonce, which, mode, form, count, w0, w1, x0, x1, labels, reg = wire.REQUEST.unpack(
            self.read(wire.REQUEST.size)
        )
        shape = (w0, w1)  # kept here: a function may reshape what it is given
        kind = (
            "<i8" if wire.FORMS[form] == "integer" else "<f8"
        )  # by name: a submission may change what np.float64 is
        function = self.functions[which]
        if mode == wire.LOSSES:
            given = [
                np.empty((count, *shape), kind),
                np.empty((x0, x1), kind),
                np.empty(labels, "<i8"),
            ]
            wire.read_exactly(self.channel, *(array.data.cast("B") for array in given))
        else:
            arrays = self.arguments(shape, (x0, x1), labels, kind)
            wire.read_exactly(self.channel, *(array.data.cast("B") for array in arrays))
            arrays = [in_form(array, wire.FORMS[form]) for array in arrays]
        try:
            if mode == wire.LOSSES:
                status, flags, opcodes, loss, payload = self.losses(function, given, reg)
            else:
                before = layouts(arrays)
                status, flags, opcodes, loss, payload = self.ask(
                    function, mode, (*arrays, reg), shape
                )
                if wire.FORMS[form] == "read_only" and layouts(arrays) != before:
                    raise ValueError(
                        "the shape or type of a read-only array was changed"
                    )  # numpy itself allows that
        except BaseException as error:
            status, flags, opcodes, loss, payload = (
                wire.FAULT,
                0,
                0,
                0.0,
                [fault_text(kind_in_call(error), error, self.file)],
            )
        head = wire.REPLY.pack(nonce, status, flags, opcodes, loss, sum(map(len, payload)))
        wire.write_all(self.channel, head, *payload)

    def losses(self, function: Any, given: "list[np.ndarray[Any, Any]]", reg: float) -> Reply:
        """A call for each W, each as if it had come by itself: the function gets the same arrays, filled anew."""
        weights, X, y = given
        losses, overwrote = [], False
        for W in weights:
            arrays = self.arguments(W.shape, X.shape, len(y), W.dtype.str)
            for array, numbers in zip(arrays, (W, X, y), strict=True):
                array[...] = numbers
            result = function(*arrays, reg)
            loss, _ = plain_answer(result, W.shape)
            if isinstance(loss, BadReturn):
                raise loss
            losses.append(loss)
            overwrote |= self.overwrote_earlier(result[1], arrays)
        return (
            wire.OK,
            wire.OVERWROTE_EARLIER * overwrote,
            0,
            0.0,
            [struct.pack(f"<{len(losses)}d", *losses)],
        )

    def arguments(
        self, shape: tuple[int, ...], data: tuple[int, ...], labels: int, kind: str
    ) -> "list[np.ndarray[Any, Any]]":
        return [
            self.array("W", shape, kind),
            self.array("X", data, kind),
            self.array("y", (labels,), "<i8"),
        ]

    def ask(
        self, function: Any, mode: int, arguments: tuple[Any, ...], shape: tuple[int, ...]
    ) -> Reply:
        if mode == wire.COUNTED:
            # Taken apart while it is counted: a lazy result does its work only then.
            removed, per_line = counted(
                lambda *given: plain_answer(function(*given), shape),
                arguments,
                self.file,
                self.lines,
            )
            flags = wire.TRACE_REMOVED * removed
            return (
                wire.OK,
                flags,
                sum(per_line),
                0.0,
                [struct.pack(f"<{self.lines}I", *(min(count, 0xFFFFFFFF) for count in per_line))],
            )
        result = function(*arguments)
        loss, gradient = plain_answer(result, shape)
        flags = wire.OVERWROTE_EARLIER * self.overwrote_earlier(result[1], arguments)
        if isinstance(gradient, BadReturn):
            assert not isinstance(loss, BadReturn)  # both would have been raised
            return wire.LOSS_ONLY, flags, 0, loss, [fault_text(gradient.kind, gradient, self.file)]
        if isinstance(loss, BadReturn):
            return (
                wire.GRADIENT_ONLY,
                flags,
                0,
                0.0,
                [gradient.data.cast("B"), fault_text(loss.kind, loss, self.file)],
            )
        return wire.OK, flags, 0, loss, [gradient.data.cast("B")]

    def overwrote_earlier(self, gradient: Any, arguments: Sequence[Any]) -> bool:
        """Did this call change the dW that the call before it returned? True for an output buffer kept between calls."""
        changed = self.earlier is not None and self.earlier[0].tobytes() != self.earlier[1]
        self.earlier = None
        if isinstance(gradient, np.ndarray) and not any(
            np.may_share_memory(gradient, given) for given in arguments[:3]
        ):
            self.earlier = gradient, gradient.tobytes()
        return changed

    def array(self, name: str, shape: tuple[int, ...], kind: str) -> "np.ndarray[Any, Any]":
        array = self.arrays.get((name, shape, kind))
        if array is None or array.shape != shape or not array.flags.c_contiguous:
            array = self.arrays[name, shape, kind] = np.empty(shape, kind)
        array.flags.writeable = True
        return array

    def read(self, size: int) -> bytearray:
        buffer = bytearray(size)
        wire.read_exactly(self.channel, buffer)
        return buffer


def in_form(array: "np.ndarray[Any, Any]", form: str) -> "np.ndarray[Any, Any]":
    """The array itself, or a copy that is every second entry of a larger array, or one that cannot be changed."""
    if form == "strided":
        larger = np.zeros([2 * length for length in array.shape], array.dtype)
        view = larger[tuple(slice(None, None, 2) for _ in array.shape)]
        view[...] = array
        return view
    if form == "read_only":
        array = array.copy()
        array.flags.writeable = False
    return array


def layouts(arrays: "list[np.ndarray[Any, Any]]") -> list[tuple[object, ...]]:
    return [(array.shape, array.strides, array.dtype) for array in arrays]


def kind_at_import(error: BaseException) -> str:
    kind = kind_in_call(error)
    return "raised_at_import" if kind in ("raised", "not_implemented") else kind


def kind_in_call(error: BaseException) -> str:
    if isinstance(error, BadReturn):
        return error.kind
    if isinstance(error, NotImplementedError):
        return "not_implemented"
    if isinstance(error, ModuleNotFoundError):
        return "import_failed"
    return "out_of_memory" if isinstance(error, MemoryError) else "raised"


def fault_text(kind: str, error: BaseException, file: str) -> bytes:
    """kind, detail, line and text, as the host takes them apart. str(error) is student code too: it may do anything."""
    line, detail, text = 0, plain_type(error), ""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    try:
        if isinstance(error, SyntaxError):
            line, text = (error.lineno if error.filename == file else line) or 0, str(error.msg)
        elif isinstance(error, BadReturn):
            detail = error.detail
        elif isinstance(error, ModuleNotFoundError) and error.name:
            text = error.name
        else:
            text = str(error)
    except BaseException:
        text = ""
    return "\0".join((kind, detail, str(line), str(text).replace("\0", "")[:1000])).encode(
        "utf-8", "replace"
    )[: wire.TEXT_CAP]


def plain_type(error: BaseException) -> str:
    """The exception's class, or the nearest built-in class that it derives from."""
    return next(cls.__name__ for cls in type(error).__mro__ if cls.__module__ == "builtins")
