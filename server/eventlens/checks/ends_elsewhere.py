"""Whether the other end of a channel stands outside the workspace: in another repository, in infrastructure, at the broker itself."""

from __future__ import annotations

import fnmatch

from eventlens.checks.context import CheckContext
from eventlens.flow.linking import keys_of
from eventlens.flow.model import Site
from eventlens.flow.site_node import SiteNode


def is_external(context: CheckContext, node: SiteNode) -> bool:
    """Whether the user says that the channel's other end lies elsewhere."""
    return any(fnmatch.fnmatchcase(key.name, one.channel) for key in keys_of(node) for one in context.settings.external)


def is_filled_by_broker(site: Site) -> bool:
    """Whether nobody publishes to such a channel: the dead letters of a queue, a subscription that infrastructure ties to a topic."""
    return (site.channel or "").endswith("/$DeadLetterQueue") or site.broker == "google-pubsub"


def is_streamed(context: CheckContext, site: Site) -> bool:
    """Whether a connector publishes rows of the workspace's database to the channel that is consumed."""
    return (
        site.role == "subscribe"
        and site.broker == "kafka"
        and any(stream.writes_to(site.channel or "") for stream in context.graph.declared.streams)
    )


class OtherRepositories:
    """The sites of the role that orphans lack, in the maps of other repositories."""

    def __init__(self, context: CheckContext, role: str) -> None:
        self._named = {
            (site.broker, name)
            for other in context.others
            for site in other.sites
            if site.role == role and site.source_set == "main"
            for name in (site.channel, *site.channels)
            if name is not None
        }
        self._bound = {
            (channel.broker, channel.name)
            for other in context.others
            for channel in other.channels
            for binding in other.bindings
            if channel.id in (binding.from_, binding.to)
        }

    def holds_other_end(self, node: SiteNode, site: Site) -> bool:
        """Whether a site on one of the channels, or a binding from or to it, stands in another repository."""
        names = [(site.broker, key.name) for key in keys_of(node)]
        return any(name in self._named or name in self._bound for name in names)


_CLOUD = frozenset(("sns", "google-pubsub", "sqs", "eventbridge", "kinesis", "dynamodb-streams"))
"""Brokers whose channels are usually joined by infrastructure code."""


def is_wired_elsewhere(context: CheckContext, site: Site) -> bool:
    """Whether infrastructure code (Terraform, CloudFormation) names the channel: it may bind it, and what it says is not followed."""
    if site.broker not in _CLOUD or site.channel is None:
        return False
    if site.broker == "eventbridge" and site.channel == "default":
        return True  # the account's own bus: the cloud's services publish to it, and anybody's rules listen
    workspace, name = context.graph.program.workspace, site.channel.encode()
    for path in workspace.configs():
        if path.endswith((".tf", ".yaml", ".yml", ".json")):
            try:
                text = workspace.text(path)
            except (OSError, KeyError):
                continue
            if name in text and (path.endswith(".tf") or b"AWS::" in text or b"serverless" in text):
                return True
    return False
