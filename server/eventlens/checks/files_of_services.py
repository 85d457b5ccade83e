"""The files of each service of a workspace."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from eventlens.checks.context import CheckContext


def files_of(context: CheckContext, service: str | None) -> Sequence[str]:
    """The files of a service, or those of none, the sources before what configures them."""
    if "files by service" not in context.shared:
        found: dict[str | None, list[str]] = defaultdict(list)
        workspace, service_of = context.graph.program.workspace, context.graph.matcher.service_of
        for path in (*workspace.sources(), *workspace.configs()):
            found[service_of(path)].append(path)
        context.shared["files by service"] = found
    known: dict[str | None, list[str]] = context.shared["files by service"]
    return known.get(service, ())
