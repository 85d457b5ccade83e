"""What stands at a place, told to a person: sites, channels, event types and handlers, in Markdown or plain text."""

from eventlens.ide.hover.answering import HoverText, hover
from eventlens.ide.hover.pieces import LinkTo

__all__ = ["HoverText", "LinkTo", "hover"]
