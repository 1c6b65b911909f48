"""Sections of an explanation, which an instructor wrote in Markdown, as safe HTML for a page and as plain text for a terminal."""

import hashlib
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from markupsafe import Markup, escape

from grader import __version__
from grader.assignment.explanation import Section
from grader.files import cache

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

WIDTH = 80
BLOCK_INDENT, COLUMN_GAP = 4, 2  # of a block of code or numbers, and between the columns of a table
NARROWEST = 12  # a column of a table is not made narrower to fit
SCROLLING = '<div class="scroll" tabindex="0"><table class="taught">\n'


def as_html(sections: Mapping[str, Section]) -> dict[str, Markup]:
    """Topic -> what stands below its heading. Rendered once and kept in the user's cache: loading the library takes 30 ms."""
    maker = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    name = (
        "explanation-" + hashlib.sha256(repr((__version__, maker, sections)).encode()).hexdigest()
    )
    kept = cache.read(name)
    if kept is None:
        kept = msgspec.json.encode(
            {topic: render(section.text) for topic, section in sections.items()}
        )
        cache.write(name, kept)
    return {
        topic: Markup(html)  # noqa: S704  (ours, see render)
        for topic, html in msgspec.json.decode(kept, type=dict[str, str]).items()
    }


def parser() -> "MarkdownIt":
    """HTML in the text is shown as text, and a link is its words: a page loads nothing and leads nowhere."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("table").disable(["image", "autolink"])


def render(text: str) -> str:
    markdown = parser()
    rules: dict[str, Any] = markdown.renderer.rules  # type: ignore[attr-defined]
    rules["link_open"] = rules["link_close"] = lambda *_: ""
    rules["fence"] = rules["code_block"] = lambda tokens, at, *_: (
        f'<pre class="scroll" tabindex="0">{escape(tokens[at].content)}</pre>\n'
    )
    rules["table_open"] = lambda *_: SCROLLING
    rules["table_close"] = lambda *_: "</table></div>\n"
    tokens = markdown.parse(text)
    for token in tokens:
        if token.type in ("th_open", "td_open", "ordered_list_open"):
            token.attrs.clear()
        if token.type == "th_open":
            token.attrSet("scope", "col")
        if token.type in ("heading_open", "heading_close"):
            token.tag = "h4"
    return str(markdown.renderer.render(tokens, markdown.options, {}))


def as_text(section: Section) -> str:
    """At most WIDTH columns: paragraphs and lists are wrapped, tables aligned, and blocks stay as they are."""
    blocks = [f"{section.heading}\n{'-' * len(section.heading)}"]
    tokens = parser().parse(section.text)
    at = 0
    while at < len(tokens):
        end = closing(tokens, at)
        blocks.append(block(tokens[at : end + 1], WIDTH))
        at = end + 1
    return "\n\n".join(blocks) + "\n"


def closing(tokens: "Sequence[Token]", at: int) -> int:
    """Where the token that begins at `at` ends: at its own place where it holds no others."""
    depth = 0
    for place in range(at, len(tokens)):
        depth += tokens[place].nesting
        if depth == 0:
            return place
    return len(tokens) - 1


def block(tokens: "Sequence[Token]", width: int) -> str:
    """A paragraph, a list, a table or a block of code, with all that it holds."""
    first = tokens[0]
    if first.type in ("fence", "code_block"):
        lines = first.content.rstrip("\n").split("\n")
        indent = " " * min(BLOCK_INDENT, max(0, width - max(map(len, lines))))
        return "\n".join((indent + line).rstrip() for line in lines)
    if first.type in ("bullet_list_open", "ordered_list_open"):
        return "\n".join(items(tokens, width))
    if first.type == "table_open":
        return "\n".join(table(rows(tokens), width))
    return "\n".join(
        line
        for token in tokens
        if token.type == "inline"
        for line in textwrap.wrap(words_of(token), width)
    )


def items(tokens: "Sequence[Token]", width: int) -> list[str]:
    """Of a list: its mark before the first line of each item, and the other lines as far to the right."""
    lines: list[str] = []
    at, number = 1, int(tokens[0].attrs.get("start", 1))
    while at < len(tokens) - 1:
        end = closing(tokens, at)
        mark = f"{number}. " if tokens[0].type == "ordered_list_open" else "- "
        inner, parts = at + 1, []
        while inner < end:
            last = closing(tokens, inner)
            parts.append(block(tokens[inner : last + 1], width - len(mark)))
            inner = last + 1
        lines += (
            textwrap.indent("\n".join(parts), " " * len(mark))
            .replace(" " * len(mark), mark, 1)
            .split("\n")
        )
        at, number = end + 1, number + 1
    return lines


def words_of(token: "Token") -> str:
    """An inline token without marks but those of code, which tell where it begins and ends."""
    parts = []
    for child in token.children or ():
        if child.type == "code_inline":
            parts.append(f"`{child.content}`")
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        else:
            parts.append(child.content)
    return "".join(parts)


def rows(tokens: "Sequence[Token]") -> list[list[str]]:
    """The cells of a table, its head first."""
    found: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            found.append([])
        elif token.type == "inline":
            found[-1].append(words_of(token))
    return found


def table(cells: list[list[str]], width: int) -> list[str]:
    """Columns below each other; a cell that does not fit goes on in the line below."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    while sum(widths) + COLUMN_GAP * (len(widths) - 1) > width and max(widths) > NARROWEST:
        widths[widths.index(max(widths))] -= 1
    lines = []
    for number, row in enumerate(cells):
        wrapped = [
            textwrap.wrap(cell, column) or [""] for cell, column in zip(row, widths, strict=True)
        ]
        for line in range(max(map(len, wrapped))):
            parts = [
                (cell[line] if line < len(cell) else "").ljust(column)
                for cell, column in zip(wrapped, widths, strict=True)
            ]
            lines.append((" " * COLUMN_GAP).join(parts).rstrip())
        if number == 0:
            lines.append((" " * COLUMN_GAP).join("-" * column for column in widths))
    return lines
