"""Draws the map of the rooms: the boxes of grader/ in layers, each above all that it imports."""

import textwrap

from tests.test_architecture import ALLOWED

ROOMS = {  # what each room does, in a few words
    "model": "the words, as frozen data",
    "files": "cache, atomic writes, TOML tables",
    "static_analysis": "the text of a submission, as a tree",
    "verdict": "findings, evidence, diagnosis, score",
    "intake": "a path becomes a Submission",
    "messages": "every sentence, in each language",
    "sandbox": "runs a submission; knows nothing of grading",
    "redaction": "what a student may not see",
    "class_row": "one line of a class",
    "checks": "one file for each kind of question",
    "diagnosis": "names the mistake from the numbers",
    "assignment": "reads a folder, builds the answer key",
    "grading": "grade(): from a submission to its verdict",
    "gradebook": "the record of a run, in SQLite",
    "verification": "an assignment verifies itself",
    "reports": "terminal, student's page, class page",
    "batch": "a whole class, by several processes",
    "exports": "csv, json, junit",
    "cli": "the commands",
}
BOX, GAP = (176, 62), 12  # pixels
MAP = """<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
rect {{ fill: #f3f5f7; stroke: #b8c0c8; }}
text {{ font: 12px system-ui, sans-serif; fill: #1f2328; text-anchor: middle; }}
.name {{ font: bold 14px ui-monospace, Menlo, Consolas, monospace; }}
@media (prefers-color-scheme: dark) {{
  rect {{ fill: #1c2128; stroke: #444c56; }}
  text {{ fill: #e6edf3; }}
}}
</style>
{boxes}
</svg>
"""


def map_of_rooms() -> str:
    """The rooms, each above all that it imports."""
    layers: list[list[str]] = []
    depth: dict[str, int] = {}
    for name, below in ALLOWED.items():
        depth[name] = 1 + max((depth[other] for other in below), default=-1)
        layers += [[]] * (depth[name] + 1 - len(layers))
        layers[depth[name]] = [*layers[depth[name]], name]
    width = max(map(len, layers)) * (BOX[0] + GAP) + GAP
    boxes = []
    for row, names in enumerate(reversed(layers)):
        left = (width - len(names) * (BOX[0] + GAP) + GAP) // 2
        for column, name in enumerate(names):
            boxes.append(_box(name, left + column * (BOX[0] + GAP), GAP + row * (BOX[1] + GAP)))
    return MAP.format(
        width=width, height=len(layers) * (BOX[1] + GAP) + GAP, boxes="\n".join(boxes)
    )


def _box(name: str, left: int, top: int) -> str:
    middle = left + BOX[0] // 2
    lines = [f'<text class="name" x="{middle}" y="{top + 20}">{name}</text>']
    for number, line in enumerate(textwrap.wrap(ROOMS[name], 26)):
        lines.append(f'<text x="{middle}" y="{top + 37 + 15 * number}">{line}</text>')
    frame = f'<rect x="{left}" y="{top}" width="{BOX[0]}" height="{BOX[1]}" rx="6"/>'
    return "\n".join([frame, *lines])
