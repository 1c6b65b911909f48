"""A verdict as one self-contained page: no script, no network, everything escaped, and a Content-Security-Policy that says so."""

import base64
import hashlib
from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from grader.model import Matrix, Verdict, Words
from grader.reports.view import digits, points, view

TEMPLATES = Path(__file__).with_name("templates")


def page(verdict: Verdict, words: Words) -> str:
    """The whole page. All text goes through jinja2's escaping; the style sheet is allowed by its hash, and nothing else is."""
    style = TEMPLATES.joinpath("style.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return environment().get_template("page.html").render(
        view=view(verdict, words),
        words=words,
        style=Markup(style),  # noqa: S704  (a file of ours, which its hash vouches for)
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        language="en",
    )


@cache
def environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(digits=digits, points=points, is_cut=is_cut)
    return environment


def is_cut(matrix: Matrix) -> bool:
    """Does the evidence hold only a part of this array?"""
    return (len(matrix.rows), len(matrix.rows[0]) if matrix.rows else 0) != tuple(matrix.shape)
