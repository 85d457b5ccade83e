"""``serverless.yml``: functions, the events that run them, and the CloudFormation resources beside them.

https://www.serverless.com/framework/docs/providers/aws/guide/serverless.yml
"""

from __future__ import annotations

import re
from typing import Any

from eventlens.config.cloudformation import Template
from eventlens.config.documents import read_document
from eventlens.config.infrastructure import ChannelName, Infrastructure, event_filters
from eventlens.config.values import Items, Scalar, Table, Value, at, items_at, table_at, text_at

_NAME = re.compile(r"(^|/)serverless(\.[\w-]+)?\.ya?ml$")
_MOST_VARIABLES, _LONGEST_TEXT = 2_000, 20_000
_SELF = re.compile(r"^self:(?P<path>[\w.\-]+)")


def is_serverless_name(path: str) -> bool:
    """Whether a file is called like a service of the Serverless Framework."""
    return _NAME.search(path) is not None


def read_serverless(path: str, text: bytes) -> Infrastructure:
    """What a service says. Broken text gives nothing."""
    root = read_document(path.rpartition("/")[2], text).root
    return _Service(path, root).read() if isinstance(root, Table) else Infrastructure()


class _Service:
    def __init__(self, path: str, root: Table) -> None:
        self._root = root
        self._known: dict[str, str | None] = {}
        """Variables that were worked out; one that is made of itself is not known."""
        resources = at(root, "resources")
        parts = resources.items if isinstance(resources, Items) else (resources,)
        tables = [table_at(part, "Resources") for part in parts if part is not None]
        merged = Table(
            {key: value for table in tables for key, value in table.entries.items()},
            {key: line for table in tables for key, line in table.lines.items()},
            1,
        )
        self._template = Template(path, Table({"Resources": merged}, {}, 1), self._variable)

    def read(self) -> Infrastructure:
        template = self._template
        template.read()
        shared = template.value(table_at(self._root, "provider", "environment"))
        functions = table_at(self._root, "functions")
        for name, function in functions.entries.items():
            given = template.value(function)
            if not isinstance(given, dict):
                continue
            handler = str(given.get("handler") or "")
            own = given.get("environment")
            variables = {**(shared if isinstance(shared, dict) else {}), **(own if isinstance(own, dict) else {})}
            options = {"Handler": handler, "FunctionName": given.get("name"), "Timeout": given.get("timeout")}
            folder = handler.rpartition("/")[0]
            template.deploy(name, options, [folder] if folder else [], variables, functions.lines.get(name, 1))
            for event in items_at(function, "events"):
                self._event(f"{template.path}:{name}", event)
        return template.result()

    def _event(self, function: str, event: Value) -> None:
        if not isinstance(event, Table):
            return
        template = self._template
        for kind, written in event.entries.items():
            given = template.value(written)
            options = given if isinstance(given, dict) else {}
            line = event.lines.get(kind, event.line)
            if kind == "eventBridge":
                bus = template.channel(options.get("eventBus"), ("eventbridge", "bus"))
                default = ChannelName("eventbridge", "bus", "default")
                if options.get("pattern"):
                    template.wire(bus or default, function, line, event_filters(options["pattern"]), options)
            elif kind in ("msk", "kafka"):
                topic = options.get("topic")
                for one in topic if isinstance(topic, list) else [topic]:
                    if one:
                        source = ChannelName("kafka", "topic", template.text(one))
                        template.wire(source, function, line, (), options)
            elif kind in ("sqs", "sns", "stream"):
                self._message(function, kind, given, options, line)

    def _message(self, function: str, kind: str, given: Any, options: dict[str, Any], line: int) -> None:
        """A queue, topic or stream by its ARN, or a topic by a name under which the framework makes it."""
        template = self._template
        source = template.channel(options.get("arn", given if not options else None))
        if source is None and kind == "sns":
            name = options.get("topicName", given if isinstance(given, str) else None)
            source = template.channel(name, ("sns", "topic"))
        if source is not None:
            template.wire(source, function, line, (), options)

    def _variable(self, expression: str) -> str | None:
        """``self:custom.queue`` as the file says it; others are not known until it is deployed."""
        match = _SELF.match(expression.strip())
        if match is None or len(self._known) > _MOST_VARIABLES:
            return None
        path = match["path"]
        if path not in self._known:
            self._known[path] = None
            self._known[path] = self._worked_out(path)
        return self._known[path]

    def _worked_out(self, path: str) -> str | None:
        if path == "service":
            name = text_at(self._root, "service", "name")
            if name is not None:
                return name
        found = at(self._root, *path.split("."))
        if not isinstance(found, Scalar) or found.value is None:
            return None
        text = str(self._template.value(found))
        return text if len(text) <= _LONGEST_TEXT else None
