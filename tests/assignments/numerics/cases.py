# Name -> steps, N, M, D. "few" and "longer" differ in N alone.
SIZES = {"few": (2, 4, 6, 3), "many": (6, 4, 5, 2), "longer": (2, 16, 6, 3)}


def cases(random):
    normal = random.standard_normal
    return {
        name: {
            "A": normal((5, 5)),
            "start": normal(5),
            "steps": steps,
            "test": normal((N, D)),
            "train": normal((M, D)),
        }
        for name, (steps, N, M, D) in SIZES.items()
    }
