from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from eventlens.workspace.snapshot import Workspace
from eventlens.workspace.source_sets import source_set

from .conftest import Write

FILES = {
    "package.json": "{}",
    "src/topics.ts": "export const ORDERS = 'orders';",
    "src/a.ts": "import { ORDERS } from './topics';",
    "src/b.ts": "import './a';",
    "py/app/__init__.py": "",
    "py/app/topics.py": "ORDERS = 'orders'",
    "py/app/main.py": "from app import topics",
    "py/app/job.py": "from . import topics\nfrom app.topics import ORDERS",
}


@pytest.fixture
def workspace(tree: Write) -> Workspace:
    return Workspace.open(tree(FILES), [b"orders"])


def test_files_by_kind(workspace: Workspace) -> None:
    assert workspace.configs() == ["package.json"]
    assert workspace.sources() == sorted(set(FILES) - {"package.json"})
    assert "src/a.ts" in workspace and "src/z.ts" not in workspace


def test_module_text_and_survey(workspace: Workspace) -> None:
    module = workspace.module("src/a.ts")
    assert module is not None and module.path == "src/a.ts" and module.imports[0].module == "./topics"
    assert workspace.module("src/a.ts") is module
    assert workspace.text("py/app/topics.py") == b"ORDERS = 'orders'"
    assert workspace.survey("src/topics.ts").literals == ("orders",)
    assert workspace.module("package.json") is None and workspace.module("gone.ts") is None
    assert workspace.survey("package.json").imports == ()


def test_modules_keep_the_order_asked_for(workspace: Workspace) -> None:
    asked = ["src/b.ts", "package.json", "py/app/main.py", "gone.py", "src/a.ts"]
    assert [path for path, _ in workspace.modules(asked)] == ["src/b.ts", "py/app/main.py", "src/a.ts"]


def test_importers(workspace: Workspace) -> None:
    assert workspace.importers_of("src/topics.ts") == ["src/a.ts"]
    assert workspace.importers_of("py/app/topics.py") == ["py/app/job.py", "py/app/main.py"]
    assert workspace.importers_of("src/b.ts") == []


def test_an_overlay_changes_a_new_snapshot_only(workspace: Workspace) -> None:
    workspace.importers_of("src/topics.ts")
    changed = workspace.with_overlay("src/b.ts", b"import {ORDERS} from './topics'; // orders")
    assert changed.importers_of("src/topics.ts") == ["src/a.ts", "src/b.ts"]
    assert changed.importers_of("src/a.ts") == []
    assert changed.survey("src/b.ts").literals == ("orders",)
    assert changed.module("src/b.ts") != workspace.module("src/b.ts")
    assert changed.module("src/a.ts") is workspace.module("src/a.ts")
    assert workspace.importers_of("src/topics.ts") == ["src/a.ts"]
    back = changed.with_overlay("src/b.ts", None)
    assert back.importers_of("src/topics.ts") == ["src/a.ts"] and back.text("src/b.ts") == b"import './a';"


def test_an_overlay_may_be_a_new_file(workspace: Workspace) -> None:
    assert workspace.resolve("src/b.ts", "./fresh").path is None
    fresh = workspace.with_overlay("src/fresh.ts", b"import './topics'")
    assert fresh.resolve("src/b.ts", "./fresh").path == "src/fresh.ts"
    assert fresh.importers_of("src/topics.ts") == ["src/a.ts", "src/fresh.ts"]
    gone = fresh.with_overlay("src/fresh.ts", None)
    assert gone.resolve("src/b.ts", "./fresh").path is None and "src/fresh.ts" not in gone


def test_what_is_opened_and_not_edited_is_not_read_again(workspace: Workspace) -> None:
    path, text = "src/a.ts", FILES["src/a.ts"].encode()
    saved = workspace.module(path)
    assert workspace.survey(path).literals == ()
    opened = workspace.with_overlay(path, text)
    assert opened.module(path) is saved
    edited = opened.with_overlay(path, text.replace(b"ORDERS", b"OTHERS"))
    assert edited.module(path) is not saved
    assert edited.with_overlay(path, text).module(path) is saved


def test_a_text_that_the_disk_does_not_hold_any_more_is_read_for_itself(workspace: Workspace) -> None:
    path, text = "src/a.ts", FILES["src/a.ts"].encode()
    assert workspace.survey(path).literals == ()
    (workspace.root / path).write_bytes(b"export {};")
    module = workspace.with_overlay(path, text).module(path)
    assert module is not None and [one.module for one in module.imports] == ["./topics"]


def test_an_overlay_of_a_tsconfig_changes_resolution(workspace: Workspace) -> None:
    changed = workspace.with_overlay("tsconfig.json", b'{"compilerOptions": {"paths": {"@/*": ["./src/*"]}}}')
    assert changed.resolve("src/b.ts", "@/topics").path == "src/topics.ts"
    assert workspace.resolve("src/b.ts", "@/topics").path is None


def test_the_same_text_or_an_unknown_kind_gives_the_same_snapshot(workspace: Workspace) -> None:
    changed = workspace.with_overlay("src/b.ts", b"1")
    assert changed.with_overlay("src/b.ts", b"1") is changed
    assert workspace.with_overlay("notes.md", b"#") is workspace
    assert workspace.with_overlay("src/b.ts", None) is workspace


def test_refresh_sees_changed_new_and_gone_files(workspace: Workspace) -> None:
    root: Path = workspace.root
    before = workspace.module("src/b.ts")
    time.sleep(0.05)  # files that were just written may change without showing it
    workspace = workspace.refresh()
    assert workspace.refresh() is workspace
    (root / "src/b.ts").write_text("import './new'; import './topics';")
    (root / "src/new.ts").write_text("export {}")
    (root / "src/a.ts").unlink()
    after = workspace.refresh()
    assert after.module("src/b.ts") != before
    assert after.importers_of("src/new.ts") == ["src/b.ts"]
    assert after.importers_of("src/topics.ts") == ["src/b.ts"]
    assert after.module("src/a.ts") is None


def test_refresh_keeps_overlays(workspace: Workspace) -> None:
    changed = workspace.with_overlay("src/b.ts", b"export const mine = 1")
    os.utime(workspace.root / "src/b.ts", ns=(1, 1))
    assert changed.refresh().text("src/b.ts") == b"export const mine = 1"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("src/orders.service.ts", "main"),
        ("src/orders.service.spec.ts", "test"),
        ("apps/api/test/app.e2e-spec.ts", "test"),
        ("src/app.e2e-spec.ts", "test"),
        ("src/__tests__/x.js", "test"),
        ("src/__mocks__/x.js", "test"),
        ("tests/fixtures/events.py", "test"),
        ("apps/shop-e2e/src/orders.ts", "test"),
        ("integration-tests/orders.py", "test"),
        ("services/ab-test/main.py", "main"),
        ("fixtures/events.py", "main"),
        ("app/test_orders.py", "test"),
        ("app/orders_test.py", "test"),
        ("conftest.py", "test"),
        ("app/latest.py", "main"),
        ("app/contest/x.py", "main"),
        ("examples/kafka/produce.py", "example"),
        ("app/migrations/0001_initial.py", "main"),
        ("proto/orders_pb2.py", "generated"),
        ("proto/orders_pb2_grpc.py", "generated"),
        ("src/api.generated.ts", "generated"),
        ("src/generated/client.ts", "generated"),
        ("src/types.d.ts", "main"),
        ("src/Shop.Accounts.TestHarness/Scenarios/PublishOrders.cs", "test"),
        ("src/Shop.Accounts.Harness/Scenarios/PublishOrders.cs", "main"),
        ("src/itest/java/shop/OrderSteps.java", "test"),
        ("src/integration/kotlin/shop/OrderFlow.kt", "test"),
        ("orders/src/componentTest/java/shop/Orders.java", "test"),
        ("orders/src/component-test/java/shop/Orders.java", "test"),
        ("orders/src/main/java/shop/component-test.java", "main"),
        ("src/main/java/shop/integration/java/Orders.java", "main"),
        ("src/integration/orders.ts", "main"),
        ("src/orders/handler.test.unit.ts", "test"),
        ("src/orders/handler.testing.ts", "main"),
    ],
)
def test_source_sets(path: str, expected: str) -> None:
    assert source_set(path) == expected
