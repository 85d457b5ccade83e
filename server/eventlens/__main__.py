"""``python -m eventlens`` and the ``eventlens`` command."""

from __future__ import annotations

import gc
import sys

import eventlens


def main() -> None:
    """Run the command line and end the process with its exit code."""
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"eventlens {eventlens.__version__}\n")
        return
    from eventlens.cli.app import run

    if sys.argv[1:2] != ["serve"]:
        gc.disable()  # one analysis keeps nearly all that it makes until the process ends
    code = run(sys.argv[1:])
    gc.freeze()  # and what is left needs no search for cycles on the way out
    sys.exit(code)


if __name__ == "__main__":
    main()
