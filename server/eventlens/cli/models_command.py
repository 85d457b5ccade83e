"""``eventlens models``: the libraries that are known, and whether a workspace's own models are right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eventlens.cli.problems import UserProblem

if TYPE_CHECKING:
    from eventlens.knowledge.loading import LoadedModel


def models(
    path: Annotated[
        Path, typer.Argument(help="Root of the workspace whose .eventlens/libraries are checked too.")
    ] = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the library models; check the workspace's own. Exit code 2 when one of them is wrong.

    Example: eventlens models .
    """
    from eventlens.cli.output import write_document
    from eventlens.knowledge.loading import load_models, rules_root, workspace_model_files

    if not path.is_dir():
        raise UserProblem(f"{path}: no such folder; give the root of the workspace.")
    loaded, problems = load_models(rules_root(), workspace_model_files(path))
    rows = [
        _row(model) for model in sorted(loaded, key=lambda m: (not m.built_in, m.model.broker or "~", m.model.library))
    ]
    write_document(json.dumps(rows, indent=2) if as_json else _table(rows))
    if problems:
        raise UserProblem(*map(str, problems))


def _row(loaded: LoadedModel) -> dict[str, str]:
    return {
        "library": loaded.model.library,
        "broker": loaded.model.broker or "",
        "languages": ", ".join(loaded.model.languages),
        "from": "built in" if loaded.built_in else str(loaded.path),
    }


def _table(rows: list[dict[str, str]]) -> str:
    """The rows in columns, headings first."""
    lines = [list(rows[0]), *(list(row.values()) for row in rows)] if rows else []
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))] if lines else []
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)
