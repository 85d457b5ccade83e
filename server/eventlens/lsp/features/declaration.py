"""Go to declaration: where a channel is declared."""

from __future__ import annotations

from eventlens.ide import navigation
from eventlens.lsp.features.places import jump_of

declaration = jump_of(navigation.declaration, "declaration")
