"""Whole pieces of code from the templates in ``rules/scaffolds/<fix>/``."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from eventlens.knowledge.model_files import rules_root


def render(template: str, **values: object) -> str:
    """The text of ``<fix>/<name>.j2`` (``template`` without the suffix). Every name that a template uses must be given."""
    return _environment().get_template(f"{template}.j2").render(values)


@cache
def _environment() -> Environment:
    # What is made is code, not HTML: nothing is escaped.
    return Environment(
        loader=FileSystemLoader(rules_root() / "scaffolds"),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
