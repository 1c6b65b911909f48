"""Count the bytecode that a function executes, by line of the student's file.

If the count grows with the length of an axis, there is a Python loop along it. Unlike a time, the
count is the same on every machine, however busy it is.
"""

import gc
import os
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import numpy as np

LIBRARIES = (os.path.dirname(np.__file__), os.path.dirname(os.__file__))


def count_opcodes(
    function: Callable[[], None], file: str, slots: int
) -> tuple[bool, list[int], int]:
    """Call the function and count the opcodes that belong to each line of the file.

    Returns whether the function removed the trace that counts, the counts by line, and how many of
    them are of library code, which count for the line that called it. Entry 0 collects the opcodes
    of all lines outside 1 to `slots` - 1.
    """
    per_line = [0] * slots
    library = 0

    def trace_call(frame: FrameType, event: str, argument: Any) -> Any:
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        inside_file = frame.f_code.co_filename == file
        caller: FrameType | None = frame
        while caller is not None and caller.f_code.co_filename != file:
            caller = caller.f_back
        line_of_caller = caller.f_lineno if caller is not None else 0
        is_library = frame.f_code.co_filename.startswith(LIBRARIES)

        def trace_opcode(frame: FrameType, event: str, argument: Any) -> Any:
            nonlocal library
            if event == "opcode":
                line = frame.f_lineno if inside_file else line_of_caller
                per_line[line if line is not None and 0 < line < slots else 0] += 1
                library += is_library
            return trace_opcode

        return trace_opcode

    # A collection may run code, such as __del__, whenever it happens: it is no work of the call.
    is_collecting = gc.isenabled()
    gc.disable()
    sys.settrace(trace_call)
    try:
        function()
        is_removed = sys.gettrace() is not trace_call
    finally:
        sys.settrace(None)
        if is_collecting:
            gc.enable()
    return is_removed, per_line, library
