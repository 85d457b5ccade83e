"""``eventlens check``: the findings of a workspace, and whether they fail the run."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eventlens.cli.output import to_json, write_document, write_file
from eventlens.cli.problems import UserProblem

if TYPE_CHECKING:
    from eventlens.flow.model import Finding, FlowMap
    from eventlens.reports.baseline import Baseline
    from eventlens.reports.severities import Left
    from eventlens.workspace.snapshot import Workspace


class CheckFormat(str, Enum):
    """Output formats of ``check``."""

    text = "text"
    json = "json"
    sarif = "sarif"
    github = "github"
    junit = "junit"


class Shown(str, Enum):
    """The least severity that is printed."""

    error = "error"
    warning = "warning"
    info = "info"
    hint = "hint"


class FailOn(str, Enum):
    """The least severity that fails the run."""

    error = "error"
    warning = "warning"
    info = "info"


def check(
    path: Annotated[Path, typer.Argument(help="Root of the workspace.")] = Path(),
    format: Annotated[CheckFormat, typer.Option(help="How to print the findings.")] = CheckFormat.text,
    select: Annotated[
        list[str], typer.Option(metavar="RULES", help="Only these rules; comma-separated or repeated.")
    ] = [],  # noqa: B006 - Typer copies it
    ignore: Annotated[
        list[str], typer.Option(metavar="RULES", help="Not these rules; comma-separated or repeated.")
    ] = [],  # noqa: B006
    fail_on: Annotated[FailOn, typer.Option(help="Exit with 1 when a finding is this severe or worse.")] = FailOn.error,
    minimum_severity: Annotated[
        Shown, typer.Option(help="Print findings this severe or worse; those of --select in any case.")
    ] = Shown.info,
    baseline: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Report only findings that this file does not hold.")
    ] = None,
    write_baseline: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Accept today's findings: write them to FILE.")
    ] = None,
    base: Annotated[
        str,
        typer.Option(
            metavar="REF",
            help="Compare message schemas with this commit, branch or tag; else with the merge base of the branch that changes go to.",
        ),
    ] = "",
    others: Annotated[
        list[Path],
        typer.Option("--with", metavar="FILE", help="Join the map (JSON) of another repository; may be repeated."),
    ] = [],  # noqa: B006
) -> None:
    """Report where a flow can lose, duplicate, reorder or loop a message.

    Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 usage or configuration error, 3 internal error.

    Example: eventlens check . --format sarif --fail-on warning > eventlens.sarif
    """
    from eventlens.cli.joining import given_maps, joined_with, other_maps
    from eventlens.cli.opening import map_folder
    from eventlens.cli.rules import chosen, rule_pages, rule_set
    from eventlens.reports.baseline import without_accepted
    from eventlens.reports.severities import Left, at_least, down_to

    known = rule_pages() if select or ignore else {}
    selected, ignored = rule_set(select, known), rule_set(ignore, known)
    accepted = _read_baseline(baseline) if baseline is not None else None
    given = given_maps(others)
    mapped = map_folder(path, base)
    flow_map = joined_with(mapped.flow_map, other_maps(mapped, given))
    found = chosen(flow_map.findings, selected, ignored)
    if write_baseline is not None:
        _write_baseline(write_baseline, found)
        return
    new = without_accepted(found, accepted) if accepted is not None else found
    shown = new if selected else down_to(new, minimum_severity.value)
    _print(format, flow_map, shown, Left(len(found) - len(new), len(new) - len(shown)), fail_on, mapped.workspace)
    if at_least(new, fail_on.value):
        raise typer.Exit(1)


def _read_baseline(path: Path) -> Baseline:
    from eventlens.reports.baseline import BaselineError, decode

    try:
        return decode(path.read_bytes())
    except OSError as error:
        raise UserProblem(f"{path}: cannot be read ({error.strerror}); write it with --write-baseline.") from error
    except BaselineError as error:
        raise UserProblem(f"{path}: {error}; write it again with --write-baseline.") from error


def _write_baseline(path: Path, findings: Sequence[Finding]) -> None:
    from eventlens.reports.baseline import encode

    write_file(path, encode(findings))
    typer.echo(f"eventlens: accepted {sum(not f.suppressed for f in findings)} findings in {path}", err=True)


def _print(
    format: CheckFormat,
    flow_map: FlowMap,
    findings: Sequence[Finding],
    left: Left,
    fail_on: FailOn,
    workspace: Workspace,
) -> None:
    if format is CheckFormat.json:
        document = {
            "version": flow_map.version,
            "root": flow_map.root,
            "tool": flow_map.tool,
            "findings": findings,
            "coverage": flow_map.coverage,
        }
        write_document(to_json(document))
    elif format is CheckFormat.sarif:
        from eventlens.cli.rules import rule_pages
        from eventlens.reports.sarif import sarif_report

        write_document(sarif_report(flow_map, findings, rule_pages()))
    elif format is CheckFormat.github:
        from eventlens.reports.github import github_report

        write_document(github_report(findings, _folder_below_current(Path(flow_map.root))))
    elif format is CheckFormat.junit:
        from eventlens.reports.junit import junit_report

        write_document(junit_report(findings, fail_on.value))
    else:
        from eventlens.cli.terminal import print_report
        from eventlens.reports.source_lines import SourceLines
        from eventlens.reports.text import findings_report

        print_report(findings_report(findings, flow_map.coverage, SourceLines(workspace.text), left))


def _folder_below_current(root: Path) -> str:
    """The workspace's folder as a build that runs in the repository's root sees it; "" when it is no folder below."""
    current = Path.cwd()
    return f"{root.relative_to(current).as_posix()}/" if root != current and root.is_relative_to(current) else ""
