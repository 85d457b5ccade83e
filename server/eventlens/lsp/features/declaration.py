"""Go to declaration: where a channel is declared."""

from __future__ import annotations

from lsprotocol import types

from eventlens.ide import navigation
from eventlens.lsp.features.places import jump_of

FEATURES = ((types.TEXT_DOCUMENT_DECLARATION, jump_of(navigation.declaration, "declaration"), None),)
