from __future__ import annotations

import json

import pytest

from eventlens.workspace.snapshot import Workspace

from .conftest import Write


@pytest.fixture
def resolved(tree: Write):  # type: ignore[no-untyped-def]
    """resolved(files, path, specifier) → the workspace path, or the external package in angle brackets."""

    def ask(files: dict[str, object], path: str, specifier: str) -> str:
        texts = {name: text if isinstance(text, str) else json.dumps(text) for name, text in files.items()}
        answer = Workspace.open(tree({path: "", **texts})).resolve(path, specifier)
        return answer.path or f"<{answer.external}>"

    return ask


@pytest.mark.parametrize(
    ("existing", "specifier"),
    [
        ("src/a.ts", "./a"),
        ("src/a.tsx", "./a"),
        ("src/a.d.ts", "./a"),
        ("src/a.ts", "./a.js"),
        ("src/a.mts", "./a.mjs"),
        ("src/a.js", "./a.js"),
        ("src/a.cjs", "./a.cjs"),
        ("src/a/index.ts", "./a"),
        ("src/a/index.js", "./a/"),
        ("src/index.ts", "."),
        ("shared/b.ts", "../shared/b"),
        ("src/data.json", "./data.json"),
        ("src/orders.service.ts", "./orders.service"),
        ("src/index.ts", "./"),
    ],
)
def test_es_relative(resolved, existing: str, specifier: str) -> None:  # type: ignore[no-untyped-def]
    assert resolved({existing: ""}, "src/main.ts", specifier) == existing


def test_es_miss_is_no_package(tree: Write) -> None:
    answer = Workspace.open(tree({"src/main.ts": ""})).resolve("src/main.ts", "./gone")
    assert answer.path is None and answer.external == ""
    assert Workspace.open(tree({"src/main.ts": ""})).resolve("src/main.ts", "../../../up").path is None


def test_typescript_source_goes_before_its_output(resolved) -> None:  # type: ignore[no-untyped-def]
    assert resolved({"src/a.ts": "", "src/a.js": ""}, "src/main.ts", "./a.js") == "src/a.ts"


def test_external_packages(resolved) -> None:  # type: ignore[no-untyped-def]
    assert resolved({}, "a.ts", "@nestjs/microservices/client") == "<@nestjs/microservices>"
    assert resolved({}, "a.ts", "kafkajs") == "<kafkajs>"
    assert resolved({}, "a.ts", "node:fs/promises") == "<fs>"


def test_tsconfig_paths_through_a_chain_of_extends(resolved) -> None:  # type: ignore[no-untyped-def]
    files = {
        "tsconfig.base.json": '{ // shared\n "compilerOptions": {"baseUrl": "./libs", "paths": {"@acme/*": ["*/src"], "@acme/events": ["events/src/public.ts",]}}, }',
        "apps/tsconfig.json": {"extends": "../tsconfig.base"},
        "apps/api/tsconfig.json": {"extends": "../tsconfig.json", "compilerOptions": {"strict": True}},
        "libs/events/src/public.ts": "",
        "libs/bus/src/index.ts": "",
    }
    assert resolved(files, "apps/api/src/main.ts", "@acme/events") == "libs/events/src/public.ts"
    assert resolved(files, "apps/api/src/main.ts", "@acme/bus") == "libs/bus/src/index.ts"
    assert resolved(files, "apps/api/src/main.ts", "@acme/none") == "<@acme/none>"


def test_tsconfig_extends_a_package_and_a_list(resolved) -> None:  # type: ignore[no-untyped-def]
    files = {
        "tooling/package.json": {"name": "@acme/tsconfig"},
        "tooling/base.json": {"compilerOptions": {"strict": True}},
        "tooling/paths.json": {"compilerOptions": {"paths": {"~/*": ["../api/src/*"]}}},
        "api/tsconfig.json": {"extends": ["@acme/tsconfig/base.json", "@acme/tsconfig/paths"]},
        "api/src/topics.ts": "",
    }
    assert resolved(files, "api/src/main.ts", "~/topics") == "api/src/topics.ts"


def test_tsconfig_of_references_and_extends_loops(resolved) -> None:  # type: ignore[no-untyped-def]
    files = {
        "tsconfig.json": {
            "files": [],
            "references": [{"path": "./tsconfig.loop.json"}, {"path": "./tsconfig.src.json"}],
        },
        "tsconfig.loop.json": {"extends": "./tsconfig.loop.json"},
        "tsconfig.src.json": {"compilerOptions": {"paths": {"@/*": ["./src/*"]}}},
        "src/x.ts": "",
    }
    assert resolved(files, "src/main.ts", "@/x") == "src/x.ts"


def test_base_url_alone(resolved) -> None:  # type: ignore[no-untyped-def]
    assert (
        resolved({"tsconfig.json": {"compilerOptions": {"baseUrl": "./"}}, "src/x.ts": ""}, "src/a/b.ts", "src/x")
        == "src/x.ts"
    )


@pytest.mark.parametrize(
    ("manifest", "specifier", "expected"),
    [
        ({"main": "dist/index.js"}, "@acme/bus", "packages/bus/src/index.ts"),
        ({"main": "./dist/src/index.js"}, "@acme/bus", "packages/bus/src/index.ts"),
        ({}, "@acme/bus", "packages/bus/src/index.ts"),
        ({"types": "src/kinds.ts"}, "@acme/bus", "packages/bus/src/kinds.ts"),
        (
            {"exports": {".": {"types": "./dist/kinds.d.ts", "default": "./dist/kinds.js"}}},
            "@acme/bus",
            "packages/bus/src/kinds.ts",
        ),
        ({"exports": {"./*": "./dist/*.js"}}, "@acme/bus/kinds", "packages/bus/src/kinds.ts"),
        ({"exports": "./lib/kinds.js"}, "@acme/bus", "packages/bus/src/kinds.ts"),
        ({}, "@acme/bus/src/kinds", "packages/bus/src/kinds.ts"),
        ({}, "@acme/bus/dist/kinds", "packages/bus/src/kinds.ts"),
        ({}, "@acme/bus/kinds", "packages/bus/src/kinds.ts"),
        ({}, "@acme/bus/none", "<@acme/bus>"),
    ],
)
def test_workspace_packages(resolved, manifest: dict[str, object], specifier: str, expected: str) -> None:  # type: ignore[no-untyped-def]
    files = {
        "package.json": {"workspaces": ["packages/*"]},
        "packages/bus/package.json": {"name": "@acme/bus", **manifest},
        "packages/bus/src/index.ts": "",
        "packages/bus/src/kinds.ts": "",
    }
    assert resolved(files, "packages/api/src/main.ts", specifier) == expected


def test_private_imports(resolved) -> None:  # type: ignore[no-untyped-def]
    files = {"api/package.json": {"name": "api", "imports": {"#bus/*": "./dist/bus/*.js"}}, "api/src/bus/topics.ts": ""}
    assert resolved(files, "api/src/main.ts", "#bus/topics") == "api/src/bus/topics.ts"


def test_a_sample_named_like_the_library_it_uses(resolved) -> None:  # type: ignore[no-untyped-def]
    files = {"demo/package.json": {"name": "amqplib", "dependencies": {"amqplib": "^0.10"}}, "demo/index.js": ""}
    assert resolved(files, "demo/lib/a.js", "amqplib") == "<amqplib>"


@pytest.mark.parametrize(
    ("files", "path", "specifier", "expected"),
    [
        (["app/__init__.py", "app/topics.py"], "app/main.py", "app.topics", "app/topics.py"),
        (["app/__init__.py", "app/topics.py"], "app/main.py", "app:topics", "app/topics.py"),
        (["app/__init__.py", "app/topics.py"], "app/main.py", "app.topics:ORDERS", "app/topics.py"),
        (["app/__init__.py", "app/topics.py"], "app/main.py", ".topics", "app/topics.py"),
        (["app/__init__.py", "app/topics.py"], "app/main.py", ".:topics", "app/topics.py"),
        (["app/__init__.py", "app/sub/__init__.py", "app/bus.py"], "app/sub/x.py", "..bus", "app/bus.py"),
        (["app/__init__.py", "app/sub/__init__.py"], "app/sub/x.py", "..:name", "app/__init__.py"),
        (["svc/src/app/topics.py", "svc/pyproject.toml"], "svc/tests/test_x.py", "app.topics", "svc/src/app/topics.py"),
        (["svc/models.py", "svc/requirements.txt"], "svc/jobs/run.py", "models", "svc/models.py"),
        (["shared/events/topics.py"], "svc/app/main.py", "events.topics", "shared/events/topics.py"),
        (["infra/redis.py", "infra/__init__.py"], "svc/main.py", "redis", "<redis>"),
        (["app/__init__.py", "app/kafka.py"], "app/consumer.py", "kafka", "<kafka>"),
        (["scripts/kafka.py"], "scripts/kafka.py", "kafka", "<kafka>"),
        (["scripts/queue.py"], "scripts/x.py", "queue", "<queue>"),
        (
            [
                "a/pyproject.toml",
                "a/app/__init__.py",
                "a/app/t.py",
                "b/pyproject.toml",
                "b/app/__init__.py",
                "b/app/t.py",
            ],
            "b/app/m.py",
            "app.t",
            "b/app/t.py",
        ),
        (
            ["a/pyproject.toml", "a/app/__init__.py", "a/app/t.py", "b/pyproject.toml", "b/app/__init__.py"],
            "b/app/m.py",
            "app.t",
            "<>",
        ),
        (["app/__init__.py", "app/sub/t.py"], "app/m.py", "app.sub:t", "app/sub/t.py"),
        (["ns/one/a.py", "other/ns/two/b.py", "other/pyproject.toml"], "ns/one/c.py", "ns.two.b", "other/ns/two/b.py"),
        ([], "app/main.py", "confluent_kafka.admin", "<confluent_kafka>"),
        ([], "main.py", "...far", "<>"),
        (
            ["pyproject.toml", "src/forms/__init__.py", "src/forms/setup.py", "src/forms/celery/__init__.py"],
            "src/forms/celery/app.py",
            "celery",
            "<celery>",
        ),
        (["forms/setup.py", "forms/celery.py"], "forms/app.py", "celery", "forms/celery.py"),
    ],
)
def test_python(resolved, files: list[str], path: str, specifier: str, expected: str) -> None:  # type: ignore[no-untyped-def]
    assert resolved(dict.fromkeys(files, ""), path, specifier) == expected


def test_python_miss_in_a_package_is_no_other_package(tree: Write) -> None:
    answer = Workspace.open(tree({"app/main.py": "", "app/__init__.py": ""})).resolve("app/main.py", "app.topics")
    assert (answer.path, answer.external) == (None, "")
    outside = Workspace.open(tree({})).resolve("app/main.py", "lib.topics")
    assert outside.external == "lib"
