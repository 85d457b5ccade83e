"""``python -m eventlens`` and the ``eventlens`` command."""

from __future__ import annotations

import sys

import eventlens


def main() -> None:
    """Run the command line and end the process with its exit code."""
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"eventlens {eventlens.__version__}\n")
        return
    from eventlens.cli.app import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
