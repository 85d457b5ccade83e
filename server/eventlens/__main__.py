"""``python -m eventlens`` and the ``eventlens`` command."""

# ruff: noqa: PTH100, PTH109, PTH120

import gc
import os
import sys

import eventlens


def main() -> None:
    """Run the command line and end the process with its exit code."""
    _look_for_no_module_in_the_current_folder()
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"eventlens {eventlens.__version__}\n")
        return
    if sys.argv[1:] in (["serve"], ["serve", "--stdio"]):  # as editors start it: the client waits for an answer
        gc.disable()
        from eventlens.lsp.running import serve_stdio

        serve_stdio()
    from eventlens.cli.app import run

    if sys.argv[1:2] != ["serve"]:
        gc.disable()  # one analysis keeps nearly all that it makes until the process ends
    code = run(sys.argv[1:])
    gc.freeze()  # and what is left needs no search for cycles on the way out
    sys.exit(code)


def _look_for_no_module_in_the_current_folder() -> None:
    """``python -m`` looks there first, and the folder is often the workspace: what lies in it must not run."""
    installed = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    if sys.path and sys.path[0] in ("", os.getcwd()) and sys.path[0] != installed:
        del sys.path[0]


if __name__ == "__main__":
    main()
