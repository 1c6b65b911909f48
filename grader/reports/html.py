"""Render self-contained HTML pages from the templates beside this file.

A page loads nothing: its style sheet and its script, if it has one, stand in the page itself, and
its Content-Security-Policy allows exactly these two by their hashes. All text is escaped.
"""

import base64
import hashlib
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket
from markupsafe import Markup

from grader.files import cache
from grader.reports.evidence import (
    as_python,
    entry_name,
    format_cost,
    format_number,
    format_points,
    format_shape,
    is_cut,
    table_of,
)
from grader.reports.sentences import pluralized

TEMPLATES = Path(__file__).with_name("templates")


def render(
    template: str,
    language: str,
    styles: Sequence[str] = ("style.css",),
    script: str | None = None,
    **values: object,
) -> str:
    """Render a template with these values; jinja2 escapes all text in them.

    styles, script: names of files beside the template. The style sheets are joined into one.
    """
    style = _read_trusted(*styles)
    policy = f"default-src 'none'; style-src {_csp_hash(style)}"
    if script is not None:
        code = _read_trusted(script)
        values["script"] = code
        policy += f"; script-src {_csp_hash(code)}"
    return (
        _environment()
        .get_template(template)
        .render(
            style=style,
            policy=f"{policy}; base-uri 'none'; form-action 'none'",
            language=language,
            **values,
        )
    )


@lru_cache
def _read_trusted(*names: str) -> Markup:
    """Read files of the grader, exempt from escaping. The policy allows them by their hash."""
    text = "".join(TEMPLATES.joinpath(name).read_text(encoding="utf-8") for name in names)
    return Markup(text)  # noqa: S704


@lru_cache
def _csp_hash(text: str) -> str:
    """The source expression that allows this inline style sheet or script."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@lru_cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        bytecode_cache=_CompiledTemplates(),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,  # the templates do not change while this runs
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        format_cost=format_cost,
        pluralized=pluralized,
        format_number=format_number,
        format_points=format_points,
        format_shape=format_shape,
        entry_name=entry_name,
        is_cut=is_cut,
        table_of=table_of,
        as_python=as_python,
    )
    return environment


class _CompiledTemplates(jinja2.BytecodeCache):
    """Keep compiled templates in the user's cache: compiling them anew takes 15 ms."""

    def load_bytecode(self, bucket: Bucket) -> None:
        bytecode = cache.read(self._name(bucket))
        if bytecode is not None:
            bucket.bytecode_from_string(bytecode)

    def dump_bytecode(self, bucket: Bucket) -> None:
        cache.write(self._name(bucket), bucket.bytecode_to_string())

    def _name(self, bucket: Bucket) -> str:
        # This file sets the environment's options, so a change to it makes all bytecode stale.
        options = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:16]
        versions = f"{sys.implementation.cache_tag}-{jinja2.__version__}"
        return f"template-{versions}-{options}-{bucket.key}-{bucket.checksum}"
