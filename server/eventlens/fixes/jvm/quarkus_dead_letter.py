"""SmallRye Reactive Messaging (Quarkus): the failure strategy of an incoming channel of Kafka is the dead-letter topic

(https://smallrye.io/smallrye-reactive-messaging/latest/kafka/receiving-kafka-records/#acknowledgement).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from eventlens.fixes.changes import Edit, FileEdit, Offer
from eventlens.fixes.context import FixContext
from eventlens.fixes.jvm.imports import import_edits
from eventlens.fixes.jvm.project import JvmProject
from eventlens.fixes.jvm.settings import with_setting
from eventlens.fixes.source import SourceFile
from eventlens.flow.site_node import SiteNode

_INCOMING = re.compile(r"@Incoming\(\s*\"([\w.-]+)\"\s*\)")
_RETRY = "org.eclipse.microprofile.faulttolerance.Retry"
_RETRIED = "@Retry(maxRetries = 3, delay = 1000)"


def offers(context: FixContext, site: SiteNode) -> Iterator[Offer]:
    """Where the channel is connected to Kafka in the project's settings, and something tries again before the dead-letter topic."""
    file, project = context.file(site.module.path), JvmProject(context, site.module.path)
    frame = site.handler.frame
    if frame is None or frame.function is None or frame.module is not site.module or site.channel.broker != "kafka":
        return
    text = file.written(frame.function)
    named = list(_INCOMING.finditer(text))
    edits = _retried(file, project, text, frame.function.start, named[0].end()) if len(named) == 1 else None
    if edits is None or "." in named[0][1]:
        return
    key = f"mp.messaging.incoming.{named[0][1]}.failure-strategy"
    setting = with_setting(project, key, "dead-letter-queue")
    if setting is not None:
        changes = (*([FileEdit(file.path, tuple(edits))] if edits else []), setting)
        title = f"Send what keeps failing in {named[0][1]} to a dead-letter topic"
        yield Offer("strategy", title, lambda: changes, preferred=True, is_wide=True)


def _retried(file: SourceFile, project: JvmProject, text: str, start: int, behind: int) -> list[Edit] | None:
    """The method tried again, where the extension that does so is there: the strategy itself gives up at the first failure."""
    if re.search(r"@Retry\b", text):
        return []
    imports = import_edits(file, _RETRY)
    if imports is None or "fault-tolerance" not in project.build:
        return None
    at = start + len(text[:behind].encode())
    line = f"{file.style.newline}{file.indent_at(at)}{_RETRIED}"
    return [Edit(at, at, line), *imports]
