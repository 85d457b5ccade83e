"""Go to definition: the other end of a flow."""

from __future__ import annotations

from lsprotocol import types

from eventlens.ide import navigation
from eventlens.lsp.features.places import jump_of

FEATURES = ((types.TEXT_DOCUMENT_DEFINITION, jump_of(navigation.definition, "definition"), None),)
