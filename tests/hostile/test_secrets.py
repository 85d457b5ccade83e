"""Whatever the program says of a workspace full of secrets, none of them is in it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from lsprotocol import types

from eventlens.cli.app import run
from eventlens.cli.opening import map_folder
from eventlens.workspace.cache import Cache
from hostile.leaks import FILES, SECRETS, leaked, write_leaks
from lsp.client import Editor

SOURCES = ("orders/src/publish.ts", "billing/consume.py")
COMMANDS = (
    *(["map", ".", "--format", form] for form in ("text", "json", "mermaid", "dot")),
    *(["check", ".", "--format", form] for form in ("text", "json", "sarif", "github", "junit")),
    *(["explain", f"{SOURCES[0]}:{line}"] for line in (7, 17, 22, 25)),
    *(["explain", f"{SOURCES[1]}:{line}"] for line in (13, 19)),
    ["models", "."],
)
REAL = [sys.executable, "-m", "eventlens", "serve", "--stdio"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_leaks(tmp_path / "leaks")


def test_the_secrets_are_where_they_would_be_shown(root: Path) -> None:
    """The test of the tests: without the rule nearly each of these sites would name its secret."""
    flow_map = map_folder(root).flow_map
    masked = [site.channel for site in flow_map.sites if site.channel is not None and "•••" in site.channel]
    assert len(masked) >= 18 and len(SECRETS) >= 25
    assert all(leaked(text) for path, text in FILES.items() if not path.endswith((".json", "pyproject.toml")))


def test_channels_that_are_named_with_secrets_are_still_the_same_ones(root: Path) -> None:
    flow_map = map_folder(root).flow_map
    by_id = {site.id: site for site in flow_map.sites}
    joined = {(by_id[flow.publish].line, by_id[flow.subscribe].line) for flow in flow_map.flows}
    assert joined == {(10, 12), (12, 12)}  # orders-<secret> at once and through a variable that is put together
    channels = [channel.name for channel in flow_map.channels]
    assert len(channels) == len(set(channels))
    assert {"•••(KAFKA_PASSWORD)", "•••(API_TOKEN)", "•••(DB_PASSWORD)", "orders-•••(TENANT_SECRET)"} <= set(channels)


def test_equal_secrets_are_one_and_different_ones_are_not(root: Path) -> None:
    (root / "one").mkdir()
    (root / "two").mkdir()
    (root / "one" / ".env").write_text("API_TOKEN=first\nSAME_TOKEN=first\n")
    (root / "two" / ".env").write_text("API_TOKEN=second\n")
    send = "import {{ Kafka }} from 'kafkajs';\nnew Kafka({{}}).producer().send({{ topic: process.env.{name}, messages: [] }});\n"
    (root / "one" / "a.ts").write_text(send.format(name="API_TOKEN"))
    (root / "one" / "b.ts").write_text(send.format(name="SAME_TOKEN"))
    (root / "two" / "a.ts").write_text(send.format(name="API_TOKEN"))
    named = {site.file: site.channel for site in map_folder(root).flow_map.sites}
    assert named["one/a.ts"] == named["one/b.ts"] != named["two/a.ts"]


def test_no_report_shows_a_secret(
    root: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.chdir(root)
    for arguments in COMMANDS:
        assert run(arguments) in (0, 1), arguments
        said, complained = capfdbinary.readouterr()
        assert said and leaked(said + complained) == [], arguments


def test_no_baseline_and_no_remembered_map_holds_one(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENTLENS_CACHE_DIR", str(tmp_path / "cache"))
    for path in root.rglob("*"):  # as if written a while ago: the map is remembered only then
        os.utime(path, (1_700_000_000, 1_700_000_000))
    accepted = tmp_path / "accepted.json"
    command = [sys.executable, "-m", "eventlens", "check", str(root), "--write-baseline", str(accepted)]
    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0
    assert leaked(accepted.read_bytes()) == []
    (cache,) = (tmp_path / "cache").glob("*.sqlite")
    with sqlite3.connect(cache) as database:
        keys = [key for (key,) in database.execute("SELECT key FROM blobs")]
    remembered = Cache(cache)
    maps = b"".join(remembered.get_blob(key) or b"" for key in keys)
    remembered.close()
    assert b"TENANT_SECRET" in maps and leaked(maps) == []


@pytest.mark.parametrize(
    "settings",
    [
        "[values]\nAPI_TOKEN = ['{}']\n",
        "[values]\nAPI_TOKEN = {{a = '{}'}}\n",
        "[[external]]\nchannel = 1\nmy_password = '{}'\n",
    ],
)
def test_no_complaint_about_the_settings_shows_one(root: Path, settings: str) -> None:
    secret = "zqXsettingsXcanary"
    (root / "eventlens.toml").write_text(settings.format(secret))
    done = subprocess.run(
        [sys.executable, "-m", "eventlens", "map", str(root)], capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 2 and done.stderr and secret not in (done.stdout + done.stderr).decode()


async def test_a_session_shows_no_secret_and_writes_none_down(
    root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Everything a client can ask for, at every word of the sources and of the configuration, with all that is logged."""
    monkeypatch.setenv("EVENTLENS_LOG", "DEBUG")
    log = tmp_path / "log"
    shell = f'exec "{sys.executable}" -m eventlens serve --stdio 2>"{log}"'
    editor = await Editor.start(root, ["sh", "-c", shell])
    said: list[object] = []
    for path in (*SOURCES, ".env", "docker-compose.yml", "deploy.yaml", "eventlens.toml", "billing/config.yaml"):
        editor.open(path)
        document = types.TextDocumentIdentifier(editor.uri(path))
        lines = FILES[path].split("\n")
        everything = types.Range(types.Position(0, 0), types.Position(len(lines), 0))
        said.append(await editor.client.text_document_inlay_hint_async(types.InlayHintParams(document, everything)))
        said.append(await editor.client.text_document_code_lens_async(types.CodeLensParams(document)))
        said.append(await editor.client.text_document_document_symbol_async(types.DocumentSymbolParams(document)))
        actions = await editor.client.text_document_code_action_async(
            types.CodeActionParams(document, everything, types.CodeActionContext([]))
        )
        said.append([action.title for action in actions or []])
        for number, line in enumerate(lines):
            for column in _words(line):
                at = {"text_document": document, "position": types.Position(number, column)}
                said.append(await editor.client.text_document_hover_async(types.HoverParams(**at)))
                if column % 3 == 0 and path in SOURCES and ("send" in line or "Consumer" in line):
                    said.append(await editor.client.text_document_completion_async(types.CompletionParams(**at)))
                    said.append(
                        await editor.client.text_document_prepare_call_hierarchy_async(
                            types.CallHierarchyPrepareParams(**at)
                        )
                    )
    said.append(await editor.client.workspace_symbol_async(types.WorkspaceSymbolParams("")))
    said.append(editor.published)
    said.append(editor.client.log_messages)
    await editor.stop()
    told = str(said)
    assert "•••(TENANT_SECRET)" in told and leaked(told) == []
    assert leaked(log.read_bytes()) == []


def _words(line: str) -> list[int]:
    starts = [0, *(n for n in range(1, len(line)) if line[n].isalnum() and not line[n - 1].isalnum())]
    return starts if len(starts) < 12 else starts[::2]
