"""The confined process: load one submission and answer requests about its functions.

numpy and the standard library only. Nothing in this process is trusted: student code runs here and
can change anything in it. It gains nothing by that, because the host computes the verdict, from
numbers.
"""

import _signal
import builtins
import math
import struct
import sys
from collections.abc import Sequence
from itertools import accumulate
from types import CodeType
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import wire
from counting import count_opcodes
from failures import CALL_FILE, Failures, error_text, kind_in_call
from files import SubmissionFile, run_files
from outputs import BadReturn, Output, Shape, convert_output, convert_outputs, unpack
from stand_ins import StandIn

Array: TypeAlias = "np.ndarray[Any, Any]"
ArrayKind: TypeAlias = tuple[str, Shape, str]  # name of the input, shape, dtype
LARGE = 1 << 16  # bytes of inputs that are not worth copying
execute, set_numpy_errors = exec, np.seterr  # before a submission can replace them


class Call(NamedTuple):
    """The lines that call what a submission defines."""

    code: CodeType
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    # What the lines find beside the inputs: the submission's names, numpy, and `unpack`.
    names: dict[str, Any]

    def run(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """Run the lines, and return all names that they leave behind."""
        names = self.names | inputs
        execute(self.code, names)
        return names


class Layout(NamedTuple):
    """A case without its values: the kinds and shapes of inputs, and the shapes of outputs."""

    form: str  # one of wire.FORMS
    numbers: tuple[str, ...]  # inputs without axes
    number_format: str  # of their values, for struct
    arrays: tuple[ArrayKind, ...]  # all other inputs
    ends: tuple[int, ...]  # of the numbers' bytes, and of those of each array
    shapes: tuple[Shape, ...]  # of the outputs
    output_heads: bytes  # those of a reply in which all outputs are fine

    def place_of(self, name: str) -> tuple[int, int]:
        """Return where the bytes of an input begin and end."""
        if name in self.numbers:
            start = 8 * self.numbers.index(name)
            return start, start + 8
        index = [array[0] for array in self.arrays].index(name)
        return self.ends[index], self.ends[index + 1]


class Inputs(NamedTuple):
    by_name: dict[str, Any]
    arrays: list[Array]  # those among them


class Reply(NamedTuple):
    """A reply without its nonce: see grader/sandbox/inside/wire.py."""

    status: int
    flags: int = 0
    opcodes: int = 0
    payload: Sequence[Any] = ()  # buffers, sent one after the other


def serve(channel: wire.Channel) -> None:
    """Load the program that the host sends, and answer its requests until it closes the channel."""
    program = Program(channel)
    if program.load():
        while True:
            program.answer()


class Program:
    """A submission as modules, and the arrays that it is called with."""

    def __init__(self, channel: wire.Channel) -> None:
        self.channel = channel
        # One array per input, shape and dtype, filled anew for every call. Two calls may thus
        # see the same object with other numbers, as in any numerical gradient that edits x in
        # place: what a function remembers by identity is stale.
        self.arrays: dict[tuple[str, tuple[int, ...], str], Array] = {}
        # By names of inputs and outputs, and as they are sent.
        self.layouts: dict[tuple[tuple[str, ...], tuple[str, ...], bytes], Layout] = {}
        # The arrays that the last call returned, and their bytes at that time.
        self.earlier: list[tuple[Array, bytes]] = []

    def load(self) -> bool:
        """Import the files that the host sends. Returns whether they can be called."""
        (size,) = wire.LOAD.unpack(self._read(wire.LOAD.size))
        files_block, calls_block, names = wire.unpack_texts(self._read(size))
        texts = wire.unpack_texts(files_block)
        files = [
            SubmissionFile(name.decode(), text)
            for name, text in zip(texts[::2], texts[1::2], strict=True)
        ]
        self.files = {file.name: number for number, file in enumerate(files)}
        self.file = files[0].name
        self.lines = wire.count_slots(files[0].source)
        self.calls = _compile_calls(wire.unpack_texts(calls_block))
        sys.argv[:] = [self.file]
        try:
            for file in files:
                file.compile()
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            return self._reply_load_error(
                error_text("does_not_parse", error, self.files, (file.name, 0))
            )
        failures = Failures(self.files)
        run_files(files, failures.add)
        # A file may have numpy raise on what it would warn of. That a small number becomes 0 is no
        # error in code that subtracts the maximum.
        set_numpy_errors(under="ignore")
        # The host interrupts a file, never a call. (Not by the module signal, whose enums cost a
        # tenth of what it takes to load a file.)
        _signal.signal(_signal.SIGINT, _signal.SIG_IGN)
        try:
            present = self._find_names(files, names.decode().split("\n") if names else [])
        except BaseException as error:
            return self._reply_load_error(error_text("raised_at_import", error, self.files))
        report = failures.report()
        wire.write_all(self.channel, wire.LOADED.pack(wire.OK, len(report)) + present + report)
        return True

    def _find_names(self, files: list[SubmissionFile], names: list[str]) -> bytes:
        """Give the calls what the files define. Returns a byte for each name, 1 if it is there.

        names: see wire.LOAD.
        """
        present = bytearray(len(names))
        for index, written in enumerate(names):
            name = written.removesuffix("()")
            for file in files:
                value = getattr(file.module, name, None)
                if value is None or isinstance(value, StandIn):
                    continue
                if name != written and not callable(value):
                    continue
                for call in self.calls:
                    call.names[name] = value
                present[index] = 1
                break
        return bytes(present)

    def _reply_load_error(self, text: bytes) -> bool:
        wire.write_all(self.channel, wire.LOADED.pack(wire.ERROR, len(text)), text)
        return False

    def answer(self) -> None:
        """Read one request, and for each of its cases call the function and send the reply."""
        request = wire.Request._make(wire.REQUEST.unpack(self._read(wire.REQUEST.size)))
        call = self.calls[request.function]
        if request.mode == wire.CALL and request.cases == 1 and request.data_size > LARGE:
            # The inputs of a single large case go straight into their arrays.
            (layout,) = self._layouts_in(self._read(request.head_size), call)
            self._send(request.nonce, self.ask(call, layout, self._receive_inputs(layout)))
            return
        # All of a request is read before the first reply is sent, or host and child might wait for
        # each other.
        block = self._read(request.head_size + request.data_size)
        layouts = self._layouts_in(block[: request.head_size], call)
        data = memoryview(block)[request.head_size :]
        nonce = request.nonce
        for layout in layouts:
            if request.mode == wire.VARY:
                reply = self.vary(call, layout, data, request)
            else:
                inputs = self._copy_inputs(layout, data)
                reply = self.ask(call, layout, inputs, request.mode == wire.COUNT)
                data = data[layout.ends[-1] :]
            self._send(nonce, reply)
            nonce += 1

    def _send(self, nonce: int, reply: Reply) -> None:
        size = sum(map(len, reply.payload))
        head = wire.REPLY.pack(nonce, reply.status, reply.flags, reply.opcodes, size)
        wire.write_all(self.channel, head, *reply.payload)

    def _layouts_in(self, heads: bytearray, call: Call) -> list[Layout]:
        """Return the layout of each case."""
        layouts, start = [], 0
        while start < len(heads):
            end = start + wire.CASE.size + wire.CASE.unpack_from(heads, start)[1]
            layouts.append(self._layout(call, bytes(heads[start:end])))
            start = end
        return layouts

    def _layout(self, call: Call, data: bytes) -> Layout:
        key = call.inputs, call.outputs, data
        layout = self.layouts.get(key)
        if layout is None:
            layout = self.layouts[key] = _layout_of(call, data)
        return layout

    def ask(self, call: Call, layout: Layout, inputs: Inputs, is_counted: bool = False) -> Reply:
        """Call the function once."""
        try:
            before = _shapes_of(inputs.arrays) if layout.form == "read_only" else None
            if is_counted:
                reply = self._count(call, layout, inputs)
            else:
                reply = self._call(call, layout, inputs)
            # numpy itself allows both on a read-only array.
            if before is not None and _shapes_of(inputs.arrays) != before:
                raise ValueError("the shape or type of a read-only array was changed")
            return reply
        except BaseException as error:
            return self._error_reply(error)

    def _call(self, call: Call, layout: Layout, inputs: Inputs) -> Reply:
        names = call.run(inputs.by_name)
        outputs = convert_outputs(names, call.outputs, layout.shapes)
        flags = wire.OVERWROTE_EARLIER * self._overwrote_earlier(call, layout, names, inputs)
        if BadReturn in map(type, outputs):
            return Reply(wire.OK, flags, payload=self._with_errors(outputs))
        return Reply(wire.OK, flags, payload=[layout.output_heads, *outputs])

    def _with_errors(self, outputs: list[Output]) -> list[Any]:
        """Return the payload of a reply in which not all outputs are fine."""
        heads = []
        payload = []
        for output in outputs:
            status = wire.OK
            if isinstance(output, BadReturn):
                status, output = wire.ERROR, error_text(output.kind, output, self.files)
            heads.append(wire.OUTPUT.pack(status, len(output)))
            payload.append(output)
        return [*heads, *payload]

    def _count(self, call: Call, layout: Layout, inputs: Inputs) -> Reply:
        # The result is converted while it is counted: a lazy result does its work only then.
        def run() -> None:
            outputs = convert_outputs(call.run(inputs.by_name), call.outputs, layout.shapes)
            errors = [output for output in outputs if isinstance(output, BadReturn)]
            if errors and len(errors) == len(outputs):
                raise errors[0]

        is_removed, per_line, library = count_opcodes(run, self.file, self.lines)
        counts = [min(count, 0xFFFFFFFF) for count in (*per_line, library)]
        flags = wire.TRACE_REMOVED * is_removed
        return Reply(
            wire.OK, flags, sum(per_line), payload=[struct.pack(f"<{len(counts)}I", *counts)]
        )

    def vary(self, call: Call, layout: Layout, data: memoryview, request: wire.Request) -> Reply:
        """Call the function for each value of one input, as if every call had come by itself.

        The function gets the same arrays each time, filled anew. data: the inputs of the case, and
        then the values.
        """
        try:
            output, shape = call.outputs[request.output], layout.shapes[request.output]
            start, end = layout.place_of(call.inputs[request.input])
            value = layout.ends[-1]
            results: list[bytes] = []
            overwrote = False
            while len(results) < request.calls:
                data[start:end] = data[value : value + end - start]
                value += end - start
                inputs = self._copy_inputs(layout, data)
                names = call.run(inputs.by_name)
                # A copy, because the next call may write into the same array.
                results.append(bytes(convert_output(names.get(output), shape)))
                overwrote |= self._overwrote_earlier(call, layout, names, inputs)
            return Reply(wire.OK, wire.OVERWROTE_EARLIER * overwrote, payload=results)
        except BaseException as error:
            return self._error_reply(error)

    def _error_reply(self, error: BaseException) -> Reply:
        return Reply(wire.ERROR, payload=[error_text(kind_in_call(error), error, self.files)])

    def _overwrote_earlier(
        self, call: Call, layout: Layout, names: dict[str, Any], inputs: Inputs
    ) -> bool:
        """Whether this call changed an array that the call before it returned.

        It does if the function keeps one buffer for all calls.
        """
        changed = any(array.tobytes() != data for array, data in self.earlier)
        self.earlier = []
        for output, shape in zip(call.outputs, layout.shapes, strict=True):
            value = names.get(output)
            # A number in an array is one, too. With VARY, the other outputs have no shape here.
            if not isinstance(value, np.ndarray) or (shape == () and value.size == 1):
                continue
            if not any(np.may_share_memory(value, array) for array in inputs.arrays):
                self.earlier.append((value, value.tobytes()))
        return changed

    def _copy_inputs(self, layout: Layout, data: memoryview) -> Inputs:
        """Return the inputs of a case. data: theirs, and more behind it."""
        # The shapes are those of the layout, because a function may reshape what it is given.
        arrays = [self._array(*kind) for kind in layout.arrays]
        start = layout.ends[0]
        for array, end in zip(arrays, layout.ends[1:], strict=True):
            if start < end:
                array.data.cast("B")[:] = data[start:end]
                start = end
        return _inputs_of(layout, data, arrays)

    def _receive_inputs(self, layout: Layout) -> Inputs:
        """Read the inputs of a case from the channel."""
        numbers = self._read(layout.ends[0])
        arrays = [self._array(*kind) for kind in layout.arrays]
        wire.read_exactly(self.channel, *(array.data for array in arrays if array.size))
        return _inputs_of(layout, numbers, arrays)

    def _array(self, name: str, shape: Shape, dtype: str) -> Array:
        array = self.arrays.get((name, shape, dtype))
        if array is None or array.shape != shape or not array.flags.c_contiguous:
            array = self.arrays[name, shape, dtype] = np.empty(shape, dtype)
        array.flags.writeable = True
        return array

    def _read(self, size: int) -> bytearray:
        buffer = bytearray(size)
        wire.read_exactly(self.channel, buffer)
        return buffer


def _compile_calls(texts: list[bytes]) -> list[Call]:
    """Return the calls. texts: the lines, the inputs and the outputs of each: see wire.LOAD."""
    calls = []
    for lines, inputs, outputs in zip(texts[::3], texts[1::3], texts[2::3], strict=True):
        code = compile(lines.decode(), CALL_FILE, "exec", dont_inherit=True)
        names = {"np": np, wire.UNPACK: unpack, "__builtins__": builtins}
        calls.append(Call(code, _split(inputs), _split(outputs), names))
    return calls


def _split(names: bytes) -> tuple[str, ...]:
    return tuple(names.decode().split())


def _layout_of(call: Call, data: bytes) -> Layout:
    """Return the layout that wire.CASE describes."""
    form, _ = wire.CASE.unpack_from(data)
    counts = data[wire.CASE.size : wire.CASE.size + len(call.inputs) + len(call.outputs)]
    at = wire.CASE.size + len(counts)
    numbers, number_format, arrays, ends = [], "<", [], []
    for name, count in zip(call.inputs, counts, strict=False):
        axes = count % wire.INTEGERS
        if axes == 0:
            numbers.append(name)
            number_format += "q" if count else "d"
        else:
            shape = struct.unpack_from(f"<{axes}I", data, at)
            at += 4 * axes
            # The dtype by name, because a submission may change what np.float64 is.
            arrays.append((name, shape, "<f8" if count == axes else "<i8"))
            ends.append(8 * math.prod(shape))
    shapes, heads = [], b""
    for axes in counts[len(call.inputs) :]:
        shape = struct.unpack_from(f"<{axes}I", data, at)
        at += 4 * axes
        shapes.append(shape)
        heads += wire.OUTPUT.pack(wire.OK, 8 * math.prod(shape))
    return Layout(
        form=wire.FORMS[form],
        numbers=tuple(numbers),
        number_format=number_format,
        arrays=tuple(arrays),
        ends=tuple(accumulate(ends, initial=8 * len(numbers))),
        shapes=tuple(shapes),
        output_heads=heads,
    )


def _inputs_of(layout: Layout, numbers: "bytearray | memoryview", arrays: list[Array]) -> Inputs:
    """Return the inputs by name, and the arrays in the form of the case."""
    if layout.form == "strided" or layout.form == "read_only":
        arrays = [_in_form(array, layout.form) for array in arrays]
    values = struct.unpack_from(layout.number_format, numbers)
    by_name: dict[str, Any] = dict(zip(layout.numbers, values, strict=True))
    for kind, array in zip(layout.arrays, arrays, strict=True):
        by_name[kind[0]] = array
    return Inputs(by_name, arrays)


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


def _shapes_of(arrays: "list[np.ndarray[Any, Any]]") -> list[tuple[object, ...]]:
    return [(array.shape, array.strides, array.dtype) for array in arrays]
