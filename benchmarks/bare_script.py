"""What a course does without a grader: one process imports the submission and checks it.

    python benchmarks/bare_script.py SUBMISSION

The checks are those of the notebook, for both functions: loss and dW against a reference, and
against a numerical gradient at ten random coordinates (N=30, D=40, C=10); large scores; and the
best of three timings at N=500, D=3073, C=10. There is no sandbox and no report. `make bench`
compares the grader with this script.
"""

import importlib.util
import sys
import time
from pathlib import Path
from types import ModuleType

import numpy as np

REFERENCE = Path(__file__).resolve().parents[1] / "reference/softmax/softmax.py"


def load(path: Path) -> ModuleType:
    specification = importlib.util.spec_from_file_location(path.stem, path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def main() -> None:
    submission, reference = load(Path(sys.argv[1])), load(REFERENCE)
    random = np.random.default_rng(0)
    W, X = random.standard_normal((10, 40)), random.standard_normal((40, 30))
    y = random.integers(0, 10, 30)
    big_W = 1e-4 * random.standard_normal((10, 3073))
    big_X, big_y = random.standard_normal((3073, 500)), random.integers(0, 10, 500)
    for name in ("softmax_loss_naive", "softmax_loss_vectorized"):
        function = getattr(submission, name)
        loss, dW = function(W, X, y, 0.1)
        right_loss, right_dW = getattr(reference, name)(W, X, y, 0.1)
        slope_errors = []
        for _ in range(10):
            entry = tuple(int(random.integers(length)) for length in W.shape)
            moved = W.copy()
            moved[entry] += 1e-5
            up = function(moved, X, y, 0.1)[0]
            moved[entry] -= 2e-5
            down = function(moved, X, y, 0.1)[0]
            slope_errors.append((up - down) / 2e-5 - dW[entry])
        stable = np.isfinite(function(1000 * W, X, y, 0.1)[0])
        seconds = []
        for _ in range(3):
            start = time.perf_counter()
            function(big_W, big_X, big_y, 0.1)
            seconds.append(time.perf_counter() - start)
        right = bool(np.isclose(loss, right_loss) and np.allclose(dW, right_dW))
        print(
            f"{name}: right {right}, slope error {np.max(np.abs(slope_errors)):.1e}, "
            f"stable {stable}, {1e3 * min(seconds):.1f} ms"
        )


if __name__ == "__main__":
    main()
