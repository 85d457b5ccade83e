"""Runs every benchmark on one generated workspace and prints one table.

make bench
make bench-quick
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from generate import Plan, generate
from rows import kept, machine, table

_HERE = Path(__file__).parent


def commands(workspace: Path, quick: bool) -> dict[str, list[str]]:
    """The benchmarks by name, with their arguments."""
    path = ["--path", str(workspace)]
    if quick:
        return {
            "compare": [*path, "--rounds", "1"],
            "server": [*path, "--quick"],
            "growth": ["--files", "500,1000,2000", "--sites", "100,300,1000", "--rounds", "1"],
        }
    return {"compare": [*path, "--rounds", "5"], "server": path, "growth": []}


def main(show: Callable[[str], None] = print) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the files, and fewer rounds")
    options = parser.parse_args()
    files = 2_000 if options.quick else 20_000
    with tempfile.TemporaryDirectory(prefix="eventlens-benchmark-") as name:
        workspace = Path(name) / "workspace"
        generate(workspace, Plan(files, files * 0.0055, 0.03, seed=1, generated=1 if options.quick else 2))
        show(f"{files:,} files; {machine()}\n")
        rows = []
        for benchmark, arguments in commands(workspace, options.quick).items():
            result = Path(name) / f"{benchmark}.json"
            command = [sys.executable, str(_HERE / f"{benchmark}.py"), *arguments, "--json", str(result)]
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
            rows += kept(result)
            show(f"{benchmark}: done; {machine()}")
    show(f"\n{table(rows)}")
    failed = sum(row.verdict == "FAIL" for row in rows)
    show(
        f"\n{failed} of {sum(bool(row.verdict) for row in rows)} wanted values are not met"
        if failed
        else "\nall are met"
    )


if __name__ == "__main__":
    main()
