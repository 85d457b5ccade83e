"""Go to type definition: where the schema of an event is declared."""

from __future__ import annotations

from eventlens.ide import navigation
from eventlens.lsp.features.places import jump_of

type_definition = jump_of(navigation.type_definition, "type_definition")
