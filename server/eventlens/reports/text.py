"""Reports for people: lines of styled pieces, which a terminal may colour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, TypeAlias

from eventlens.flow.model import Channel, Coverage, Finding, Flow, FlowMap, Site
from eventlens.reports.severities import NOTHING_LEFT, Left, counted, in_reading_order, in_words
from eventlens.reports.source_lines import SourceLines, marked, printable

Style: TypeAlias = Literal["", "error", "warning", "info", "hint", "strong", "faint", "place", "remedy"]


class Piece(NamedTuple):
    """A stretch of text and what it is."""

    text: str
    style: Style = ""


Line: TypeAlias = tuple[Piece, ...]


def plain(lines: Iterable[Line]) -> str:
    """The lines without their styles."""
    return "".join("".join(piece.text for piece in line).rstrip() + "\n" for line in lines)


def line(text: str = "", style: Style = "") -> Line:
    """A line of one piece."""
    return (Piece(text, style),)


# -------------------------------------------------------------------------------------------------------- findings


def findings_report(
    findings: Sequence[Finding], coverage: Coverage, sources: SourceLines, left: Left = NOTHING_LEFT
) -> list[Line]:
    """One block a finding, then the summary and the coverage. What is ``left`` out is only counted."""
    shown = [finding for finding in findings if not finding.suppressed]
    report: list[Line] = []
    for finding in in_reading_order(shown):
        report += [*finding_block(finding, sources), line()]
    report.append(line(_summary(shown, len(findings) - len(shown), left), "strong"))
    report += coverage_lines(coverage)
    return report


def finding_block(finding: Finding, sources: SourceLines) -> list[Line]:
    """A finding with its source line, its evidence and its remedy."""
    likely = " (likely)" if finding.confidence == "likely" else ""
    block: list[Line] = [
        (
            Piece(finding.severity, finding.severity),
            Piece(f"[{finding.rule}]{likely}: ", "strong"),
            Piece(printable(finding.message)),
        ),
        (Piece("  --> ", "faint"), Piece(printable(f"{finding.file}:{finding.line}:{finding.column}"), "place")),
    ]
    end_column = finding.end_column if finding.end_line == finding.line else None
    block += quoted(sources, finding.file, finding.line, finding.column, end_column, finding.severity)
    for step in finding.related:
        block.append(
            (
                Piece("  = ", "faint"),
                Piece(printable(f"{step.file}:{step.line}"), "place"),
                Piece(f" {printable(step.message)}"),
            )
        )
    if finding.remedy:
        block.append((Piece("  remedy: ", "remedy"), Piece(printable(finding.remedy))))
    return block


def quoted(
    sources: SourceLines, path: str, number: int, column: int, end_column: int | None, style: Style
) -> list[Line]:
    """A source line with its number and carets below it; nothing when the file is gone."""
    source = sources.line(path, number)
    if source is None:
        return []
    shown, carets = marked(source, column, end_column)
    gutter = " " * len(str(number))
    return [
        (Piece(f"{number} | ", "faint"), Piece(shown)),
        (Piece(f"{gutter} | ", "faint"), Piece(carets, style)),
    ]


def _summary(shown: Sequence[Finding], suppressed: int, left: Left) -> str:
    besides = [f"{suppressed} suppressed"] * bool(suppressed) + [f"{left.accepted} in the baseline"] * bool(
        left.accepted
    )
    besides += [f"{left.lesser} less severe, shown with --minimum-severity hint"] * bool(left.lesser)
    return in_words(shown) + (f" ({', '.join(besides)})" if besides else "") + "."


def coverage_lines(coverage: Coverage) -> list[Line]:
    """What was read, and what could not be seen."""
    told = (
        f"Read {counted(coverage.files, 'file', 'files')} ({coverage.lowered} analysed); "
        f"{counted(coverage.sites_resolved, 'site has', 'sites have')} a resolved channel; "
        f"{counted(coverage.handlers_followed, 'handler', 'handlers')} followed; {len(coverage.unknown)} unknown."
    )
    lines = [line(told, "faint")]
    for unknown in coverage.unknown:
        remedy = f"; set {unknown.set} in eventlens.toml" if unknown.set else ""
        lines.append(line(printable(f"  unknown: {unknown.what} at {unknown.file}:{unknown.line}{remedy}"), "faint"))
    lines.append(
        line("Based on code and configuration alone; verify what brokers decide at run time before deploying.", "faint")
    )
    return lines


# ------------------------------------------------------------------------------------------------------------- map


def map_report(flow_map: FlowMap) -> list[Line]:
    """Services, then each channel with its producers and consumers."""
    report: list[Line] = [line("Services", "strong")]
    report += [
        line(printable(f"  {s.name}  {s.path or '.'}  {', '.join(s.languages)}")) for s in flow_map.services
    ] or [line("  none found")]
    report += [line(), line("Channels", "strong")]
    placed: set[str] = set()
    for channel in flow_map.channels:
        sites = [site for site in flow_map.sites if is_on(site, channel)]
        placed.update(site.id for site in sites)
        report += _channel_block(channel, sites)
    if not flow_map.channels:
        report.append(line("  none found"))
    rest = [site for site in flow_map.sites if site.id not in placed]
    if rest:
        report += [line(), line("Sites whose channel is not known", "strong"), *map(_site_line, rest)]
    report += [line(), line(_map_summary(flow_map), "strong"), *coverage_lines(flow_map.coverage)]
    return report


def is_on(site: Site, channel: Channel) -> bool:
    """Whether a site publishes to or subscribes from exactly this channel."""
    return (
        site.broker == channel.broker
        and site.channel_kind == channel.kind
        and (site.channel == channel.name or channel.name in site.channels)
    )


def _channel_block(channel: Channel, sites: Sequence[Site]) -> list[Line]:
    facts = [channel.broker, channel.kind]
    facts += [f"{channel.partitions} partitions"] * (channel.partitions is not None)
    facts += [f"dead letters to {channel.dead_letter}"] * (channel.dead_letter is not None)
    return [
        (Piece(f"  {printable(channel.name)}", "place"), Piece(f"  ({', '.join(map(printable, facts))})")),
        *map(_site_line, sorted(sites, key=lambda site: site.role)),
    ]


def _site_line(site: Site) -> Line:
    arrow = "→ published by" if site.role == "publish" else "← consumed by"
    event = f" {site.event}" if site.event else ""
    through = f" ({site.via})" if site.via != "direct" else ""
    told = f"    {arrow} {site.service or 'no service'}{event}{through}  "
    return (Piece(printable(told)), Piece(printable(f"{site.file}:{site.line}"), "faint"))


def _map_summary(flow_map: FlowMap) -> str:
    publishers = sum(site.role == "publish" and site.of is None for site in flow_map.sites)
    subscribers = sum(site.role == "subscribe" for site in flow_map.sites)
    return (
        f"{counted(len(flow_map.services), 'service', 'services')}, {counted(len(flow_map.channels), 'channel', 'channels')}, "
        f"{counted(publishers, 'publish site', 'publish sites')}, {counted(subscribers, 'subscribe site', 'subscribe sites')}, "
        f"{counted(len(flow_map.flows), 'flow', 'flows')}; {in_words(flow_map.findings).lower()}."
    )


# --------------------------------------------------------------------------------------------------------- explain


def explanation(flow_map: FlowMap, path: str, number: int, sources: SourceLines) -> list[Line]:
    """Why the line is a site, has its channel, is linked and has findings; empty when nothing stands there."""
    report: list[Line] = []
    for site in flow_map.sites:
        if site.file == path and site.line <= number <= site.end_line:
            report += [*_site_explanation(site, flow_map, sources), line()]
    for finding in flow_map.findings:
        if finding.file == path and finding.line <= number <= finding.end_line:
            report += [*finding_block(finding, sources), line()]
    return report


def _site_explanation(site: Site, flow_map: FlowMap, sources: SourceLines) -> list[Line]:
    end_column = site.end_column if site.end_line == site.line else None
    channel = site.channel_template or site.channel
    report: list[Line] = [
        (
            Piece(site.role, "strong"),
            Piece(printable(f" site: {site.library}, {site.broker} {site.channel_kind} ")),
            Piece(printable(channel or "unknown"), "place"),
        ),
        *quoted(sources, site.file, site.line, site.column, end_column, "info"),
        line(
            printable(
                f"  confidence {site.confidence}, delivery {site.guarantee}, {site.via}, service {site.service or 'unknown'}"
            )
        ),
    ]
    if site.evidence:
        report.append(line("  evidence:", "strong"))
    for step in site.evidence:
        report.append(
            (Piece("    "), Piece(printable(f"{step.file}:{step.line}"), "place"), Piece(f" {printable(step.message)}"))
        )
        source = sources.line(step.file, step.line)
        if source is not None and source.strip():
            report.append(line(f"      | {printable(source.strip())}", "faint"))
    return report + _links(site, flow_map)


def _links(site: Site, flow_map: FlowMap) -> list[Line]:
    flows = [flow for flow in flow_map.flows if site.id in (flow.publish, flow.subscribe)]
    if not flows:
        return [line("  links: none; no other end was found in this workspace.")]
    by_id = {other.id: other for other in flow_map.sites}
    return [line("  links:", "strong"), *(_link(site, flow, by_id.get(_other_end(site, flow))) for flow in flows)]


def _other_end(site: Site, flow: Flow) -> str:
    return flow.subscribe if flow.publish == site.id else flow.publish


def _link(site: Site, flow: Flow, other: Site | None) -> Line:
    arrow = "→" if flow.publish == site.id else "←"
    place = f"{other.file}:{other.line}" if other is not None else _other_end(site, flow)
    return (Piece(f"    {arrow} "), Piece(printable(place), "place"), Piece(f" {printable(flow.why)}"))
