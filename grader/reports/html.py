"""A verdict as one self-contained page: no script, no network, everything escaped, and a Content-Security-Policy that says so."""

import base64
import hashlib
import sys
from functools import lru_cache
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket
from markupsafe import Markup

from grader import cache
from grader.model import Words
from grader.reports.seen import digits, paste, points
from grader.reports.view import view
from grader.verdict import Matrix, Verdict

TEMPLATES = Path(__file__).with_name("templates")


def page(verdict: Verdict, words: Words, source: bytes = b"") -> str:
    """The whole page of a verdict."""
    return rendered("page.html", words["language"], view=view(verdict, words, source), words=words)


def rendered(template: str, language: str, **values: object) -> str:
    """All text goes through jinja2's escaping; the style sheet is allowed by its hash, and nothing else is."""
    style = TEMPLATES.joinpath("style.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        environment()
        .get_template(template)
        .render(
            style=Markup(style),  # noqa: S704  (a file of ours, which its hash vouches for)
            policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
            language=language,
            **values,
        )
    )


@lru_cache
def environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        bytecode_cache=CompiledTemplates(),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(digits=digits, points=points, is_cut=is_cut, paste=paste)
    return environment


class CompiledTemplates(jinja2.BytecodeCache):
    """Templates as Python compiled them, in the user's cache: compiling them anew takes 15 ms."""

    def load_bytecode(self, bucket: Bucket) -> None:
        kept = cache.read(self.name(bucket))
        if kept is not None:
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        cache.write(self.name(bucket), bucket.bytecode_to_string())

    def name(self, bucket: Bucket) -> str:
        maker = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:16]  # the environment's options stand in this file
        return f"template-{sys.implementation.cache_tag}-{jinja2.__version__}-{maker}-{bucket.key}-{bucket.checksum}"


def is_cut(matrix: Matrix) -> bool:
    """Does the evidence hold only a part of this array?"""
    return (len(matrix.rows), len(matrix.rows[0]) if matrix.rows else 0) != tuple(matrix.shape)
