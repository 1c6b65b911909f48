"""Sections of an explanation, written in Markdown, as safe HTML for a page and as terminal text.

A block quote is a question to the reader: a page folds the answer, which is all but the first
paragraph.

Both are made from markdown-it's tokens. `rich` is not used for the text: it drops the marks of
inline code unless it may use colour, draws tables with non-ASCII characters, and takes 35 ms to
load.
"""

import hashlib
import textwrap
from collections.abc import Iterator, Mapping, Sequence
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
CODE_INDENT = 4  # of a block of code or numbers, where there is room for it
COLUMN_GAP = " " * 2  # between the columns of a table
NARROWEST = 12  # a column of a table is not made narrower to fit
SCROLLING = '<div class="scroll" tabindex="0">'


def as_html(sections: Mapping[str, Section]) -> dict[str, Markup]:
    """Topic -> the section without its heading.

    The result is kept in the user's cache, because loading markdown-it takes 30 ms.
    """
    name = f"explanation-{_digest(sections)}"
    encoded = cache.read(name)
    if encoded is None:
        html = {topic: _section_html(section.text) for topic, section in sections.items()}
        encoded = msgspec.json.encode(html)
        cache.write(name, encoded)
    decoded = msgspec.json.decode(encoded, type=dict[str, str])
    return {topic: Markup(html) for topic, html in decoded.items()}  # noqa: S704  (_section_html escapes)


def _digest(sections: Mapping[str, Section]) -> str:
    """Hash all that the HTML depends on: the sections, and the rules in this file."""
    rules = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    return hashlib.sha256(repr((__version__, rules, sections)).encode()).hexdigest()


def _parser() -> "MarkdownIt":
    """A page loads nothing: HTML in the text is shown as text, and image syntax is off."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("table").disable(["image", "autolink"])


def _section_html(text: str) -> str:
    markdown = _parser()
    rules: dict[str, Any] = markdown.renderer.rules  # type: ignore[attr-defined]
    # Of a link, only its text stays.
    rules["link_open"] = rules["link_close"] = lambda *_: ""
    rules["fence"] = rules["code_block"] = _code_html
    rules["table_open"] = lambda *_: f'{SCROLLING}<table class="lesson-table">\n'
    rules["table_close"] = lambda *_: "</table></div>\n"
    tokens = markdown.parse(text)
    _fold_quotes(tokens)
    for token in tokens:
        if token.type in ("th_open", "td_open", "ordered_list_open"):
            token.attrs.clear()  # style, which the page's policy forbids, and start
        if token.type == "th_open":
            token.attrSet("scope", "col")
        if token.type in ("heading_open", "heading_close"):
            token.tag = "h4"
    return str(markdown.renderer.render(tokens, markdown.options, {}))


def _fold_quotes(tokens: "Sequence[Token]") -> None:
    """Make <details> of block quotes, and <summary> of the first paragraph of each."""
    for place, token in enumerate(tokens):
        if token.type in ("blockquote_open", "blockquote_close"):
            token.tag = "details"
        if token.type == "blockquote_open":
            paragraph = tokens[place + 1 : place + 4]  # its opening, its text, its end
            if paragraph[0].type == "paragraph_open":
                paragraph[0].tag = paragraph[-1].tag = "summary"


def _code_html(tokens: "Sequence[Token]", at: int, *_: object) -> str:
    return f'<pre class="scroll" tabindex="0">{escape(tokens[at].content)}</pre>\n'


def as_text(section: Section) -> str:
    """At most WIDTH columns: paragraphs and lists are wrapped, tables aligned, code left alone."""
    heading = f"{section.heading}\n{'-' * len(section.heading)}"
    tokens = _parser().parse(section.text)
    blocks = [_block_text(block, WIDTH) for block in _blocks(tokens)]
    return "\n\n".join([heading, *blocks]) + "\n"


def _blocks(tokens: "Sequence[Token]") -> "Iterator[Sequence[Token]]":
    """Split the tokens into outermost blocks, each from its opening to its closing token."""
    start = depth = 0
    for place, token in enumerate(tokens):
        depth += token.nesting
        if depth == 0:
            yield tokens[start : place + 1]
            start = place + 1


def _block_text(tokens: "Sequence[Token]", width: int) -> str:
    """A paragraph, a list, a table or a block of code, with the blocks inside it."""
    first = tokens[0]
    if first.type in ("fence", "code_block"):
        return _code_text(first.content, width)
    if first.type in ("bullet_list_open", "ordered_list_open"):
        return "\n".join(_list_lines(tokens, width))
    if first.type == "table_open":
        return "\n".join(_table_lines(_cells(tokens), width))
    paragraphs = [_inline_text(token) for token in tokens if token.type == "inline"]
    return "\n".join(line for text in paragraphs for line in textwrap.wrap(text, width))


def _code_text(code: str, width: int) -> str:
    lines = code.rstrip("\n").split("\n")
    room = width - max(map(len, lines))
    indent = " " * min(CODE_INDENT, max(0, room))
    return "\n".join((indent + line).rstrip() for line in lines)


def _list_lines(tokens: "Sequence[Token]", width: int) -> list[str]:
    """The items of a list: a mark before the first line of each, the other lines indented."""
    lines: list[str] = []
    start = int(tokens[0].attrs.get("start", 1))
    for number, item in enumerate(_blocks(tokens[1:-1]), start):
        mark = f"{number}. " if tokens[0].type == "ordered_list_open" else "- "
        indent = " " * len(mark)
        blocks = [_block_text(block, width - len(mark)) for block in _blocks(item[1:-1])]
        text = textwrap.indent("\n".join(blocks), indent)
        lines += text.replace(indent, mark, 1).split("\n")
    return lines


def _inline_text(token: "Token") -> str:
    """The text without marks of emphasis. The marks of code stay: they show where it ends."""
    parts = []
    for child in token.children or ():
        if child.type == "code_inline":
            parts.append(f"`{child.content}`")
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        else:
            parts.append(child.content)
    return "".join(parts)


def _cells(tokens: "Sequence[Token]") -> list[list[str]]:
    """The rows of a table, its head first."""
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(_inline_text(token))
    return rows


def _table_lines(rows: list[list[str]], width: int) -> list[str]:
    """Aligned columns; a cell that does not fit is wrapped."""
    widths = _column_widths(rows, width)
    rule = COLUMN_GAP.join("-" * column for column in widths)
    head, *body = rows
    lines = [*_row_lines(head, widths), rule]
    for row in body:
        lines += _row_lines(row, widths)
    return lines


def _column_widths(rows: list[list[str]], width: int) -> list[int]:
    """As wide as the widest cell. If the table does not fit, its widest columns shrink."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    gaps = len(COLUMN_GAP) * (len(widths) - 1)
    while sum(widths) + gaps > width and max(widths) > NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return widths


def _row_lines(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    columns = [textwrap.wrap(cell, width) or [""] for cell, width in zip(row, widths, strict=True)]
    height = max(map(len, columns))
    padded = [
        [line.ljust(width) for line in (*column, *[""] * (height - len(column)))]
        for column, width in zip(columns, widths, strict=True)
    ]
    return [COLUMN_GAP.join(line).rstrip() for line in zip(*padded, strict=True)]
