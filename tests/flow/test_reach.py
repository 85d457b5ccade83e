"""What can get hold of a declared thing: importers that name it, and those that get it inside something else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from eventlens.flow.program import Program
from eventlens.flow.reach import FOLLOWED_BY_NAME, MANY_FOLLOWED, Reach
from eventlens.workspace.snapshot import Workspace

NOTIFIER = "export class Notifier { send(id: string) {} }\n"
PUBLISH = "export function publish(topic: string) {}\n"


def reached(folder: Path, files: Mapping[str, str], owner: str, name: str, mentioned: str) -> list[str]:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    program = Program(Workspace.open(folder, cached=False))
    module = program.module(owner)
    assert module is not None
    return sorted(Reach(program).modules([module], [name], [mentioned]))


@pytest.mark.parametrize(
    ("files", "found"),
    [
        pytest.param({"a.ts": "import { publish } from './p';\npublish('x');\n"}, ["a.ts"], id="by its name"),
        pytest.param({"a.ts": "import { republish } from './p';\nrepublish('x');\n"}, [], id="a longer word is another name"),
        pytest.param({"b.ts": "export * from './p';\n", "a.ts": "import { publish } from './b';\npublish();\n"}, ["a.ts"], id="through a barrel"),
        pytest.param({"b.ts": "import * as p from './p';\nexport { p };\n", "a.ts": "import { p } from './b';\np.publish();\n"}, ["a.ts"], id="in a namespace"),
        pytest.param(
            {"b.ts": "import { publish } from './p';\nexport const bus = { publish };\n", "a.ts": "import { bus } from './b';\nbus.publish();\n"},
            ["a.ts", "b.ts"],
            id="in an object",
        ),
        pytest.param(
            {"b.ts": "import { publish } from './p';\nexport function place() { publish('x'); }\n", "a.ts": "import { place } from './b';\nplace(publish);\n"},
            ["b.ts"],
            id="a module that only uses it passes nothing on",
        ),
        pytest.param(
            {"b.ts": "import { publish } from './p';\nexport function give(take: Function) { take(publish); }\n", "a.ts": "import { give } from './b';\ngive((publish: Function) => publish());\n"},
            ["a.ts", "b.ts"],
            id="through a callback",
        ),
    ],
)  # fmt: skip
def test_functions(tmp_path: Path, files: dict[str, str], found: list[str]) -> None:
    assert reached(tmp_path, {"p.ts": PUBLISH, **files}, "p.ts", "publish", "publish") == found


@pytest.mark.parametrize(
    ("files", "found"),
    [
        pytest.param({"n.ts": NOTIFIER, "a.ts": "import { Notifier } from './n';\nexport class A { constructor(private n: Notifier) { n.send('1'); } }\n"}, ["a.ts"], id="by its type"),
        pytest.param({"n.ts": NOTIFIER + "export const notifier = new Notifier();\n", "a.ts": "import { notifier } from './n';\nnotifier.send('1');\n"}, ["a.ts"], id="as an object"),
        pytest.param({"n.ts": NOTIFIER + "const made = new Notifier();\nexport default made;\n", "a.ts": "import any from './n';\nany.send('1');\n"}, ["a.ts"], id="as the default"),
        pytest.param(
            {
                "n.ts": NOTIFIER,
                "s.ts": "import { Notifier } from './n';\nexport interface Services { notifier: Notifier }\n",
                "f.ts": "import { Services } from './s';\nexport function services(): Services { return get(); }\n",
                "a.ts": "import { services } from './f';\nservices().notifier.send('1');\n",
            },
            ["a.ts"],
            id="inside what a function gives",
        ),
        pytest.param(
            {"n.ts": NOTIFIER, "b.ts": "import { Notifier } from './n';\nexport function run(n: Notifier) { n.send('1'); }\n", "a.ts": "import { run } from './b';\nmail.send(run);\n"},
            ["b.ts"],
            id="a parameter is not passed on",
        ),
    ],
)  # fmt: skip
def test_methods(tmp_path: Path, files: dict[str, str], found: list[str]) -> None:
    assert reached(tmp_path, files, "n.ts", "Notifier", "send") == found


def test_python_names_are_passed_on_by_importing_them(tmp_path: Path) -> None:
    files = {
        "shop/__init__.py": "from .publisher import publish\n",
        "shop/publisher.py": "def publish(topic): ...\n",
        "shop/state.py": "from shop import publisher\nhold = {}\n\ndef start():\n    hold['p'] = publisher.publish\n",
        "a.py": "from shop import publish\npublish('x')\n",
        "b.py": "import shop.publisher\nshop.publisher.publish('x')\n",
        "c.py": "print('publish')\n",
    }
    assert reached(tmp_path, files, "shop/publisher.py", "publish", "publish") == [
        "a.py",
        "b.py",
        "shop/__init__.py",
        "shop/state.py",
    ]


def java_package(*mentioning: str) -> dict[str, str]:
    """Classes of one package, each of which holds the next; the first one holds the client."""
    held = ("Client", *(f"Part{at}" for at in range(20)))
    chain = {f"shop/Part{at}.java": f"package shop;\nclass Part{at} {{ {held[at]} next; }}\n" for at in range(20)}
    users = {f"shop/{name}.java": f"package shop;\nclass {name} {{ Client client; }}\n" for name in mentioning}
    return {"shop/Client.java": "package shop;\nclass Client { void send() { } }\n", **chain, **users}


def test_what_a_package_mentions_by_name_is_found_without_reading_the_package(tmp_path: Path) -> None:
    for path, text in java_package("Sender").items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    program = Program(Workspace.open(tmp_path, cached=False))
    owner = program.module("shop/Client.java")
    assert owner is not None
    assert sorted(Reach(program).modules([owner], ["Client"], ["Client"])) == ["shop/Part0.java", "shop/Sender.java"]
    assert program.peek("shop/Part19.java") is None


def test_in_a_package_things_are_reached_through_what_holds_them(tmp_path: Path) -> None:
    files = {
        **java_package(),
        "web/Page.java": "package web;\nimport shop.Part19;\nclass Page { Part19 last; void go() { last.next.send(); } }\n",
        "web/Other.java": "package web;\nclass Other { void go() { mail.send(); } }\n",
    }
    assert reached(tmp_path, files, "shop/Client.java", "Client", "send") == ["web/Page.java"]


def test_what_half_the_workspace_holds_is_looked_for_by_name_and_the_holders_are_not_read(tmp_path: Path) -> None:
    holders = {
        f"shop/Holder{at}.java": f"package shop;\nclass Holder{at} {{ Client client; }}\n"
        for at in range(MANY_FOLLOWED + 1)
    }
    files = {
        "shop/Client.java": "package shop;\nclass Client { void send() { } }\n",
        **holders,
        "web/Page.java": "package web;\nimport shop.Holder7;\nclass Page { Holder7 held; void go() { held.client.send(); } }\n",
        "web/Other.java": "package web;\nclass Other { void go() { mail.resend(); } }\n",
        "test/PageTest.java": "package web;\nclass PageTest { void go() { client.send(); } }\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    program = Program(Workspace.open(tmp_path, cached=False))
    owner = program.module("shop/Client.java")
    assert owner is not None
    assert Reach(program).modules([owner], ["Client"], ["send"]) == ["web/Page.java"]
    assert not any(map(program.peek, holders))


def test_a_module_that_uses_a_package_passes_none_of_its_names_on(tmp_path: Path) -> None:
    files = {
        "bus/Bus.cs": "namespace Shop.Messaging;\npublic class Bus { public void Send(string id) {} }\n",
        "bus/Names.cs": 'namespace Shop.Messaging;\npublic static class Names { public const string Orders = "orders"; }\n',
        "sales/Desk.cs": "using Shop.Messaging;\nnamespace Shop.Sales;\npublic class Desk(Bus bus) { public void Place() => bus.Send(Names.Orders); }\n",
        "sales/Other.cs": "namespace Shop.Sales;\n// Bus\npublic class Other { public void Send() {} }\n",
    }
    assert reached(tmp_path, files, "bus/Bus.cs", "Bus", "Send") == ["sales/Desk.cs"]


def test_what_is_in_sight_nearly_everywhere_is_looked_for_in_all_that_imports_it_however_far(tmp_path: Path) -> None:
    files = {
        "bus.py": "def publish(topic):\n    ...\n",
        **{f"desk{at}.py": "from bus import publish\n" for at in range(FOLLOWED_BY_NAME)},
        "orders.py": "from desk7 import publish as announce\n",
        "sales.py": "from orders import announce as tell\n\nunread = [1]\n",
        "shop.py": "from sales import tell\n\ntell('x')\n",
        "stock.py": "from sales import unread\n",
        "other.py": "tell('x')\n",
        "tests/test_shop.py": "from shop import tell\n\ntell('x')\n",
    }
    desks = {path for path in files if path.startswith("desk")}
    found = reached(tmp_path, files, "bus.py", "publish", "publish")
    assert set(found) - desks == {"orders.py", "sales.py", "shop.py"}
