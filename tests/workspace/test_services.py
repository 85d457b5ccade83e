from __future__ import annotations

import json

import pytest

from eventlens.workspace.services import Service
from eventlens.workspace.snapshot import Workspace

from .conftest import Write


def named(tree: Write, files: dict[str, object], *settings: tuple[str, str]) -> dict[str, str]:
    """Folder → name, a library's in brackets."""
    root = tree({path: text if isinstance(text, str) else json.dumps(text) for path, text in files.items()})
    services = Workspace.open(root).services(settings).all
    return {service.path: f"[{service.name}]" if service.is_library else service.name for service in services}


def test_the_nearest_manifest_names_the_service(tree: Write) -> None:
    files = {
        "package.json": {"name": "shop", "workspaces": ["services/*"]},
        "services/orders/package.json": {"name": "@shop/orders", "scripts": {"start": "node ."}},
        "services/billing/pyproject.toml": "[project]\nname = 'billing-service'\n",
        "services/mail/requirements.txt": "pika\n",
        "services/search/Dockerfile": "FROM x",
        "packages/bus/package.json": {"name": "@shop/bus"},
        "services/orders/src/package.json": {"type": "module"},
        "services/orders/tests/requirements.txt": "pytest\n",
        "services/lint/pyproject.toml": "[tool.ruff]\nline-length = 1\n",
    }
    assert named(tree, files) == {
        "": "shop",
        "services/orders": "orders",
        "services/billing": "billing-service",
        "services/mail": "mail",
        "services/search": "search",
        "packages/bus": "[bus]",
    }


def test_where_a_service_is_named(tree: Write) -> None:
    root = tree({"a/package.json": '{\n "version": "1",\n "name": "orders"\n}', "a/src/x.ts": "", "y.ts": ""})
    services = Workspace.open(root).services()
    assert services.service_of("a/src/x.ts") == Service("orders", "a", False, "a/package.json", 3)
    assert services.service_of("y.ts") is None


def test_compose_names_go_before_package_names(tree: Write) -> None:
    files = {
        "docker-compose.yml": "services:\n  order-api: {build: ./services/orders}\n  bill: {build: {context: ., dockerfile: services/billing/Dockerfile}}\n  db: {image: x}\n",
        "deploy/compose.yaml": "services:\n  mailer:\n    build: {context: ../services/mail}\n",
        "services/orders/package.json": {"name": "orders-package"},
        "services/billing/package.json": {"name": "billing-package"},
        "services/mail/main.py": "",
    }
    assert named(tree, files) == {"services/orders": "order-api", "services/billing": "bill", "services/mail": "mailer"}


def test_a_folder_with_two_compose_services_keeps_its_own_name(tree: Write) -> None:
    files = {
        "docker-compose.yml": "services:\n  api: {build: ./app}\n  worker: {build: ./app}\n",
        "app/pyproject.toml": "[project]\nname = 'shop'\n",
    }
    assert named(tree, files) == {"app": "shop"}


@pytest.mark.parametrize("context", ["https://example.org/x.git", "${SOME_FOLDER}", "../../outside"])
def test_a_build_from_elsewhere_is_no_folder(tree: Write, context: str) -> None:
    assert named(tree, {"docker-compose.yml": f"services:\n  a:\n    build: {context}\n"}) == {}


def test_nx_and_nest_projects(tree: Write) -> None:
    files = {
        "package.json": {"name": "root"},
        "apps/orders/project.json": {"name": "orders-app", "projectType": "application"},
        "libs/contracts/project.json": {"name": "contracts", "projectType": "library"},
        "nest-cli.json": {
            "projects": {
                "mail": {"type": "application", "root": "apps/mail"},
                "bus": {"type": "library", "root": "libs/bus"},
            }
        },
    }
    assert named(tree, files) == {
        "": "root",
        "apps/orders": "orders-app",
        "libs/contracts": "[contracts]",
        "apps/mail": "mail",
        "libs/bus": "[bus]",
    }


def test_settings_go_first_and_may_make_a_service_of_any_folder(tree: Write) -> None:
    files = {"services/orders/package.json": {"name": "x"}, "jobs/nightly/run.py": ""}
    assert named(tree, files, ("ordering", "services/orders"), ("nightly", "./jobs/nightly/")) == {
        "services/orders": "ordering",
        "jobs/nightly": "nightly",
    }


def test_a_library_that_is_started_is_a_service(tree: Write) -> None:
    files = {
        "packages/worker/package.json": {"name": "worker"},
        "packages/worker/Dockerfile": "",
        "libs/x/package.json": {"name": "x", "scripts": {"start": "y"}},
    }
    assert named(tree, files) == {"packages/worker": "worker", "libs/x": "x"}


def test_the_same_name_twice_is_told_apart_by_folder(tree: Write) -> None:
    files = {
        "orders/package.json": {"name": "template"},
        "billing/package.json": {"name": "template"},
        "x/api/package.json": {"name": "t2"},
        "y/api/package.json": {"name": "t2"},
    }
    assert named(tree, files) == {"orders": "orders", "billing": "billing", "x/api": "x/api", "y/api": "y/api"}
