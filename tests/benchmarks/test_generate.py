"""The generated workspace is what the benchmark says that it is."""

from __future__ import annotations

import ast
import random
from collections import Counter
from pathlib import Path

import pytest
from generate import Plan, generate, workspace_files
from generated_code import BYTES, api_client, bundle, protocol_messages
from languages import SHARES
from sized_code import LINES

from eventlens.analysis import analyse, open_workspace
from eventlens.syntax.lowering import lower
from eventlens.workspace.snapshot import Workspace
from eventlens.workspace.survey import is_bundle

_LIBRARIES = (
    *(b"kafkajs", b"amqplib", b"@shop/messaging"),
    *(b"confluent_kafka", b"pika", b"shop_messaging"),
    *(b"springframework.kafka", b"springframework.amqp", b"com.shop.messaging", b"com.shop.bus"),
    *(b"segmentio/kafka-go", b"rabbitmq/amqp091-go", b"example.com/shop/pkg/messaging"),
    *(b"Confluent.Kafka", b"RabbitMQ.Client", b"Shop.Messaging"),
)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("generated")
    generate(folder, Plan(files=600, megabytes=3.3, share=0.1, seed=7))
    return Workspace.open(
        folder,
        _LIBRARIES,
        cached=False,
    )


def test_the_same_seed_gives_the_same_files() -> None:
    one, same, other = (list(workspace_files(Plan(60, 0.3, 0.1, seed, generated=1))) for seed in (1, 1, 2))
    assert one == same != other


def test_generated_files_come_on_top_of_the_others() -> None:
    plain = list(workspace_files(Plan(60, 0.3, 0.1, seed=1)))
    assert list(workspace_files(Plan(60, 0.3, 0.1, seed=1, generated=1)))[: len(plain)] == plain


def test_three_files_are_as_large_as_generated_ones_are() -> None:
    files = dict(workspace_files(Plan(4, 0.02, 0.1, seed=1, generated=1)))
    large = {Path(path).suffix: text for path, text in files.items() if len(text) > 200_000}
    assert all(len(text) == pytest.approx(BYTES, rel=0.1) for text in large.values())
    assert max(map(len, large[".ts"].split("\n"))) < 300 < len(large[".js"].split("\n")[0])
    assert len(ast.parse(large[".py"]).body) > 500


def test_generated_files_are_valid_code_and_a_bundle_is_known_as_one() -> None:
    client, messages = api_client(random.Random(1), 20_000), protocol_messages(random.Random(1), 20_000)
    assert lower("client.ts", client.encode()).errors == ()
    assert lower("shop_pb2.py", messages.encode()).errors == ()
    assert is_bundle(bundle(random.Random(1), 200_000).encode(), "javascript")
    assert not is_bundle(client.encode(), "typescript")


def test_sized_modules_are_as_long_as_they_say() -> None:
    files = dict(workspace_files(Plan(4, 0.02, 0.1, seed=1, generated=1)))
    sized = {path: text for path, text in files.items() if "/sized_" in path}
    assert len(sized) == 2 * len(LINES)
    for path, text in sized.items():
        assert text.count("\n") == pytest.approx(int(path.rpartition("_")[2].partition(".")[0]), abs=25)
        assert lower(path, text.encode()).errors == ()


def test_size_and_share_are_as_asked(workspace: Workspace) -> None:
    sources = [path for path in workspace.sources() if path.rpartition("_0")[2][:3].isdecimal()]
    assert len(sources) == 600
    assert sum(workspace.files[path].size for path in sources) == pytest.approx(3_300_000, rel=0.1)
    messaging = [path for path in sources if workspace.survey(path).literals]
    assert len(messaging) == pytest.approx(60, abs=25)


def test_each_language_has_its_share(workspace: Workspace) -> None:
    suffixes = Counter(Path(path).suffix for path in workspace.sources())
    for language, share in SHARES:
        assert suffixes[language.suffix] == pytest.approx(600 * share, abs=8)


def test_messages_are_sent_and_received_in_each_language(tmp_path: Path) -> None:
    generate(tmp_path, Plan(files=400, megabytes=1.6, share=0.6, seed=3))
    opened = open_workspace(tmp_path).workspace
    sites = Counter((Path(site.file).suffix, site.role) for site in analyse(opened).flow_map.sites)
    opened.close()
    assert {(language.suffix, role) for language, _ in SHARES for role in ("publish", "subscribe")} <= sites.keys()


def test_every_file_is_valid_code(workspace: Workspace) -> None:
    for path in workspace.sources():
        assert lower(path, workspace.text(path)).errors == ()
        if path.endswith(".py"):
            ast.parse(workspace.text(path))


def test_imports_between_files_lead_somewhere(workspace: Workspace) -> None:
    inner = [
        (path, name)
        for path, survey in workspace.surveys()
        for name in survey.imports
        if (name.startswith((".", "@shop")) and name != ".:*")
        or (
            name.startswith(("py_service", "shop_", "com.shop.", "example.com/shop/", "Shop.Messaging")) and ":" in name
        )
    ]
    assert len(inner) > 500
    assert [pair for pair in inner if not workspace.resolve(*pair).paths] == []
