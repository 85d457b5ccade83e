"""``eventlens map``: the services, channels, sites and flows of a workspace."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eventlens.cli.output import indented, to_json, write_document

if TYPE_CHECKING:
    pass


class MapFormat(str, Enum):
    """Output formats of ``map``."""

    text = "text"
    json = "json"
    mermaid = "mermaid"
    dot = "dot"


def map_workspace(
    path: Annotated[Path, typer.Argument(help="Root of the workspace.")] = Path(),
    format: Annotated[MapFormat, typer.Option(help="How to print the map.")] = MapFormat.text,
    others: Annotated[
        list[Path],
        typer.Option("--with", metavar="FILE", help="Join the map (JSON) of another repository; may be repeated."),
    ] = [],  # noqa: B006 - Typer copies it
) -> None:
    """Show services, channels, who publishes, who consumes, and how they are linked.

    Example: eventlens map . --format mermaid > flows.mmd
    """
    from eventlens.cli.joining import given_maps, joined_with, other_maps
    from eventlens.cli.opening import map_folder

    given = given_maps(others)
    mapped = map_folder(path)
    joining = other_maps(mapped, given)
    if format is MapFormat.json and not joining:
        write_document(indented(mapped.map_json))
        return
    flow_map = joined_with(mapped.flow_map, joining)
    if format is MapFormat.json:
        write_document(to_json(flow_map))
    elif format is MapFormat.mermaid:
        from eventlens.reports.mermaid import mermaid_report

        write_document(mermaid_report(flow_map))
    elif format is MapFormat.dot:
        from eventlens.reports.dot import dot_report

        write_document(dot_report(flow_map))
    else:
        from eventlens.cli.terminal import print_report
        from eventlens.reports.text import map_report

        print_report(map_report(flow_map))
