"""The parts of an answer key, for tests that compare keys."""

import msgspec

from grader.model import AnswerKey, Array


def arrays_of(key: AnswerKey) -> dict[str, Array]:
    """All arrays but those of the signatures, by names such as "small.W" and "small.dW"."""
    arrays = {
        f"{name}.{part}": getattr(case, part)
        for name, case in key.cases.items()
        for part in ("W", "X", "y")
    }
    arrays |= {f"{name}.dW": expected.gradient for name, expected in key.expected.items()}
    return arrays | {f"{name}.directions": each for name, each in key.directions.items()}


def numbers_of(key: AnswerKey) -> dict[str, float]:
    losses = {f"{name}.loss": expected.loss for name, expected in key.expected.items()}
    return losses | {name: case.reg for name, case in key.cases.items()}


def words_of(key: AnswerKey) -> dict[str, object]:
    """All that is no number, as plain data."""
    plain = msgspec.structs.replace(key, cases={}, expected={}, directions={}, sha256="")
    return dict(msgspec.to_builtins(plain))
