"""Go to definition: the other end of a flow."""

from __future__ import annotations

from eventlens.ide import navigation
from eventlens.lsp.features.places import jump_of

definition = jump_of(navigation.definition, "definition")
