"""From a folder to its flow map: the one entry that the command line and the editor server share.

May import everything below `ide` and `reports`. Invariant: `analyse` is a function of the workspace snapshot alone; it runs,
imports and fetches nothing of what it reads.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import msgspec

import eventlens
from eventlens.checks.context import CheckContext, Consumer
from eventlens.checks.earlier import EarlierTexts
from eventlens.checks.registry import findings_of
from eventlens.config.infrastructure import Infrastructure
from eventlens.config.settings import Settings
from eventlens.flow.broker_uses import broker_uses
from eventlens.flow.catalogue import Catalogue
from eventlens.flow.graph import FlowGraph
from eventlens.flow.graph_builder import GraphBuilder
from eventlens.flow.infrastructure import NO_INFRASTRUCTURE, infrastructure_of
from eventlens.flow.linking import binding_records, channel_records
from eventlens.flow.model import Coverage, Delivery, ExternalChannels, Finding, FlowMap, Tool
from eventlens.flow.model import Service as ServiceRecord
from eventlens.flow.schema_files import SchemaFiles, schema_files_of
from eventlens.flow.table_keys import TableKeys
from eventlens.flow.variable_sources import variables_of
from eventlens.flow.variables import Variables
from eventlens.library_models import catalogue_of
from eventlens.other_maps import maps_of
from eventlens.progress import Progress, Superseded, Telling
from eventlens.workspace.discovery import FileRecord
from eventlens.workspace.git_history import base_of
from eventlens.workspace.services import Services
from eventlens.workspace.snapshot import Workspace
from eventlens.workspace_settings import SettingsProblem, read_workspace_settings

__all__ = [
    "Analysis",
    "OpenedWorkspace",
    "Progress",
    "SettingsProblem",
    "Superseded",
    "analyse",
    "catalogue_of",
    "charted",
    "open_workspace",
    "read_workspace_settings",
]


class WorkspaceServices:
    """The services of a workspace by file."""

    def __init__(self, services: Services, files: Mapping[str, FileRecord]) -> None:
        self._services = services
        self._files = files

    def name_of(self, path: str) -> str | None:
        """The name of the service that a file belongs to."""
        service = self._services.service_of(path)
        return service.name if service is not None else None

    def records(self, used: Collection[str]) -> list[ServiceRecord]:
        """The services that hold sites or are deployed, with the languages of their files."""
        languages = self._languages
        return [
            ServiceRecord(name=one.name, path=one.path, languages=sorted(languages.get(one.name, ())))
            for one in self._services.all
            if one.name in used or (not one.is_library and one.name in languages)
        ]

    @cached_property
    def _languages(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for path, record in self._files.items():
            if record.language:
                service = self._services.service_of(path)
                if service is not None:
                    found.setdefault(service.name, set()).add(record.language)
        return found


class Inputs(NamedTuple):
    """What an analysis is made of besides source code: it stays while only code is edited."""

    settings: Settings
    catalogue: Catalogue
    services: WorkspaceServices
    variables: Variables
    schemas: SchemaFiles
    infrastructure: Infrastructure = NO_INFRASTRUCTURE
    others: tuple[FlowMap, ...] = ()
    """The maps of other repositories that the settings name."""
    table_keys: TableKeys | None = None


@dataclass(frozen=True)
class Analysis:
    """What is known of one workspace snapshot. ``checks`` can be asked further (by fixes and hierarchies), by one thread at a time."""

    flow_map: FlowMap
    checks: CheckContext | None = None
    inputs: Inputs | None = None


class OpenedWorkspace(NamedTuple):
    """A workspace, read with those of its settings that are right, and what is wrong with the others."""

    workspace: Workspace
    problems: tuple[SettingsProblem, ...]


def open_workspace(root: Path, walked: Workspace | None = None) -> OpenedWorkspace:
    """The workspace at ``root`` as its settings want it read. Raises OSError when ``root`` cannot be read.

    ``walked`` is the same workspace, opened without literals a moment ago: it saves the walk.
    """
    settings, settings_problems = read_workspace_settings(root)
    catalogue, model_problems = catalogue_of(root, settings.libraries.paths)
    if walked is None:
        walked = Workspace.open(root, (), settings.exclude)
    workspace = walked.with_literals(catalogue.literals())
    _, map_problems = maps_of(root, settings)
    return OpenedWorkspace(workspace, (*settings_problems, *model_problems, *map_problems))


def analyse(workspace: Workspace, progress: Progress | None = None, base: EarlierTexts | None = None) -> Analysis:
    """The flow map of ``workspace``, findings included. Never raises for what the files say.

    ``base``: the commit to compare with; None: the merge base with the branch that changes go to, where there is one."""
    telling = Telling(progress)
    telling("Reading files", 0, len(workspace.files))
    with workspace.watched(telling.beat):
        return _analysed(workspace, telling, base or base_of(workspace.root))


def _analysed(workspace: Workspace, telling: Telling, base: EarlierTexts | None) -> Analysis:
    workspace.begin_surveys()
    inputs = inputs_of(workspace)
    graph = builder(workspace, inputs).build(telling)
    earlier = EarlierVersion(workspace, inputs, base) if base is not None else None
    checks = CheckContext(graph, inputs.settings, others=inputs.others, earlier=earlier)
    flow_map = msgspec.structs.replace(
        flow_map_of(workspace, graph, inputs.services, findings_of(checks, telling)),
        deliveries=[_delivery(consumer) for consumer in checks.consumers()],
        external=[
            ExternalChannels(channel=one.channel, owner=one.owner, reason=one.reason)
            for one in inputs.settings.external
        ],
    )
    return Analysis(flow_map, checks, inputs)


@dataclass(frozen=True)
class EarlierVersion:
    """A workspace as it was at a commit."""

    workspace: Workspace
    inputs: Inputs
    base: EarlierTexts

    @property
    def name(self) -> str:
        return self.base.name

    def text(self, path: str) -> bytes | None:
        return self.base.text(path)

    def other_text(self, path: str, now: bytes) -> bytes | None:
        return self.base.other_text(path, now)

    def graph(self, files: frozenset[str], texts: Mapping[str, bytes]) -> FlowGraph:
        return builder(self.workspace.with_overlays(texts), self.inputs).glance(files)


def charted(workspace: Workspace, progress: Progress | None = None) -> FlowMap:
    """The flow map of ``workspace`` without findings and what only they need: for who compares what flows where."""
    telling = Telling(progress)
    with workspace.watched(telling.beat):
        workspace.begin_surveys()
        inputs = inputs_of(workspace)
        return flow_map_of(workspace, builder(workspace, inputs).build(telling), inputs.services, [])


def _delivery(consumer: Consumer) -> Delivery:
    policy = consumer.policy
    dead = policy.dead_letter
    return Delivery(
        site=consumer.site.id,
        retries=policy.retries,
        then=policy.then,
        max_deliveries=policy.max_deliveries,
        dead_letter=dead.channel if dead is not None else None,
        dead_letter_reason=dead.reason if dead is not None else "",
        acknowledgement=policy.acknowledgement,
    )


def inputs_of(workspace: Workspace) -> Inputs:
    """What an analysis of a workspace is made of besides source code."""
    settings, _ = read_workspace_settings(workspace.root)
    catalogue, _ = catalogue_of(workspace.root, settings.libraries.paths)
    infrastructure = infrastructure_of(workspace, settings.profiles)
    return Inputs(
        settings,
        catalogue,
        services_of(workspace, settings),
        variables_of(workspace, settings.values, infrastructure, settings.profiles),
        schema_files_of(workspace),
        infrastructure,
        maps_of(workspace.root, settings)[0],
        TableKeys(workspace),
    )


def builder(workspace: Workspace, inputs: Inputs) -> GraphBuilder:
    """What finds the graph of a snapshot."""
    return GraphBuilder(
        workspace,
        inputs.catalogue,
        inputs.variables,
        inputs.services.name_of,
        inputs.schemas,
        inputs.infrastructure,
        inputs.table_keys,
    )


def services_of(workspace: Workspace, settings: Settings) -> WorkspaceServices:
    """The services of a workspace, those of the settings first."""
    named = [(one.name, one.path) for one in settings.services]
    return WorkspaceServices(workspace.services(named), workspace.files)


def flow_map_of(
    workspace: Workspace, graph: FlowGraph, services: WorkspaceServices, findings: list[Finding]
) -> FlowMap:
    """The map of a graph with its findings."""
    sites = [site for _, site in graph.nodes]
    return FlowMap(
        version=1,
        root=str(workspace.root),
        tool=Tool(name="eventlens", version=eventlens.__version__),
        services=services.records({site.service for site in sites if site.service is not None}),
        brokers=broker_uses(workspace, sites),
        channels=channel_records(
            (node for node, _ in graph.nodes), graph.bindings, graph.declared.places, graph.declared.facts
        ),
        bindings=binding_records(graph.bindings),
        sites=sites,
        flows=list(graph.flows),
        findings=findings,
        coverage=Coverage(
            files=len(workspace.files),
            lowered=sum(1 for _ in graph.program.loaded()),
            sites_resolved=sum(site.channel is not None and "*" not in site.channel for site in sites),
            handlers_followed=sum(site.handler is not None for site in sites),
            unknown=list(graph.unknown),
        ),
    )
