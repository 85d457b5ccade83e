"""Go to type definition: where the schema of an event is declared."""

from __future__ import annotations

from lsprotocol import types

from eventlens.ide import navigation
from eventlens.lsp.features.places import jump_of

FEATURES = ((types.TEXT_DOCUMENT_TYPE_DEFINITION, jump_of(navigation.type_definition, "type_definition"), None),)
