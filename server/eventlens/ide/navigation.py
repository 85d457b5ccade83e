"""From one end of a flow to the other, to what a channel is declared as, and to everything that touches it.

What each jump means, by what stands at the place:

* *definition* is the other end: a publish → the handlers that consume it; a subscription or a handler → what publishes to it; a
  line that names a channel → the handlers of its consumers (its producers where nobody consumes it).
* *implementation* is the own end: a publish → the library call behind the wrapper that is called here, and the other producers
  of its channel; a subscription → its own handler and those of the consumers beside it; a handler → the subscription that runs
  it and the handlers beside it; a line that names a channel → its producers.
* *type definition* is where the event's schema is declared.
* *declaration* is where the channel is declared (infrastructure code, topic configuration, code that creates it); where that is
  nowhere, the constant, variable or configuration value that its name comes from at the site.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from eventlens.flow.model import Place, Site
from eventlens.ide.index import FlowIndex, Subject
from eventlens.ide.places import Landing, Target, landing, of_channel, of_line, of_site, unique


class Jump(NamedTuple):
    """``origin`` is what the jump starts from (None for a whole line); ``targets`` is where it leads."""

    origin: Target | None
    targets: list[Landing]


class Highlight(NamedTuple):
    """A place of the same file that touches the same channel."""

    target: Target
    kind: Literal["write", "read", "text"]


NOWHERE = Jump(None, [])


def definition(index: FlowIndex, file: str, line: int, column: int, text: str | None = None) -> Jump:
    """The other end of the flow. ``text`` is the line's text (see `FlowIndex.subject_at`), here and below."""
    subject = index.subject_at(file, line, column, text)
    if subject is None:
        return NOWHERE
    if subject.kind == "channel":
        producers, consumers = _ends(index, subject.sites)
        return _jump(subject, _handlers(index, consumers) or _calls(index, producers))
    targets = _handlers(index, index.consumers(_role(subject.sites, "publish")))
    targets += _calls(index, index.producers(_role(subject.sites, "subscribe")))
    return _jump(subject, targets)


def implementation(index: FlowIndex, file: str, line: int, column: int, text: str | None = None) -> Jump:
    """The own end of the flow: what stands behind a place, then what does the same beside it."""
    subject = index.subject_at(file, line, column, text)
    if subject is None:
        return NOWHERE
    at_channels = index.sites_on(subject.channels)
    producers, consumers = _role(at_channels, "publish"), _role(at_channels, "subscribe")
    if subject.kind == "channel":
        return _jump(subject, _calls(index, _ends(index, subject.sites)[0]))
    targets: list[Landing] = []
    publishes, subscribes = _role(subject.sites, "publish"), _role(subject.sites, "subscribe")
    if publishes:
        targets += [landing(target) for site in publishes for target in _behind(site)]
        targets += _calls(index, (site for site in _outermost(index, producers) if site not in publishes))
    if subject.kind == "handler":
        targets += _calls(index, subscribes)
        subscribed = {index.handler_of(site) for site in subscribes}
        targets += [found for found in _handlers(index, consumers) if found not in subscribed]
    elif subscribes:
        targets += _handlers(index, [*subscribes, *consumers])
    return _jump(subject, targets)


def type_definition(index: FlowIndex, file: str, line: int, column: int, text: str | None = None) -> Jump:
    """Where the event's schema is declared: as the site itself has it, else as the other end has it."""
    subject = index.subject_at(file, line, column, text)
    if subject is None:
        return NOWHERE
    others = [*index.consumers(subject.sites), *index.producers(subject.sites)]
    own = _schemas(subject.sites)
    return _jump(subject, own or _schemas(others))


def declaration(index: FlowIndex, file: str, line: int, column: int, text: str | None = None) -> Jump:
    """Where the channel is declared, else where its name comes from."""
    subject = index.subject_at(file, line, column, text)
    if subject is None:
        return NOWHERE
    declared = [target for channel in subject.channels for target in of_channel(channel)]
    return _jump(subject, map(landing, declared or index.name_comes_from(subject.sites)))


def references(
    index: FlowIndex, file: str, line: int, column: int, include_declaration: bool, text: str | None = None
) -> list[Target]:
    """Every site of the channels at this place; with ``include_declaration`` also where they are declared, bound, named and wired."""
    subject = index.subject_at(file, line, column, text)
    if subject is None:
        return []
    sites = index.sites_about(subject)
    targets = [of_site(site) for site in sites]
    if include_declaration:
        targets += index.named_at(subject.channels)
        targets += [of_line(place) for site in sites for place in site.wiring]
    return unique(targets)


def highlights(index: FlowIndex, file: str, line: int, column: int, text: str | None = None) -> list[Highlight]:
    """Both ends in the file, and the lines of it that name the channel."""
    subject = index.subject_at(file, line, column, text)
    if subject is None:
        return []
    found: list[Highlight] = []
    for site in index.sites_about(subject):
        if site.file == file:
            found.append(Highlight(of_site(site), "write" if site.role == "publish" else "read"))
        if site.handler is not None and site.handler.file == file:
            found.append(Highlight(index.handler_of(site).at, "read"))
    found += [Highlight(target, "text") for target in index.naming_in(file, subject.channels)]
    return unique(found)


# -------------------------------------------------------------------------------------------------------------- parts


def _jump(subject: Subject, targets: Iterable[Landing]) -> Jump:
    return Jump(subject.origin, unique(list(targets)))


def _ends(index: FlowIndex, sites: list[Site]) -> tuple[list[Site], list[Site]]:
    """The producers and consumers at both ends of the flows through sites of one channel, these sites included."""
    publishes, subscribes = _role(sites, "publish"), _role(sites, "subscribe")
    producers = {site.id: site for site in [*_outermost(index, publishes), *index.producers(subscribes)]}
    consumers = {site.id: site for site in [*subscribes, *index.consumers(publishes)]}
    return list(producers.values()), list(consumers.values())


def _role(sites: Iterable[Site], role: str) -> list[Site]:
    return [site for site in sites if site.role == role]


def _handlers(index: FlowIndex, sites: Iterable[Site]) -> list[Landing]:
    return [index.handler_of(site) for site in sites]


def _calls(index: FlowIndex, sites: Iterable[Site]) -> list[Landing]:
    return [index.call_of(site) for site in sites]


def _outermost(index: FlowIndex, sites: Iterable[Site]) -> list[Site]:
    """Sites without those in a wrapper whose callers are sites too."""
    return [site for site in sites if not index.callers_of_wrapper(site)]


def _behind(site: Site) -> list[Target]:
    """The library call that a wrapper makes in the end: the first step of the evidence."""
    if site.via != "wrapper" or not site.evidence:
        return []
    first = site.evidence[0]
    if (first.file, first.line) == (site.file, site.line):
        return []
    return [of_line(Place(file=first.file, line=first.line))]


def _schemas(sites: Iterable[Site]) -> list[Landing]:
    return [landing(of_line(site.schema)) for site in sites if site.schema is not None]
