"""Every reader of configuration, called as the rest of the program calls it."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from eventlens.config import asyncapi, avro, jsonc, rabbitmq_definitions
from eventlens.config.azure_functions import read_function
from eventlens.config.build_manifests import read_build_file
from eventlens.config.cloudformation import read_template
from eventlens.config.compose import is_compose_name, merge, read_compose
from eventlens.config.configuration_keys import holds, placeholders, read_entries
from eventlens.config.debezium import read_connectors
from eventlens.config.documents import read_document
from eventlens.config.environment import read_env, values
from eventlens.config.hcl import read_hcl
from eventlens.config.helm import ValuesFile, rendered, variables_in
from eventlens.config.json_schema import read_json_schema
from eventlens.config.kubernetes import looks_deployed, read_deployments
from eventlens.config.kubernetes_channels import read_messaging_objects
from eventlens.config.liquibase import read_changelog_keys
from eventlens.config.manifests import read_manifest
from eventlens.config.protobuf import read_protobuf
from eventlens.config.serverless import read_serverless
from eventlens.config.sql_tables import read_unique_keys
from eventlens.config.terraform import read_terraform
from eventlens.config.toml_settings import SettingsError, read_settings
from eventlens.config.values import Table, Value, leaves, line_of, plain
from eventlens.knowledge.loading import read_model

from . import packaged_seeds, seeds


class Format(NamedTuple):
    """A kind of configuration file: the name that such a file has, which files are like it, and how it is read."""

    file: str
    is_like: Callable[[str], bool]
    own: str
    read: Callable[[str, bytes], object]


def _document(name: str, text: bytes) -> None:
    """A file of values, read and walked through."""
    document = read_document(name, text)
    for root in document.roots:
        plain(root)
        for path, scalar in leaves(root):
            assert scalar.text is not None
            if isinstance(root, Table):
                line_of(root, *path)


def _environment(name: str, text: bytes) -> None:
    variables = read_env(text)
    values(variables)
    lines = text.count(b"\n") + text.count(b"\r") + 1
    assert all(1 <= variable.line <= lines for variable in variables)


def _compose(name: str, text: bytes) -> None:
    file = read_compose(text)
    merge((file, file))


def _settings(name: str, text: bytes) -> None:
    try:
        read_settings(text.decode("utf-8", "replace"), name, ("dual-write", "orphan-publish"))
    except SettingsError as error:
        assert all(problem.line >= 1 for problem in error.problems)


def _model(name: str, text: bytes) -> None:
    _, problems = read_model(Path(name), text)
    assert all(problem.line >= 1 and "\n" not in problem.remedy for problem in problems)


def _deployments(name: str, text: bytes) -> None:
    if looks_deployed(text):
        read_deployments(name, text)


def _connectors(name: str, text: bytes) -> None:
    """Connectors, asked for tables and topics as rules ask."""
    lines = text.count(b"\n") + text.count(b"\r") + 1
    found = read_connectors(name, text)
    assert all(1 <= one.line <= lines for one in found.channels)
    assert all(1 <= one.line <= lines for one in found.streams)
    for stream in found.streams:
        assert isinstance(stream.captures("public.orders"), bool) and isinstance(stream.captures("orders"), bool)
        stream.writes_to("outbox.event.order")


def _keys(name: str, text: bytes) -> None:
    """A service's configuration, its placeholders and the conditions of its profiles."""
    lines = text.count(b"\n") + text.count(b"\r") + 1
    for entry in read_entries(name, text):
        assert 1 <= entry.line <= lines and entry.start <= entry.end
        placeholders(str(entry.value))
        assert all(isinstance(holds(one, ("default",)), bool) for one in entry.conditions)


def _chart(name: str, text: bytes) -> None:
    """A template, put together with itself as values."""
    written = text.decode("utf-8", "replace")
    root = read_document(name, text).root
    files = [ValuesFile(name, root)] if root is not None else []
    for file in files:
        list(variables_in(file))
    assert rendered(written, files).text.count("\n") == written.count("\n")


def _build_file(name: str, text: bytes) -> None:
    """A build file, as it is and as a manifest."""
    written = text.decode("utf-8", "replace")
    lines = len(written.splitlines()) + 1
    file = read_build_file(name, written)
    assert file is not None
    assert all(1 <= one.line <= lines for one in file.dependencies)
    read_manifest(name, text)


class _Files:
    """Other files of the workspace, for references: the file itself under every name."""

    def __init__(self, name: str, text: bytes) -> None:
        self._name, self._text = name, text
        self._root: list[Value | None] = []

    def __call__(self, path: str) -> Value | None:
        if not self._root:
            self._root.append(read_document(self._name, self._text).root)
        return self._root[0]


def _of_name(*names: str) -> Callable[[str], bool]:
    return lambda path: posixpath.basename(path) in names


def _ending(*suffixes: str) -> Callable[[str], bool]:
    return lambda path: path.endswith(suffixes)


def _settings_in(file: str) -> Callable[[str, bytes], object]:
    return lambda _, text: _settings(file, text)


FORMATS: dict[str, Format] = {
    "yaml": Format("a.yaml", _ending(".yaml", ".yml"), seeds.YAML, _document),
    "json": Format("a.json", _ending(".json"), seeds.JSONC, _document),
    "toml": Format("a.toml", _ending(".toml"), seeds.TOML, _document),
    "ini": Format("a.ini", _ending(".ini", ".cfg"), seeds.INI, _document),
    "properties": Format("a.properties", _ending(".properties"), seeds.PROPERTIES, _document),
    "jsonc": Format("tsconfig.json", _of_name("tsconfig.json"), seeds.JSONC, lambda _, text: jsonc.load_table(text)),
    "env": Format(".env", lambda path: ".env" in posixpath.basename(path), seeds.ENV, _environment),
    "compose": Format("compose.yml", lambda path: is_compose_name(posixpath.basename(path)), seeds.COMPOSE, _compose),
    "deployments": Format("d.yaml", lambda path: "deploy" in path and path.endswith((".yaml", ".yml")), seeds.KUBERNETES, _deployments),
    "messaging objects": Format("t.yaml", lambda path: "deploy" in path and path.endswith((".yaml", ".yml")), seeds.MESSAGING_OBJECTS, read_messaging_objects),
    "connector objects": Format("c.yaml", lambda path: "debezium" in path and path.endswith(".yaml"), seeds.CONNECTOR_OBJECT, _connectors),
    "chart": Format("t.yaml", lambda path: "/templates/" in path, seeds.CHART, _chart),
    "keys": Format("application.yml", _of_name("application.yml"), seeds.KEYS, _keys),
    "keys of properties": Format("application.properties", _of_name("application.properties"), seeds.PROPERTIES, _keys),
    "keys of json": Format("appsettings.json", _of_name("appsettings.json"), '{"Kafka": {"Topics": [{"Name": "orders"}], "On": true}}', _keys),
    "cloudformation": Format("t.yaml", _of_name("template.yaml", "template.yml"), seeds.CLOUDFORMATION, _document),
    "template": Format("t.yaml", _of_name("template.yaml", "template.yml"), seeds.CLOUDFORMATION, read_template),
    "serverless": Format("serverless.yml", _of_name("serverless.yml"), seeds.SERVERLESS, read_serverless),
    "function": Format("Bake/function.json", _of_name("function.json"), seeds.FUNCTION, read_function),
    "terraform": Format("main.tf", _ending(".tf"), seeds.TERRAFORM, lambda name, text: read_terraform({name: text})),
    "hcl": Format("main.tf", _ending(".tf", ".hcl"), seeds.TERRAFORM, lambda _, text: read_hcl(text)),
    "connectors": Format("register.json", lambda path: "debezium" in path and path.endswith((".yaml", ".yml", ".json")), packaged_seeds.CONNECTOR, _connectors),
    "pom.xml": Format("pom.xml", _of_name("pom.xml"), packaged_seeds.POM, _build_file),
    "gradle": Format("build.gradle", _ending(".gradle", ".gradle.kts"), packaged_seeds.GRADLE, _build_file),
    "go.mod": Format("go.mod", _of_name("go.mod"), packaged_seeds.GO_MOD, _build_file),
    "csproj": Format("a.csproj", _ending(".csproj"), packaged_seeds.CSPROJ, _build_file),
    "rabbitmq": Format("definitions.json", _of_name("definitions.json"), seeds.RABBITMQ, lambda _, text: rabbitmq_definitions.read_definitions(text)),
    "package.json": Format("package.json", _of_name("package.json"), seeds.PACKAGE, read_manifest),
    "project.json": Format("project.json", _of_name("project.json"), '{"name": "a", "projectType": "library"}', read_manifest),
    "pyproject.toml": Format("pyproject.toml", _of_name("pyproject.toml"), seeds.PYPROJECT, read_manifest),
    "setup.cfg": Format("setup.cfg", _of_name("setup.cfg"), seeds.SETUP_CFG, read_manifest),
    "setup.py": Format("setup.py", _of_name("setup.py"), seeds.SETUP_PY, read_manifest),
    "pipfile": Format("Pipfile", _of_name("Pipfile"), seeds.PIPFILE, read_manifest),
    "requirements": Format("requirements.txt", lambda path: posixpath.basename(path).startswith("requirements"), seeds.REQUIREMENTS, read_manifest),
    "avro": Format("a.avsc", _ending(".avsc"), seeds.AVRO, lambda _, text: avro.read_avro(text)),
    "protobuf": Format("a.proto", _ending(".proto"), seeds.PROTOBUF, lambda _, text: read_protobuf(text)),
    "sql": Format("a.sql", _ending(".sql"), seeds.SQL, lambda _, text: list(read_unique_keys(text.decode("utf-8", "replace")))),
    "changelog": Format("a.xml", lambda path: "changelog" in path, seeds.CHANGELOG, lambda name, text: list(read_changelog_keys(name, text.decode("utf-8", "replace")))),
    "json schema": Format("s.schema.json", _ending(".schema.json"), seeds.JSON_SCHEMA, lambda name, text: read_json_schema(text, name, _Files(name, text))),
    "asyncapi": Format("asyncapi.yaml", lambda path: "asyncapi" in path, seeds.ASYNCAPI, lambda name, text: asyncapi.read_asyncapi(text, name, _Files(name, text))),
    "settings": Format("eventlens.toml", _of_name("eventlens.toml"), seeds.SETTINGS, _settings_in("eventlens.toml")),
    "settings in pyproject": Format("pyproject.toml", _of_name("pyproject.toml"), seeds.PYPROJECT, _settings_in("pyproject.toml")),
    "library model": Format("model.yaml", lambda path: "/rules/libraries/" in path or "/rules/effects/" in path, seeds.LIBRARY, _model),
}  # fmt: skip
