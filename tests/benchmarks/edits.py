"""How long after an edit the map of the whole workspace is known again.

python tests/benchmarks/edits.py FOLDER FILE --edits 25
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from eventlens.analysis import analyse, open_workspace


def edit_seconds(root: Path, path: str, edits: int) -> list[float]:
    """Seconds of each edit: a comment at the end of the file that grows by one character."""
    workspace = open_workspace(root).workspace
    analyse(workspace)
    mark = b"\n# " if path.endswith(".py") else b"\n// "
    source = workspace.text(path)
    taken = []
    for number in range(edits):
        began = time.perf_counter()
        workspace = workspace.with_overlay(path, source + mark + b"x" * number)
        analyse(workspace)
        taken.append(time.perf_counter() - began)
    workspace.close()
    return taken


def main(show: Callable[[str], None] = print) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("file", help="relative to the folder")
    parser.add_argument("--edits", type=int, default=25)
    options = parser.parse_args()
    taken = edit_seconds(options.folder, options.file, options.edits)
    show(f"p50 {1000 * statistics.median(taken):.0f} ms   p95 {1000 * statistics.quantiles(taken, n=20)[-1]:.0f} ms")


if __name__ == "__main__":
    main()
