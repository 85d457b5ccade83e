"""The example system that editors open, as a checkout of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

STOREFRONT = Path(__file__).parents[2] / "fixtures" / "storefront"


def copied_storefront(folder: Path) -> Path:
    """A copy that an editor may change, with what editors take for a checkout's root."""
    root = folder / "storefront"
    shutil.copytree(STOREFRONT, root, ignore=shutil.ignore_patterns("node_modules"))
    (root / ".git").mkdir()
    return root
