"""Where model files lie: those that ship and a workspace's own. Reads none of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import eventlens

WORKSPACE_FOLDER = Path(".eventlens") / "libraries"


def rules_root() -> Path:
    """The folder of the built-in rules: inside the package (wheel) or beside ``server/`` (checkout, editable install).

    Raises FileNotFoundError when neither exists: the installation is broken.
    """
    package = Path(eventlens.__file__).resolve().parent
    for candidate in (package / "rules", package.parent.parent / "rules"):
        if (candidate / "libraries").is_dir():
            return candidate
    raise FileNotFoundError(f"no rules folder in {package} nor beside its checkout; install eventlens again")


def workspace_model_files(root: Path, named: Sequence[Path] = ()) -> tuple[Path, ...]:
    """The model files of the workspace at ``root``: ``.eventlens/libraries/*.yaml``, then those that its settings name, folders or files.

    What symbolic links lead out of the workspace for is none of them.
    """
    own = _models_in(root / WORKSPACE_FOLDER)
    others = [file for path in named for file in (_models_in(root / path) if (root / path).is_dir() else [root / path])]
    inside = root.resolve()
    return tuple(path for path in dict.fromkeys([*own, *others]) if path.resolve().is_relative_to(inside))


def _models_in(folder: Path) -> list[Path]:
    return sorted(path for pattern in ("*.yaml", "*.yml") for path in folder.glob(pattern) if path.is_file())
