import numpy as np


def one_step_more(step, start, steps):
    for _ in range(steps + 1):
        start = step(start)
    return start


MISCONCEPTIONS = {
    "largest_entry_1": {
        "step": lambda A: lambda vector: A @ vector / np.max(np.abs(A @ vector)),
    },
    "one_step_more": {"vector": one_step_more},
    "value_is_norm": {"value": lambda vector, A: np.linalg.norm(A @ vector)},
    "no_root": {"distances": lambda squares: squares},
    "plus_2": {
        "squares": lambda test, train: (
            np.sum(test**2, axis=1)[:, None] + np.sum(train**2, axis=1) + 2 * test @ train.T
        )
    },
    "sum_of_differences": {
        "squares": lambda test, train: np.sum(np.abs(test[:, None] - train), axis=2) ** 2
    },
}
