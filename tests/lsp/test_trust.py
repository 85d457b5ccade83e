"""The server need not know whether the workspace is trusted: no setting that may come with it names a program or leads out of it.

Each setting is listed here with what it may hold. A new one belongs into one of the lists, and one that would name a program into none.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from lsprotocol import types

from eventlens.config.settings import Settings
from eventlens.config.toml_settings import SettingsError, read_settings
from eventlens.config.written_types import Written
from eventlens.flow.model import Severity
from eventlens.lsp.client_settings import ClientSettings

from .client import REAL, Editor

READ = {"libraries.paths", "maps"}
"""Files and folders that are read."""
CHOSEN = {"services.path", "exclude"}
"""Parts of what lies in the workspace: a path out of it is that of nothing."""
WORDS = {
    "values",
    "services.name",
    "external.channel",
    "external.owner",
    "external.reason",
    "rules.severity",
    "rules.allow",
    "rules.consumers",
    "profiles",
    "closed",
}
"""Names, texts, numbers and switches."""
KAFKA = "import { Kafka } from 'kafkajs';\nconst producer = new Kafka({ brokers: ['b:9092'] }).producer();\n"
SEND = KAFKA + "export const send = () => producer.send({ topic: 'TOPIC', messages: [{ value: 'v' }] });\n"


def settings_of(table: type[Written], prefix: str = "") -> Iterator[str]:
    """The dotted names of all settings of a table and the tables in it."""
    for field in msgspec.structs.fields(table):
        inner = list(tables_in(field.type))
        yield from (each for one in inner for each in settings_of(one, f"{prefix}{field.name}."))
        if not inner:
            yield f"{prefix}{field.name}"


def tables_in(annotation: Any) -> Iterator[type[Written]]:
    """The tables that a type is made of."""
    if isinstance(annotation, type) and issubclass(annotation, Written):
        yield annotation
    for part in get_args(annotation):
        yield from tables_in(part)


def test_every_setting_of_a_workspace_is_listed() -> None:
    found = list(settings_of(Settings))
    assert sorted(found) == sorted(READ | CHOSEN | WORDS)


@pytest.mark.parametrize("name", sorted(READ))
@pytest.mark.parametrize("path", ["../x", "a/../../x", "/etc/x", "\\\\host\\x", "C:\\x", "..\\x"])
def test_what_is_read_lies_inside(name: str, path: str) -> None:
    with pytest.raises(SettingsError, match="inside the workspace"):
        read_settings(f"{name} = ['{path}']\n")


def test_every_setting_of_the_client_is_a_switch_or_a_severity() -> None:
    for name, default in ClientSettings()._asdict().items():
        assert isinstance(default, bool) or default in get_args(Severity), name


async def test_a_workspace_is_not_read_beyond(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    for folder, topic in ((root, "mine"), (outside, "stolen")):
        folder.mkdir()
        (folder / "package.json").write_text('{"name": "shop", "dependencies": {"kafkajs": "2"}}')
        (folder / "send.ts").write_text(SEND.replace("TOPIC", topic))
    (root / "eventlens.toml").write_text(
        'exclude = ["!../outside/**"]\n[[services]]\nname = "other"\npath = "../outside"\n'
    )
    editor = await Editor.start(root, REAL)
    editor.open("send.ts")
    await editor.mapped()
    found = await editor.client.workspace_symbol_async(types.WorkspaceSymbolParams("")) or []
    names = {symbol.name for symbol in found}
    assert any("mine" in name for name in names) and not any("stolen" in name for name in names)
    assert not editor.client.messages and not editor.client.log_messages
    assert await editor.stop() == 0
