"""Counts the bytecode a function executes, by line of the student's file. Standard library only.

Work that grows with the number of samples, counted in opcodes, is a Python loop: the count is the same on every machine, however busy.
"""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def counted(
    function: Callable[..., Any], arguments: tuple[Any, ...], file: str, size: int
) -> tuple[bool, list[int]]:
    """Call the function and return whether it took the counting away, and how many opcodes belong to each line of the file.

    Opcodes of library code count for the line that called it. Entry 0 and lines beyond `size` - 1 collect the rest.
    """
    per_line = [0] * size

    def tracer(frame: FrameType, event: str, argument: Any) -> Any:
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        inside_file = frame.f_code.co_filename == file
        caller: FrameType | None = frame
        while caller is not None and caller.f_code.co_filename != file:
            caller = caller.f_back
        line_of_caller = caller.f_lineno if caller is not None else 0

        def count(frame: FrameType, event: str, argument: Any) -> Any:
            if event == "opcode":
                line = frame.f_lineno if inside_file else line_of_caller
                per_line[line if line is not None and 0 < line < size else 0] += 1
            return count

        return count

    sys.settrace(tracer)
    try:
        function(*arguments)
        removed = sys.gettrace() is not tracer
    finally:
        sys.settrace(None)
    return removed, per_line
