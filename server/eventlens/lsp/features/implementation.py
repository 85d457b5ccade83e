"""Go to implementation: what stands behind the own end of a flow."""

from __future__ import annotations

from lsprotocol import types

from eventlens.ide import navigation
from eventlens.lsp.features.places import jump_of

FEATURES = ((types.TEXT_DOCUMENT_IMPLEMENTATION, jump_of(navigation.implementation, "implementation"), None),)
