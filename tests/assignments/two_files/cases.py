"""Cases of both files."""


def cases(random):
    return {"small": _case(random, 3, 4, 5, 2), "other": _case(random, 2, 3, 4, 6)}


def _case(random, N, D, H, C):
    return {
        "x": random.standard_normal((N, D)),
        "w": random.standard_normal((D, H)),
        "b": random.standard_normal(H),
        "u": random.standard_normal((H, C)),
    }
