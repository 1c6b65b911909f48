"""Grades all known submissions and edits, and compares what two versions of the grader say.

    cd OLD && .venv/bin/python NEW/tests/support/compare_gradings.py record /tmp/old.json
    cd NEW && .venv/bin/python tests/support/compare_gradings.py record /tmp/new.json
    python tests/support/compare_gradings.py compare /tmp/old.json /tmp/new.json

Each file is graded in all four settings (layout and regularization) on a key with one seed
(--seed). Every difference in outcome, points, message, line, note, flag or diagnosis is listed, and
the exit code is 1 if there is one. Codes and factors of the version with four fixed factors are put
into those of today first. What times decide may differ by chance: `record FILE --again OTHER`
grades what differs from OTHER a second time, and keeps that.
"""

import argparse
import json
import os
import sys
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Any

SEED = 7
SETTINGS = [
    (f"layout={layout}", f"regularization={factor}")
    for layout, factor in product(("CxD", "DxC"), ("0.5", "1.0"))
]
LIMITS = (
    "limits.call_seconds=2",
    "limits.function_seconds=3",
    "limits.submission_seconds=6",
    "limits.memory_mib=512",
)
# Code of a message, before -> today, with the output or letter that it is about.
CODES = {
    "loss_differs": "number_differs.loss",
    "loss_not_finite": "number_not_finite.loss",
    "loss_is_array": "output_is_array.loss",
    "loss_constant": "slope_flat.dW",
    "losses_disagree": "disagrees.loss",
    "gradients_disagree": "disagrees.dW",
    "gradient_differs": "array_differs.dW",
    "gradient_zero": "array_zero.dW",
    "gradient_not_finite": "array_not_finite.dW",
    "gradient_shape": "output_shape.dW",
    "reg_loss_missing": "effect_missing.loss",
    "reg_loss_differs": "effect_differs.loss",
    "reg_gradient_missing": "effect_missing.dW",
    "reg_gradient_differs": "effect_differs.dW",
    "reg_hidden_by_loss": "effect_hidden.loss",
    "reg_hidden_by_gradient": "effect_hidden.dW",
    "slope_differs": "slope_differs.dW",
    "slope_hidden_by_loss": "slope_hidden.loss",
    "slope_hidden_by_gradient": "slope_hidden.dW",
    "unstable_loss": "unstable.loss",
    "unstable_gradient": "unstable.dW",
    "loops_over_samples": "loops_over.N",
    "loops_over_classes": "loops_over.C",
    "returned_no_pair": "returned_no_tuple",
    "returned_wrong_length": "returned_wrong_count",
    "slip_weights": "slip_input.dW",
    "slip_no_term": "slip_no_term.dW",
    "slip_term": "slip_term.dW",
}
FACTORS = {
    "data_loss": "loss",
    "reg_loss": "loss+reg",
    "data_gradient": "dW",
    "reg_gradient": "dW+reg",
}
CHECKS = {  # of the questions, which have kept their names
    "loss": "value",
    "gradient": "value",
    "reg_loss": "effect",
    "reg_gradient": "effect",
}
Record = dict[str, Any]


def record(seed: int, again: Path | None) -> dict[str, Record]:
    """Grade every file in every setting, with the grader of the current folder."""
    sys.path.insert(0, os.getcwd())
    from grader.assignment.answer_key import build_key
    from grader.assignment.find_assignment import find_assignment
    from grader.assignment.settings import read_assignment
    from grader.grading import grade
    from grader.model import Submission
    from grader.sandbox.sandbox import Sandbox

    known = json.loads(again.read_text(encoding="utf-8")) if again else {}
    records: dict[str, Record] = {}
    for settings in SETTINGS:
        assignment = read_assignment(find_assignment("softmax"), (*settings, *LIMITS))
        key = build_key(assignment, seed, True)
        with Sandbox() as sandbox:
            for name, source in _sources().items():
                submission = Submission("softmax.py", source, "0" * 64)
                title = f"{' '.join(settings)}  {name}"
                records[title] = _record_of(grade(key, submission, sandbox.open_program))
                if again and records[title] != known[title]:
                    records[title] = _record_of(grade(key, submission, sandbox.open_program))
    return records


def compare(old: dict[str, Record], new: dict[str, Record]) -> list[str]:
    """List every difference, one line each."""
    differences = [f"{title}: only in one of them" for title in sorted(old.keys() ^ new.keys())]
    for title in old.keys() & new.keys():
        before, after = _flat(old[title]), _flat(new[title])
        differences += [
            f"{title}: {field}: {before.get(field)} -> {after.get(field)}"
            for field in {**before, **after}
            if before.get(field) != after.get(field)
        ]
    return sorted(differences)


def _sources() -> dict[str, bytes]:
    from tests.edits.corpus import edits

    files = sorted(Path("tests/submissions").glob("*.py"))
    sources = {f"submission {path.stem}": path.read_bytes() for path in files}
    return sources | {f"edit {edit.name}": edit.source for edit in edits()}


def _record_of(verdict: Any) -> Record:
    """What is compared, as JSON has it."""
    return {
        "score": verdict.score,
        "undecided": verdict.undecided,
        "findings": {
            finding.question: {
                "check": CHECKS.get(finding.check, finding.check),
                "outcome": finding.outcome,
                "points": finding.points,
                "message": _message(finding.message),
                "line": finding.message.line if finding.message else None,
                "quote": finding.message.quote if finding.message else None,
                "notes": [_message(note) for note in finding.notes],
                "evidence": len(finding.evidence),
            }
            for finding in verdict.findings
        },
        "diagnosis": {
            name: {
                "status": each.status,
                "causes": [list(cause) for cause in each.causes],
                "unexplained": [FACTORS.get(factor, factor) for factor in each.unexplained],
                "unobserved": [FACTORS.get(factor, factor) for factor in each.unobserved],
                "questions": list(each.questions),
                "slips": [_slip(slip) for slip in each.slips],
                "explains": {cause: list(due) for cause, due in each.explains.items()},
                "line": each.line,
                "own": each.own,
            }
            for name, each in verdict.diagnosis.items()
        },
        "flags": [_message(flag) for flag in verdict.flags],
        "notes": [f"{_message(note)} {note.line}" for note in verdict.notes],
    }


def _message(message: Any) -> str | None:
    """The code of a message, in the words of today."""
    if message is None:
        return None
    code, values = message.code, message.values
    if code == "returned_no_number" and "which" in values:
        return f"{code}.{values['which']}"
    if code in CODES and "output" not in values:
        return CODES[code]
    suffix = values.get("output", values.get("letter", values.get("input", values.get("knob"))))
    return code if suffix is None else f"{code}.{suffix}"


def _slip(slip: Any) -> str:
    factor = slip.values["factor"]
    told = {name: slip.values[name] for name in ("term", "times") if name in slip.values}
    return f"{slip.code.replace('weights', 'input')} {FACTORS.get(factor, factor)} {told}"


def _flat(record: Record, path: str = "") -> dict[str, Any]:
    """The values of nested tables by their paths."""
    flat: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{path}{name}.")
        else:
            flat[f"{path}{name}"] = value
    return flat


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    recording = commands.add_parser("record")
    recording.add_argument("file", type=Path)
    recording.add_argument("--again", type=Path)
    recording.add_argument("--seed", type=int, default=SEED)
    comparing = commands.add_parser("compare")
    comparing.add_argument("old", type=Path)
    comparing.add_argument("new", type=Path)
    options = parser.parse_args()
    if options.command == "record":
        records = record(options.seed, options.again)
        options.file.write_text(json.dumps(records, indent=1), encoding="utf-8")
        return 0
    old, new = (json.loads(path.read_text(encoding="utf-8")) for path in (options.old, options.new))
    differences = compare(old, new)
    fields = Counter(line.split(": ")[1].split(".")[-1] for line in differences)
    total = f"{len(old)} gradings, {len(differences)} differences: {dict(fields)}"
    sys.stdout.write("\n".join([*differences, total, ""]))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
