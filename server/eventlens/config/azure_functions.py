"""``function.json`` of Azure Functions: which queue or topic starts the function whose folder it lies in.

https://learn.microsoft.com/azure/azure-functions/functions-reference
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from eventlens.config.documents import read_document
from eventlens.config.infrastructure import ChannelName, DeployedFunction, Infrastructure, Wiring
from eventlens.config.values import Table, items_at, line_of, text_at

_NAME = "function.json"
_BUILT = re.compile(r"(^|/)(?:dist|lib|build|out)/")
_PYTHON = ".py"
_SOURCES = {
    "queueTrigger": ("abstract", "queue", ("queueName",)),
    "serviceBusTrigger": ("azure-service-bus", "queue", ("queueName", "topicName")),
    "eventHubTrigger": ("abstract", "topic", ("eventHubName", "path")),
    "kafkaTrigger": ("kafka", "topic", ("topic",)),
}
"""Kind of trigger → broker and kind of its channel, and the settings that may hold the name."""


def is_function_name(path: str) -> bool:
    """Whether a file is called like the description of a function."""
    return path.rpartition("/")[2] == _NAME


def read_function(path: str, text: bytes) -> Infrastructure:
    """What a function's description says. Broken text gives nothing."""
    root = read_document(_NAME, text).root
    wirings = tuple(_wirings(path, root)) if isinstance(root, Table) else ()
    if not wirings or not isinstance(root, Table):
        return Infrastructure()
    folder = path.rpartition("/")[0]
    script = text_at(root, "scriptFile") or "index.js"
    function = DeployedFunction(
        path,
        folder.rpartition("/")[2],
        _handler(script, text_at(root, "entryPoint")),
        path,
        1,
        _folders(folder, script),
    )
    return Infrastructure(functions=(function,), wirings=wirings)


def _wirings(path: str, root: Table) -> Iterator[Wiring]:
    for binding in items_at(root, "bindings"):
        if not isinstance(binding, Table):
            continue
        kind = text_at(binding, "type") or ""
        if kind not in _SOURCES:
            continue
        broker, channel, settings = _SOURCES[kind]
        for setting in settings:
            name = text_at(binding, setting)
            if name:
                yield Wiring(ChannelName(broker, channel, name), path, path, line_of(binding, setting), trigger=kind)
                break


def _handler(script: str, entry: str | None) -> str:
    """The script's module and the function in it that runs."""
    stem, ending = posixpath.splitext(posixpath.basename(script))
    return f"{stem}.{entry or ('main' if ending == _PYTHON else 'default')}"


def _folders(folder: str, script: str) -> tuple[str, ...]:
    """Where the script's source lies: beside the description, or where it was built from."""
    built = posixpath.normpath(posixpath.join(folder, posixpath.dirname(script)))
    return tuple(dict.fromkeys((folder, built, _BUILT.sub(r"\1", f"{built}/").rstrip("/"))))
