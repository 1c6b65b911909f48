"""Print what a call of a student's function costs, in microseconds: JSON for benchmarks/compare.py.

request  wall time from the request to the answer, for a function that does nothing
call     of many calls that one request asks for, as the check of slopes does: the time of each

It runs in any checkout of this project, with what that checkout has: also in those before calls
were lines of Python.
"""

import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from grader import model
from grader.sandbox.sandbox import Sandbox

NOTHING = b"def nothing(W, X, y, reg):\n    return 0.5, W\n"
REQUESTS, SERIES, CALLS = 400, 40, 1000


def main() -> None:
    random = np.random.default_rng(1)
    inputs: dict[str, Any] = {
        "W": random.standard_normal((3, 5)),
        "X": random.standard_normal((5, 7)),
        "y": np.arange(7) % 3,
    }
    weights = random.standard_normal((CALLS, 3, 5))
    with Sandbox() as sandbox:
        ask, ask_many = calls_of(sandbox, inputs, weights)
        for _ in range(20):
            ask()
            ask_many()
        # The least, as other programs only add to it.
        request = min(seconds_of(ask) for _ in range(REQUESTS))
        series = min(seconds_of(ask_many) for _ in range(SERIES))
    print(json.dumps({"request": 1e6 * request, "call": 1e6 * (series - request) / CALLS}))


def calls_of(
    sandbox: Sandbox, inputs: dict[str, Any], weights: Any
) -> tuple[Callable[[], object], Callable[[], object]]:
    """Return how to call the function once, and at all these weights, in this checkout."""
    if hasattr(model, "Function"):
        function = model.Function(
            "f",
            "nothing",
            "loss, dW = nothing(W, X, y, reg)",
            ("W", "X", "y", "reg"),
            ("loss", "dW"),
            ("nothing",),
        )
        source = model.Source("work.py", NOTHING, (function,))
        program = sandbox.open_program(source, model.Limits())
        case = model.Case("small", {**inputs, "reg": np.array(0.0)})
        shapes = {"loss": (), "dW": (3, 5)}
        return (
            lambda: program.call(function, case, shapes),
            lambda: program.vary(function, case, "W", weights, "loss", ()),
        )
    former: Any = model  # as it was before
    limits = former.Limits(10, 15, 30, 1024)
    old: Any = sandbox.open_program(former.Source("work.py", NOTHING, ("nothing",)), limits)
    before: Any = former.Case("small", *inputs.values(), 0.0)
    return (
        lambda: old.call("nothing", before),
        lambda: old.losses("nothing", before, weights),
    )


def seconds_of(ask: Callable[[], object]) -> float:
    start = time.perf_counter()
    ask()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
