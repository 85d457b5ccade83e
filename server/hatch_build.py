"""Has a build bring the library models along as they were validated, so that the first start on a machine need not do it.

Run by ``pip install`` and ``pip wheel`` in a checkout; the file lies beside the models and is no part of the source. Without it (a checkout
that cannot be written) everything works, and the first start takes 0.4 s longer.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ShippedModels(BuildHookInterface):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Before the files are packed. Raises ValueError where a model is wrong: such a build must not be installed."""
        root = Path(self.root)
        sys.path.insert(0, str(root / "server"))
        from eventlens.knowledge.loading import ship_models  # noqa: PLC0415 - found only now

        try:
            ship_models(root / "rules")
        except OSError as error:
            self.app.display_warning(f"the validated models are not brought along: {error}")
