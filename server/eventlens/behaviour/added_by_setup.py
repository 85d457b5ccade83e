"""What a workspace sets up that adds to messages without the publishing code saying so: tracing, interceptors, schemas in a registry."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from eventlens.config.manifests import is_manifest_name
from eventlens.flow.program import Program
from eventlens.workspace.snapshot import Workspace

TRACING = (
    *(b"opentelemetry", b"open-telemetry", b"otel_", b"otelcol", b"opentracing", b"dd-trace", b"ddtrace", b"datadog", b"instana", b"elastic-apm", b"elastic.apm"),
    *(b"newrelic", b"zipkin", b"jaeger", b"spring-cloud-sleuth", b"micrometer-tracing", b"xray", b"x-ray", b"applicationinsights", b"skywalking"),
    *(b"honeycomb", b"lightstep", b"dynatrace", b"appdynamics", b"servicedefaults", b"logfire", b"daprd", b"daprio", b"dapr.io", b"rtracer", b"tracingconfig", b"tracing: active", b"tracing_config", b"tracing_mode"),
)  # fmt: skip
"""How tracing is called that a service is built or deployed with, in small letters."""
REGISTRY = (b"schema-registry", b"schemaregistry", b"schema_registry", b"schema.registry", b"avro", b"apicurio")
"""How is called what keeps versions of schemas, in small letters."""
_ADDING_BASES = (
    *("ProducerInterceptor", "ChannelInterceptor", "ExecutorChannelInterceptor", "MessagePostProcessor", "MessageConverter", "SimpleMessageConverter"),
    *("IFilter", "Serializer", "ISerializer", "IMessageSerializer", "IEventSerializer", "ProducerListener", "IMessageMiddleware", "IOutgoingStep"),
    *("IMutateOutgoingMessages", "IMutateOutgoingTransportMessages", "CorrelationDataProvider", "MessageDispatchInterceptor", "IEnvelopeRule"),
)  # fmt: skip
"""Types that are implemented to change each message on its way out."""
_ADDING_CALLS = (
    *("setBeforePublishPostProcessors", "addBeforePublishPostProcessors", "setProducerInterceptor", "UsePublishFilter", "UseSendFilter"),
    *("ConfigurePublish", "ConfigureSend", "AddMiddlewares", "AddPublisherDecorators", "add_middleware", "createMessagingPostProcessor"),
)  # fmt: skip
"""Calls that set up something which changes each message on its way out."""
ServiceOf: TypeAlias = Callable[[str], str | None]
_SETTINGS = (".yaml", ".yml", ".properties", ".tf", ".env", ".toml", ".xml", ".gradle", ".props")
_LARGEST = 200_000


def services_stating(program: Program, service_of: ServiceOf, words: Iterable[bytes]) -> frozenset[str | None]:
    """The services whose manifests and deployment mention one of some words; None for what belongs to no service."""
    workspace, sought = program.workspace, tuple(words)
    found: set[str | None] = set()
    for path in workspace.configs():
        if _says_what_is_set_up(path.rpartition("/")[2]) and workspace.source_set(path) != "test":
            owner = service_of(path)
            if owner not in found:
                workspace.beat()
                text = _lowered(workspace, path)
                found.update([owner] if any(word in text for word in sought) else [])
    return frozenset(found)


def imports_by_service(program: Program, service_of: ServiceOf) -> dict[str | None, bytes]:
    """What the code of each service imports, in small letters; under None what belongs to no service."""
    workspace = program.workspace
    imported: dict[str | None, set[str]] = {}
    for path, survey in workspace.surveys():
        if survey.imports and workspace.source_set(path) == "main":
            imported.setdefault(service_of(path), set()).update(survey.imports)
    return {owner: "\n".join(names).lower().encode() for owner, names in imported.items()}


def has_interceptors(program: Program) -> bool:
    """Whether the code that was read has something which changes messages on their way out."""
    return any(program.subclasses.get(name) for name in _ADDING_BASES) or any(
        program.calls.get(name) or program.mentions.get(name) for name in _ADDING_CALLS
    )


def _says_what_is_set_up(name: str) -> bool:
    return is_manifest_name(name) or name.endswith(_SETTINGS) or name.startswith(("Dockerfile", "appsettings", ".env"))


def _lowered(workspace: Workspace, path: str) -> bytes:
    return workspace.text_if_there(path)[:_LARGEST].lower()
