"""Where AsyncAPI documents name channels and messages, as values, as keys, and in references to these."""

from __future__ import annotations

import re
from collections.abc import Iterator

from eventlens.config.asyncapi import looks_like_asyncapi
from eventlens.config.documents import read_document
from eventlens.config.values import Table, line_of, table_at, text_at
from eventlens.ide.renaming.configuration_spelling import in_configuration
from eventlens.ide.renaming.spelt import Spelt
from eventlens.ide.renaming.written_names import WrittenNames

_ENDINGS = (".yaml", ".yml", ".json")


class AsyncApiNames:
    """The documents of a workspace."""

    def __init__(self, written: WrittenNames) -> None:
        self._written = written

    def of_channel(self, name: str) -> Iterator[Spelt]:
        """Where documents say the address of a channel."""
        for path, text in self._texts(name):
            channels = table_at(read_document(path, text).root, "channels") if looks_like_asyncapi(text) else None
            for key, value in channels.entries.items() if channels is not None else ():
                address = text_at(value, "address")
                if address == name and isinstance(value, Table):
                    yield from in_configuration(path, text, line_of(value, "address"), name)
                elif address is None and key == name and channels is not None:
                    yield from self._key(path, channels.lines[key], "channels", name)

    def of_message(self, path: str, line: int, name: str) -> list[Spelt]:
        """Where a message that is declared on a line (1-based) of a document is named, as a value or as a key."""
        source = self._written.source(path)
        found = in_configuration(path, source, line, name) or list(self._key(path, line, "components/messages", name))
        constant = rb"(?m)[\"']?const[\"']?\s*:\s*[\"']?(%s)[\"']?\s*[,}]?\s*$" % re.escape(name.encode())
        return [*found, *(Spelt(path, *one.span(1)) for one in re.finditer(constant, source))] if found else []

    def _key(self, path: str, line: int, above: str, name: str) -> Iterator[Spelt]:
        """A key, and the references to what stands under it. Nothing where the line begins otherwise."""
        escaped = re.escape(name.encode())
        lines = self._written.source(path).splitlines(keepends=True)
        key = re.match(rb"\s*[\"']?(%s)[\"']?\s*:" % escaped, lines[line - 1])
        if key is None:
            return
        start = sum(map(len, lines[: line - 1]))
        yield Spelt(path, start + key.start(1), start + key.end(1))
        file = re.escape(path.rpartition("/")[2].encode())
        for other, text in self._texts(name):
            document = rb"(?<![\w./-])" if other == path else rb"[\w./-]*%s" % file
            reference = rb"%s#/%s/(%s)(?![\w.\-~])" % (document, above.encode(), escaped)
            for one in re.finditer(reference, text):
                yield Spelt(other, *one.span(1))

    def _texts(self, name: str) -> Iterator[tuple[str, bytes]]:
        for path in self._written.workspace.configs():
            if path.endswith(_ENDINGS) and name.encode() in (text := self._written.source(path)):
                yield path, text
