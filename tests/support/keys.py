"""The parts of an answer key, for tests that compare keys."""

import msgspec

from grader.model import AnswerKey, Array


def arrays_of(key: AnswerKey) -> dict[str, Array]:
    """All arrays but those of the signatures, by names such as "small.W" and "small.dW"."""
    arrays = {
        f"{case.name}.{name}": array
        for case in key.cases.values()
        for name, array in case.inputs.items()
    }
    for kind, of_cases in (("expected", key.expected), ("directions", key.directions)):
        for case, of_outputs in of_cases.items():
            for output, array in of_outputs.items():
                arrays[f"{case}.{output}.{kind}"] = array
    return arrays


def words_of(key: AnswerKey) -> dict[str, object]:
    """All that is no number, as plain data. Signatures must be left out."""
    plain = msgspec.structs.replace(key, cases={}, expected={}, directions={}, sha256="")
    return dict(msgspec.to_builtins(plain))
