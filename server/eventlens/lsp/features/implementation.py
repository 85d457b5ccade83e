"""Go to implementation: what stands behind the own end of a flow."""

from __future__ import annotations

from eventlens.ide import navigation
from eventlens.lsp.features.places import jump_of

implementation = jump_of(navigation.implementation, "implementation")
